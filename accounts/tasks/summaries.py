"""Time changes summaries too: contracts start and end without anybody touching them."""

from celery import shared_task

from accounts.services import summaries


@shared_task(name="accounts.sweep_summaries", expires=600)  # type: ignore[untyped-decorator]
def sweep_summaries() -> int:
    """Derive every account's summary again; rows that are right are not written."""
    return summaries.sweep_summaries()
