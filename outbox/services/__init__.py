"""What other apps may ask of the outbox."""

from outbox.services.decisions import cancel_message, mark_arrived, send_again
from outbox.services.enqueue import InvalidRecipient, enqueue_chat, enqueue_mail, enqueue_webhook

__all__ = [
    "InvalidRecipient",
    "cancel_message",
    "enqueue_chat",
    "enqueue_mail",
    "enqueue_webhook",
    "mark_arrived",
    "send_again",
]
