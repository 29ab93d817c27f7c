"""Subscribed calendars are read by workers."""

from celery import shared_task

from lifecycle.services.calendars import reading
from outbox.bell import ring


@shared_task(name="lifecycle.read_calendar", expires=600)  # type: ignore[untyped-decorator]
def read_calendar(source_id: int) -> None:
    """Fetch one calendar; leaves when it is gone or not due."""
    reading.read_calendar(source_id=source_id)


@shared_task(name="lifecycle.sweep_calendars", expires=60)  # type: ignore[untyped-decorator]
def sweep_calendars() -> int:
    """Ring for each calendar that is due, so that a slow one holds no other up."""
    due = reading.due_sources()
    for source_id in due:
        ring(read_calendar, source_id)
    return len(due)
