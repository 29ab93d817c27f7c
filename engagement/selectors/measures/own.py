"""Measures of the vendor's own, as measures like any other: definition, reading, rows that reproduce the number."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from engagement.formulas.own import BadFormula, Column, Figure, Node, figures_of, parse_formula
from engagement.formulas.own_values import describe, describe_figure, evaluate, explain, value_of
from engagement.models import Component, CustomMeasure, MeasureValue, ScorecardMeasure
from engagement.selectors.measures.catalogue import stored_catalogue
from engagement.selectors.measures.figure_reading import evidence_parameters, evidence_sql, read_figures
from engagement.selectors.measures.kinds import NO_ROWS, Evidence, Measure, Totals, Unit
from engagement.selectors.measures.more_figures import FIGURES
from engagement.selectors.moments import Moment


@dataclass(frozen=True)
class FormulaRecipe:
    """The formula over the figures that the rows give: bucket `f0` holds those of the first figure, and so on."""

    formula: Node
    figures: tuple[Figure, ...]

    def values(self, totals: Totals) -> dict[Figure, float | None]:
        """The figures by the opened rows; None: nobody knows."""
        return {figure: _by_rows(figure, number, totals) for number, figure in enumerate(self.figures)}

    def number(self, totals: Totals) -> float | None:
        return value_of(self.formula, self.values(totals))

    def words(self, totals: Totals) -> str:
        text = explain(self.formula, self.values(totals))
        return text if text.endswith(".") else f"{text}."


def _by_rows(figure: Figure, number: int, totals: Totals) -> float | None:
    source, rule = FIGURES[figure.name]
    tally = totals.get(f"f{number}", NO_ROWS)
    if rule.how == "mean":
        return tally.total / tally.count if tally.count else None
    if rule.how == "least":
        return tally.least
    is_known = source.known_by == "always" or tally.count > 0 or f"known_{source.name}" in totals
    return tally.total if is_known else None


@dataclass(frozen=True)
class NewestValue:
    """The newest value that came in from outside; older ones are aside."""

    def number(self, totals: Totals) -> float | None:
        counted = totals.get("counted", NO_ROWS)
        return counted.total if counted.count else None

    def words(self, totals: Totals) -> str:
        if not totals.get("counted", NO_ROWS).count:
            return _("No value has come in.")
        older = totals.get("aside", NO_ROWS).count
        text = _("The newest value counts.")
        return f"{text} {_('%(count)d older ones stand beside it.') % {'count': older}}" if older else text


@dataclass(frozen=True)
class OwnMeasure(Measure):
    """A measure that an admin made. `formula` is None for values from outside, and where `problem` says why.

    `definition` is what a person `said` of it and the formula as a `sentence`.
    """

    pk: int = 0
    kind: str = CustomMeasure.Kind.FORMULA
    formula: Node | None = None
    version: int = 1
    is_archived: bool = False
    is_used: bool = False
    problem: str = ""
    sentence: str = field(default="", compare=False)
    said: str = field(default="", compare=False)

    @property
    def is_read(self) -> bool:
        """Archived ones are still worked out for scorecards in force: a published version never changes."""
        return not self.is_archived or self.is_used


EXTERNAL_ROWS = """
SELECT v.id, v.observed_at AS at, 'measure_value' AS what,
       concat_ws(' · ', nullif(v.evidence, ''), nullif(v.source, '')) AS title,
       CASE WHEN row_number() OVER (ORDER BY v.observed_at DESC, v.id DESC) = 1 THEN 'counted' ELSE 'aside' END
       AS bucket, v.value::float8 AS amount
FROM engagement_measurevalue v
WHERE v.account_id = %(account)s AND v.measure_id = %(measure)s AND v.observed_at <= %(cutoff)s
"""

# Which value came in last, for each account and measure?
EXTERNAL = """
SELECT w.account_id, m.measure_id, v.value::float8, v.observed_at::date
FROM unnest(%(accounts)s::bigint[]) w(account_id) CROSS JOIN unnest(%(measures)s::bigint[]) m(measure_id)
CROSS JOIN LATERAL (SELECT value, observed_at FROM engagement_measurevalue
                    WHERE account_id = w.account_id AND measure_id = m.measure_id AND observed_at <= %(cutoff)s
                    ORDER BY observed_at DESC, id DESC LIMIT 1) v
"""


def is_external(measure: Measure) -> bool:
    """Whether its values come in from outside."""
    return isinstance(measure, OwnMeasure) and measure.kind == CustomMeasure.Kind.EXTERNAL


def value_links(value_ids: Sequence[int]) -> dict[int, str]:
    """Where values from outside can be seen, by the id of the value; one query."""
    rows = MeasureValue.objects.filter(pk__in=value_ids).exclude(url="").values_list("pk", "url")
    # SECURITY: no other address becomes a link, wherever the row came from.
    return {pk: url for pk, url in rows if url.startswith(("https://", "http://"))}


def own_measures() -> dict[str, OwnMeasure]:
    """Every own measure by its code, archived ones too: one query, and parsing what this process has not seen yet."""
    in_force = ScorecardMeasure.objects.filter(
        measure=OuterRef("code"), scorecard__published_at__isnull=False, scorecard__retired_at=None
    )
    rows = CustomMeasure.objects.annotate(is_used=Exists(in_force)).order_by("component", "label")
    found = {}
    for row in rows:
        is_used = bool(vars(row)["is_used"])
        key = (row.pk, row.version, row.updated_at, is_used)
        if key not in _seen:
            if len(_seen) >= MOST_SEEN:
                _seen.clear()
            _seen[key] = measure_of(row, is_used=is_used)
        found[row.code] = _seen[key]
    return found


# What this process has parsed, by row, version and time.
_seen: dict[tuple[int, int, dt.datetime, bool], OwnMeasure] = {}
MOST_SEEN = 1_000


def measure_of(row: CustomMeasure, *, is_used: bool = False) -> OwnMeasure:
    """A stored or unsaved measure; a formula that no longer reads leaves a measure without a value and its problem."""
    common: dict[str, Any] = {
        "code": row.code,
        "component": Component(row.component),
        "label": row.label,
        "unit": Unit(row.unit) if row.unit in set(Unit) else Unit.COUNT,
        "pk": row.pk or 0,
        "kind": row.kind,
        "version": row.version,
        "is_archived": row.archived_at is not None,
        "is_used": is_used,
    }
    if row.kind == CustomMeasure.Kind.EXTERNAL:
        evidence = Evidence(
            sql=EXTERNAL_ROWS,
            recipe=NewestValue(),
            buckets={"counted": _("newest value"), "aside": _("older")},
            amount=_("Value"),
            parameters={"measure": row.pk or 0},
        )
        return OwnMeasure(definition=row.definition or _("Brought in by the API."), evidence=evidence, **common)
    catalogue = stored_catalogue()
    try:
        formula = parse_formula(row.formula, catalogue)
    except BadFormula as error:
        empty = Evidence(sql=_NOTHING, recipe=NewestValue(), buckets={})
        return OwnMeasure(definition=row.definition, evidence=empty, problem=str(error), **common)
    figures = figures_of(formula)
    sentence = describe(formula, catalogue)
    known = {f"known_{FIGURES[one.name][0].name}": _("shows that none is a true 0") for one in figures}
    return OwnMeasure(
        definition=f"{row.definition} {sentence}.".strip() if row.definition else f"{sentence}.",
        evidence=Evidence(
            sql=evidence_sql(figures),
            recipe=FormulaRecipe(formula, figures),
            buckets=known | {f"f{number}": describe_figure(one, catalogue) for number, one in enumerate(figures)},
            parameters=evidence_parameters(figures),
        ),
        formula=formula,
        is_money=any(FIGURES[one.name][1].is_money for one in figures),
        sentence=sentence,
        said=row.definition,
        **common,
    )


_NOTHING = """SELECT 0::bigint AS id, now() AS at, '' AS what, '' AS title, 'aside' AS bucket, 0::float8 AS amount
WHERE %(account)s < 0"""


def read_own(
    *, account_ids: Sequence[int], moment: Moment, measures: Sequence[OwnMeasure] | None = None
) -> dict[str, Column]:
    """Values and days of own measures (none given: of all, those that are archived and out of use without a value).

    One query for the list, one per source that any formula uses, and one for values from outside.
    """
    if measures is None:
        measures = list(own_measures().values())
    size = len(account_ids)
    formulas = {one.code: one.formula for one in measures if one.formula is not None and one.is_read}
    figures = {figure for formula in formulas.values() for figure in figures_of(formula)}
    columns = read_figures(figures=sorted(figures, key=repr), account_ids=account_ids, moment=moment)
    found = {code: evaluate(formula, columns, size) for code, formula in formulas.items()}
    outside = {one.pk: one.code for one in measures if one.kind == CustomMeasure.Kind.EXTERNAL and one.is_read}
    if outside:
        found |= _read_outside(outside, account_ids, moment)
    nothing = np.full(size, np.nan)
    return {one.code: found.get(one.code) or Column(nothing, nothing) for one in measures}


def _read_outside(codes: Mapping[int, str], account_ids: Sequence[int], moment: Moment) -> dict[str, Column]:
    place = {account_id: row for row, account_id in enumerate(account_ids)}
    found = {
        code: Column(np.full(len(account_ids), np.nan), np.full(len(account_ids), np.nan)) for code in codes.values()
    }
    with connection.cursor() as cursor:
        cursor.execute(EXTERNAL, {**moment.parameters, "accounts": list(account_ids), "measures": list(codes)})
        for account_id, measure_id, value, day in cursor.fetchall():
            column = found[codes[measure_id]]
            column.values[place[account_id]], column.days[place[account_id]] = value, day.toordinal()
    return found
