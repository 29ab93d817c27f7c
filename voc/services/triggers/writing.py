"""Triggers as people write and switch them."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from lifecycle.models import Stage
from team.clock import now
from team.models import ActionLog, Role, User
from team.services.undo import CannotUndo, log_action
from voc.models import Survey, SurveyTrigger

Kind = SurveyTrigger.Kind
_FIELDS = ("kind", "days", "conditions", "personas", "per_account", "share")


class TriggerRefused(ValueError):
    """The trigger cannot be changed like that; the message says why, for people."""


def require_programme(actor: User) -> None:
    """Triggers ask across all books: managers and admins alone. Raises PermissionDenied."""
    if actor.role not in {Role.ADMIN, Role.MANAGER}:
        raise PermissionDenied


@transaction.atomic
def save_trigger(
    *,
    actor: User,
    survey: Survey,
    trigger: SurveyTrigger | None,
    kind: str,
    stage: Stage | None,
    days: int,
    conditions: Sequence[dict[str, Any]],
    personas: Sequence[str],
    per_account: int | None,
    share: int,
) -> SurveyTrigger:
    """Write a trigger, switched off, or change one; a change of one that is on begins anew: what happened before is
    left alone.

    Raises:
        PermissionDenied: for all but managers and admins.
        TriggerRefused: for a rhythm without days.
    """
    require_programme(actor)
    if kind == Kind.CADENCE and days < 1:
        raise TriggerRefused(_("A rhythm needs its number of days."))
    held = SurveyTrigger(survey=survey, created_by=actor)
    if trigger is not None:
        held = SurveyTrigger.objects.select_for_update(of=("self",)).get(pk=trigger.pk)
    held.kind, held.stage, held.days = kind, stage, days
    held.conditions, held.personas = list(conditions), list(personas)
    held.per_account, held.share = per_account, share
    if held.is_active:
        held.active_from = now()
    held.save()
    return held


@transaction.atomic
def switch_trigger(*, actor: User, trigger: SurveyTrigger, is_on: bool) -> ActionLog | None:
    """Switch a trigger on or off; None when it is so already. What happened before it was switched on is left alone.

    Raises:
        PermissionDenied: for all but managers and admins.
        TriggerRefused: when the survey is not open.
    """
    require_programme(actor)
    held = SurveyTrigger.objects.select_for_update(of=("self",)).select_related("survey").get(pk=trigger.pk)
    if held.is_active == is_on:
        return None
    if is_on and not (held.survey.is_active and held.survey.versions.exists()):
        raise TriggerRefused(_("Publish the survey first."))
    before = held.active_from
    held.is_active = is_on
    held.active_from = now() if is_on else None
    held.save(update_fields=["is_active", "active_from"])
    words = _("Switched on “%(trigger)s”") if is_on else _("Switched off “%(trigger)s”")
    return log_action(
        actor=actor,
        verb=words % {"trigger": str(held)[:150]},
        service="voc.undo_switch_trigger",
        arguments={"trigger_id": held.pk, "is_on": not is_on, "active_from": before.isoformat() if before else None},
        url=reverse("survey_waves", args=[held.survey_id]),
    )


@transaction.atomic
def undo_switch_trigger(*, actor: User, trigger_id: int, is_on: bool, active_from: str | None) -> bool:
    """Back to how it was, with the start that it had. Raises CannotUndo when it is gone."""
    require_programme(actor)
    changes: dict[str, Any] = {"is_active": is_on, "active_from": (active_from or now()) if is_on else None}
    if SurveyTrigger.objects.filter(pk=trigger_id).update(**changes) != 1:
        raise CannotUndo(_("The trigger is gone."))
    return True


@transaction.atomic
def delete_trigger(*, actor: User, trigger: SurveyTrigger) -> ActionLog:
    """Throw a trigger away; it can be brought back, switched off. One that has asked somebody stays.

    Raises TriggerRefused, PermissionDenied.
    """
    require_programme(actor)
    held = SurveyTrigger.objects.select_for_update(of=("self",)).get(pk=trigger.pk)
    if held.invitations.exists():
        raise TriggerRefused(_("It has asked people; switch it off instead."))
    kept = {name: getattr(held, name) for name in _FIELDS}
    kept |= {"survey": held.survey_id, "stage": held.stage_id}
    held.delete()
    return log_action(
        actor=actor,
        verb=_("Deleted a trigger of “%(survey)s”") % {"survey": held.survey.name},
        service="voc.restore_trigger",
        arguments={"kept": kept},
        url=reverse("survey_waves", args=[held.survey_id]),
    )


@transaction.atomic
def restore_trigger(*, actor: User, kept: dict[str, Any]) -> SurveyTrigger:
    """Bring a deleted trigger back, switched off. Raises CannotUndo when its survey or stage is gone."""
    values = dict(kept)
    survey = Survey.objects.filter(pk=values.pop("survey")).first()
    stage_id = values.pop("stage")
    stage = Stage.objects.filter(pk=stage_id).first() if stage_id else None
    if survey is None or (stage_id and stage is None):
        raise CannotUndo(_("The survey or the stage is gone."))
    return save_trigger(actor=actor, survey=survey, trigger=None, stage=stage, **values)
