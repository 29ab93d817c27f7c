"""A scorecard as one document: what the editor holds, what a file carries, what two versions are compared by.

`{"name", "components": {code: {"weight", "desired", "by_intent": {intent: desired}}}, "measures": [{"measure",
"component", "weight", "scale": [[raw, points], ...], "valid_days"}], "bands": [{"slug", "name", "floor"}],
"exceptions": [{"name", "tests": [[measure, operator, number], ...], "effect", "value"}]}`; numbers are numbers.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Account
from engagement.formulas import (
    Band,
    ComponentRule,
    Effect,
    ExceptionRule,
    MeasureRule,
    Model,
    RawTest,
    build_model,
    read_scale,
)
from engagement.formulas.exceptions import OPERATORS
from engagement.models import Component, Scorecard
from engagement.selectors.measures.registry import registry

Document = dict[str, Any]
KEYS = ("name", "components", "measures", "bands", "exceptions")
EFFECTS = frozenset(effect.value for effect in Effect)
LEAST_BANDS, MOST_BANDS, MOST_EXCEPTIONS, MOST_TESTS, MOST_CORNERS = 2, 12, 20, 6, 12


@dataclass(frozen=True)
class Problem:
    """What is wrong, and where: `path` names the field as `components.adoption.weight`; empty for the whole."""

    path: str
    text: str


@dataclass(frozen=True)
class Difference:
    """One thing in which two documents differ, in words; an en dash where one lacks it."""

    where: str
    what: str
    before: str
    after: str


def plain_number(value: Any) -> float | int:
    """A decimal as JSON writes it: whole where it is whole."""
    number = float(value)
    return int(number) if number.is_integer() else number


def document_of(card: Scorecard) -> Document:
    """The document of a complete scorecard, without a query where its parts are prefetched."""
    return {
        "name": card.name,
        "components": {
            rule.component: {
                "weight": plain_number(rule.weight),
                "desired": plain_number(rule.desired),
                "by_intent": {
                    intent: plain_number(desired) for intent, desired in sorted(rule.desired_by_intent.items())
                },
            }
            for rule in sorted(card.components.all(), key=lambda rule: rule.pk)
        },
        "measures": [
            {
                "measure": rule.measure,
                "component": rule.component,
                "weight": plain_number(rule.weight),
                "scale": [[plain_number(raw), plain_number(points)] for raw, points in rule.scale],
                "valid_days": rule.valid_days,
            }
            for rule in sorted(card.measures.all(), key=lambda rule: rule.pk)
        ],
        "bands": [
            {"slug": band.slug, "name": band.name, "floor": plain_number(band.floor)} for band in card.bands.all()
        ],
        "exceptions": [
            {
                "name": rule.name,
                "tests": [list(test) for test in rule.tests],
                "effect": rule.effect,
                "value": plain_number(rule.value),
            }
            for rule in card.exceptions.all()
        ],
    }


def model_of_document(document: Mapping[str, Any], *, version: int = 0) -> Model:
    """The document as numbers; it must be free of problems. Exceptions are keyed by their place."""
    known = registry()
    return build_model(
        version=version,
        components=[
            ComponentRule(
                code=code,
                weight=Decimal(str(rule["weight"])),
                desired=Decimal(str(rule["desired"])),
                by_intent=tuple((intent, Decimal(str(at))) for intent, at in sorted(rule["by_intent"].items())),
            )
            for code, rule in document["components"].items()
        ],
        measures=[
            MeasureRule(
                code=rule["measure"],
                component=rule["component"],
                weight=Decimal(str(rule["weight"])),
                scale=read_scale(rule["scale"]),
                valid_days=rule["valid_days"],
                is_knowledge=known[rule["measure"]].is_knowledge,
            )
            for rule in document["measures"]
            if rule["measure"] in known
        ],
        bands=[Band(slug=band["slug"], floor=Decimal(str(band["floor"]))) for band in document["bands"]],
        exceptions=[
            ExceptionRule(
                key=place,
                tests=tuple(RawTest(code, operator, float(number)) for code, operator, number in rule["tests"]),
                effect=Effect(rule["effect"]),
                tenths=tenths_of(rule["value"]),
            )
            for place, rule in enumerate(document["exceptions"])
        ],
    )


def tenths_of(value: Any) -> int:
    """A value of an exception in tenths, rounded half up."""
    return int((Decimal(str(value)) * 10).to_integral_value(ROUND_HALF_UP))


def problems_of(document: Mapping[str, Any]) -> tuple[Problem, ...]:
    """Everything that keeps a document from judging, each at its place. The shape must be that of a document."""
    return (
        *_of_components(document),
        *_of_measures(document),
        *_of_bands(document["bands"]),
        *_of_exceptions(document),
    )


def _of_components(document: Mapping[str, Any]) -> Iterator[Problem]:
    if not str(document["name"]).strip():
        yield Problem("name", _("A scorecard needs a name."))
    for code, rule in document["components"].items():
        path = f"components.{code}"
        if code not in Component.values:
            yield Problem(path, _("There is no component “%(code)s”.") % {"code": code})
            continue
        if not _is_number(rule["weight"], 0, 999) or not rule["weight"] > 0:
            yield Problem(f"{path}.weight", _("A weight is a number above 0."))
        if not _is_number(rule["desired"], 0, 100):
            yield Problem(f"{path}.desired", _("The desired state lies between 0 and 100."))
        for intent, desired in rule["by_intent"].items():
            if intent not in Account.Intent.values or not _is_number(desired, 0, 100):
                yield Problem(f"{path}.by_intent.{intent}", _("The desired state lies between 0 and 100."))


def _of_measures(document: Mapping[str, Any]) -> Iterator[Problem]:
    known = registry()
    seen: set[str] = set()
    for rule in document["measures"]:
        code = rule["measure"]
        path = f"measures.{code}"
        if code in seen:
            yield Problem(path, _("“%(code)s” stands in it twice.") % {"code": code})
        seen.add(code)
        if code not in known:
            yield Problem(path, _("There is no measure “%(code)s” here.") % {"code": code})
        if rule["component"] not in document["components"]:
            yield Problem(f"{path}.component", _("Its component has no weight."))
        if not _is_number(rule["weight"], 0, 999) or not rule["weight"] > 0:
            yield Problem(f"{path}.weight", _("A weight is a number above 0."))
        days = rule["valid_days"]
        if days is not None and (not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= 3650):
            yield Problem(f"{path}.valid_days", _("Days are a whole number from 1 to 3,650, or nothing."))
        yield from _of_scale(f"{path}.scale", rule["scale"])
    if not any(code in known and not known[code].is_knowledge for code in seen):
        yield Problem("measures", _("Without a measure that can be observed nobody gets a score."))


def _of_scale(path: str, scale: Sequence[Sequence[Any]]) -> Iterator[Problem]:
    """Corners are wrong at their place: `<path>.<place>`. Their order is the person's to mend: a slip of the finger
    looks the same as a corner that was added at the end."""
    if not 2 <= len(scale) <= MOST_CORNERS:
        yield Problem(path, _("A scale has 2 to %(most)s corners.") % {"most": MOST_CORNERS})
    for place, (raw, points) in enumerate(scale):
        if not _is_number(raw, -1e9, 1e9) or not _is_number(points, 0, 100):
            words = _("Corner %(n)s needs a value, and points from 0 to 100.")
            yield Problem(f"{path}.{place}", words % {"n": place + 1})
    values = [raw for raw, _points in scale]
    if not all(_is_number(raw, -1e9, 1e9) for raw in values):
        return
    for place, (before, value) in enumerate(pairwise(values), start=1):
        named = {"n": place + 1, "value": value, "m": place, "before": before}
        if value == before:
            words = _("Corners %(m)s and %(n)s have the same value, %(value)s: change one, or take it out.")
            yield Problem(f"{path}.{place}", words % named)
        elif value < before:
            words = _(
                "Corner %(n)s has the value %(value)s, below the %(before)s of corner %(m)s. "
                "Values rise from row to row: change one of them, or put the corners in order."
            )
            yield Problem(f"{path}.{place}", words % named)


def _of_bands(bands: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    if not LEAST_BANDS <= len(bands) <= MOST_BANDS:
        yield Problem("bands", _("%(least)s to %(most)s bands.") % {"least": LEAST_BANDS, "most": MOST_BANDS})
    for place, band in enumerate(bands):
        if not str(band["name"]).strip():
            yield Problem(f"bands.{place}.name", _("A band needs a name."))
        if not _is_number(band["floor"], 0, 100):
            yield Problem(f"bands.{place}.floor", _("A floor lies between 0 and 100."))
    if bands and all(_is_number(band["floor"], 0, 100) for band in bands):
        yield from _of_floors(bands)
    if len({band["slug"] for band in bands}) < len(bands):
        yield Problem("bands", _("Two bands have the same short name."))


def _of_floors(bands: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    floors = [band["floor"] for band in bands]
    if min(floors) != 0:
        yield Problem(f"bands.{floors.index(min(floors))}.floor", _("The lowest band starts at 0."))
    for place, (before, band) in enumerate(pairwise(bands), start=1):
        named = {"name": band["name"], "floor": band["floor"], "before": before["name"], "under": before["floor"]}
        if floors.index(band["floor"]) < place:
            words = _("“%(name)s” starts at %(floor)s, where another band starts: change one of them.")
            yield Problem(f"bands.{place}.floor", words % named)
        elif band["floor"] < before["floor"]:
            words = _(
                "“%(name)s” starts at %(floor)s, below the %(under)s of “%(before)s” before it. "
                "Floors rise from row to row: change one of them, or put the bands in order."
            )
            yield Problem(f"bands.{place}.floor", words % named)


def is_out_of_order(numbers: Sequence[Any]) -> bool:
    """Whether numbers fall somewhere; not where one of them is none yet."""
    if not all(_is_number(number, -1e9, 1e9) for number in numbers):
        return False
    return any(right < left for left, right in pairwise(numbers))


def _of_exceptions(document: Mapping[str, Any]) -> Iterator[Problem]:
    codes = {rule["measure"] for rule in document["measures"]}
    if len(document["exceptions"]) > MOST_EXCEPTIONS:
        yield Problem("exceptions", _("At most %(count)s exceptions.") % {"count": MOST_EXCEPTIONS})
    for place, rule in enumerate(document["exceptions"]):
        path = f"exceptions.{place}"
        if not str(rule["name"]).strip():
            yield Problem(f"{path}.name", _("An exception needs a name: it is shown with the score."))
        if rule["effect"] not in EFFECTS:
            yield Problem(f"{path}.effect", _("An exception is a cap, a floor or a fixed number."))
        if not _is_number(rule["value"], 0, 100):
            yield Problem(f"{path}.value", _("A value lies between 0 and 100."))
        if not 1 <= len(rule["tests"]) <= MOST_TESTS:
            yield Problem(f"{path}.tests", _("1 to %(most)s tests.") % {"most": MOST_TESTS})
        for code, operator, number in rule["tests"]:
            if code not in codes:
                yield Problem(f"{path}.tests", _("A test asks for a measure of this scorecard."))
            elif operator not in OPERATORS or not _is_number(number, -1e9, 1e9):
                yield Problem(f"{path}.tests", _("A test compares with a number."))


def _is_number(value: Any, least: float, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most
