"""What runs by the clock, and reports that a page rings for."""

from zlib import crc32

from celery import shared_task
from django.core.cache import cache

from outbox.bell import ring
from team.services.chat import post_gathered
from team.services.digests import send_digests
from team.services.purge import purge as purge_service
from team.services.reports import work_out_report as work_out_service

RING_EVERY_SECONDS = 5


@shared_task(name="team.purge")  # type: ignore[untyped-decorator]
def purge() -> None:
    """Each night's clearing; see `team.services.purge`."""
    purge_service()


@shared_task(name="team.send_notices", expires=60)  # type: ignore[untyped-decorator]
def send_notices() -> None:
    """Notices by mail and in chats, at once or gathered; see `team.services.digests` and `team.services.chat`."""
    send_digests()
    post_gathered()


@shared_task(name="team.work_out_report", expires=60)  # type: ignore[untyped-decorator]
def work_out_report(name: str, user_id: int, query: str) -> bool:
    """Work out one report; see `team.services.reports`."""
    return work_out_service(name=name, user_id=user_id, query=query)


def ring_report(name: str, user_id: int, query: str) -> None:
    """Tell a worker that somebody waits for a report; pages that ask each second ring every five."""
    if cache.add(f"report-bell:{name}:{user_id}:{crc32(query.encode())}", True, RING_EVERY_SECONDS):
        ring(work_out_report, name, user_id, query)
