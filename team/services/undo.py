"""Taking back: each action that can be undone leaves a row that says how, for 30 days.

A service that deletes or edits something calls `log_action` in its own transaction and names its way back, which is
registered in `settings.UNDO_SERVICES` as {name: dotted path of callable(*, actor, **arguments)}. The way back must be a
service like any other: it looks its object up by id, checks that the actor may, and changes nothing the second time.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from team.models import ActionLog, User

KEPT_FOR = dt.timedelta(days=30)


class CannotUndo(Exception):
    """The way back is closed; the message is for the person (a way back may raise it itself)."""


def log_action(*, actor: User, verb: str, service: str, arguments: Mapping[str, Any], url: str = "") -> ActionLog:
    """Remember what the person did and how to take it back; raises KeyError for a service that is not registered.

    `verb` is a finished sentence part for the list ("Deleted the call of 3 May"); `arguments` must be JSON.
    """
    if service not in settings.UNDO_SERVICES:
        raise KeyError(f"{service} is not in settings.UNDO_SERVICES")
    return ActionLog.objects.create(
        actor=actor,
        verb=verb[:200],
        url=url,
        inverse={"service": service, "arguments": dict(arguments)},
        expires_at=timezone.now() + KEPT_FOR,
    )


@transaction.atomic
def undo_action(*, actor: User, action: ActionLog) -> bool:
    """Take an action back, once: False when it was undone already, expired, or is another person's.

    The mark and the way back are one transaction: two clicks at the same time undo once.
    """
    claimed = ActionLog.objects.open().filter(pk=action.pk, actor=actor).update(undone_at=timezone.now())
    if claimed != 1:
        return False
    way_back: Callable[..., object] = import_string(settings.UNDO_SERVICES[action.inverse["service"]])
    way_back(actor=actor, **action.inverse["arguments"])
    return True


def forget_actions(*, moment: dt.datetime) -> int:
    """Drop actions whose 30 days are over; returns how many."""
    return ActionLog.objects.filter(expires_at__lte=moment).delete()[0]
