"""What became of the mail of an invitation."""

import datetime as dt

from django.db import transaction

from accounts.formulas.budget import FREE
from accounts.models import Contact
from accounts.services.budget import record_send, release_send
from outbox.models import Message, State
from team.clock import now
from voc.models import Invitation
from voc.selectors.audiences import judge_people, mail_kind
from voc.services.invitations.writing import REMINDER_KIND

NEVER_LEFT = {State.SUPPRESSED, State.EXPIRED, State.CANCELLED, State.FAILED}
LEFT = {State.SENT, State.KEPT, State.UNKNOWN}


@transaction.atomic(savepoint=False)
def take_over_outcome(message: Message) -> None:
    """Listener of the outbox: the invitation learns what became of its mail. Idempotent; an answer is never undone."""
    if message.kind == REMINDER_KIND:
        if message.state in NEVER_LEFT:
            release_send(message_ref=message.ref)
        return
    invitations = Invitation.objects.filter(message_ref=message.ref)
    if message.state in LEFT:
        for invitation in invitations.select_related("version__survey", "contact").select_for_update(of=("self",)):
            _left(invitation, message)
    elif message.state in NEVER_LEFT:
        release_send(message_ref=message.ref)
        for invitation in invitations.open().select_related("version__survey").select_for_update(of=("self",)):
            _did_not_leave(invitation, message)


def _did_not_leave(invitation: Invitation, message: Message) -> None:
    """Not asked after all. What a gate refused is asked again like what was never written: rule and day are noted."""
    contact = Contact.everything.get(pk=invitation.contact_id)
    is_gated = message.state == State.SUPPRESSED
    verdict = judge_people([contact], invitation.version.survey)[contact.pk] if is_gated else FREE
    invitation.state = Invitation.State.SUPPRESSED
    invitation.reason = message.reason[:200] or message.get_state_display()
    invitation.rule = verdict.reason or f"mail_{message.state}"
    invitation.next_free_on = verdict.next_free_on
    invitation.save(update_fields=["state", "reason", "rule", "next_free_on"])


def _left(invitation: Invitation, message: Message) -> None:
    """It is with the customer, or may be; the clock of the first reminder starts."""
    survey = invitation.version.survey
    at = message.sent_at or now()
    if invitation.state == Invitation.State.SUPPRESSED:
        # A person had it sent once more: the link in it works, and it counts in the budget again.
        record_send(
            contact=invitation.contact,
            kind=mail_kind(survey),
            message_ref=message.ref,
            at=at,
            is_for_renewal=survey.is_about_renewal,
        )
    elif invitation.state != Invitation.State.QUEUED:
        return
    invitation.state, invitation.reason, invitation.rule = Invitation.State.SENT, "", ""
    invitation.sent_at = at
    invitation.remind_at = at + dt.timedelta(days=survey.remind_after_days) if survey.reminders else None
    invitation.save(update_fields=["state", "reason", "rule", "sent_at", "remind_at"])
