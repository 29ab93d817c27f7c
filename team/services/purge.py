"""What is thrown away when its time is over."""

import datetime as dt
from dataclasses import dataclass, field

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from team.models import SavedView
from team.services.limits import forget_tries
from team.services.undo import KEPT_FOR, forget_actions

BATCH = 500


@dataclass
class Purged:
    """How many rows went, by what they were."""

    rows: dict[str, int] = field(default_factory=dict)


def purge() -> Purged:
    """Drop what was deleted over 30 days ago, old undo lines, lock-outs and sessions. Safe to repeat and to stop.

    `settings.PURGERS` names what the apps throw away: {name: dotted path of callable(*, before: datetime, limit: int)
    -> int}. It removes at most `limit` rows and says how many, and is asked again until it says 0.
    """
    moment = timezone.now()
    gone = Purged()
    gone.rows["actions"] = forget_actions(moment=moment)
    gone.rows["tries"] = forget_tries(moment=moment)
    gone.rows["sessions"] = Session.objects.filter(expire_date__lt=moment).delete()[0]
    live = Session.objects.values("session_key")
    UserSession.objects.exclude(session_key__in=live).delete()
    for name, path in settings.PURGERS.items():
        purger = import_string(path)
        gone.rows[name] = 0
        while removed := purger(before=moment - KEPT_FOR, limit=BATCH):
            gone.rows[name] += removed
    return gone


@transaction.atomic
def purge_views(*, before: dt.datetime, limit: int) -> int:
    """Saved views deleted before the moment."""
    ids = list(SavedView.everything.filter(deleted_at__lt=before).values_list("pk", flat=True)[:limit])
    SavedView.everything.filter(pk__in=ids).delete()
    return len(ids)
