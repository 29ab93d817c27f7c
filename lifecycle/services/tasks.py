"""What becomes of tasks. Each change can be undone for 30 days."""

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import F, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Account, AccountSummary, Contact
from accounts.services.changes import mark_changed
from lifecycle.models import Goal, PlayStepRun, Task
from lifecycle.services.plays.waking import finish_run
from team.clock import now
from team.models import ActionLog, User
from team.services.notices import notify
from team.services.undo import CannotUndo, log_action

EDITABLE = frozenset(
    {"title", "why", "kind", "due_on", "owner", "account", "contact", "effort_minutes", "goal", "is_shared"}
)


class TaskRefused(ValueError):
    """The change makes no sense; the message says why, for people."""


def _task_url(task: Task) -> str:
    return reverse("account_plan", args=[task.account_id]) if task.account_id else reverse("tasks")


def _after_change(*, account_ids: Collection[int], reason: str) -> None:
    """Bring what hangs on the accounts' tasks up to date: next steps in the lists, and the scores."""
    if account_ids:
        refresh_next_steps(account_ids=account_ids)
        mark_changed(account_ids=account_ids, reason=reason)


def refresh_next_steps(*, account_ids: Collection[int]) -> int:
    """Write each account's next step (its open task that is due first) into the summary; one UPDATE."""
    first = Task.objects.open().filter(account=OuterRef("account")).order_by(F("due_on").asc(nulls_last=True), "id")
    return AccountSummary.objects.filter(account__in=account_ids).update(
        next_step=Coalesce(Subquery(first.values("title")[:1]), Value("")),
        next_step_on=Subquery(first.values("due_on")[:1]),
    )


@transaction.atomic
def create_task(
    *,
    actor: User | None,
    owner: User,
    title: str,
    account: Account | None = None,
    contact: Contact | None = None,
    why: str = "",
    kind: str = Task.Kind.TODO,
    due_on: dt.date | None = None,
    effort_minutes: int = 30,
    is_proactive: bool = True,
    dedupe_key: str | None = None,
    goal: Goal | None = None,
    is_shared: bool = False,
    run: PlayStepRun | None = None,
) -> Task:
    """Give somebody a task; with `dedupe_key` the open task of that reason is returned instead of a second one.

    `run` is the step of a play that waits for it. `actor` is None when a rule made it. Relies on
    `one_open_task_per_reason`.
    """
    values: dict[str, Any] = {
        "account": account,
        "contact": contact,
        "owner": owner,
        "title": title.strip()[:200],
        "why": why.strip()[:300],
        "kind": kind,
        "due_on": due_on,
        "effort_minutes": effort_minutes,
        "is_proactive": is_proactive,
        "created_by": actor,
        "goal": goal,
        "is_shared": is_shared,
        "run": run,
    }
    if not values["title"]:
        raise TaskRefused(_("Say what is to be done."))
    if dedupe_key:
        task, is_new = Task.objects.get_or_create(
            dedupe_key=dedupe_key, state=Task.State.OPEN, deleted_at=None, defaults=values
        )
        if not is_new:
            return task
    else:
        task = Task.objects.create(**values)
    _after_change(account_ids=_account_ids(task), reason="task")
    if actor:
        log_action(
            actor=actor,
            verb=_("Added the task “%(title)s”") % {"title": task.title},
            service="lifecycle.undo_create_task",
            arguments={"task_id": task.pk},
            url=_task_url(task),
        )
    _tell_owner(task=task, actor=actor)
    return task


def _account_ids(*tasks: Task) -> set[int]:
    return {task.account_id for task in tasks if task.account_id}


def _tell_owner(*, task: Task, actor: User | None) -> None:
    if actor is None or task.owner_id != actor.pk:
        notify(
            user=task.owner,
            kind="task",
            text=_("New task: %(title)s") % {"title": task.title},
            url=_task_url(task),
            dedupe_key=f"task:{task.pk}:{task.owner_id}",
        )


@transaction.atomic
def complete_task(*, actor: User, task: Task, minutes: int | None = None) -> ActionLog | None:
    """Mark an open task as done; None when it was not open any more (so a double click does nothing).

    The play that waits for it goes on.
    """
    changed = (
        Task.objects.open()
        .filter(pk=task.pk)
        .update(state=Task.State.DONE, done_at=now(), minutes=minutes, snoozed_until=None, snooze_reason="")
    )
    if not changed:
        return None
    if task.run_id:
        finish_run(run_id=task.run_id, result={"task": task.pk})
    _after_change(account_ids=_account_ids(task), reason="task")
    return log_action(
        actor=actor,
        verb=_("Finished the task “%(title)s”") % {"title": task.title},
        service="lifecycle.reopen_task",
        arguments={"task_id": task.pk},
        url=_task_url(task),
    )


@transaction.atomic
def cancel_task(*, actor: User, task: Task, reason: str = "") -> ActionLog | None:
    """An open task will not be done; None when it was not open. The play that waits for it goes on without it."""
    if not Task.objects.open().filter(pk=task.pk).update(state=Task.State.CANCELLED, snoozed_until=None):
        return None
    if task.run_id:
        result = {"task": task.pk, "reason": reason.strip()[:200]}
        finish_run(run_id=task.run_id, state=PlayStepRun.State.SKIPPED, result=result)
    _after_change(account_ids=_account_ids(task), reason="task")
    return log_action(
        actor=actor,
        verb=_("Cancelled the task “%(title)s”") % {"title": task.title},
        service="lifecycle.reopen_task",
        arguments={"task_id": task.pk},
        url=_task_url(task),
    )


@transaction.atomic
def finish_reason(*, dedupe_key: str) -> bool:
    """The reason of a task is gone: its open task is done by itself; False when there was none."""
    task = Task.objects.open().filter(dedupe_key=dedupe_key).first()
    if task is None or Task.objects.open().filter(pk=task.pk).update(state=Task.State.DONE, done_at=now()) != 1:
        return False
    _after_change(account_ids=_account_ids(task), reason="task")
    return True


@transaction.atomic
def snooze_task(*, actor: User, task: Task, until: dt.date, reason: str = "") -> ActionLog | None:
    """Hide an open task from Today until a day; None when it was not open. The due date stays, so it shows as late."""
    before = {"until": task.snoozed_until.isoformat() if task.snoozed_until else None, "reason": task.snooze_reason}
    changed = Task.objects.open().filter(pk=task.pk).update(snoozed_until=until, snooze_reason=reason.strip()[:200])
    if not changed:
        return None
    return log_action(
        actor=actor,
        verb=_("Snoozed the task “%(title)s”") % {"title": task.title},
        service="lifecycle.restore_snooze",
        arguments={"task_id": task.pk, **before},
        url=_task_url(task),
    )


@transaction.atomic
def reopen_task(*, actor: User, task_id: int) -> bool:
    """Open a done or cancelled task again; False when it is open, gone, or not the actor's to change. A play that
    waited for it has gone on.

    Raises:
        CannotUndo: when the same reason has a newer open task (`one_open_task_per_reason`).
    """
    closed = [Task.State.DONE, Task.State.CANCELLED]
    task = Task.objects.editable_by(actor).filter(pk=task_id, state__in=closed).first()
    if task is None:
        return False
    if task.dedupe_key and Task.objects.open().filter(dedupe_key=task.dedupe_key).exists():
        raise CannotUndo(_("There is a newer open task for the same reason."))
    changed = Task.objects.filter(pk=task_id, state__in=closed).update(
        state=Task.State.OPEN, done_at=None, minutes=None
    )
    _after_change(account_ids=_account_ids(task), reason="task")
    return changed == 1


@transaction.atomic
def restore_snooze(*, actor: User, task_id: int, until: str | None, reason: str) -> bool:
    """Take a snooze back: `until` (ISO) and `reason` are what stood there before."""
    day = dt.date.fromisoformat(until) if until else None
    mine = Task.objects.editable_by(actor).open().filter(pk=task_id)
    return mine.update(snoozed_until=day, snooze_reason=reason) == 1


def _plain(value: Any) -> Any:
    """A field's value as JSON can carry it."""
    if isinstance(value, dt.date):
        return value.isoformat()
    return value


@transaction.atomic
def edit_task(*, actor: User, task: Task, **fields: Any) -> ActionLog | None:
    """Change an open or done task; None when nothing differs. Fields: those of `EDITABLE`."""
    if unknown := set(fields) - EDITABLE:
        raise TypeError(f"edit_task knows no {', '.join(sorted(unknown))}")
    kept = Task.objects.select_for_update().get(pk=task.pk)
    columns = {Task._meta.get_field(name).attname: getattr(value, "pk", value) for name, value in fields.items()}  # type: ignore[union-attr]
    changes = {column: value for column, value in columns.items() if getattr(kept, column) != value}
    if not changes:
        return None
    before = {column: _plain(getattr(kept, column)) for column in changes}
    accounts = _account_ids(kept)
    for column, value in changes.items():
        setattr(kept, column, value)
        setattr(task, column, value)
    kept.save(update_fields=list(changes))
    _after_change(account_ids=accounts | _account_ids(kept), reason="task")
    if "owner_id" in changes:
        _tell_owner(task=kept, actor=actor)
    return log_action(
        actor=actor,
        verb=_("Changed the task “%(title)s”") % {"title": kept.title},
        service="lifecycle.restore_task",
        arguments={"task_id": kept.pk, "columns": before},
        url=_task_url(kept),
    )


@transaction.atomic
def restore_task(*, actor: User, task_id: int, columns: dict[str, Any]) -> bool:
    """Put the columns of a task back as they were before an edit."""
    task = Task.objects.editable_by(actor).select_for_update(of=("self",)).filter(pk=task_id).first()
    if task is None:
        return False
    accounts = _account_ids(task)
    for column, value in columns.items():
        is_day = column.endswith("_on") and isinstance(value, str)
        setattr(task, column, dt.date.fromisoformat(value) if is_day else value)
    task.save(update_fields=list(columns))
    _after_change(account_ids=accounts | _account_ids(task), reason="task")
    return True


@transaction.atomic
def undo_create_task(*, actor: User, task_id: int) -> bool:
    """Take back a task that was just made: it is deleted softly; False when it is gone."""
    task = Task.objects.filter(pk=task_id, created_by=actor).first()
    if task is None:
        return False
    Task.objects.filter(pk=task_id).update(deleted_at=now())
    _after_change(account_ids=_account_ids(task), reason="task")
    return True
