"""API keys: made, shown once, revoked, last seen."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from team.formulas import digest_of, new_secret
from team.models import ApiKey, User

SHOWN = 8


@dataclass(frozen=True)
class NewKey:
    key: ApiKey
    secret: str  # shown once, then gone


def create_key(*, owner: User, name: str, scopes: Iterable[str], expires_on: dt.date | None = None) -> NewKey:
    """Make a key that acts as its owner, narrowed to the scopes; the secret is in the answer and nowhere else."""
    secret = new_secret()
    key = ApiKey.objects.create(
        name=name,
        owner=owner,
        prefix=secret[:SHOWN],
        digest=digest_of(secret),
        scopes=sorted(set(scopes)),
        expires_on=expires_on,
    )
    return NewKey(key=key, secret=secret)


def revoke_key(*, key: ApiKey) -> bool:
    """End a key for good; True the first time. There is no way back: make a new one."""
    return ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=timezone.now()) == 1


def revoke_all_keys(*, owner: User) -> int:
    """End all keys of a person; returns how many were alive."""
    return ApiKey.objects.filter(owner=owner, revoked_at__isnull=True).update(revoked_at=timezone.now())


def see_key(*, key: ApiKey) -> None:
    """Remember the day of use: one write a day, not one a request."""
    day = timezone.now().date()
    if key.last_used_on != day:
        ApiKey.objects.filter(Q(last_used_on__isnull=True) | Q(last_used_on__lt=day), pk=key.pk).update(
            last_used_on=day
        )
