"""What leaves the system, what comes back, and how fast it may go."""

from outbox.models.messages import Attempt, Channel, Message, MessageQuerySet, State
from outbox.models.pace import EVERYBODY, Pace
from outbox.models.received import DeliveryReport, ReceivedMail

__all__ = [
    "EVERYBODY",
    "Attempt",
    "Channel",
    "DeliveryReport",
    "Message",
    "MessageQuerySet",
    "Pace",
    "ReceivedMail",
    "State",
]
