"""Limits on tries that hold under concurrency and without Redis: one conditional UPDATE decides."""

import datetime as dt

from django.db.models import F
from django.utils import timezone

from team.formulas import digest_of
from team.models import TryCounter


def take_try(*, what: str, who: str, limit: int, per: dt.timedelta) -> bool:
    """Use up one try of `limit` in a window that starts with the first try; False when none is left.

    Of many at the same time exactly `limit` get True.
    """
    key, moment = _key(what, who), timezone.now()
    TryCounter.objects.get_or_create(key=key, defaults={"resets_at": moment + per})
    TryCounter.objects.filter(key=key, resets_at__lte=moment).update(tries=0, resets_at=moment + per)
    return TryCounter.objects.filter(key=key, tries__lt=limit).update(tries=F("tries") + 1) == 1


def give_back_try(*, what: str, who: str) -> None:
    """A try that succeeded does not count."""
    TryCounter.objects.filter(key=_key(what, who), tries__gt=0).update(tries=F("tries") - 1)


def forget_tries(*, moment: dt.datetime) -> int:
    """Drop windows that are over; returns how many."""
    return TryCounter.objects.filter(resets_at__lte=moment).delete()[0]


def _key(what: str, who: str) -> str:
    return digest_of(f"{what}:{who}")
