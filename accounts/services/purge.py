"""What was deleted over 30 days ago goes for good."""

import datetime as dt

from django.db import transaction

from accounts.models import AccountFile, Ticket, Touchpoint


@transaction.atomic
def purge_touchpoints(*, before: dt.datetime, limit: int) -> int:
    """Touches deleted before the moment, with their seats."""
    ids = list(Touchpoint.everything.filter(deleted_at__lt=before).values_list("pk", flat=True)[:limit])
    Touchpoint.everything.filter(pk__in=ids).delete()
    return len(ids)


@transaction.atomic
def purge_tickets(*, before: dt.datetime, limit: int) -> int:
    """Tickets deleted before the moment."""
    ids = list(Ticket.everything.filter(deleted_at__lt=before).values_list("pk", flat=True)[:limit])
    Ticket.everything.filter(pk__in=ids).delete()
    return len(ids)


@transaction.atomic
def purge_account_files(*, before: dt.datetime, limit: int) -> int:
    """Files deleted before the moment; the content goes when the rows are gone."""
    rows = list(AccountFile.everything.filter(deleted_at__lt=before)[:limit])
    AccountFile.everything.filter(pk__in=[row.pk for row in rows]).delete()
    for row in rows:
        transaction.on_commit(lambda kept=row.file: kept.storage.delete(kept.name))  # type: ignore[misc]
    return len(rows)
