"""Goals and promises that were deleted over 30 days ago go for good."""

import datetime as dt

from django.db import transaction

from lifecycle.models import Goal, Promise


@transaction.atomic
def purge_goals(*, before: dt.datetime, limit: int) -> int:
    """Goals deleted before the moment, with readings, comments and cause; their tasks stay."""
    ids = list(Goal.everything.filter(deleted_at__lt=before).values_list("pk", flat=True)[:limit])
    Goal.everything.filter(pk__in=ids).delete()
    return len(ids)


@transaction.atomic
def purge_promises(*, before: dt.datetime, limit: int) -> int:
    """Promises deleted before the moment."""
    ids = list(Promise.everything.filter(deleted_at__lt=before).values_list("pk", flat=True)[:limit])
    Promise.everything.filter(pk__in=ids).delete()
    return len(ids)
