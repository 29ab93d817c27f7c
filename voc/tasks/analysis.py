"""Tallies of themes in the background: what is marked within a minute, everything once a night."""

from celery import shared_task

from voc.services import theme_weeks


@shared_task(name="voc.sweep_theme_weeks", expires=60)  # type: ignore[untyped-decorator]
def sweep_theme_weeks() -> int:
    """Count the weeks that were marked."""
    return theme_weeks.sweep_theme_weeks()


@shared_task(name="voc.rebuild_theme_weeks", expires=3600)  # type: ignore[untyped-decorator]
def rebuild_theme_weeks() -> int:
    """Count every week anew, for what leaves no mark: accounts that were deleted or came back, ARR that changed."""
    return theme_weeks.rebuild_theme_weeks()
