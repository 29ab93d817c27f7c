"""Contracts with a history, as versions say it."""

import datetime as dt
from decimal import Decimal

from django.utils import timezone

from accounts.models import Account, ExchangeRate, Subscription, SubscriptionVersion


def make_contract(account: Account, *, starts_on: dt.date, currency: str = "USD", arr: int = 0) -> Subscription:
    """A contract without any version yet."""
    return Subscription.objects.create(account=account, starts_on=starts_on, currency=currency, arr=arr)


def say(
    contract: Subscription,
    on: dt.date,
    arr: Decimal | int,
    *,
    status: str = "active",
    is_trial: bool = False,
    currency: str = "",
    recorded_at: dt.datetime | None = None,
) -> SubscriptionVersion:
    """Record how a contract stands from a day on."""
    version = SubscriptionVersion.objects.create(
        subscription=contract,
        account_id=contract.account_id,
        effective_on=on,
        arr=arr,
        currency=currency or contract.currency,
        status=status,
        is_trial=is_trial,
    )
    if recorded_at:
        SubscriptionVersion.objects.filter(pk=version.pk).update(recorded_at=recorded_at)
    return version


def make_rate(currency: str, valid_from: dt.date, rate: str) -> ExchangeRate:
    return ExchangeRate.objects.create(currency=currency, valid_from=valid_from, rate=Decimal(rate))


def at(day: dt.date) -> dt.datetime:
    """Noon of a day."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time(12)))
