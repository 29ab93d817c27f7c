"""Absence with a deputy, who sees and does the work meanwhile."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from team.models import Absence, ActionLog, Role, User
from team.services.notices import notify
from team.services.undo import CannotUndo, log_action


class CannotBeAway(Exception):
    """The deputy cannot stand in; the message is for the person."""


@transaction.atomic
def add_absence(*, user: User, deputy: User, starts_on: dt.date, ends_on: dt.date) -> Absence:
    """Note an absence and tell the deputy.

    Raises CannotBeAway when the deputy's role could not do the work, when they are away on one of the days, or when
    an absence overlaps an own one.
    """
    # Locked, so that two people cannot make each other their deputies for the same days.
    list(User.objects.select_for_update().filter(pk__in=[user.pk, deputy.pk]).order_by("pk").values("pk"))
    overlapping = Absence.objects.filter(starts_on__lte=ends_on, ends_on__gte=starts_on)
    if not deputy.is_active or deputy.role not in {user.role, Role.MANAGER, Role.ADMIN}:
        raise CannotBeAway(_("Your deputy must have the same role as you, or be a manager."))
    if overlapping.filter(user=deputy).exists():
        raise CannotBeAway(_("%(name)s is away on some of these days.") % {"name": deputy})
    if overlapping.filter(user=user).exists():
        raise CannotBeAway(_("You have noted an absence on some of these days."))
    absence = Absence.objects.create(user=user, deputy=deputy, starts_on=starts_on, ends_on=ends_on)
    text = _("You stand in for %(name)s from %(start)s to %(end)s.") % {
        "name": user,
        "start": starts_on.isoformat(),
        "end": ends_on.isoformat(),
    }
    notify(user=deputy, kind="absence", text=text, dedupe_key=f"absence:{absence.pk}")
    return absence


@transaction.atomic
def remove_absence(*, actor: User, absence: Absence) -> ActionLog | None:
    """Take an absence away; the way back, or None when it is gone."""
    words: dict[str, object] = {"person_id": absence.user_id, "deputy_id": absence.deputy_id}
    words |= {"starts_on": absence.starts_on.isoformat(), "ends_on": absence.ends_on.isoformat()}
    if not Absence.objects.filter(pk=absence.pk).delete()[0]:
        return None
    return log_action(
        actor=actor,
        verb=_("Removed the absence from %(start)s to %(end)s") % {"start": absence.starts_on, "end": absence.ends_on},
        service="team.restore_absence",
        arguments=words,
        url="/settings/absences/",
    )


def restore_absence(*, actor: User, person_id: int, deputy_id: int, starts_on: str, ends_on: str) -> Absence:
    """The way back of `remove_absence`: the own one, or anybody's for an admin."""
    if actor.pk != person_id and actor.role != "admin":
        raise CannotUndo(_("This is not your absence."))
    try:
        return add_absence(
            user=User.objects.get(pk=person_id),
            deputy=User.objects.get(pk=deputy_id),
            starts_on=dt.date.fromisoformat(starts_on),
            ends_on=dt.date.fromisoformat(ends_on),
        )
    except CannotBeAway as error:
        raise CannotUndo(str(error)) from error
