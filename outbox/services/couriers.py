"""What every courier hands back: what became of one attempt."""

from dataclasses import dataclass
from typing import Protocol

from outbox.models import Message, State

DETAIL = 1000


@dataclass(frozen=True)
class Outcome:
    """`state` is sent, kept, failed, unknown or queued (try again, after `wait` seconds when the other side named one).

    `is_receiver_down`: the trouble is the receiver's, not this message's, so the others in its lane wait too.
    """

    state: State
    detail: str = ""
    wait: int | None = None
    is_receiver_down: bool = False


class Courier(Protocol):
    """Delivers messages of one channel; may hold a connection open from one message to the next."""

    def deliver(self, message: Message) -> Outcome:
        """Hand the message over once; never raises for what the other side does."""

    def close(self) -> None:
        """Let go of what is held open."""


def retry(detail: str, *, wait: int | None = None, is_receiver_down: bool = False) -> Outcome:
    """Certainly not delivered; worth another try."""
    return Outcome(State.QUEUED, detail[:DETAIL], wait, is_receiver_down)


def undecidable(detail: str) -> Outcome:
    """Nobody can say whether it arrived."""
    return Outcome(State.UNKNOWN, detail[:DETAIL])


def refused(detail: str) -> Outcome:
    """Certainly not delivered, and never will be."""
    return Outcome(State.FAILED, detail[:DETAIL])
