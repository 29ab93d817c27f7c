"""Figures that take longer than a page may: worked out by a worker, kept for a while in the cache.

A report is a callable `(user, params) -> figures` named in settings.REPORTS; `params` is what stands in the address. A
cache that was emptied costs time alone: whoever looks asks anew.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import QueryDict
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import override

from team.clock import today
from team.models import User

KEPT_SECONDS = 900
LEASE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Report:
    """What was worked out, and when; `figures` is None where it could not be. `is_kept`: by a worker, a while ago."""

    figures: Any
    made_at: datetime
    is_kept: bool = True


def make_report(*, name: str, user: User, query: str) -> Any:
    """The figures of a report, worked out now, in the user's language."""
    with override(user.language):
        return import_string(settings.REPORTS[name])(user, QueryDict(query))


def find_report(*, name: str, user: User, query: str) -> Report | None:
    """What a worker worked out within the last quarter of an hour for those who see the same accounts."""
    found: Report | None = cache.get(_key(name, user, query))
    return found


def work_out_report(*, name: str, user_id: int, query: str) -> bool:
    """Work a report out and keep it; False when it is there, in other hands, or its user is gone. Safe to repeat."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        return False
    key = _key(name, user, query)
    if cache.get(key) is not None or not cache.add(f"{key}:lease", True, LEASE_SECONDS):
        return False
    figures = None
    try:
        figures = make_report(name=name, user=user, query=query)
    finally:
        cache.set(key, Report(figures, timezone.now()), KEPT_SECONDS if figures is not None else LEASE_SECONDS)
        cache.delete(f"{key}:lease")
    return True


def forget_report(*, name: str, user: User, query: str) -> None:
    """The next look works it out anew."""
    cache.delete(_key(name, user, query))


def _key(name: str, user: User, query: str) -> str:
    """SECURITY: who does not see everything shares a report with nobody."""
    whose = "all" if user.sees_everything else str(user.pk)
    words = f"{connection.settings_dict['NAME']}:{whose}:{user.language}:{today()}:{query}"
    return f"report:{name}:{hashlib.sha256(words.encode()).hexdigest()[:32]}"
