"""Scores: judged when something changed, found when only time did."""

import time

from celery import shared_task

from engagement.services import recompute, runs

# One task works for at most this long; the next one of the schedule goes on.
SECONDS = 60


@shared_task(name="engagement.claim_and_recompute", expires=10)  # type: ignore[untyped-decorator]
def claim_and_recompute() -> None:
    """Judge what changed until nothing waits."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and recompute.claim_and_recompute():
        continue


@shared_task(name="engagement.mark_aged", expires=300)  # type: ignore[untyped-decorator]
def mark_aged() -> None:
    """Find what only time has changed."""
    runs.mark_aged()
