"""Exchange rates: kept per day, used wherever amounts of several currencies are added."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import ExchangeRate, Subscription
from accounts.selectors.rates import rate_table
from accounts.services.changes import mark_changed
from accounts.services.summaries import refresh_changed
from team.models import Role, User
from team.selectors.install import currency as own_currency


def convert(*, amount: Decimal, currency: str, on: dt.date) -> Decimal:
    """The amount in the install's currency at the rate of a day; a currency without a rate counts one to one.

    For many amounts read `accounts.selectors.rates.rate_table` once.
    """
    return amount if currency == own_currency() else rate_table().convert(amount, currency, on)


@transaction.atomic
def save_rate(
    *, actor: User | None, currency: str, valid_from: dt.date, rate: Decimal, source: str = ""
) -> ExchangeRate:
    """Enter what a unit is worth from a day on; a rate of the same currency and day is replaced.

    Raises:
        ValidationError: for the install's own currency and for a rate that is not above zero (rate_is_positive).
        PermissionDenied: for anybody but admins.
    """
    _require_admin(actor)
    if currency == own_currency():
        raise ValidationError({"currency": _("It is the currency that all sums are shown in: it is always worth 1.")})
    if rate <= 0:
        raise ValidationError({"rate": _("Enter what one unit is worth, above 0.")})
    row, _is_new = ExchangeRate.objects.update_or_create(
        currency=currency, valid_from=valid_from, defaults={"rate": rate, "source": source}
    )
    settle_rates(currencies=[currency])
    return row


@transaction.atomic
def delete_rate(*, actor: User | None, rate: ExchangeRate) -> None:
    """Take a rate away: the one before it counts on.

    Raises:
        PermissionDenied: for anybody but admins.
    """
    _require_admin(actor)
    rate.delete()
    settle_rates(currencies=[rate.currency])


def settle_rates(*, currencies: Iterable[str]) -> int:
    """Bring the ARR of accounts with contracts in these currencies up to date; returns how many changed. Idempotent."""
    accounts = Subscription.objects.running().filter(currency__in=set(currencies))
    changed = refresh_changed(account_ids=accounts.values_list("account_id", flat=True).distinct())
    mark_changed(account_ids=changed, reason="rates")
    return len(changed)


def _require_admin(actor: User | None) -> None:
    if actor is not None and actor.role != Role.ADMIN:
        raise PermissionDenied(_("Only admins change exchange rates."))
