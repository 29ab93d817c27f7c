"""Scores: judged when something changed, found when only time did."""

import time

from celery import shared_task

from engagement.services import recompute, runs
from outbox.bell import ring

# One task works for at most this long: then mail, plays and imports have their turn, and the rest is rung for again.
SECONDS = 5


@shared_task(name="engagement.claim_and_recompute", expires=10)  # type: ignore[untyped-decorator]
def claim_and_recompute() -> None:
    """Judge what changed, then stretches of a full recompute, until nothing waits or the time is over.

    The schedule rings every two seconds: while there is much to do several workers share it.
    """
    until = time.monotonic() + SECONDS
    while recompute.claim_and_recompute():
        if time.monotonic() > until:
            ring(claim_and_recompute)
            return


@shared_task(name="engagement.mark_aged", expires=300)  # type: ignore[untyped-decorator]
def mark_aged() -> None:
    """Find what only time has changed."""
    runs.mark_aged()
