"""Files of business reviews. The sweep finds whatever a lost message or a killed worker left."""

from celery import shared_task
from django.utils import timezone

from outbox.bell import ring, ring_after_commit
from workspace.services.decks import jobs


@shared_task(name="workspace.make_deck")  # type: ignore[untyped-decorator]
def make_deck(job_id: int) -> bool:
    """Make one file and keep it on its account."""
    return jobs.make_deck(job_id=job_id)


@shared_task(name="workspace.sweep_decks", expires=60)  # type: ignore[untyped-decorator]
def sweep_decks() -> int:
    """Hand out jobs that nobody is at; returns how many."""
    waiting = jobs.jobs_to_work_on(moment=timezone.now())
    for job_id in waiting:
        ring(make_deck, job_id)
    return len(waiting)


def ring_deck(job_id: int) -> None:
    """Tell a worker after the commit that a review waits; without Redis the sweep finds it."""
    ring_after_commit(make_deck, job_id)
