"""Drafts of waves: whom to ask, how many, when."""

import datetime as dt
import secrets
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from team.models import ActionLog, Role, User
from team.services.undo import CannotUndo, log_action
from voc.models import Survey, Wave

EDITABLE = (Wave.State.DRAFT, Wave.State.SCHEDULED)


class WaveRefused(ValueError):
    """The wave cannot be changed like that; the message says why, for people."""


def may_change(user: User, wave: Wave) -> bool:
    """Managers and admins may change each wave, a CSM those that are their own."""
    if user.role in {Role.ADMIN, Role.MANAGER}:
        return True
    return bool(user.can_edit and user.pk in {wave.created_by_id, wave.launched_by_id})


def hold_wave(*, actor: User, wave: Wave) -> Wave:
    """The wave as it is now, locked. Raises PermissionDenied when it is not the actor's to change."""
    held = Wave.objects.select_for_update(of=("self",)).select_related("survey").get(pk=wave.pk)
    if not may_change(actor, held):
        raise PermissionDenied
    return held


@transaction.atomic
def save_wave(
    *,
    actor: User,
    survey: Survey,
    wave: Wave | None,
    name: str,
    audience: dict[str, Any],
    conditions: Sequence[dict[str, Any]],
    personas: Sequence[str],
    stages: Sequence[str],
    sample_size: int | None,
    per_account: int | None,
    send_at: dt.datetime | None,
    recurs_every_days: int | None,
) -> Wave:
    """Write a draft, or change one; a planned wave that has not begun may be changed too and stays planned.

    Raises:
        PermissionDenied: for those who change nothing, and for somebody else's wave.
        WaveRefused: when it has begun.
    """
    if not actor.can_edit:
        raise PermissionDenied
    if wave is None:
        held = Wave(survey=survey, created_by=actor, seed=secrets.randbelow(2_000_000_000) + 1)
    else:
        held = hold_wave(actor=actor, wave=wave)
        if held.state not in EDITABLE:
            raise WaveRefused(_("This wave has begun; it cannot be changed any more."))
        if held.state == Wave.State.SCHEDULED and send_at is None:
            send_at = held.send_at
    held.name, held.audience = name[:120], audience
    held.conditions, held.personas, held.stages = list(conditions), list(personas), list(stages)
    held.sample_size, held.per_account = sample_size, per_account
    held.send_at, held.recurs_every_days = send_at, recurs_every_days
    held.save()
    return held


@transaction.atomic
def delete_wave(*, actor: User, wave: Wave) -> ActionLog:
    """Throw a draft away; it can be brought back. Raises WaveRefused for one that was launched."""
    held = hold_wave(actor=actor, wave=wave)
    if held.state != Wave.State.DRAFT:
        raise WaveRefused(_("Only drafts are deleted; what was launched is cancelled."))
    kept = {
        "survey": held.survey_id,
        "name": held.name,
        "audience": held.audience,
        "conditions": held.conditions,
        "personas": held.personas,
        "stages": held.stages,
        "sample_size": held.sample_size,
        "per_account": held.per_account,
        "send_at": held.send_at.isoformat() if held.send_at else None,
        "recurs_every_days": held.recurs_every_days,
    }
    held.delete()
    return log_action(
        actor=actor,
        verb=_("Deleted the draft “%(name)s”") % {"name": kept["name"]},
        service="voc.restore_wave",
        arguments={"kept": kept},
        url=reverse("survey_waves", args=[held.survey_id]),
    )


@transaction.atomic
def restore_wave(*, actor: User, kept: dict[str, Any]) -> Wave:
    """Bring a deleted draft back. Raises CannotUndo when its survey is gone."""
    values = dict(kept)
    survey = Survey.objects.filter(pk=values.pop("survey")).first()
    if survey is None:
        raise CannotUndo(_("The survey is gone."))
    moment = values.pop("send_at")
    return save_wave(
        actor=actor,
        survey=survey,
        wave=None,
        send_at=dt.datetime.fromisoformat(moment) if moment else None,
        **values,
    )
