"""Goals: agreed, changed, closed, and every step taken back."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Account
from accounts.services.saving import change_row, make_row
from accounts.services.versions import require_editor
from lifecycle.models import Cause, Goal
from lifecycle.services.causes import forget_cause, need_cause
from lifecycle.services.goals.facts import push_plan_facts
from lifecycle.services.goals.readings import refresh_current
from lifecycle.services.goals.trail import former_values, locked_for, log_change, log_on_plan
from lifecycle.services.triggers import record_trigger
from team.clock import today
from team.models import ActionLog, User
from team.services.undo import CannotUndo

GOAL_FIELDS = (
    "title",
    "metric",
    "unit",
    "baseline",
    "target",
    "fact",
    "starts_on",
    "due_on",
    "owner",
    "customer_owner",
    "agreed_on",
    "is_shared",
)
CLOSED = (Goal.State.REACHED, Goal.State.MISSED, Goal.State.DROPPED)


def _checked(account: Account, fields: dict[str, Any]) -> dict[str, Any]:
    if unknown := set(fields) - set(GOAL_FIELDS):
        raise TypeError(f"goals have no {', '.join(sorted(unknown))} to set")
    person = fields.get("customer_owner")
    if person is not None and person.account_id != account.pk:
        raise ValidationError({"customer_owner": _("Choose somebody at this account.")})
    starts_on, due_on = fields.get("starts_on"), fields.get("due_on")
    if starts_on and due_on and due_on < starts_on:
        raise ValidationError({"due_on": _("The day lies before the start.")})
    if fields.get("baseline") is not None and fields.get("baseline") == fields.get("target"):
        raise ValidationError({"target": _("Start and target are the same: there is no way to go.")})
    return fields


@transaction.atomic
def add_goal(*, actor: User, account: Account, **fields: Any) -> Goal:
    """Note a goal of the customer; fields: `GOAL_FIELDS`. A goal with a fact is fed by it from now on.

    Raises:
        ValidationError: for refused values (a_goal_goes_somewhere, a_goal_is_due_after_it_starts).
        PermissionDenied: when the actor does not edit the account.
    """
    require_editor(actor, account.pk)
    fields.setdefault("owner", actor)
    fields["starts_on"] = fields.get("starts_on") or today()
    goal = make_row(Goal, {"account": account, **_checked(account, fields)})
    refresh_current(goal_ids=[goal.pk])
    push_plan_facts(account_ids=[account.pk])
    log_on_plan(actor, goal, _("Added the goal “%(title)s”"), "lifecycle.undo_add_goal")
    return goal


@transaction.atomic
def edit_goal(*, actor: User, goal: Goal, version: int | None = None, **fields: Any) -> ActionLog | None:
    """Change a goal; None when nothing differs.

    Raises:
        EditConflict: when somebody else changed the same field since `version`.
        ValidationError: for refused values.
        PermissionDenied: when the actor does not edit the account.
    """
    require_editor(actor, goal.account_id)
    if "starts_on" in fields:
        fields["starts_on"] = fields["starts_on"] or goal.starts_on
    before = change_row(goal, version=version, fields=_checked(goal.account, fields))
    if not before:
        return None
    if "fact" in before:
        refresh_current(goal_ids=[goal.pk])
    return log_change(actor, goal, before, _("Changed the goal “%(title)s”"), "lifecycle.undo_edit_goal")


@transaction.atomic
def close_goal(
    *, actor: User, goal: Goal, state: str, note: str = "", closed_on: dt.date | None = None
) -> ActionLog | None:
    """Say what became of an open goal: reached, missed or dropped; None when it was closed already.

    A missed one asks for its cause. Records the triggers goal_reached and goal_missed.

    Raises:
        ValidationError: for another state, or a day to come.
        PermissionDenied: when the actor does not edit the account.
    """
    require_editor(actor, goal.account_id)
    day = closed_on or today()
    if state not in CLOSED:
        raise ValidationError({"state": _("Choose reached, missed or dropped.")})
    if day > today():
        raise ValidationError({"closed_on": _("That day is still to come.")})
    changed = Goal.objects.open().filter(pk=goal.pk)
    words = {"state": state, "closed_on": day, "closing_note": note.strip()[:300]}
    if changed.update(**words, version=F("version") + 1, updated_at=timezone.now()) != 1:
        return None
    goal.refresh_from_db()
    if state == Goal.State.MISSED:
        need_cause(account=goal.account, about=Cause.About.GOAL, goal=goal)
    if state != Goal.State.DROPPED:
        record_trigger(
            account=goal.account,
            kind="goal_reached" if state == Goal.State.REACHED else "goal_missed",
            key=f"goal:{goal.pk}:{day.isoformat()}",
            payload={"goal": goal.pk, "title": goal.title},
        )
    before = {"state": Goal.State.OPEN.value, "closed_on": None, "closing_note": ""}
    return log_change(actor, goal, before, _("Closed the goal “%(title)s”"), "lifecycle.undo_edit_goal")


@transaction.atomic
def reopen_goal(*, actor: User, goal: Goal) -> ActionLog | None:
    """A closed goal goes on; None when it is open. What the customer signed stays signed."""
    require_editor(actor, goal.account_id)
    kept = Goal.objects.select_for_update(of=("self",)).filter(pk=goal.pk).exclude(state=Goal.State.OPEN).first()
    if kept is None:
        return None
    before = {"state": kept.state, "closed_on": kept.closed_on, "closing_note": kept.closing_note}
    _write(goal.pk, {"state": Goal.State.OPEN, "closed_on": None, "closing_note": ""})
    forget_cause(goal_id=goal.pk)
    goal.refresh_from_db()
    return log_change(actor, goal, before, _("Opened the goal “%(title)s” again"), "lifecycle.undo_edit_goal")


@transaction.atomic
def delete_goal(*, actor: User, goal: Goal) -> ActionLog | None:
    """Hide a goal for 30 days; None when it is hidden."""
    require_editor(actor, goal.account_id)
    if Goal.objects.filter(pk=goal.pk).update(deleted_at=timezone.now()) != 1:
        return None
    forget_cause(goal_id=goal.pk)
    push_plan_facts(account_ids=[goal.account_id])
    return log_on_plan(actor, goal, _("Deleted the goal “%(title)s”"), "lifecycle.restore_goal")


def _write(goal_id: int, values: dict[str, Any]) -> None:
    Goal.everything.filter(pk=goal_id).update(**values, version=F("version") + 1, updated_at=timezone.now())


@transaction.atomic
def undo_add_goal(*, actor: User, goal_id: int) -> bool:
    """Hide a goal that was just added; False when hidden already."""
    goal = locked_for(Goal, actor, goal_id)
    if goal.signed_off_at:
        raise CannotUndo(_("The customer has signed it off since."))
    hidden = Goal.objects.filter(pk=goal_id).update(deleted_at=timezone.now())
    push_plan_facts(account_ids=[goal.account_id])
    return hidden == 1


@transaction.atomic
def restore_goal(*, actor: User, goal_id: int) -> bool:
    """Bring a deleted goal back; False when it is there."""
    locked_for(Goal, actor, goal_id)
    if Goal.everything.filter(pk=goal_id, deleted_at__isnull=False).update(deleted_at=None) != 1:
        return False
    _settle(goal_id)
    return True


@transaction.atomic
def undo_edit_goal(*, actor: User, goal_id: int, before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Put former values back.

    Raises:
        CannotUndo: when one of them was changed again since.
    """
    goal = locked_for(Goal, actor, goal_id)
    _write(goal_id, former_values(goal, before, after))
    if "fact" in before:
        refresh_current(goal_ids=[goal_id])
    _settle(goal_id)
    return True


def _settle(goal_id: int) -> None:
    """Facts follow; a missed goal asks for its cause, one that is not missed any more needs none."""
    goal = Goal.everything.select_related("account__csm").get(pk=goal_id)
    if goal.state == Goal.State.MISSED and goal.deleted_at is None:
        need_cause(account=goal.account, about=Cause.About.GOAL, goal=goal)
    else:
        forget_cause(goal_id=goal_id)
    push_plan_facts(account_ids=[goal.account_id])
