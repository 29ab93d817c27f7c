"""Customers by the quarter in which they brought their first revenue, and what is left of them quarter by quarter."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from lifecycle.formulas.periods import QUARTER, Period, period_of, run_up
from lifecycle.selectors.movements.scope import Scope, Values, value_at

COHORTS = 12


@dataclass(frozen=True, slots=True)
class CohortCell:
    """A cohort at the end of a quarter: shares (0 to 1) of its first quarter's end, and the ARR and customers then."""

    at: Period
    arr_share: Decimal | None
    customer_share: Decimal | None
    arr: Decimal
    customers: int


@dataclass(frozen=True, slots=True)
class Cohort:
    """Accounts whose first revenue came in one quarter; `cells` from that quarter on, the first is the base."""

    quarter: Period
    accounts: int
    cells: list[CohortCell]


def cohorts(last: dt.date, *, scope: Scope, starts_in: int = 1, count: int = COHORTS) -> list[Cohort]:
    """The last cohorts until the quarter of a day, the oldest first; one pass over the ledger. Nothing after it counts.

    ARR counts with the rates of its day. A cohort without customers at the end of its first quarter has no shares.
    """
    quarters = list(run_up(period_of(last, QUARTER, starts_in), count))
    values: Values = {
        "starts": [quarter.starts_on for quarter in quarters],
        "first": quarters[0].starts_on,
        "until": last,
    }
    sums, joins = [], ""
    for number, quarter in enumerate(quarters):
        held, _effect, join, own = value_at(min(quarter.ends_on, last), f"q{number}")
        values |= own
        joins += join
        sums.append(f"sum({held}), count(*) FILTER (WHERE {held} > 0)")
    statement = f"""
        SELECT width_bucket(ledger.first_on, %(starts)s::date[]), count(*), {", ".join(sums)}
          FROM ({scope.sql()}) book(id, segment_id, csm_id) JOIN lifecycle_ledger ledger ON ledger.account_id = book.id
               {joins}
         WHERE ledger.first_on BETWEEN %(first)s AND %(until)s GROUP BY 1
    """  # noqa: S608 constants
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found = {row[0] - 1: row[1:] for row in cursor.fetchall()}
    return [_cohort(number, quarters, found.get(number)) for number in range(len(quarters))]


def _cohort(number: int, quarters: list[Period], row: tuple[int, ...] | None) -> Cohort:
    if row is None:
        return Cohort(quarters[number], 0, [])
    held = [(Decimal(row[1 + 2 * at] or 0) / 100, row[2 + 2 * at]) for at in range(number, len(quarters))]
    base_arr, base_customers = held[0]
    cells = [
        CohortCell(
            quarter,
            arr / base_arr if base_arr else None,
            Decimal(customers) / base_customers if base_customers else None,
            arr,
            customers,
        )
        for quarter, (arr, customers) in zip(quarters[number:], held, strict=True)
    ]
    return Cohort(quarters[number], row[0], cells)
