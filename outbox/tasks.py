"""The outbox's tasks: the bell that a commit rings, and the sweep that needs no bell."""

from celery import shared_task

from outbox import bell
from outbox.services.outcomes import tell_listeners
from outbox.services.receiving import make_something_of_waiting
from outbox.services.sending import drain
from outbox.services.sweep import sweep_outbox


def ring(channel: str) -> None:
    """Tell the workers that something is due; without Redis the sweep finds the row."""
    bell.ring(send_due, channel)


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
