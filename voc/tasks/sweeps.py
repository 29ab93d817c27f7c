"""What is found without anybody ringing."""

from celery import shared_task

from voc.services.invitations import expire_invitations
from voc.services.play_steps import send_play_surveys
from voc.services.responses import blot_visits, follow_up_waiting
from voc.services.understanding.reading import understand_waiting
from voc.services.waves.retrying import retry_suppressed


@shared_task(name="voc.sweep", expires=60)  # type: ignore[untyped-decorator]
def sweep() -> None:
    """New answers, unread feedback, links that are over, surveys of plays, who may be asked again."""
    follow_up_waiting()
    understand_waiting()
    expire_invitations()
    send_play_surveys()
    blot_visits()
    retry_suppressed()
