"""Two definitions of retention side by side, and the accounts that explain the difference."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from lifecycle.formulas.retention import Definition, Retention
from lifecycle.selectors.movements.retaining import retention
from lifecycle.selectors.movements.scope import Scope, Span, lines_sql

LIMIT = 100


@dataclass(frozen=True, slots=True)
class Difference:
    """What one account adds under each definition: to the opening, to gross retention, to net retention."""

    account_id: int
    name: str
    opening: tuple[Decimal, Decimal]
    retained: tuple[Decimal, Decimal]
    kept: tuple[Decimal, Decimal]

    @property
    def gross(self) -> Decimal:
        """How much more of its revenue counts as retained under the second definition."""
        return self.retained[1] - self.retained[0]

    @property
    def net(self) -> Decimal:
        return self.kept[1] - self.kept[0]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both results; the accounts that differ, those that explain most first; how many and what they add up to."""

    first: Retention
    second: Retention
    differences: Sequence[Difference]
    count: int
    gross: Decimal
    net: Decimal


def compare(span: Span, *, scope: Scope, first: Definition, second: Definition) -> Comparison:
    """Count a span by two definitions; differences are listed up to 100 and summed in full."""
    ours, values = lines_sql(scope, span, first)
    theirs, more = lines_sql(scope, span, second)
    statement = f"""
        WITH ours AS ({ours}), theirs AS ({theirs}), apart AS (
            SELECT coalesce(ours.account_id, theirs.account_id) AS account_id,
                   coalesce(ours.opening, 0) AS opening_1, coalesce(theirs.opening, 0) AS opening_2,
                   coalesce(CASE WHEN ours.opening > 0 THEN ours.retained END, 0) AS retained_1,
                   coalesce(CASE WHEN theirs.opening > 0 THEN theirs.retained END, 0) AS retained_2,
                   coalesce(CASE WHEN ours.opening > 0 THEN ours.kept END, 0) AS kept_1,
                   coalesce(CASE WHEN theirs.opening > 0 THEN theirs.kept END, 0) AS kept_2
              FROM ours FULL JOIN theirs ON theirs.account_id = ours.account_id
        ), different AS (
            SELECT * FROM apart
             WHERE (opening_1, retained_1, kept_1) IS DISTINCT FROM (opening_2, retained_2, kept_2))
        SELECT count(*) OVER (), sum(retained_2 - retained_1) OVER (), sum(kept_2 - kept_1) OVER (), account_id,
               account.name, opening_1, opening_2, retained_1, retained_2, kept_1, kept_2
          FROM different JOIN accounts_account account ON account.id = account_id
         ORDER BY abs(retained_2 - retained_1) + abs(kept_2 - kept_1) + abs(opening_2 - opening_1) DESC, account_id
         LIMIT {LIMIT}
    """  # noqa: S608 constants
    with connection.cursor() as cursor:
        cursor.execute(statement, values | more)
        rows = cursor.fetchall()
    differences = [_difference(row[3], row[4], [Decimal(cents) / 100 for cents in row[5:]]) for row in rows]
    count, gross, net = rows[0][:3] if rows else (0, 0, 0)
    totals = [
        retention(span.start, span.end, scope=scope, known=span.known, definition=definition)
        for definition in (first, second)
    ]
    return Comparison(totals[0], totals[1], differences, count, Decimal(gross) / 100, Decimal(net) / 100)


def _difference(account_id: int, name: str, sums: Sequence[Decimal]) -> Difference:
    return Difference(account_id, name, (sums[0], sums[1]), (sums[2], sums[3]), (sums[4], sums[5]))
