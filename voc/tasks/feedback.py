"""Reading what was said."""

import logging

from celery import shared_task
from kombu.exceptions import OperationalError

from voc.services.understanding.reading import understand_feedback
from voc.services.understanding.topics import propose_topics
from voc.services.understanding.training import train_due

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


@shared_task(name="voc.learn", expires=60)  # type: ignore[untyped-decorator]
def learn() -> None:
    """Classifiers of themes that were corrected enough since the last time."""
    train_due()


@shared_task(name="voc.propose_topics", expires=600)  # type: ignore[untyped-decorator]
def find_topics() -> None:
    """What keeps coming up and no theme covers."""
    propose_topics()
