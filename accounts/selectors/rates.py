"""What a unit of a currency is worth in the install's currency, and which currencies nobody knows the worth of."""

import bisect
import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db import connection

from accounts.models import ExchangeRate
from team.selectors.install import currency as own_currency

CENT = Decimal("0.01")
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class RateTable:
    """All dated rates, kept in order of their days. A rate counts from its day until the next; the first one counts
    before its day too. A currency without any rate counts as one of ours, and `misses` says so."""

    own: str
    rates: Mapping[str, tuple[Sequence[dt.date], Sequence[Decimal]]]

    def misses(self, currency: str) -> bool:
        """Whether nobody entered a rate of the currency."""
        return currency != self.own and currency not in self.rates

    def rate(self, currency: str, on: dt.date) -> Decimal:
        """What one unit is worth in the install's currency on a day."""
        if currency == self.own or currency not in self.rates:
            return ONE
        days, values = self.rates[currency]
        return values[max(bisect.bisect_right(days, on) - 1, 0)]

    def convert(self, amount: Decimal, currency: str, on: dt.date) -> Decimal:
        """The amount in the install's currency, rounded to cents (half up, as PostgreSQL rounds)."""
        return (amount * self.rate(currency, on)).quantize(CENT, rounding=ROUND_HALF_UP)


def rate_table() -> RateTable:
    """Every rate; one query, and one for the install's currency outside of requests."""
    found: dict[str, tuple[list[dt.date], list[Decimal]]] = defaultdict(lambda: ([], []))
    for currency, day, rate in ExchangeRate.objects.order_by("currency", "valid_from").values_list(
        "currency", "valid_from", "rate"
    ):
        found[currency][0].append(day)
        found[currency][1].append(rate)
    return RateTable(own_currency(), dict(found))


def rate_sql(*, currency: str, day: str) -> str:
    """The SQL expression of `RateTable.rate` for two SQL expressions; the query passes `%(own)s`, our currency.

    SECURITY: both are constants of the caller's module, never input. Served by the index rate_lookup.
    """
    return f"""CASE WHEN {currency} = %(own)s THEN 1 ELSE coalesce(
        (SELECT dated.rate FROM accounts_exchangerate dated
          WHERE dated.currency = {currency} AND dated.valid_from <= {day} ORDER BY dated.valid_from DESC LIMIT 1),
        (SELECT first.rate FROM accounts_exchangerate first
          WHERE first.currency = {currency} ORDER BY first.valid_from LIMIT 1), 1) END"""  # noqa: S608 constants


# In which currencies are contracts that bring revenue and that no rate converts?
_MISSING = """
    SELECT DISTINCT contract.currency
      FROM accounts_subscription contract
     WHERE contract.deleted_at IS NULL AND NOT contract.is_trial AND contract.currency <> %(own)s
       AND NOT EXISTS (SELECT 1 FROM accounts_exchangerate rate WHERE rate.currency = contract.currency)
     ORDER BY 1
"""


def missing_rates() -> list[str]:
    """Currencies of contracts without any rate: their amounts are added one to one, and pages must say so."""
    with connection.cursor() as cursor:
        cursor.execute(_MISSING, {"own": own_currency()})
        return [row[0] for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class CurrencyRates:
    """One currency on the settings page; `rates` newest first, `is_missing` when contracts use it without a rate."""

    currency: str
    rates: Sequence[ExchangeRate]
    is_missing: bool


def rates_by_currency() -> list[CurrencyRates]:
    """Currencies with rates and those that miss one, in alphabetical order."""
    found: dict[str, list[ExchangeRate]] = {currency: [] for currency in missing_rates()}
    missing = set(found)
    for rate in ExchangeRate.objects.order_by("currency", "-valid_from"):
        found.setdefault(rate.currency, []).append(rate)
    return [CurrencyRates(currency, rates, currency in missing) for currency, rates in sorted(found.items())]
