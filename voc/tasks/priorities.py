"""Priorities of open insights, as time goes by."""

from celery import shared_task

from voc.services.priorities import refresh_priorities


@shared_task(name="voc.refresh_priorities", expires=3600)  # type: ignore[untyped-decorator]
def keep_priorities() -> None:
    """Renewals come nearer, and what nobody says again grows quiet."""
    refresh_priorities()
