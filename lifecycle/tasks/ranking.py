"""The interruption budget follows the week."""

from dataclasses import asdict

from celery import shared_task

from lifecycle.services import ranking


@shared_task(name="lifecycle.rank_tasks", expires=300)  # type: ignore[untyped-decorator]
def rank_tasks() -> dict[str, int]:
    """Rank and park everybody's open tasks; rows that are right are not written."""
    return asdict(ranking.rank_tasks())
