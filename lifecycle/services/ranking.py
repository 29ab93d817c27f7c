"""Work is ranked, and what does not fit into the week of its owner is parked with the reason; nothing is lost."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection, transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from lifecycle.formulas.ranking import overflow_of, week_of
from lifecycle.models import Task
from lifecycle.selectors.ranking import OpenTask, Room, open_tasks, rooms_of
from team.clock import now, today
from team.models import ActionLog, User
from team.services.undo import log_action

OWNERS_AT_ONCE = 200

# Writes only what differs; a task that was closed meanwhile stays as it is.
_WRITE = """
    UPDATE lifecycle_task task
       SET rank = given.rank, parked_reason = given.reason,
           parked_at = CASE WHEN given.reason = '' THEN NULL ELSE coalesce(task.parked_at, now()) END
      FROM unnest(%s::bigint[], %s::numeric[], %s::text[]) AS given(id, rank, reason)
     WHERE task.id = given.id AND task.state = 'open' AND task.deleted_at IS NULL
       AND (task.rank, task.parked_reason) IS DISTINCT FROM (given.rank, given.reason)
"""


@dataclass(frozen=True, slots=True)
class RankResult:
    """Tasks that were looked at, whose row changed, and that are parked now."""

    looked_at: int = 0
    changed: int = 0
    parked: int = 0

    def __add__(self, other: "RankResult") -> "RankResult":
        return RankResult(self.looked_at + other.looked_at, self.changed + other.changed, self.parked + other.parked)


def rank_tasks(*, owner_ids: Collection[int] | None = None) -> RankResult:
    """Rank open tasks and park what is above their owners' weekly capacity; all owners when none are named.

    Never parked: what a person gave a day, what a customer sees, what somebody took in spite of the full week. Parked
    tasks come back by themselves when there is room again: a meeting falls away, a week begins, work is cancelled.
    Five queries per 200 owners; safe to repeat.
    """
    if owner_ids is None:
        owner_ids = Task.objects.open().order_by().values_list("owner", flat=True).distinct()
    wanted = sorted(set(owner_ids))
    result = RankResult()
    for start in range(0, len(wanted), OWNERS_AT_ONCE):
        result += _rank_some(wanted[start : start + OWNERS_AT_ONCE])
    return result


@transaction.atomic
def _rank_some(owner_ids: Sequence[int]) -> RankResult:
    day = today()
    rooms = rooms_of(owner_ids=owner_ids, day=day)
    by_owner: dict[int, list[OpenTask]] = defaultdict(list)
    for task in open_tasks(owner_ids=owner_ids):
        by_owner[task.owner_id].append(task)
    ids: list[int] = []
    ranks: list[Decimal] = []
    reasons: list[str] = []
    looked_at = 0
    for owner_id, tasks in sorted(by_owner.items()):
        looked_at += len(tasks)
        ranked = {task.pk: task.ranked(day) for task in tasks}
        of_week = [task for task in tasks if task.is_of_week(week_of(day)[1])]
        parked = _reasons(of_week, ranked, rooms[owner_id])
        for task in tasks:
            reason = parked.get(task.pk, "")
            if (task.rank, task.parked_reason) != (ranked[task.pk], reason):
                ids.append(task.pk)
                ranks.append(ranked[task.pk])
                reasons.append(reason)
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [ids, ranks, reasons])
        changed = cursor.rowcount
    return RankResult(looked_at, changed, Task.objects.parked().filter(owner__in=owner_ids).count())


def _reasons(tasks: Sequence[OpenTask], ranked: dict[int, Decimal], room: Room) -> dict[int, str]:
    """Why each task above the week is parked, in the language of its owner."""
    over = overflow_of([task.as_work(ranked[task.pk]) for task in tasks], room_minutes=room.left)
    hours = {"hours": round(room.capacity / 60), "meetings": round(room.meetings / 60), "count": len(tasks)}
    with translation.override(room.language):
        words = (
            _("above this week's %(hours)s h, %(meetings)s h of them meetings: ranked %(place)s of %(count)s")
            if hours["meetings"]
            else _("above this week's %(hours)s h: ranked %(place)s of %(count)s")
        )
        return {one.pk: words % {**hours, "place": one.place} for one in over}


@transaction.atomic
def take_task(*, actor: User, task: Task) -> ActionLog | None:
    """Take a parked task although the week is full: at hand from now on, never parked again; None when it was not."""
    taken = Task.objects.parked().filter(pk=task.pk)
    if taken.update(taken_at=now(), parked_at=None, parked_reason="") != 1:
        return None
    return log_action(
        actor=actor,
        verb=_("Took the parked task “%(title)s”") % {"title": task.title},
        service="lifecycle.undo_take_task",
        arguments={"task_id": task.pk},
        url=reverse("tasks"),
    )


@transaction.atomic
def undo_take_task(*, actor: User, task_id: int) -> bool:
    """The budget decides about the task again; False when it is closed, or not the actor's to change."""
    task = Task.objects.editable_by(actor).open().filter(pk=task_id, taken_at__isnull=False).first()
    if task is None:
        return False
    Task.objects.filter(pk=task_id).update(taken_at=None)
    rank_tasks(owner_ids=[task.owner_id])
    return True
