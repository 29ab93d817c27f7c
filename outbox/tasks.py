"""The outbox's tasks: the bell that a commit rings, and the sweep that needs no bell."""

import logging
import time

from celery import shared_task
from kombu.exceptions import OperationalError

from outbox.services.outcomes import tell_listeners
from outbox.services.receiving import make_something_of_waiting
from outbox.services.sending import drain
from outbox.services.sweep import sweep_outbox

logger = logging.getLogger(__name__)
SILENT_SECONDS = 5.0
_silent_until = 0.0


def ring(channel: str) -> None:
    """Tell the workers that something is due. Redis is only the bell: without it the sweep finds the row."""
    global _silent_until  # noqa: PLW0603 - how long this process spares itself a dead bell
    if time.monotonic() < _silent_until:
        return
    try:
        send_due.apply_async(args=[channel], retry=False)
    except (OperationalError, OSError) as error:
        _silent_until = time.monotonic() + SILENT_SECONDS
        logger.warning("bell of the outbox not rung: %s", error)


@shared_task(name="outbox.send_due", expires=300)  # type: ignore[untyped-decorator]
def send_due(channel: str) -> None:
    """Drain a channel; rings again when time ran out before the queue did."""
    if drain(channel=channel):
        ring(channel)


@shared_task(name="outbox.sweep", expires=30)  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Finds what no bell announced; the listeners come last, so that one that breaks keeps no mail here."""
    for channel in sweep_outbox():
        ring(channel)
    tell_listeners()


@shared_task(name="outbox.sweep_received", expires=60)  # type: ignore[untyped-decorator]
def sweep_received() -> None:
    """Mail that came in and of which nothing was made, because something broke or a process died."""
    make_something_of_waiting()
