"""Retention counted once more, by hand: plain SQL over versions as they stood on single days, no ledger, no deltas."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from accounts.models import ExchangeRate
from lifecycle.formulas.periods import MONTH, Period, period_of

ONE_DAY = dt.timedelta(days=1)
# The last statement made about each contract among those that hold by a day, valued at the rates of a day.
STANDING = """
    SELECT account_id, round(sum(arr * rate), 2) FROM (
        SELECT DISTINCT ON (v.subscription_id) v.account_id, v.arr, v.status, v.is_trial,
               CASE WHEN v.currency = (SELECT currency FROM team_install) THEN 1 ELSE coalesce(
                   (SELECT rate FROM accounts_exchangerate r WHERE r.currency = v.currency AND valid_from <= %(rates)s
                     ORDER BY valid_from DESC LIMIT 1),
                   (SELECT rate FROM accounts_exchangerate r WHERE r.currency = v.currency ORDER BY valid_from LIMIT 1),
                   1) END AS rate
          FROM accounts_subscriptionversion v WHERE effective_on <= %(day)s ORDER BY v.subscription_id, v.id DESC
    ) last WHERE status = 'active' AND NOT is_trial AND account_id IN (
        SELECT id FROM accounts_account WHERE deleted_at IS NULL) GROUP BY account_id
"""


def standing(day: dt.date, rates: dt.date | None = None) -> dict[int, Decimal]:
    """ARR by account on a day, at the rates of that day or of another."""
    with connection.cursor() as cursor:
        cursor.execute(STANDING, {"day": day, "rates": rates or day})
        return defaultdict(Decimal, dict(cursor.fetchall()))


@dataclass
class Counted:
    opening: Decimal
    kept: Decimal
    retained: Decimal
    closing: Decimal
    customers: int
    kept_customers: int


def count_by_hand(period: Period, until: dt.date) -> Counted:
    """One period from nothing but states of days."""
    before, after = standing(period.starts_on - ONE_DAY), standing(min(period.ends_on, until))
    drift: dict[int, Decimal] = defaultdict(Decimal)
    days = set(
        ExchangeRate.objects.filter(
            valid_from__gte=period.starts_on, valid_from__lte=min(period.ends_on, until)
        ).values_list("valid_from", flat=True)
    )
    for day in days:
        old, new = standing(day - ONE_DAY), standing(day - ONE_DAY, rates=day)
        for account in old:
            drift[account] += new[account] - old[account]
    mine = {account for account, arr in before.items() if arr > 0}
    kept = {a: max(after[a] - drift[a], Decimal(0)) if after[a] > 0 else Decimal(0) for a in mine}
    return Counted(
        opening=sum(before.values(), Decimal(0)),
        kept=sum(kept.values(), Decimal(0)),
        retained=sum((min(before[a], kept[a]) for a in mine), Decimal(0)),
        closing=sum(after.values(), Decimal(0)),
        customers=len(mine),
        kept_customers=sum(after[a] > 0 for a in mine),
    )


def months_until(first: dt.date, last: dt.date) -> list[Period]:
    """Every month from one day to another."""
    period, found = period_of(first, MONTH), []
    while period.starts_on <= last:
        found.append(period)
        period = period.shifted(1)
    return found
