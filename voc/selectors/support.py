"""What support needs beside its tickets: how the customer stands, and how satisfied those are whom an agent helped."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Avg, Count, Q

from accounts.models import Ticket
from team.clock import now
from team.models import User
from voc.formulas.intervals import Interval, share_interval

DAYS = 90
SATISFIED = 4
# SECURITY: fewer answers than that would be about single conversations, not about the work of a person.
FEWEST = 5
SHOWN = 50


@dataclass(frozen=True)
class AgentTally:
    """One agent: answers, the share of 4 and 5 with its interval, and the mean; nothing but the number below five."""

    agent: str
    interval: Interval
    mean: float | None

    @property
    def is_masked(self) -> bool:
        """Too few answered to say anything about a person."""
        return self.interval.value is None


def csat_by_agent(user: User, *, days: int = DAYS) -> list[AgentTally]:
    """Satisfaction with tickets closed of late, of accounts that the user sees, most rated first. One query."""
    rows = (
        Ticket.objects.visible_to(user)
        .filter(satisfaction__isnull=False, closed_at__gte=now() - dt.timedelta(days=days))
        .exclude(agent="")
        .order_by()
        .values("agent")
        .annotate(n=Count("pk"), glad=Count("pk", filter=Q(satisfaction__gte=SATISFIED)), mean=Avg("satisfaction"))
        .order_by("-n", "agent")
    )
    return [_tally(row["agent"], row["n"], row["glad"], row["mean"]) for row in rows[:SHOWN]]


def _tally(agent: str, n: int, glad: int, mean: float) -> AgentTally:
    if n < FEWEST:
        return AgentTally(agent, Interval(n), None)
    return AgentTally(agent, share_interval(glad, n), float(mean))
