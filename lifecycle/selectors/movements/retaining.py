"""Gross and net retention, and customers kept: as a whole, per segment, per CSM, over the last periods."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from lifecycle.formulas.periods import Period, run_up
from lifecycle.formulas.retention import STANDARD, Definition, Retention
from lifecycle.selectors.movements.scope import Known, Scope, Span, Values, lines_sql, value_at

CENTS = Decimal(100)
# The sums of one set of lines; what counts for retention are the customers of the start.
_SUMS = """sum(opening), coalesce(sum(opening) FILTER (WHERE opening > 0 AND retained = 0), 0),
           coalesce(sum(opening - retained) FILTER (WHERE opening > 0 AND retained > 0), 0),
           coalesce(sum(kept - retained) FILTER (WHERE opening > 0), 0), sum(closing),
           count(*) FILTER (WHERE opening > 0), count(*) FILTER (WHERE opening > 0 AND stays)"""


@dataclass(frozen=True, slots=True)
class Groups:
    """Retention as a whole and by the ids of segments and of CSMs (None: accounts without one)."""

    total: Retention
    segments: dict[int | None, Retention]
    csms: dict[int | None, Retention]


def _made(row: Sequence[int | None]) -> Retention:
    opening, churn, contraction, expansion, closing, customers, kept = (value or 0 for value in row)
    return Retention(
        opening=opening / CENTS,
        churn=churn / CENTS,
        contraction=contraction / CENTS,
        expansion=expansion / CENTS,
        closing=closing / CENTS,
        customers=int(customers),
        kept_customers=int(kept),
    )


def retention(
    start: dt.date,
    end: dt.date,
    *,
    scope: Scope,
    as_of: dt.date | None = None,
    known: Known = "now",
    definition: Definition = STANDARD,
) -> Retention:
    """Retention of the customers of the day before `start` until `end` or, when it is earlier, `as_of`; one query.

    Read from the ledger by today's knowledge; from the versions of contracts with `known="then"` or another definition.
    """
    sql, values = lines_sql(scope, Span(start, min(end, as_of or end), known), definition)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_SUMS} FROM ({sql}) line", values)  # noqa: S608 constants
        return _made(cursor.fetchone())


def retention_by_group(span: Span, *, scope: Scope) -> Groups:
    """The same with its parts, from one pass over the lines: summed by segment and CSM, then added up here."""
    sql, values = lines_sql(scope, span)
    statement = f"SELECT segment_id, csm_id, {_SUMS} FROM ({sql}) line GROUP BY segment_id, csm_id"  # noqa: S608
    total = Retention()
    segments: dict[int | None, Retention] = {}
    csms: dict[int | None, Retention] = {}
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        for segment_id, csm_id, *sums in cursor.fetchall():
            part = _made(sums)
            total += part
            segments[segment_id] = segments.get(segment_id, Retention()) + part
            csms[csm_id] = csms.get(csm_id, Retention()) + part
    return Groups(total, segments, csms)


def retention_series(last: Period, count: int, *, scope: Scope) -> list[tuple[Period, Retention]]:
    """Retention of so many whole periods up to `last`, the oldest first; one pass over the ledger, whatever the count.

    By today's knowledge; a period that runs counts until today.
    """
    periods = list(run_up(last, count))
    bounds = [value_at(periods[0].shifted(-1).ends_on, "b0")]
    bounds += [value_at(period.ends_on, f"b{number}") for number, period in enumerate(periods, start=1)]
    values: Values = {}
    for *_parts, own in bounds:
        values |= own
    held = ", ".join(f"{arr} AS a{n}, {effect} AS e{n}" for n, (arr, effect, _join, _own) in enumerate(bounds))
    lines = ", ".join(
        f"CASE WHEN a{n} <= 0 THEN 0 ELSE greatest(a{n} - e{n} + e{n - 1}, 0) END AS k{n}"
        for n in range(1, len(bounds))
    )
    sums = ", ".join(_SUMS_OF.format(before=f"a{n - 1}", after=f"a{n}", kept=f"k{n}") for n in range(1, len(bounds)))
    statement = f"""
        SELECT {sums} FROM (SELECT *, {lines} FROM (
            SELECT {held} FROM ({scope.sql()}) book(id, segment_id, csm_id)
              JOIN lifecycle_ledger ledger ON ledger.account_id = book.id OFFSET 0) held) line
    """  # noqa: S608 constants
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    return [(period, _made(row[7 * number : 7 * number + 7])) for number, period in enumerate(periods)]


_SUMS_OF = """sum({before}), sum({before}) FILTER (WHERE {before} > 0 AND {kept} = 0),
    sum({before} - {kept}) FILTER (WHERE {kept} > 0 AND {kept} < {before}),
    sum({kept} - {before}) FILTER (WHERE {before} > 0 AND {kept} > {before}), sum({after}),
    count(*) FILTER (WHERE {before} > 0), count(*) FILTER (WHERE {before} > 0 AND {after} > 0)"""
