"""A meeting that took place becomes a touchpoint, once."""

import hashlib
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Touchpoint
from accounts.services.touchpoints import log_touchpoint, undo_log_touchpoint
from lifecycle.models import Meeting
from team.clock import now
from team.models import ActionLog, User
from team.services.undo import CannotUndo, log_action

SOURCE = "calendar"


class AlreadyLogged(ValueError):
    """The meeting is on the timeline; the message says by whom, for people."""


def touch_key(meeting: Meeting) -> str:
    """One touch per meeting and account, whoever of us took part and logs it first."""
    said = f"{meeting.account_id}\n{meeting.uid}\n{meeting.recurrence_id}"
    return hashlib.sha256(said.encode()).hexdigest()


@transaction.atomic
def log_meeting(*, actor: User, meeting: Meeting, **fields: Any) -> tuple[Touchpoint, ActionLog]:
    """Write what happened in a meeting on its account's timeline, at the time of the meeting.

    Relies on one_touchpoint_per_external_id.

    Raises:
        AlreadyLogged: when it was logged, by this person or by a colleague who was there too.
        ValueError: for a meeting without an account.
        PermissionDenied: when the actor may not log there.
    """
    kept = Meeting.objects.select_for_update(of=("self",)).select_related("account").get(pk=meeting.pk)
    if kept.account is None:
        raise ValueError("a meeting without an account has no timeline")
    key = touch_key(kept)
    known = Touchpoint.everything.filter(source=SOURCE, external_id=key).select_related("logged_by").first()
    if known is not None:
        raise AlreadyLogged(_("%(who)s logged it already.") % {"who": known.logged_by or _("Somebody")})
    fields = {**fields, "occurred_at": min(kept.starts_at, now())}
    touchpoint = log_touchpoint(actor=actor, account=kept.account, source=SOURCE, external_id=key, **fields)
    Meeting.objects.filter(pk=kept.pk).update(logged_at=now())
    action = log_action(
        actor=actor,
        verb=_("Logged the meeting “%(title)s”") % {"title": kept.title or kept.account},
        service="lifecycle.undo_log_meeting",
        arguments={"meeting_id": kept.pk, "touchpoint_id": touchpoint.pk},
        url=reverse("account", args=[kept.account_id]),
    )
    return touchpoint, action


@transaction.atomic
def undo_log_meeting(*, actor: User, meeting_id: int, touchpoint_id: int) -> bool:
    """Take the touchpoint back; the meeting can be logged again."""
    try:
        undo_log_touchpoint(actor=actor, touchpoint_id=touchpoint_id)
    except CannotUndo:
        return False
    Touchpoint.everything.filter(pk=touchpoint_id, source=SOURCE).update(external_id=None)
    Meeting.objects.filter(pk=meeting_id).update(logged_at=None)
    return True
