"""Mails of plays in the background."""

from celery import shared_task

from lifecycle.services import mails


@shared_task(name="lifecycle.send_freed_mails", expires=600)  # type: ignore[untyped-decorator]
def send_freed_mails() -> None:
    """Send the mails of trusted playbooks whose day in the contact budget has come."""
    mails.send_freed_mails()
