"""The bell: Redis only tells a worker sooner. What waits stands in Postgres; the schedule finds it without a bell."""

import logging
import time
from functools import partial
from typing import Any

from celery import Task
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)
SILENT_SECONDS = 5.0
_silent_until = 0.0
_rung_at: dict[str, float] = {}


def ring(task: "Task[..., Any]", *arguments: object, countdown: float | None = None, every: float = 0.0) -> bool:
    """Tell a worker at once, or after `countdown` seconds; false when it was not told.

    This process tells of the task once in `every` seconds: a worker that was told finds all that waits. Without Redis
    it spares itself all bells for five seconds: each would keep a page waiting.
    """
    global _silent_until  # noqa: PLW0603 - how long this process spares itself a dead bell
    moment = time.monotonic()
    if moment < max(_silent_until, _rung_at.get(task.name, -every) + every):
        return False
    try:
        task.apply_async(args=arguments, countdown=countdown, retry=False)
    except (OperationalError, OSError) as error:
        _silent_until = time.monotonic() + SILENT_SECONDS  # finding out took its time
        logger.warning("no worker was told of %s: %s", task.name, error)
        return False
    _rung_at[task.name] = moment
    return True


def ring_after_commit(task: "Task[..., Any]", *arguments: object) -> None:
    """Tell a worker when the transaction has ended well."""
    transaction.on_commit(partial(ring, task, *arguments))
