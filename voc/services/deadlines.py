"""Deadlines of decisions: who hears of one that passed, and who answers then."""

from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy as pgettext

from team.calendars import add_business_hours
from team.clock import now, today
from team.models import User
from team.services.notices import notify
from voc.models import Insight
from voc.services.routing import log_step

LEVELS = {
    0: pgettext("level", "department"),
    1: pgettext("level", "head of department"),
    2: pgettext("level", "management"),
}


def escalate_late(*, limit: int = 200) -> int:
    """Insights that nobody decided in time rise a level and tell the lead, then the managers. Returns how many rose.

    Each level has its own term of one business day.
    """
    late = (
        Insight.objects.triage()
        .of_living_accounts()
        .filter(due_at__lt=now(), level__lt=Insight.HIGHEST_LEVEL, is_praise=False)
        .exclude(snoozed_until__gt=today())
        .select_related("department")
        .order_by("due_at")[:limit]
    )
    return sum(raise_level(insight=insight, reason=_("Nobody decided in time")) for insight in late)


@transaction.atomic
def raise_level(*, insight: Insight, reason: str) -> bool:
    """One level up: the department's lead, then the managers. False when somebody else moved it meanwhile."""
    level = min(insight.level + 1, Insight.HIGHEST_LEVEL)
    due_at = add_business_hours(start=now(), hours=8, department=insight.department)
    mine = Insight.objects.filter(pk=insight.pk, level=insight.level, state=insight.state)
    if mine.update(level=level, due_at=due_at, version=F("version") + 1, updated_at=timezone.now()) != 1:
        return False
    insight.level, insight.due_at = level, due_at
    log_step(insight=insight, actor=None, text=f"{reason}: {LEVELS[level]}")
    lead = insight.department.lead
    people = [lead] if level == 1 and lead else list(User.objects.filter(role="manager", is_active=True))
    for person in people:
        notify(
            user=person,
            kind="insight",
            text=f"{reason}: {insight.title}",
            url=reverse("insight", args=[insight.pk]),
            dedupe_key=f"insight:{insight.pk}:level:{level}:{insight.state}",
        )
    return True
