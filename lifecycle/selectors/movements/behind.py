"""The accounts that make up a number, the largest part first."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from lifecycle.formulas.periods import Period
from lifecycle.models import Movement
from lifecycle.selectors.movements.scope import Scope, Span, Values, lines_sql
from lifecycle.selectors.movements.waterfalls import movements_between

# What an account adds to a number of retention, in cents; accounts that add nothing are not listed.
PARTS = {
    "opening": "opening",
    "closing": "closing",
    "churn": "CASE WHEN opening > 0 AND retained = 0 THEN -opening ELSE 0 END",
    "contraction": "CASE WHEN opening > 0 AND retained > 0 THEN retained - opening ELSE 0 END",
    "expansion": "CASE WHEN opening > 0 THEN kept - retained ELSE 0 END",
    "lost": "CASE WHEN opening > 0 THEN retained - opening ELSE 0 END",
    "changed": "CASE WHEN opening > 0 THEN kept - opening ELSE 0 END",
    "retained": "CASE WHEN opening > 0 THEN retained ELSE 0 END",
    "kept": "CASE WHEN opening > 0 THEN kept ELSE 0 END",
    "customers_kept": "CASE WHEN opening > 0 AND stays THEN opening ELSE 0 END",
    "customers_lost": "CASE WHEN opening > 0 AND NOT stays THEN -opening ELSE 0 END",
}
MOVED = {f"moved_{kind}": kind for kind in Movement.Kind.values}
COHORT = "cohort"
LIMIT = 50
LIMIT_OF_FILE = 200_000


@dataclass(frozen=True, slots=True)
class Part:
    """One account's part of a number; `opening` and `closing` are None where the number is a sum of movements."""

    account_id: int
    name: str
    segment: str
    csm: str
    opening: Decimal | None
    closing: Decimal | None
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Behind:
    """A page of parts, the sum and the number of all of them, and where the next page begins ("" at the end)."""

    parts: Sequence[Part]
    count: int
    total: Decimal
    after: str


def numbers() -> set[str]:
    """The names of all numbers that can be opened."""
    return {*PARTS, *MOVED, COHORT}


def _chosen(number: str, scope: Scope, span: Span, cohort: Period | None) -> tuple[str, Values]:
    if number in MOVED:
        moved, values = movements_between(scope, span)
        statement = f"""SELECT account_id, NULL::bigint AS opening, NULL::bigint AS closing,
                               (sum(amount) * 100)::bigint AS amount
                          FROM ({moved}) moved WHERE kind = %(kind)s GROUP BY account_id"""  # noqa: S608 constants
        return statement, {**values, "kind": MOVED[number]}
    lines, values = lines_sql(scope, span)
    if number == COHORT and cohort is not None:
        values |= {"cohort_from": cohort.starts_on, "cohort_to": cohort.ends_on}
        statement = f"""SELECT account_id, opening, closing, closing AS amount FROM ({lines}) line
                         WHERE account_id IN (SELECT account_id FROM lifecycle_ledger
                                               WHERE first_on BETWEEN %(cohort_from)s AND %(cohort_to)s)"""  # noqa: S608
        return statement, values
    return f"SELECT account_id, opening, closing, {PARTS[number]} AS amount FROM ({lines}) line", values  # noqa: S608


def accounts_behind(
    number: str, *, scope: Scope, span: Span, cohort: Period | None = None, after: str = "", limit: int = LIMIT
) -> Behind:
    """The accounts behind one of `numbers()`, by size; `after` is the mark of the page before.

    Raises:
        KeyError: for an unknown number.
        ValueError: for a mark that is none.
    """
    chosen, values = _chosen(number, scope, span, cohort)
    size, last_id = (int(part) for part in after.split(".")) if after else (None, None)
    values |= {"size": size, "last_id": last_id, "limit": limit + 1}
    statement = f"""
        WITH chosen AS (SELECT * FROM ({chosen}) part WHERE amount <> 0),
             page AS (SELECT * FROM chosen
                       WHERE %(size)s::bigint IS NULL OR (abs(amount), account_id) < (%(size)s, %(last_id)s)
                       ORDER BY abs(amount) DESC, account_id DESC LIMIT %(limit)s)
        SELECT (SELECT count(*) FROM chosen), (SELECT sum(amount) FROM chosen), page.account_id, account.name,
               coalesce(segment.name, ''), coalesce(nullif(csm.name, ''), csm.email, ''), page.opening, page.closing,
               page.amount
          FROM page JOIN accounts_account account ON account.id = page.account_id
          LEFT JOIN accounts_segment segment ON segment.id = account.segment_id
          LEFT JOIN team_user csm ON csm.id = account.csm_id
         ORDER BY abs(page.amount) DESC, page.account_id DESC
    """  # noqa: S608 constants
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows = cursor.fetchall()
    parts = [_part(row[2:]) for row in rows[:limit]]
    mark = f"{abs(int(parts[-1].amount * 100))}.{parts[-1].account_id}" if len(rows) > limit else ""
    return Behind(parts, rows[0][0] if rows else 0, Decimal(rows[0][1] if rows else 0) / 100, mark)


def _part(row: Sequence[Any]) -> Part:
    account_id, name, segment, csm, opening, closing, amount = row
    held = [None if cents is None else Decimal(cents) / 100 for cents in (opening, closing)]
    return Part(account_id, name, segment, csm, held[0], held[1], Decimal(amount) / 100)
