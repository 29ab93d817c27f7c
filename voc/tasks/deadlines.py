"""What runs out, and what runs on."""

from celery import shared_task

from voc.services.behaviour import check_behaviour
from voc.services.deadlines import sweep_deadlines
from voc.services.waiting import resume_answered, resume_decided


@shared_task(name="voc.sweep_deadlines", expires=60)  # type: ignore[untyped-decorator]
def watch_deadlines() -> None:
    """Clocks run again where the customer answered or somebody decided; then whoever is late is told, and behaviour is
    looked at."""
    resume_answered()
    resume_decided()
    sweep_deadlines()
    check_behaviour()
