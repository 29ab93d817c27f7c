"""A worker's turn: store what waits, as one of few."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from engagement.services.events.claiming import store_waiting
from engagement.services.events.replaying import replay_waiting

SLOT = 7_306_100
# Between two claims of a stream that trickles: larger claims cost less per event.
PAUSE = 0.2


def store_events(*, seconds: float, lingers: float = 1.0, is_over: Callable[[], bool] = lambda: False) -> int:
    """Store waiting requests for so many seconds, or until none came for `lingers` seconds; returns how many.

    At most EVENT_WORKERS of these run at the same time in the install, so that other work has processes left; one more
    returns at once. Safe to run any number of times.
    """
    done = 0
    with _slot() as has_slot:
        until = time.monotonic() + seconds if has_slot else 0.0
        quiet_since = time.monotonic()
        while time.monotonic() < until and not is_over():
            stored = store_waiting()
            if stored.has_learned:
                replay_waiting()
            done += stored.batches
            if stored.batches:
                quiet_since = time.monotonic()
                if stored.events >= 5000:
                    continue
            elif time.monotonic() - quiet_since > lingers:
                break
            time.sleep(PAUSE)
    return done


@contextmanager
def _slot() -> Iterator[bool]:
    """One of the places of those who store, held by the session; False when all are taken."""
    taken = None
    with connection.cursor() as cursor:
        for number in range(settings.EVENT_WORKERS):
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [SLOT + number])
            if cursor.fetchone()[0]:
                taken = number
                break
    try:
        yield taken is not None
    finally:
        if taken is not None and connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [SLOT + taken])
