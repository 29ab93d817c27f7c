"""What the scorecard editor shows: a document as rows of fields, each with what is wrong in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Account
from engagement.formulas import ScaleError, read_scale
from engagement.formulas.exceptions import OPERATORS
from engagement.formulas.pictures import histogram_path, scale_path
from engagement.models import Component, ScorecardException
from engagement.selectors.measures import Measure, Unit, value_words
from engagement.selectors.measures.registry import offered_measures, registry
from engagement.selectors.scorecard_differences import SIGNS
from engagement.selectors.scorecard_documents import (
    Document,
    Problem,
    is_out_of_order,
    model_of_document,
    problems_of,
)
from engagement.selectors.whatif import values_of
from ui.tones import tone_of_band

PICTURE_BINS = 24
UNIT_HINTS = {
    Unit.SHARE: gettext_lazy("0.5 is 50 %"),
    Unit.DAYS: gettext_lazy("days"),
}
Errors = Mapping[str, str]


@dataclass(frozen=True)
class Picture:
    """A scale's line over where the values of the book lie; `words` say both."""

    path: str
    bars: str
    words: str


@dataclass(frozen=True)
class MeasureRow:
    measure: Measure
    component: str
    weight: Any
    days: Any
    corners: Sequence[tuple[int, Any, Any, str]]
    is_out_of_order: bool
    share: float | None
    path: str
    errors: Errors

    @property
    def code(self) -> str:
        return self.measure.code

    @property
    def unit_hint(self) -> str:
        """How its values are written in a corner, where the number alone does not say it."""
        return str(UNIT_HINTS.get(self.measure.unit, ""))


@dataclass(frozen=True)
class ComponentRow:
    component: Component
    weight: Any
    desired: Any
    intents: Sequence[tuple[str, str, Any, str]]
    share: float | None
    measures: Sequence[MeasureRow]
    offered: Sequence[Measure]
    errors: Errors

    @property
    def has_intents(self) -> bool:
        return any(value != "" for _code, _label, value, _error in self.intents)


@dataclass(frozen=True)
class BandRow:
    place: int
    slug: str
    name: str
    floor: Any
    tone: str
    errors: Errors


@dataclass(frozen=True)
class ExceptionRow:
    place: int
    name: str
    effect: str
    value: Any
    tests: Sequence[tuple[int, str, str, Any]]
    errors: Errors


@dataclass(frozen=True)
class Editor:
    """The whole form. `shares` are parts of the whole weight, 0 to 1, None while the document has problems."""

    name: str
    components: Sequence[ComponentRow]
    bands: Sequence[BandRow]
    are_bands_out_of_order: bool
    exceptions: Sequence[ExceptionRow]
    measures: Sequence[tuple[str, str]]
    operators: Sequence[tuple[str, str]]
    effects: Sequence[tuple[str, Any]]
    errors: Errors
    opened: str

    @property
    def problems(self) -> int:
        return len(self.errors)


def read_editor(document: Document, problems: Sequence[Problem], *, opened: str = "") -> Editor:
    """The rows of the form; `opened` is the measure whose details stand open."""
    known = registry()
    errors = {problem.path: problem.text for problem in problems}
    # A row that was just added is not complete yet: it is no error before somebody saves.
    shares = shares_of(document, problems or problems_of(document))
    used = {rule["measure"] for rule in document["measures"]}
    offered = [measure for code, measure in offered_measures().items() if code not in used]
    return Editor(
        name=document["name"],
        components=[_component(component, document, errors, shares, offered) for component in Component],
        bands=_bands(document["bands"], errors),
        are_bands_out_of_order=is_out_of_order([band["floor"] for band in document["bands"]]),
        exceptions=[
            ExceptionRow(
                place=place,
                name=rule["name"],
                effect=rule["effect"],
                value=rule["value"],
                tests=[(at, *test) for at, test in enumerate(rule["tests"])],
                errors=_below(errors, f"exceptions.{place}."),
            )
            for place, rule in enumerate(document["exceptions"])
        ],
        measures=[(code, str(known[code].label)) for code in sorted(used) if code in known],
        operators=[(operator, SIGNS.get(operator, operator)) for operator in OPERATORS],
        effects=ScorecardException.Effect.choices,
        errors=errors,
        opened=opened,
    )


def shares_of(document: Document, problems: Sequence[Problem]) -> dict[str, float]:
    """What part of the whole each component (by its code) and measure (`m-<code>`) has; empty with problems."""
    if problems:
        return {}
    model = model_of_document(document)
    whole = float(model.weights.sum())
    shares = {f"m-{code}": float(weight) / whole for code, weight in zip(model.codes, model.weights, strict=True)}
    for place, rule in enumerate(model.components):
        shares[rule.code] = float(model.weights[model.members[:, place]].sum()) / whole
    return shares


def _component(
    component: Component,
    document: Document,
    errors: Errors,
    shares: Mapping[str, float],
    offered: Sequence[Measure],
) -> ComponentRow:
    code = component.value
    rule = document["components"].get(code, {"weight": "", "desired": "", "by_intent": {}})
    mine = _below(errors, f"components.{code}.")
    return ComponentRow(
        component=component,
        weight=rule["weight"],
        desired=rule["desired"],
        intents=[
            (
                intent.value,
                str(intent.label),
                rule["by_intent"].get(intent.value, ""),
                mine.get(f"by_intent.{intent.value}", ""),
            )
            for intent in Account.Intent
        ],
        share=shares.get(code),
        measures=[
            _measure(rule, errors, shares)
            for rule in document["measures"]
            if rule["component"] == code and rule["measure"] in registry()
        ],
        offered=[measure for measure in offered if measure.component == component],
        errors=mine,
    )


def _measure(rule: Mapping[str, Any], errors: Errors, shares: Mapping[str, float]) -> MeasureRow:
    code = rule["measure"]
    mine = _below(errors, f"measures.{code}.")
    return MeasureRow(
        measure=registry()[code],
        component=rule["component"],
        weight=rule["weight"],
        days="" if rule["valid_days"] is None else rule["valid_days"],
        corners=[
            (place, raw, points, mine.get(f"scale.{place}", "")) for place, (raw, points) in enumerate(rule["scale"])
        ],
        is_out_of_order=is_out_of_order([raw for raw, _points in rule["scale"]]),
        share=shares.get(f"m-{code}"),
        path=_path(rule["scale"]),
        errors=mine,
    )


def _path(pairs: Sequence[Sequence[Any]]) -> str:
    try:
        return scale_path(read_scale(pairs))
    except (ScaleError, TypeError, ValueError):
        return ""


def _bands(bands: Sequence[Mapping[str, Any]], errors: Errors) -> list[BandRow]:
    return [
        BandRow(
            place=place,
            slug=band["slug"],
            name=band["name"],
            floor=band["floor"],
            tone=tone_of_band(place, len(bands)) if len(bands) > 1 else "",
            errors=_below(errors, f"bands.{place}."),
        )
        for place, band in enumerate(bands)
    ]


def _below(errors: Errors, path: str) -> dict[str, str]:
    return {key.removeprefix(path): text for key, text in errors.items() if key.startswith(path)}


def draw_scale(code: str, pairs: Sequence[Sequence[Any]]) -> Picture:
    """The line over the book's values; without a line where the corners make none (one query)."""
    try:
        scale = read_scale(pairs)
    except (ScaleError, TypeError, ValueError):
        return Picture("", "", _("Two corners or more, the values rising, the points from 0 to 100."))
    values = values_of(code)
    there = values[~np.isnan(values)]
    unit = registry()[code].unit
    if not len(there):
        return Picture(scale_path(scale), "", _("No account has a value yet."))
    clipped = np.clip(there, scale.raw[0], scale.raw[-1])
    counts, _edges = np.histogram(clipped, bins=PICTURE_BINS, range=(scale.raw[0], scale.raw[-1]))
    points = scale.hundredths(there) / 100
    low, middle, high = (value_words(unit, float(value)) for value in np.percentile(there, [10, 50, 90]))
    words = _(
        "Half of %(count)s accounts lie below %(middle)s, eight in ten between %(low)s and %(high)s; "
        "the mean is %(points)s points. %(missing)s have no value."
    ) % {
        "count": f"{len(values):,}",
        "middle": middle,
        "low": low,
        "high": high,
        "points": f"{points.mean():.0f}",
        "missing": f"{len(values) - len(there):,}",
    }
    return Picture(scale_path(scale), histogram_path(counts.tolist()), words)
