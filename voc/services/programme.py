"""The roll-out of listening: its scope and its goals. Every change is taken back as a whole."""

import datetime as dt
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from team.clock import today
from team.models import ActionLog, Role, User
from team.services.undo import CannotUndo, log_action
from voc.models import Programme, ProgrammeGoal

WRITERS = (Role.ADMIN, Role.MANAGER)
FIELDS = ("name", "scope", "started_on", "sponsor")
_GOAL_COLUMNS = ("id", "stage", "measure", "target", "due_on", "owner_id")
Picture = dict[str, Any]


def the_programme() -> Programme:
    """The one row; an unsaved one with everything in scope where nobody has set it up."""
    return Programme.objects.filter(pk=1).first() or Programme(pk=1, started_on=today())


def edit_programme(
    *, actor: User, name: str, scope: list[dict[str, Any]], started_on: dt.date, sponsor: User | None
) -> ActionLog | None:
    """Name, scope, start and sponsor; None when nothing differs. Raises PermissionDenied."""
    values = {"name": name, "scope": scope, "started_on": started_on, "sponsor": sponsor}
    return _change(
        actor,
        _("Changed the programme"),
        lambda: Programme.objects.update_or_create(pk=1, defaults=values),
    )


def add_goal(
    *, actor: User, stage: str, measure: str, target: Decimal, due_on: dt.date, owner: User | None
) -> ActionLog | None:
    """A goal; one per figure (one_goal_per_figure). Raises PermissionDenied, IntegrityError for a second one."""
    values = {"stage": stage, "measure": measure, "target": target, "due_on": due_on, "owner": owner}
    return _change(actor, _("Added a goal"), lambda: ProgrammeGoal.objects.create(**values))


def edit_goal(
    *, actor: User, goal: ProgrammeGoal, target: Decimal, due_on: dt.date, owner: User | None
) -> ActionLog | None:
    """Target, date and owner of a goal; None when nothing differs. Raises PermissionDenied."""
    values = {"target": target, "due_on": due_on, "owner": owner}
    return _change(actor, _("Changed a goal"), lambda: ProgrammeGoal.objects.filter(pk=goal.pk).update(**values))


def delete_goal(*, actor: User, goal: ProgrammeGoal) -> ActionLog | None:
    """Take a goal away; None when it is gone already. Raises PermissionDenied."""
    return _change(actor, _("Deleted a goal"), lambda: ProgrammeGoal.objects.filter(pk=goal.pk).delete())


@transaction.atomic
def restore_programme(*, actor: User, before: Picture, after: Picture) -> bool:
    """The way back of any change: programme and goals as they were.

    Raises:
        CannotUndo: when somebody changed them since.
    """
    _only_writers(actor)
    if _picture() != after:
        raise CannotUndo(_("The programme was changed since."))
    if before["programme"] is None:
        Programme.objects.filter(pk=1).delete()
    else:
        Programme.objects.update_or_create(pk=1, defaults=before["programme"])
    kept = {row["id"]: row for row in before["goals"]}
    ProgrammeGoal.objects.exclude(pk__in=kept).delete()
    for pk, row in kept.items():
        ProgrammeGoal.objects.update_or_create(pk=pk, defaults=row)
    return True


@transaction.atomic
def _change(actor: User, verb: str, by: Callable[[], object]) -> ActionLog | None:
    _only_writers(actor)
    before = _picture()
    by()
    after = _picture()
    if before == after:
        return None
    return log_action(
        actor=actor,
        verb=verb,
        service="voc.restore_programme",
        arguments={"before": before, "after": after},
        url=reverse("programme"),
    )


def _only_writers(actor: User) -> None:
    if actor.role not in WRITERS:
        raise PermissionDenied


def _picture() -> Picture:
    """The rows as JSON holds them, locked until the end of the transaction."""
    rows = Programme.objects.select_for_update().filter(pk=1)
    row = rows.values("name", "scope", "started_on", "sponsor_id").first()
    goals = list(ProgrammeGoal.objects.select_for_update().order_by("pk").values(*_GOAL_COLUMNS))
    found: Picture = json.loads(json.dumps({"programme": row, "goals": goals}, cls=DjangoJSONEncoder))
    return found
