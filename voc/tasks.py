"""Voice in the background. Every task is found by the sweep too and is safe to run twice."""

from celery import shared_task

from voc.services.feedback import understand_feedback, understand_waiting
from voc.services.invitations import expire_invitations
from voc.services.routing import escalate_late


@shared_task(name="voc.understand_feedback")  # type: ignore[untyped-decorator]
def understand(feedback_id: int) -> None:
    """Language, sentiment, themes and routing of one piece of feedback."""
    understand_feedback(feedback_id=feedback_id)


@shared_task(name="voc.sweep", expires=60)  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Feedback that nobody read, links that are over, decisions that are late."""
    understand_waiting()
    expire_invitations()
    escalate_late()
