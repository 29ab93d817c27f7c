"""Plans follow the calendar and the facts."""

from celery import shared_task

from lifecycle.services.goals import sweep


@shared_task(name="lifecycle.sweep_plans", expires=300)  # type: ignore[untyped-decorator]
def sweep_plans() -> None:
    """Feed goals, tell what became late, recount handovers, push the facts."""
    sweep.sweep_plans()
