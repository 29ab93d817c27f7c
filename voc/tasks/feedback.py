"""Reading what was said."""

import logging

from celery import shared_task
from kombu.exceptions import OperationalError

from voc.services.feedback import understand_feedback

logger = logging.getLogger(__name__)


@shared_task(name="voc.understand_feedback")  # type: ignore[untyped-decorator]
def understand(feedback_id: int) -> None:
    """Language, sentiment, themes and routing of one piece of feedback."""
    understand_feedback(feedback_id=feedback_id)


def ring_understand(feedback_id: int) -> None:
    """Tell a worker that something was said; without Redis the sweep finds it."""
    try:
        understand.apply_async(args=[feedback_id], retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("bell of voice not rung: %s", error)
