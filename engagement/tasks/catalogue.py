"""What changes of the feature catalogue ask of many accounts, and its counts."""

import logging
import time

from celery import shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from engagement.services.catalogue import working

logger = logging.getLogger(__name__)
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
    transaction.on_commit(_ring)


def _ring() -> None:
    try:
        work_catalogue.apply_async(retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("bell of the catalogue not rung: %s", error)
