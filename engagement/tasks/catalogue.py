"""What changes of the feature catalogue ask of many accounts, and its counts."""

import time

from celery import shared_task

from engagement.services.catalogue import working
from outbox.bell import ring_after_commit

# One task works for at most this long; the next one of the schedule goes on.
SECONDS = 30


@shared_task(name="engagement.work_catalogue", expires=60)  # type: ignore[untyped-decorator]
def work_catalogue() -> None:
    """Batch by batch until nothing waits."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and working.advance_work():
        continue


@shared_task(name="engagement.count_features", expires=3600)  # type: ignore[untyped-decorator]
def count_features() -> int:
    """How many accounts and users each feature had lately."""
    return working.count_features()


def ring_catalogue() -> None:
    """Tell a worker after the commit that work may wait; without Redis the schedule finds it."""
    ring_after_commit(work_catalogue)
