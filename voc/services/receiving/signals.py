"""What machines say: the address is dead or rests, somebody complained, somebody is away or has left."""

from django.utils.translation import gettext as _

from accounts.services.budget import release_send
from outbox.formulas.autoreplies import says_gone
from outbox.models import ReceivedMail
from voc.models import Invitation
from voc.services.preferences import set_wishes
from voc.services.receiving.whose import contact_of, invitation_behind, purpose_of
from voc.services.signals import signal


def take_complaint(received: ReceivedMail) -> bool:
    """Somebody pressed "this is spam": no more mail of that kind, from this moment."""
    contact = contact_of(received)
    if contact is None:
        return False
    set_wishes(contact=contact, wishes={purpose_of(received.our_mail): False}, source="complaint")
    received.outcome = ReceivedMail.Outcome.OPTED_OUT
    return True


def take_bounce(received: ReceivedMail) -> bool:
    """The invitation in it was never read: it is not asked, and does not use up the contact budget."""
    if received.our_mail is None:
        return False
    invitation = invitation_behind(received.our_mail)
    report = getattr(received, "delivery_report", None)
    if invitation is None or report is None or invitation.message_ref != received.our_mail.ref:
        return False
    until = report.blocked_until
    Invitation.objects.filter(pk=invitation.pk, state=Invitation.State.SENT).update(
        state=Invitation.State.SUPPRESSED,
        reason=_("The mail came back"),
        rule="bounced" if report.is_hard else "soft_bounced",
        next_free_on=until.date() if until is not None else None,
        remind_at=None,
    )
    release_send(message_ref=received.our_mail.ref)
    return True


def take_auto_reply(received: ReceivedMail) -> bool:
    """Nothing follows, but that the person has left is news for the CSM."""
    contact = contact_of(received)
    if contact is None or not says_gone(received.subject, received.words):
        return False
    signal(
        contact,
        what="auto_reply_left",
        said=_("An automatic answer says: has left."),
        notice=_("An automatic answer says that %(name)s has left"),
        task=_("Somebody seems to have left: find the new person"),
    )
    received.note = _("says that the person has left; the CSM was told")
    return True
