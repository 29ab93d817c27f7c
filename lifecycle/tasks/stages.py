"""Journeys follow their rules and the calendar."""

from celery import shared_task

from lifecycle.services import stages


@shared_task(name="lifecycle.sweep_stages", expires=240)  # type: ignore[untyped-decorator]
def sweep_stages() -> dict[str, int]:
    """Begin, advance, stall and end visits; rows that are right are not written."""
    return stages.sweep_stages()
