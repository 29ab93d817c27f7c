"""The life of an initiative: made, edited, started, shipped or dropped; each step can be taken back."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from team.clock import now, today
from team.models import ActionLog, Department, User
from team.services.undo import CannotUndo, log_action
from voc.models import Initiative, InitiativeTelling, Theme
from voc.services.initiatives.settling import unsettle
from voc.services.insights import NotAllowedNow, Overtaken

State = Initiative.State
UNDERWAY = (State.PLANNED, State.STARTED)
# What people set with the form; all else follows from steps.
FIELDS = ("title", "department_id", "owner_id", "theme_id", "target", "fact", "due_on")
_KEPT = (*FIELDS, "state", "drop_reason", "started_at", "shipped_on", "is_public")


def require_editor(actor: User, initiative: Initiative) -> None:
    """Raises PermissionDenied for those who do not lead the department."""
    if not Initiative.objects.editable_by(actor).filter(pk=initiative.pk).exists():
        raise PermissionDenied


def _require_lead(actor: User, department: Department) -> None:
    if actor.role not in {"admin", "manager"} and department.pk not in actor.department_ids():
        raise PermissionDenied


@transaction.atomic
def make_initiative(
    *,
    actor: User,
    title: str,
    department: Department,
    owner: User | None = None,
    theme: Theme | None = None,
    target: str = "",
    fact: str = "",
    due_on: dt.date | None = None,
) -> Initiative:
    """A new piece of work of a department; what asks for it is added by `add_insights`. Raises PermissionDenied."""
    _require_lead(actor, department)
    initiative = Initiative.objects.create(
        title=title.strip()[:160], department=department, owner=owner, theme=theme, target=target.strip()[:300],
        fact=fact, due_on=due_on, created_by=actor,
    )  # fmt: skip
    log_action(
        actor=actor,
        verb=_("Made the initiative “%(title)s”") % {"title": initiative.title},
        service="voc.undo_make_initiative",
        arguments={"initiative": initiative.pk},
        url=reverse("initiative", args=[initiative.pk]),
    )
    return initiative


@transaction.atomic
def undo_make_initiative(*, actor: User, initiative: int) -> bool:
    """The way back of making one: it is gone, what asked for it is free again. Raises CannotUndo once it began."""
    found = Initiative.objects.select_for_update().filter(pk=initiative).first()
    if found is None:
        return False
    require_editor(actor, found)
    if found.state != State.PLANNED or found.version != 1:
        raise CannotUndo(_("Work on it has begun since."))
    found.delete()
    return True


@transaction.atomic
def edit_initiative(
    *, actor: User, initiative: Initiative, version: int | None = None, **fields: Any
) -> ActionLog | None:
    """Change what it is about; None when nothing differs. `version`: the one that the person started from.

    Raises Overtaken when somebody changed it meanwhile.
    """
    require_editor(actor, initiative)
    held = Initiative.objects.select_for_update().get(pk=initiative.pk)
    if version is not None and held.version != version:
        raise Overtaken(_("Somebody else changed this meanwhile. Look again."))
    department = fields.get("department")
    if department is not None and department.pk != held.department_id:
        _require_lead(actor, department)
    before = picture(held)
    for name, value in fields.items():
        setattr(held, name, value)
    if picture(held) == before:
        return None
    return _save(actor, held, before, [*fields], _("Changed the initiative “%(title)s”") % {"title": held.title})


def start_initiative(*, actor: User, initiative: Initiative) -> ActionLog | None:
    """Work has begun. None when it had."""
    return _step(
        actor, initiative, [State.PLANNED], {"state": State.STARTED, "started_at": now()}, _("Started “%(title)s”")
    )


def ship_initiative(*, actor: User, initiative: Initiative, shipped_on: dt.date) -> ActionLog | None:
    """It is out; None when it was. What asked for it is settled by `settle_shipped`. Raises NotAllowedNow."""
    if shipped_on > today():
        raise NotAllowedNow(_("The day lies in the future."))
    fields = {"state": State.SHIPPED, "shipped_on": shipped_on, "started_at": initiative.started_at or now()}
    return _step(actor, initiative, UNDERWAY, fields, _("Shipped “%(title)s”"))


def drop_initiative(*, actor: User, initiative: Initiative, reason: str) -> ActionLog | None:
    """It will not be done, and why; None when it was over already. Raises NotAllowedNow without a reason."""
    if not reason.strip():
        raise NotAllowedNow(_("Say why."))
    fields = {"state": State.DROPPED, "drop_reason": reason.strip()[:300]}
    return _step(actor, initiative, UNDERWAY, fields, _("Dropped “%(title)s”"))


def reopen_initiative(*, actor: User, initiative: Initiative) -> ActionLog | None:
    """What was dropped goes on; None when it was not."""
    state = State.STARTED if initiative.started_at else State.PLANNED
    return _step(
        actor, initiative, [State.DROPPED], {"state": state, "drop_reason": ""}, _("Took up “%(title)s” again")
    )


@transaction.atomic
def restore_initiative(*, actor: User, initiative: int, version: int, before: Mapping[str, Any]) -> bool:
    """The way back of any change: as it was. Raises CannotUndo when it was changed since, or people were told."""
    found = Initiative.objects.select_for_update().filter(pk=initiative).first()
    if found is None:
        return False
    require_editor(actor, found)
    if found.version != version:
        raise CannotUndo(_("It was changed again since."))
    if found.state == State.SHIPPED and before["state"] != State.SHIPPED:
        told = found.tellings.filter(state__in=[InitiativeTelling.State.SENT, InitiativeTelling.State.QUEUED])
        if told.exists():
            raise CannotUndo(_("People were told already that it shipped."))
        found.tellings.all().delete()
        unsettle(initiative=found)
    fields = {name: _read(name, value) for name, value in before.items()}
    Initiative.objects.filter(pk=found.pk).update(**fields, version=F("version") + 1, updated_at=timezone.now())
    return True


def picture(initiative: Initiative) -> dict[str, Any]:
    """What a way back restores, as JSON."""
    values = {name: getattr(initiative, name) for name in _KEPT}
    return {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in values.items()}


def _read(name: str, value: Any) -> Any:
    if value is None or name not in {"due_on", "shipped_on", "started_at"}:
        return value
    return dt.datetime.fromisoformat(value) if name == "started_at" else dt.date.fromisoformat(value)


@transaction.atomic
def _step(
    actor: User, initiative: Initiative, frm: Collection[str], fields: Mapping[str, Any], verb: str
) -> ActionLog | None:
    require_editor(actor, initiative)
    held = Initiative.objects.select_for_update().get(pk=initiative.pk)
    if held.state == fields["state"]:
        return None
    if held.state not in frm:
        raise Overtaken(_("Somebody else changed this meanwhile. Look again."))
    before = picture(held)
    for name, value in fields.items():
        setattr(held, name, value)
        setattr(initiative, name, value)
    return _save(actor, held, before, [*fields], verb % {"title": held.title})


def _save(actor: User, held: Initiative, before: Mapping[str, Any], fields: list[str], verb: str) -> ActionLog:
    held.version += 1
    held.save(update_fields=[*fields, "version", "updated_at"])
    return log_action(
        actor=actor,
        verb=verb,
        service="voc.restore_initiative",
        arguments={"initiative": held.pk, "version": held.version, "before": before},
        url=reverse("initiative", args=[held.pk]),
    )
