"""What customers said in tickets, calls, mails and chats."""

from celery import shared_task

from voc.services.inbox.gathering import gather_feedback


@shared_task(name="voc.gather_feedback", expires=120)  # type: ignore[untyped-decorator]
def gather() -> None:
    """Words from tables of lower apps become feedback; the sweep reads them."""
    gather_feedback()
