"""What one person does to several insights at once: all that may be, each with its line in the log."""

import datetime as dt
from collections.abc import Collection

from django.db import transaction

from team.models import User
from voc.models import Insight
from voc.services.insights import UNDECIDED, Overtaken, assign_insight, snooze_insight

MOST = 200


def assign_many(*, actor: User, insight_ids: Collection[int], owner: User | None) -> int:
    """Who works on them; returns how many changed. Closed ones, and those that the new owner would not see, stay."""
    rows = Insight.objects.decidable_by(actor).open().filter(pk__in=list(insight_ids)[:MOST])
    if owner is not None:
        rows = rows.filter(pk__in=Insight.objects.visible_to(owner).values("pk"))
    return sum(_try_to_assign(actor, insight, owner) for insight in rows.select_related("department", "owner"))


def snooze_many(*, actor: User, insight_ids: Collection[int], until: dt.date | None, until_it_grows: bool) -> int:
    """Out of sight, those on which nobody decided; returns how many. Raises NotAllowedNow for a day that is past."""
    rows = Insight.objects.decidable_by(actor).filter(pk__in=list(insight_ids)[:MOST], state__in=UNDECIDED)
    done = 0
    for insight in rows:
        try:
            snooze_insight(actor=actor, insight=insight, until=until, until_it_grows=until_it_grows)
        except Overtaken:
            continue
        done += 1
    return done


def _try_to_assign(actor: User, insight: Insight, owner: User | None) -> bool:
    try:
        with transaction.atomic():
            return assign_insight(actor=actor, insight=insight, owner=owner)
    except Overtaken:
        return False
