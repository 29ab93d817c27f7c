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


def ring(task: "Task[..., Any]", *arguments: object, countdown: float | None = None) -> bool:
    """Tell a worker at once, or after `countdown` seconds; false when it was not told.

    Without Redis this process spares itself all bells for five seconds: each would keep a page waiting.
    """
    global _silent_until  # noqa: PLW0603 - how long this process spares itself a dead bell
    if time.monotonic() < _silent_until:
        return False
    try:
        task.apply_async(args=arguments, countdown=countdown, retry=False)
    except (OperationalError, OSError) as error:
        _silent_until = time.monotonic() + SILENT_SECONDS
        logger.warning("no worker was told of %s: %s", task.name, error)
        return False
    return True


def ring_after_commit(task: "Task[..., Any]", *arguments: object) -> None:
    """Tell a worker when the transaction has ended well."""
    transaction.on_commit(partial(ring, task, *arguments))
