"""Locking the forecast of a span, and targets per month."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import F, Sum
from django.utils.translation import gettext as _

from accounts.selectors.rates import rate_sql
from lifecycle.models import ForecastLock, ForecastLockLine, ForecastTarget
from lifecycle.services.renewals.calling import RenewalRefused
from team.clock import now, today
from team.models import Role, User
from team.selectors.install import currency

_LINES = f"""
    INSERT INTO lifecycle_forecastlockline (lock_id, renewal_id, arr, forecast_arr, category, rate)
    SELECT %(lock)s, renewal.id, renewal.arr, COALESCE(renewal.final_arr, renewal.forecast_arr), renewal.category,
           {rate_sql(currency="renewal.currency", day="%(today)s")}
      FROM lifecycle_renewal renewal
      JOIN accounts_account account ON account.id = renewal.account_id AND account.deleted_at IS NULL
     WHERE renewal.state <> 'void' AND renewal.due_on BETWEEN %(from)s AND %(to)s
"""  # noqa: S608 constants


@transaction.atomic
def lock_forecast(*, actor: User, starts_on: dt.date, ends_on: dt.date, note: str = "") -> ForecastLock:
    """Keep the forecast of a span as it stands now; later calls show as changes since.

    Raises:
        RenewalRefused: when nothing is due in the span.
        PermissionDenied: for everybody but managers and admins.
    """
    _require_manager(actor)
    lock = ForecastLock.objects.create(
        starts_on=starts_on,
        ends_on=ends_on,
        currency=currency(),
        total_due=0,
        total_forecast=0,
        note=note.strip()[:300],
        locked_by=actor,
        locked_at=now(),
    )
    values: dict[str, Any] = {
        "lock": lock.pk,
        "own": lock.currency,
        "today": today(),
        "from": starts_on,
        "to": ends_on,
    }
    with connection.cursor() as cursor:
        cursor.execute(_LINES, values)
        if cursor.rowcount == 0:
            raise RenewalRefused(_("Nothing is due in these months."))
    sums = ForecastLockLine.objects.filter(lock=lock).aggregate(
        due=Sum(F("arr") * F("rate")), forecast=Sum(F("forecast_arr") * F("rate"))
    )
    lock.total_due = Decimal(sums["due"]).quantize(Decimal("0.01"))
    lock.total_forecast = Decimal(sums["forecast"]).quantize(Decimal("0.01"))
    lock.save(update_fields=["total_due", "total_forecast"])
    return lock


@transaction.atomic
def set_target(*, actor: User, month: dt.date, amount: Decimal | None, owner: User | None = None) -> None:
    """Set what should renew in a month (its first day), for all or one CSM; None takes the target away.

    Raises:
        PermissionDenied: for everybody but managers and admins.
    """
    _require_manager(actor)
    first = month.replace(day=1)
    if amount is None:
        ForecastTarget.objects.filter(month=first, owner=owner).delete()
    else:
        ForecastTarget.objects.update_or_create(month=first, owner=owner, defaults={"amount": amount})


def _require_manager(actor: User) -> None:
    if actor.role not in {Role.ADMIN, Role.MANAGER}:
        raise PermissionDenied
