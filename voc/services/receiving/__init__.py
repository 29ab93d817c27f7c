"""What customers' mail programs and customers themselves send back: made into consents, answers, touchpoints, voice."""

from outbox.models import ReceivedMail
from voc.services.receiving.answers import take_answer
from voc.services.receiving.signals import take_auto_reply, take_bounce, take_complaint

__all__ = ["hear_mail"]

_TAKERS = {
    ReceivedMail.Kind.ANSWER: take_answer,
    ReceivedMail.Kind.AUTO_REPLY: take_auto_reply,
    ReceivedMail.Kind.BOUNCE: take_bounce,
    ReceivedMail.Kind.COMPLAINT: take_complaint,
}


def hear_mail(received: ReceivedMail) -> bool:
    """Receiver of settings.MAIL_RECEIVERS: true when something was made of the mail. The caller saves `outcome`, `note`
    and `subject_ref`, in this transaction. Once per mail."""
    take = _TAKERS.get(ReceivedMail.Kind(received.kind))
    return take(received) if take is not None else False
