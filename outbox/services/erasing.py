"""Messages to somebody who must be forgotten."""

from collections.abc import Iterable

from django.db import transaction

from outbox.models import Attempt, DeliveryReport, Message, ReceivedMail, State
from outbox.services.decisions import cancel_message


@transaction.atomic
def erase_messages(*, subject_refs: Iterable[str]) -> int:
    """Empty every message about these ("contact:7") and what came back: that and when it went stays. What waits is
    recalled.

    Idempotent; returns how many there are.
    """
    wanted = list(subject_refs)
    about = Message.objects.filter(subject_ref__in=wanted)
    texts_of_received = dict.fromkeys(("sender", "recipient", "subject", "text", "words", "note"), "")
    ReceivedMail.objects.filter(subject_ref__in=wanted).update(**texts_of_received)
    DeliveryReport.objects.filter(subject_ref__in=wanted).update(address="", diagnostic="")
    for message in about.filter(state=State.QUEUED):
        cancel_message(message=message, reason="")
    gone = about.exclude(state=State.SENDING)
    Attempt.objects.filter(message__in=gone).update(detail="")
    texts = dict.fromkeys(("recipient", "subject", "body_text", "body_html", "reply_to", "reason"), "")
    return gone.update(**texts, payload={}, headers={}, secrets=[])
