"""Events: the bell that a request rings, and the sweeps that need no bell."""

import time

from celery import shared_task
from celery.signals import worker_ready

from engagement.services.events import claiming, partitions, replaying, settling, trimming, working
from outbox.bell import ring

# One task works for at most this long; the next one of the schedule goes on.
SECONDS = 30
RING_SECONDS = 0.5


def ring_events() -> None:
    """Tell the workers that events wait, twice a second at most; without the bell the sweep finds them."""
    ring(store_events, every=RING_SECONDS)


@shared_task(name="engagement.store_events", expires=10)  # type: ignore[untyped-decorator]
def store_events() -> None:
    """Store what waits; others do the same beside it."""
    working.store_events(seconds=SECONDS)


@shared_task(name="engagement.sweep_events", expires=60)  # type: ignore[untyped-decorator]
def sweep_events() -> None:
    """Try again what failed, and let go what is known by now."""
    claiming.retry_failed()
    replaying.replay_waiting()


@shared_task(name="engagement.replay_identifier", expires=3600)  # type: ignore[untyped-decorator]
def replay_identifier(kind: str, value: str) -> None:
    """Store what waits under an identifier that a person has mapped."""
    replaying.replay_waiting(hint=kind, value=value)


def ring_replay(*, kind: str, value: str) -> None:
    """Tell a worker; without Redis the sweep finds it within a minute."""
    ring(replay_identifier, kind, value)


@shared_task(name="engagement.settle_quarantine", expires=60)  # type: ignore[untyped-decorator]
def settle_quarantine() -> None:
    """Do to many events what was said of their identifiers, page by page; whose account is known by then is stored."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and (work := settling.advance_settling()) is not None:
        if work.pk is None:
            replaying.replay_waiting(hint=work.hint, value=work.value)


def ring_settling() -> None:
    """Tell a worker; without Redis the schedule finds it within seconds."""
    ring(settle_quarantine)


@shared_task(name="engagement.keep_event_months", expires=3600)  # type: ignore[untyped-decorator]
def keep_event_months() -> None:
    """Make the months to come and drop those that are over."""
    partitions.keep_months()
    trimming.trim_events()


@worker_ready.connect  # type: ignore[untyped-decorator]
def make_months_at_start(**_words: object) -> None:
    """A worker that starts does not wait for the schedule: events of a fresh install belong into months at once."""
    ring(keep_event_months)
