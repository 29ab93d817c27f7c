"""Tallies and groups that are not plain rows."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from lifecycle.models import Journey, Stage, StageVisit, Task
from lifecycle.models.tasks import TaskQuerySet
from team.clock import now, today
from team.models import ActionLog, User
from ui.lists.spec import Text

MOST_TASKS = 200


@dataclass(frozen=True, slots=True)
class TaskGroup:
    """Tasks that fall due in the same span."""

    key: str
    label: Text
    tasks: list[Task]


@dataclass(frozen=True, slots=True)
class TaskList:
    groups: list[TaskGroup]
    is_cut: bool

    @property
    def is_empty(self) -> bool:
        return not self.groups


@dataclass(frozen=True, slots=True)
class StageStep:
    """One stage of an account's journey: `state` is done, current, skipped or ahead; days are whole days spent."""

    stage: Stage
    state: str
    entered_at: dt.datetime | None
    left_at: dt.datetime | None
    days: int | None
    is_next: bool = False

    @property
    def is_over_target(self) -> bool:
        return self.state == "current" and self.days is not None and self.days > self.stage.target_days


LABELS: dict[str, Text] = {
    "overdue": _("Overdue"),
    "today": _("Today"),
    "week": _("Next seven days"),
    "later": _("Later"),
    "undated": _("Without a date"),
    "snoozed": _("Snoozed"),
    "done": _("Done"),
}


def group_of(task: Task, day: dt.date) -> str:
    """The span that a task falls into."""
    if task.state != Task.State.OPEN:
        return "done"
    if task.snoozed_until and task.snoozed_until > day:
        return "snoozed"
    if task.due_on is None:
        return "undated"
    if task.due_on < day:
        return "overdue"
    if task.due_on == day:
        return "today"
    return "week" if task.due_on <= day + dt.timedelta(days=7) else "later"


def group_tasks(tasks: Iterable[Task], day: dt.date) -> list[TaskGroup]:
    """Put tasks into spans, in the order of time; empty spans are left out."""
    found: dict[str, list[Task]] = {key: [] for key in LABELS}
    for task in tasks:
        found[group_of(task, day)].append(task)
    return [TaskGroup(key, LABELS[key], rows) for key, rows in found.items() if rows]


def read_tasks(*, user: User, whose: str = "me", state: str = "open", account: Account | None = None) -> TaskList:
    """Tasks in groups, at most 200: `whose` is me or team, `state` open or done. One query."""
    rows: TaskQuerySet = Task.objects.visible_to(user)
    if account is not None:
        rows = rows.filter(account=account)
    elif whose == "me":
        rows = Task.objects.owned_by(user)
    if state == "open":
        rows = rows.open().order_by(F("due_on").asc(nulls_last=True), "id")
    else:
        rows = rows.filter(state=Task.State.DONE).order_by("-done_at", "-id")
    listed: Sequence[Task] = list(rows.select_related("account", "owner")[: MOST_TASKS + 1])
    return TaskList(groups=group_tasks(listed[:MOST_TASKS], today()), is_cut=len(listed) > MOST_TASKS)


def first_task(account: Account) -> Task | None:
    """The open task that is due first: the account's next step."""
    return Task.objects.open().filter(account=account).order_by(F("due_on").asc(nulls_last=True), "id").first()


def journey_of(account: Account) -> list[StageStep]:
    """The stages of the account's journey (of its segment, or the default one) with the visits; two queries."""
    # The segment's own journey comes before the default one.
    stages = list(
        Stage.objects.filter(journey__is_active=True)
        .filter(journey__in=Journey.objects.filter(segment=account.segment_id) | Journey.objects.filter(segment=None))
        .select_related("journey")
        .order_by(F("journey__segment").asc(nulls_last=True), "position")
    )
    if stages:
        stages = [stage for stage in stages if stage.journey_id == stages[0].journey_id]
    visits: dict[int, StageVisit] = {}
    for visit in StageVisit.objects.filter(account=account, product=None).order_by("entered_at", "id"):
        visits[visit.stage_id] = visit
    current = next((visit.stage_id for visit in visits.values() if visit.left_at is None), None)
    at = next((stage.position for stage in stages if stage.pk == current), None)
    steps = [_step(stage, visits.get(stage.pk), at) for stage in stages]
    following = next((number for number, step in enumerate(steps) if step.stage.position > (at or 0)), 0)
    return [replace(step, is_next=number == following) for number, step in enumerate(steps)]


def _step(stage: Stage, visit: StageVisit | None, at: int | None) -> StageStep:
    if visit is None:
        return StageStep(stage, "skipped" if at and stage.position < at else "ahead", None, None, None)
    end = visit.left_at or now()
    days = max((timezone.localdate(end) - timezone.localdate(visit.entered_at)).days, 0)
    return StageStep(stage, "current" if visit.left_at is None else "done", visit.entered_at, visit.left_at, days)


def action_behind(*, actor: User, service: str, **arguments: int) -> ActionLog | None:
    """The logged action that a service just wrote about one thing, for the Undo of its toast."""
    about = {f"inverse__arguments__{name}": value for name, value in arguments.items()}
    return ActionLog.objects.filter(actor=actor, inverse__service=service, **about).order_by("-pk").first()
