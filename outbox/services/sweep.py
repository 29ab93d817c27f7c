"""What a lost bell, a dead worker or a passed deadline left behind."""

from django.utils import timezone

from outbox.models import Channel, Message, State
from outbox.services.couriers import retry, undecidable
from outbox.services.outcomes import close_queued, record_outcome

VANISHED = "the sender vanished; it may have arrived"


def sweep_outbox(*, limit: int = 500) -> list[str]:
    """Turn stale leases into `unknown` (webhooks: back into the queue), expire what nobody wants any more, and name the
    channels in which something is due. Idempotent; run every few seconds."""
    for message in Message.objects.stale().order_by("id")[:limit]:
        is_repeatable = message.channel == Channel.WEBHOOK
        outcome = retry(VANISHED, is_receiver_down=True) if is_repeatable else undecidable(VANISHED)
        record_outcome(message=message, outcome=outcome)
    for message in Message.objects.lapsed().order_by("id")[:limit]:
        close_queued(message=message, state=State.EXPIRED, reason="expired before it could be sent")
    due = Message.objects.filter(state=State.QUEUED, due_at__lte=timezone.now())
    return [channel for channel in Channel.values if due.filter(channel=channel).exists()]
