"""Invitations that end without an answer: their time is over, the person said no, or what caused them was undone."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Contact
from outbox.models import Message, State
from outbox.services import cancel_message
from team.clock import now
from voc.models import Invitation
from voc.selectors.causes import undone_causes
from voc.services.invitations.writing import KIND, REMINDER_KIND

BATCH = 500


def expire_invitations() -> int:
    """Close links whose time is over; returns how many. Idempotent."""
    return Invitation.objects.open().filter(expires_at__lte=now()).update(state=Invitation.State.EXPIRED)


@transaction.atomic
def recall_invitations(*, contact: Contact, reason: str) -> int:
    """Take back the surveys that still wait to go to a person; their open links die. Returns how many."""
    found = Invitation.objects.open().filter(contact=contact)
    ref = f"contact:{contact.pk}"
    for message in Message.objects.filter(subject_ref=ref, state=State.QUEUED, kind__in=[KIND, REMINDER_KIND]):
        cancel_message(message=message, reason=reason)
    return found.update(state=Invitation.State.DECLINED, reason=reason[:200], remind_at=None)


@transaction.atomic
def recall_unsent(*, wave_id: int, reason: str, limit: int = BATCH) -> int:
    """Take back what has not gone out of a wave, at most so many; returns how many. Links that went out stay open, but
    nobody is reminded any more. Safe to repeat."""
    mine = Invitation.objects.filter(wave=wave_id)
    waiting = list(mine.filter(state=Invitation.State.QUEUED).select_for_update().order_by("pk")[:limit])
    recalled = [one.pk for one in waiting if _stop(one, reason)]
    Invitation.objects.filter(pk__in=recalled).update(state=Invitation.State.RECALLED, reason=reason[:200])
    mine.filter(remind_at__isnull=False).update(remind_at=None)
    return len(recalled)


def recall_undone() -> int:
    """Take back invitations whose cause does not stand any more, such as a closed-won that was undone.

    What has not gone out stays here, and the link of what has gone out dies. Returns how many. Idempotent.
    """
    known = Invitation.objects.open().exclude(source_ref="").order_by().values_list("source_ref", flat=True).distinct()
    gone = sorted(undone_causes(known))
    return sum(_recall_causes(gone[start : start + BATCH]) for start in range(0, len(gone), BATCH))


@transaction.atomic
def _recall_causes(refs: list[str]) -> int:
    words = _("What it was about was taken back.")
    found = list(Invitation.objects.open().filter(source_ref__in=refs).select_for_update().order_by("pk"))
    _cancel_mails(found, words)
    mine = Invitation.objects.filter(pk__in=[one.pk for one in found])
    return mine.update(state=Invitation.State.RECALLED, reason=words[:200], remind_at=None)


def _stop(invitation: Invitation, reason: str) -> bool:
    """Whether it can still be kept here: no mail was written, or the mail had not left."""
    message = _message_of(invitation)
    return message is None or cancel_message(message=message, reason=reason)


def _cancel_mails(invitations: Iterable[Invitation], reason: str) -> None:
    reminders = [f"reminder:{one.pk}:{number}" for one in invitations for number in range(1, one.reminders_sent + 1)]
    for invitation in invitations:
        _stop(invitation, reason)
    for message in Message.objects.filter(dedupe_key__in=reminders, state=State.QUEUED):
        cancel_message(message=message, reason=reason)


def _message_of(invitation: Invitation) -> Message | None:
    uuid = invitation.message_ref.removeprefix("message:")
    return Message.objects.filter(uuid=UUID(uuid)).first() if uuid else None
