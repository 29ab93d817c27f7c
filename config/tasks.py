"""The stack's own task."""

from celery import shared_task


@shared_task(ignore_result=True, expires=60)  # type: ignore[untyped-decorator]
def ring_doorbell() -> None:
    """Does nothing: that it arrives shows that work reaches the worker (see config.heartbeat)."""
