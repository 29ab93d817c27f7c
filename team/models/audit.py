"""The audit trail: database triggers write one append-only row per change, whoever makes it."""

from collections.abc import Callable
from typing import TypeVar

import pghistory
from django.db import models

M = TypeVar("M", bound=models.Model)


def track_changes(*, exclude: tuple[str, ...] = ()) -> Callable[[type[M]], type[M]]:
    """Audit a model: inserts, updates and deletes land in `<Model>Event` with actor, address and URL of the request.

    Triggers see bulk and raw SQL changes too; the event tables refuse UPDATE and DELETE (`PGHISTORY_APPEND_ONLY`).
    """
    decorate: Callable[[type[M]], type[M]] = pghistory.track(
        pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(), exclude=list(exclude)
    )
    return decorate
