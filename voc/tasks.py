"""Voice in the background. Every task is found by the sweep too and is safe to run twice."""

import logging

from celery import shared_task
from kombu.exceptions import OperationalError

from voc.services.feedback import understand_feedback, understand_waiting
from voc.services.invitations import expire_invitations, send_planned
from voc.services.play_steps import send_play_surveys
from voc.services.routing import escalate_late

logger = logging.getLogger(__name__)


@shared_task(name="voc.understand_feedback")  # type: ignore[untyped-decorator]
def understand(feedback_id: int) -> None:
    """Language, sentiment, themes and routing of one piece of feedback."""
    understand_feedback(feedback_id=feedback_id)


@shared_task(name="voc.sweep", expires=60)  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Feedback that nobody read, links that are over, decisions that are late, surveys to be sent."""
    understand_waiting()
    expire_invitations()
    escalate_late()
    send_play_surveys()
    send_planned()


def ring_understand(feedback_id: int) -> None:
    """Tell a worker that something was said; without Redis the sweep finds it."""
    try:
        understand.apply_async(args=[feedback_id], retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("bell of voice not rung: %s", error)
