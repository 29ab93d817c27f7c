"""Reading what was said."""

from celery import shared_task

from outbox.bell import ring
from voc.services.responses import follow_up_waiting
from voc.services.understanding.reading import understand_feedback, understand_waiting
from voc.services.understanding.topics import propose_topics
from voc.services.understanding.training import train_due

AT_ONCE = 200
# Answers of one second share a bell: it sounds when the second is over, so it announces all of them.
BELL_SECONDS = 1.0


@shared_task(name="voc.understand_feedback")  # type: ignore[untyped-decorator]
def understand(feedback_id: int) -> None:
    """Language, sentiment, themes and routing of one piece of feedback."""
    understand_feedback(feedback_id=feedback_id)


def ring_understand(feedback_id: int) -> None:
    """Tell a worker that something was said; without Redis the sweep finds it."""
    ring(understand, feedback_id)


@shared_task(name="voc.follow_up_waiting", expires=60)  # type: ignore[untyped-decorator]
def follow_up_answers() -> None:
    """Make feedback, facts and triggers of stored answers, and read the words."""
    done = follow_up_waiting(limit=AT_ONCE)
    understand_waiting()
    if done == AT_ONCE:
        ring_follow_up()


def ring_follow_up() -> None:
    """Tell a worker after the commit that an answer was stored; without Redis the sweep finds it."""
    ring(follow_up_answers, countdown=BELL_SECONDS, every=BELL_SECONDS)


@shared_task(name="voc.learn", expires=60)  # type: ignore[untyped-decorator]
def learn() -> None:
    """Classifiers of themes that were corrected enough since the last time."""
    train_due()


@shared_task(name="voc.propose_topics", expires=600)  # type: ignore[untyped-decorator]
def find_topics() -> None:
    """What keeps coming up and no theme covers."""
    propose_topics()
