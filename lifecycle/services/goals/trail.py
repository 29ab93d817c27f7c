"""What goals and promises share: a change is told and can be taken back, by whom and until when."""

from typing import Any, TypeVar

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.services.versions import plain, revived
from lifecycle.models import Goal, Promise
from lifecycle.services.goals.facts import push_plan_facts
from team.models import ActionLog, User
from team.services.undo import CannotUndo, log_action

Row = TypeVar("Row", Goal, Promise)
KEYS = {Goal: "goal_id", Promise: "promise_id"}


def log_on_plan(actor: User, row: Goal | Promise, verb: str, service: str, **arguments: Any) -> ActionLog:
    """Note what was done to a goal or a promise, with the way back; `verb` is filled with the row's words."""
    return log_action(
        actor=actor,
        verb=verb % {"title": str(row), "words": str(row)},
        service=service,
        arguments={KEYS[type(row)]: row.pk, **arguments},
        url=reverse("account_plan", args=[row.account_id]),
    )


def log_change(actor: User, row: Goal | Promise, before: dict[str, Any], verb: str, service: str) -> ActionLog:
    """Facts follow, and the former values are the way back."""
    push_plan_facts(account_ids=[row.account_id])
    after = {name: getattr(row, name) for name in before}
    return log_on_plan(actor, row, verb, service, before=plain(before), after=plain(after))


def locked_for(model: type[Row], actor: User, pk: int) -> Row:
    """The row, locked, if the actor may change it. Raises CannotUndo."""
    row: Row | None = model.everything.select_for_update(of=("self",)).editable_by(actor).filter(pk=pk).first()
    if row is None:
        raise CannotUndo(_("It is gone, or not yours to change."))
    return row


def former_values(row: Goal | Promise, before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What to write to take a change back. Raises CannotUndo when one of the values was changed again since."""
    if plain({name: getattr(row, name) for name in after}) != after:
        raise CannotUndo(_("It was changed again since."))
    return revived(type(row), before)
