"""Renewals follow the calendar."""

from celery import shared_task

from lifecycle.services.renewals import sweeping


@shared_task(name="lifecycle.sweep_renewals", expires=600)  # type: ignore[untyped-decorator]
def sweep_renewals() -> dict[str, int]:
    """Make, settle and apply what is due; rows that are right are not written."""
    return sweeping.sweep_renewals()
