"""What waits in the inboxes of the demo's people: the lines that the services would have written as things happened."""

import datetime as dt
from typing import Any

from django.db.models import Q
from django.urls import reverse

from accounts.models import Contact
from lifecycle.models import Task
from team.clock import now
from team.models import Absence, Notice, Role, User
from team.selectors.install import DEMO_DOMAIN
from team.services.absences import add_absence
from voc.models import Insight
from workspace.demo.sheets import Sheet, move_sequences, next_free_id

EACH = 6  # lines of one kind
READ_AFTER_DAYS = 5
# Who is away when (days ahead), and who stands in.
AWAY = (("success", "csm", 9, 13), ("manager", "admin", 24, 31))


def write_inbox(*, today: dt.date) -> int:
    """Fill the inboxes of the demo's people; returns how many lines were written. What is old was read.

    Idempotent, and beside what the services told already: each line has its reason, and no reason comes twice.
    """
    people = {user.email.partition("@")[0]: user for user in _demo_people()}
    told = set(Notice.objects.filter(user__in=people.values()).values_list("user_id", "dedupe_key"))
    sheet = Sheet(Notice, first_id=next_free_id(Notice))
    for user in people.values():
        for line in [*_insights_of(user), *_late_for(user), *_tasks_of(user), *_leavers_of(user), *_verdicts_of(user)]:
            if (user.pk, line["key"]) not in told:
                told.add((user.pk, line["key"]))
                _add(sheet, user, **line)
    sheet.flush()
    move_sequences([sheet])
    for away, deputy, start, end in AWAY:
        if away in people and deputy in people and not Absence.objects.filter(user=people[away]).exists():
            starts_on, ends_on = today + dt.timedelta(days=start), today + dt.timedelta(days=end)
            add_absence(user=people[away], deputy=people[deputy], starts_on=starts_on, ends_on=ends_on)
    return sheet.written


def _demo_people() -> list[User]:
    return list(User.objects.filter(email__endswith=f"@{DEMO_DOMAIN}").order_by("pk"))


def _add(
    sheet: Sheet, user: User, *, kind: str, text: str, url: str, key: str, at: dt.datetime, waits: bool = False
) -> None:
    moment = now()
    at = min(at, moment)
    is_read = not waits and (moment - at).days >= READ_AFTER_DAYS
    sheet.add(
        user_id=user.pk,
        kind=kind,
        text=text,
        url=url,
        dedupe_key=key,
        created_at=at,
        read_at=at + dt.timedelta(hours=3) if is_read else None,
    )


def _insight_line(insight: Insight, words: str, key: str, at: dt.datetime) -> dict[str, Any]:
    return {
        "kind": "insight",
        "text": f"{words}: {insight.title}",
        "url": reverse("insight", args=[insight.pk]),
        "key": f"insight:{insight.pk}:{key}",
        "at": at,
        "waits": insight.decided_at is None,
    }


def _insights_of(user: User) -> list[dict[str, Any]]:
    """New insights of the own departments."""
    rows = Insight.objects.filter(department__in=user.department_ids()).order_by("-created_at", "pk")[:EACH]
    return [_insight_line(row, "New insight", f"{row.state}:0", row.created_at) for row in rows]


def _late_for(user: User) -> list[dict[str, Any]]:
    """What nobody decided in time: the lead hears of it first, managers of what stays undecided."""
    rows = Insight.objects.triage().filter(level__gt=0, is_praise=False).order_by("-created_at", "pk")
    mine = Q(department__lead=user, level=1)
    rows = rows.filter(mine | Q(level=2) if user.role == Role.MANAGER else mine)
    return [
        _insight_line(row, "Nobody decided in time", f"level:{row.level}:{row.state}", _raised_at(row))
        for row in rows[:EACH]
    ]


def _raised_at(insight: Insight) -> dt.datetime:
    """When it rose last, as the decision log tells."""
    step = insight.steps.order_by("happened_at", "pk").last()
    return step.happened_at if step else insight.created_at


def _tasks_of(user: User) -> list[dict[str, Any]]:
    rows = Task.objects.open().filter(owner=user, account__isnull=False).order_by("-created_at", "pk")[:EACH]
    return [
        {
            "kind": "task",
            "text": f"New task: {row.title}",
            "url": reverse("account", args=[row.account_id]),
            "key": f"task:{row.pk}:{user.pk}",
            "at": row.created_at,
        }
        for row in rows
    ]


def _leavers_of(user: User) -> list[dict[str, Any]]:
    rows = Contact.objects.filter(account__csm=user, status=Contact.Status.LEFT).order_by("-left_on", "pk")[:EACH]
    return [
        {
            "kind": "contact",
            "text": f"{row.name} says: I have left the company",
            "url": reverse("account", args=[row.account_id]),
            "key": f"contact:{row.pk}:left",
            "at": now() - dt.timedelta(days=1, hours=4),
        }
        for row in rows
    ]


def _verdicts_of(user: User) -> list[dict[str, Any]]:
    """The customers' own word on what was done for them: owner and CSM hear it."""
    rows = Insight.objects.filter(account__csm=user, state=Insight.State.VERIFIED).order_by("-verified_at", "pk")[:EACH]
    return [
        _insight_line(row, "The customer says: Yes", "verdict:1", row.verified_at or row.created_at) for row in rows
    ]
