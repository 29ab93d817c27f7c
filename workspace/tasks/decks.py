"""Files of business reviews. The sweep finds whatever a lost message or a killed worker left."""

import logging

from celery import shared_task
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from workspace.services.decks import jobs

logger = logging.getLogger(__name__)


@shared_task(name="workspace.make_deck")  # type: ignore[untyped-decorator]
def make_deck(job_id: int) -> bool:
    """Make one file and keep it on its account."""
    return jobs.make_deck(job_id=job_id)


@shared_task(name="workspace.sweep_decks", expires=60)  # type: ignore[untyped-decorator]
def sweep_decks() -> int:
    """Hand out jobs that nobody is at; returns how many."""
    waiting = jobs.jobs_to_work_on(moment=timezone.now())
    for job_id in waiting:
        _ring(job_id)
    return len(waiting)


def ring_deck(job_id: int) -> None:
    """Tell a worker after the commit that a review waits; without Redis the sweep finds it."""
    transaction.on_commit(lambda: _ring(job_id))


def _ring(job_id: int) -> None:
    try:
        make_deck.apply_async(args=[job_id], retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("bell of reviews not rung: %s", error)
