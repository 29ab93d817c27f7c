"""From the ARR of the first day to the ARR of the last, movement by movement."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from lifecycle.models import Movement
from lifecycle.selectors.movements.deriving import EVER, movements_sql
from lifecycle.selectors.movements.scope import ONE_DAY, Known, Scope, Span, Values, value_at
from team.selectors.install import currency as own_currency


@dataclass(frozen=True, slots=True)
class Waterfall:
    """opening + the amounts of all kinds = closing, to the cent; `kinds` has all six of them, signed."""

    opening: Decimal
    kinds: Mapping[str, Decimal]
    closing: Decimal


def movements_between(scope: Scope, span: Span) -> tuple[str, Values]:
    """A SELECT of (account_id, effective_on, kind, amount) within the span, with its parameters.

    From the ledger by today's knowledge, else derived from what had been recorded by the end of the span.
    """
    values: Values = {"first": span.start, "last": span.end}
    if span.known == "now":
        source = "SELECT account_id, effective_on, kind, amount FROM lifecycle_movement WHERE is_live"
    else:
        source = f"SELECT account_id, effective_on, kind, amount FROM ({movements_sql(known_at=True)}) told WHERE true"  # noqa: S608
        values |= {
            "own": own_currency(),
            "through": span.end,
            "since": dt.date.fromisoformat(EVER),
            "known_at": span.known_at,
        }
    statement = f"""{source} AND effective_on BETWEEN %(first)s AND %(last)s
                       AND account_id IN (SELECT book.id FROM ({scope.sql()}) book)"""  # noqa: S608 constants
    return statement, values


def waterfall(
    start: dt.date, end: dt.date, *, scope: Scope, as_of: dt.date | None = None, known: Known = "now"
) -> Waterfall:
    """What changed the ARR of all accounts, those that came in the period too; until `as_of` when it is earlier."""
    span = Span(start, min(end, as_of or end), known)
    moved, values = movements_between(scope, span)
    kinds = dict.fromkeys(Movement.Kind.values, Decimal(0))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT kind, sum(amount) FROM ({moved}) moved GROUP BY kind", values)  # noqa: S608 constants
        kinds |= dict(cursor.fetchall())
    opening = arr_on(start - ONE_DAY, scope=scope, known=known, known_at=span)
    return Waterfall(opening, kinds, opening + sum(kinds.values(), Decimal(0)))


def arr_on(day: dt.date, *, scope: Scope, known: Known = "now", known_at: Span | None = None) -> Decimal:
    """ARR of a past day. Known "now": with what was recorded since; "then": as it was known at the end of that day, or
    of another span."""
    if known == "then":
        told = known_at or Span(day, day, "then")
        values: Values = {"own": own_currency(), "through": day, "since": day, "known_at": told.known_at}
        source = f"SELECT account_id, amount FROM ({movements_sql(known_at=True)}) told"  # noqa: S608 constants
        statement = (
            f"SELECT sum(amount) FROM ({source}) told WHERE account_id IN (SELECT book.id FROM ({scope.sql()}) book)"  # noqa: S608
        )
    else:
        held, _effect, join, values = value_at(day, "day")
        statement = f"""SELECT sum({held}) / 100.0 FROM ({scope.sql()}) book(id, segment_id, csm_id)
                          JOIN lifecycle_ledger ledger ON ledger.account_id = book.id{join}"""  # noqa: S608 constants
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        total = cursor.fetchone()[0]
    return Decimal(total or 0).quantize(Decimal("0.01"))
