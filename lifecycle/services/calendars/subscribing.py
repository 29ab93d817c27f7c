"""Leaving a calendar, and coming back to it."""

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from lifecycle.models import CalendarSource
from lifecycle.services.calendars.reading import add_calendar
from team.models import ActionLog, User
from team.services.undo import log_action


@transaction.atomic
def remove_calendar(*, actor: User, source: CalendarSource) -> ActionLog:
    """Forget a calendar with its meetings; what was logged stays on the timelines."""
    arguments = {"name": source.name, "url": source.url}
    source.delete()
    return log_action(
        actor=actor,
        verb=_("Removed the calendar “%(name)s”") % {"name": source.name},
        service="lifecycle.restore_calendar",
        arguments=arguments,
        url=reverse("calendars"),
    )


def restore_calendar(*, actor: User, name: str, url: str) -> bool:
    """Subscribe to it again; its meetings come with the next reading."""
    add_calendar(user=actor, name=name, url=url)
    return True
