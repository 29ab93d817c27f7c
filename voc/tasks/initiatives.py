"""What shipped: insights that know it, drafts, mail that was wanted; and what it changed. Each is found by a sweep."""

from celery import shared_task

from outbox.bell import ring, ring_after_commit
from voc.services.initiatives.measuring import work_out_due
from voc.services.initiatives.settling import settle_waiting
from voc.services.initiatives.telling import send_queued

SLICE = 50


@shared_task(name="voc.sweep_initiatives", expires=60)  # type: ignore[untyped-decorator]
def sweep_initiatives() -> None:
    """Settle what shipped and send what was queued; goes on at once while there is more."""
    settle_waiting()
    if send_queued(limit=SLICE) == SLICE:
        ring(sweep_initiatives)


@shared_task(name="voc.measure_initiatives", expires=1800)  # type: ignore[untyped-decorator]
def measure_initiatives() -> None:
    """Compare before and after of what shipped."""
    work_out_due()


def ring_initiatives() -> None:
    """Tell a worker after the commit that something shipped or is to be sent; without Redis the sweep finds it."""
    ring_after_commit(sweep_initiatives)
