"""Asking people."""

from celery import shared_task

from voc.services.invitations import send_planned, send_reminders


@shared_task(name="voc.send_planned", expires=60)  # type: ignore[untyped-decorator]
def send_invitations() -> None:
    """Mail the invitations that are due, then the reminders."""
    send_planned()
    send_reminders()
