"""Asking people."""

from celery import shared_task

from voc.services.invitations import recall_undone, send_planned, send_reminders
from voc.services.triggers import sweep_triggers
from voc.services.waves import plan_waves, recall_cancelled


@shared_task(name="voc.plan_waves", expires=60)  # type: ignore[untyped-decorator]
def plan_due_waves() -> None:
    """Begin waves that are due and make their invitations; take back those of cancelled ones."""
    recall_cancelled()
    plan_waves()


@shared_task(name="voc.send_planned", expires=60)  # type: ignore[untyped-decorator]
def send_invitations() -> None:
    """Take back what was undone, then mail the invitations that are due, then the reminders."""
    recall_undone()
    send_planned()
    send_reminders()


@shared_task(name="voc.sweep_triggers", expires=120)  # type: ignore[untyped-decorator]
def ask_by_triggers() -> None:
    """Ask people whose moment has come."""
    sweep_triggers()
