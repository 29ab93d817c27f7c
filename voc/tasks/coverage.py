"""Listening coverage, counted every quarter of an hour."""

from celery import shared_task

from voc.services.coverage import tallying


@shared_task(name="voc.tally_coverage", expires=900)  # type: ignore[untyped-decorator]
def tally_coverage() -> bool:
    """Count everything anew."""
    return tallying.tally_coverage()
