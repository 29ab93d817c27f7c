"""Tallies and groups that are not plain rows."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from lifecycle.models import Task
from lifecycle.models.tasks import TaskQuerySet
from team.clock import today
from team.models import User
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


LABELS: dict[str, Text] = {
    "overdue": _("Overdue"),
    "today": _("Today"),
    "week": _("Next seven days"),
    "later": _("Later"),
    "undated": _("Without a date"),
    "snoozed": _("Snoozed"),
    "parked": _("Parked: above the week's capacity"),
    "done": _("Done"),
}


def group_of(task: Task, day: dt.date) -> str:
    """The span that a task falls into."""
    if task.state != Task.State.OPEN:
        return "done"
    if task.parked_at:
        return "parked"
    if task.snoozed_until and task.snoozed_until > day:
        return "snoozed"
    return _span_of(task.due_on, day)


def _span_of(due_on: dt.date | None, day: dt.date) -> str:
    if due_on is None:
        return "undated"
    if due_on <= day:
        return "today" if due_on == day else "overdue"
    return "week" if due_on <= day + dt.timedelta(days=7) else "later"


def group_tasks(tasks: Iterable[Task], day: dt.date) -> list[TaskGroup]:
    """Put tasks into spans, in the order of time, the most valuable first in each; empty spans are left out."""
    found: dict[str, list[Task]] = {key: [] for key in LABELS}
    for task in tasks:
        found[group_of(task, day)].append(task)
    for key, rows in found.items():
        if key != "done":
            rows.sort(key=lambda task: (-task.rank, task.pk))
    return [TaskGroup(key, LABELS[key], rows) for key, rows in found.items() if rows]


def read_tasks(*, user: User, whose: str = "me", state: str = "open", account: Account | None = None) -> TaskList:
    """Tasks in groups, at most 200: `whose` is me or team, `state` open or done. One query."""
    rows: TaskQuerySet = Task.objects.visible_to(user)
    if account is not None:
        rows = rows.filter(account=account)
    elif whose == "me":
        rows = Task.objects.owned_by(user)
    if state == "open":
        rows = rows.open().order_by(F("parked_at").asc(nulls_first=True), F("due_on").asc(nulls_last=True), "id")
    else:
        rows = rows.filter(state=Task.State.DONE).order_by("-done_at", "-id")
    listed: Sequence[Task] = list(rows.with_rights(user).select_related("account", "owner")[: MOST_TASKS + 1])
    return TaskList(groups=group_tasks(listed[:MOST_TASKS], today()), is_cut=len(listed) > MOST_TASKS)


def read_plan_tasks(*, user: User, account: Account) -> tuple[TaskList, TaskList]:
    """The open and the finished tasks of an account, at most 200 each. One query."""
    place = Window(
        RowNumber(),
        partition_by="state",
        order_by=[F("done_at").desc(), F("parked_at").asc(nulls_first=True), F("due_on").asc(nulls_last=True), "id"],
    )
    rows = Task.objects.visible_to(user).filter(account=account, state__in=[Task.State.OPEN, Task.State.DONE])
    first = (
        rows.with_rights(user)
        .annotate(place=place)
        .filter(place__lte=MOST_TASKS + 1)
        .select_related("account", "owner")
    )
    found: dict[bool, list[Task]] = {True: [], False: []}
    for task in first.order_by("place"):
        found[task.state == Task.State.OPEN].append(task)
    is_open, is_done = (
        TaskList(groups=group_tasks(listed[:MOST_TASKS], today()), is_cut=len(listed) > MOST_TASKS)
        for listed in (found[True], found[False])
    )
    return is_open, is_done


def first_task(account: Account) -> Task | None:
    """The open task that is due first: the account's next step."""
    return Task.objects.open().filter(account=account).order_by(F("due_on").asc(nulls_last=True), "id").first()
