"""What runs by the clock."""

from celery import shared_task

from team.services.purge import purge as purge_service


@shared_task(name="team.purge")  # type: ignore[untyped-decorator]
def purge() -> None:
    """Each night's clearing; see `team.services.purge`."""
    purge_service()
