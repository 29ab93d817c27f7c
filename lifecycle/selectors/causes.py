"""How often which cause was named."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count

from lifecycle.models import Cause
from team.clock import now
from team.models import User
from ui.lists.spec import Text

TALLY_DAYS = 365


@dataclass(frozen=True, slots=True)
class CauseCount:
    """How often one cause was named in the last 365 days, for goals, contractions and losses."""

    kind: str
    label: Text
    goals: int
    contractions: int
    losses: int
    share: int | None

    @property
    def total(self) -> int:
        return self.goals + self.contractions + self.losses


def tally_causes(user: User) -> list[CauseCount]:
    """What the user may see, by cause, most frequent first; the share is of those that somebody named. One query."""
    since = now() - dt.timedelta(days=TALLY_DAYS)
    rows = Cause.objects.visible_to(user).filter(created_at__gte=since, account__deleted_at__isnull=True)
    counts = {
        (kind, about): count for kind, about, count in rows.values_list("kind", "about").annotate(count=Count("pk"))
    }
    named = sum(count for (kind, _about), count in counts.items() if kind)
    found = []
    for kind, label in Cause.Kind.choices:
        goals, contractions, losses = (counts.get((kind, about), 0) for about in Cause.About.values)
        share = round(100 * (goals + contractions + losses) / named) if named else None
        found.append(CauseCount(kind, label, goals, contractions, losses, share))
    return sorted(found, key=lambda one: -one.total)


def open_causes(user: User) -> int:
    """How many wait for somebody to say why."""
    return Cause.objects.open().visible_to(user).filter(account__deleted_at__isnull=True).count()
