"""The renewal rate: of what was due in a period, how much was renewed."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from accounts.selectors.rates import rate_sql
from lifecycle.selectors.movements.scope import Scope, Span
from team.selectors.install import currency as own_currency

# What fell due, at the rate of its day; a renewal for more than was due counts as all of it.
_RATE = f"""
    SELECT coalesce(sum(round(renewal.arr * worth.rate, 2)) FILTER (WHERE renewal.state <> 'open'), 0),
           coalesce(sum(round(least(renewal.final_arr, renewal.arr) * worth.rate, 2))
               FILTER (WHERE renewal.state = 'won'), 0),
           count(*) FILTER (WHERE renewal.state <> 'open'), count(*) FILTER (WHERE renewal.state = 'won'),
           count(*) FILTER (WHERE renewal.state = 'open')
      FROM lifecycle_renewal renewal
     CROSS JOIN LATERAL (SELECT {rate_sql(currency="renewal.currency", day="renewal.due_on")} AS rate) worth
     WHERE renewal.state <> 'void' AND renewal.due_on BETWEEN %(start)s AND %(end)s AND renewal.account_id IN (
"""  # noqa: S608 constants


@dataclass(frozen=True, slots=True)
class RenewalRate:
    """Amounts in the install's currency; `open` renewals fell due and nobody said how they came out: in no share."""

    due: Decimal
    renewed: Decimal
    due_count: int
    renewed_count: int
    open: int

    @property
    def rate(self) -> Decimal | None:
        """Renewed / due, 0 to 1; None when nothing that was due is decided."""
        return self.renewed / self.due if self.due else None


def renewal_rate(span: Span, *, scope: Scope) -> RenewalRate:
    """Of the renewals that were due in the span; one query."""
    statement = f"{_RATE} SELECT book.id FROM ({scope.sql()}) book)"  # noqa: S608 constants
    with connection.cursor() as cursor:
        cursor.execute(statement, {"own": own_currency(), "start": span.start, "end": span.end})
        return RenewalRate(*cursor.fetchone())
