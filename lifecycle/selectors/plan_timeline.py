"""The plan on an account's timeline: what customers wrote and signed, goals that closed, promises that were settled."""

from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from accounts.models import Account
from accounts.selectors.timeline import Cursor, TimelineEntry, day_older_than, midnight, older_than
from lifecycle.models import Goal, Handover, PlanComment, Promise
from team.models import User

KIND = "plan"
GOAL_TONES = {"reached": "good", "missed": "critical"}
PROMISE_TONES = {"kept": "good", "broken": "critical"}


def plan_entries(*, account: Account, user: User, before: Cursor | None, limit: int) -> list[TimelineEntry]:
    """A source of the timeline (settings.TIMELINE_SOURCES); five queries."""
    url = reverse("account_plan", args=[account.pk])
    entries = comments(account, url, before, limit) + signatures(account, url, before, limit)
    entries += closed_goals(account, url, before, limit) + settled_promises(account, url, before, limit)
    entries += handovers(account, url, before)
    return sorted(entries, key=lambda entry: entry.order, reverse=True)[:limit]


def comments(account: Account, url: str, before: Cursor | None, limit: int) -> list[TimelineEntry]:
    """Lines under the shared plan."""
    rows = PlanComment.objects.shown().filter(account=account)
    rows = rows.filter(older_than(before, at="created_at", prefix="plancomment")).select_related("goal")
    return [
        TimelineEntry(
            key=f"plancomment-{row.pk}",
            kind=KIND,
            kind_label=_("We wrote on the plan") if row.author_id else _("The customer wrote on the plan"),
            icon="message-square",
            at=row.created_at,
            title=Truncator(row.text).chars(80),
            text=row.text if len(row.text) > 80 else "",
            who=row.author_name,
            url=url,
            note=row.goal.title if row.goal else "",
        )
        for row in rows.order_by("-created_at", "-pk")[:limit]
    ]


def signatures(account: Account, url: str, before: Cursor | None, limit: int) -> list[TimelineEntry]:
    """Goals that the customer signed off."""
    rows = Goal.objects.filter(account=account, signed_off_at__isnull=False)
    rows = rows.filter(older_than(before, at="signed_off_at", prefix="signoff")).order_by("-signed_off_at", "-pk")
    return [
        TimelineEntry(
            key=f"signoff-{row.pk}",
            kind=KIND,
            kind_label=_("Goal signed off"),
            icon="circle-check",
            at=row.signed_off_at,
            title=row.title,
            who=row.signed_off_by,
            url=url,
            tone="good",
        )
        for row in rows[:limit]
        if row.signed_off_at
    ]


def closed_goals(account: Account, url: str, before: Cursor | None, limit: int) -> list[TimelineEntry]:
    """Goals that were reached, missed or dropped."""
    rows = Goal.objects.filter(account=account, closed_on__isnull=False).select_related("owner")
    rows = rows.filter(day_older_than(before, day="closed_on", prefix="goal")).order_by("-closed_on", "-pk")
    return [
        TimelineEntry(
            key=f"goal-{row.pk}",
            kind=KIND,
            kind_label=_("Goal: %(state)s") % {"state": row.get_state_display()},
            icon="target",
            at=midnight(row.closed_on),
            title=row.title,
            text=row.closing_note,
            who=str(row.owner),
            url=url,
            tone=GOAL_TONES.get(row.state, ""),
        )
        for row in rows[:limit]
        if row.closed_on
    ]


def settled_promises(account: Account, url: str, before: Cursor | None, limit: int) -> list[TimelineEntry]:
    """Promises that were kept, broken or released."""
    rows = Promise.objects.filter(account=account, settled_on__isnull=False).select_related("owner")
    rows = rows.filter(day_older_than(before, day="settled_on", prefix="promise")).order_by("-settled_on", "-pk")
    return [
        TimelineEntry(
            key=f"promise-{row.pk}",
            kind=KIND,
            kind_label=_("Promise: %(state)s") % {"state": row.get_state_display()},
            icon="handshake",
            at=midnight(row.settled_on),
            title=row.words,
            text=row.evidence,
            who=str(row.owner),
            url=url,
            tone=PROMISE_TONES.get(row.state, ""),
        )
        for row in rows[:limit]
        if row.settled_on
    ]


def handovers(account: Account, url: str, before: Cursor | None) -> list[TimelineEntry]:
    """When sales handed over."""
    rows = Handover.objects.filter(account=account, submitted_at__isnull=False).select_related("submitted_by")
    return [
        TimelineEntry(
            key=f"handover-{row.pk}",
            kind=KIND,
            kind_label=_("Handover from sales"),
            icon="handshake",
            at=row.submitted_at,
            title=_("Handed over at %(percent)s %% of the checklist") % {"percent": round(row.completeness * 100)},
            who=str(row.submitted_by or row.source),
            url=url,
        )
        for row in rows.filter(older_than(before, at="submitted_at", prefix="handover"))
        if row.submitted_at
    ]
