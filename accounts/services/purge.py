"""What was deleted over 30 days ago goes for good."""

import datetime as dt
from typing import Any

from django.db import transaction

from accounts.models import Account, AccountFile, Contact, Merge, Ticket, Touchpoint
from accounts.services.erasure import erase_contacts
from accounts.services.removal import remove

# An account has up to many thousands of rows; a transaction takes few of them.
ACCOUNTS_AT_ONCE = 10
CONTACTS_AT_ONCE = 100


def _long_deleted(model: Any, before: dt.datetime, limit: int) -> list[int]:
    """Ids, the oldest deletion first; locked, so that nobody brings one back meanwhile."""
    rows = model.everything.filter(deleted_at__lt=before).order_by("deleted_at", "pk")
    return list(rows.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)[:limit])


@transaction.atomic
def purge_accounts(*, before: dt.datetime, limit: int) -> int:
    """Accounts deleted before the moment, with all that hangs on them; children lose their parent.

    Merged ones too: what they still hold was counted into the kept one, and their address leads there by their Merge.
    """
    ids = _long_deleted(Account, before, min(limit, ACCOUNTS_AT_ONCE))
    if ids:
        erase_contacts(ids=list(Contact.everything.filter(account__in=ids).values_list("pk", flat=True)))
        _drop_contents(list(AccountFile.everything.filter(account__in=ids)))
        remove(model=Account, ids=ids, frees=("accounts.Account.parent",))
    return len(ids)


@transaction.atomic
def purge_contacts(*, before: dt.datetime, limit: int) -> int:
    """People deleted or merged before the moment; see `erase_contacts`."""
    ids = _long_deleted(Contact, before, min(limit, CONTACTS_AT_ONCE))
    if ids:
        erase_contacts(ids=ids)
    return len(ids)


def purge_merges(*, before: dt.datetime, limit: int) -> int:
    """Merges that cannot be parted any more keep where they led, and nothing of what they moved and changed."""
    told = Merge.objects.filter(merged_at__lt=before).exclude(moved={}, added={}, before={}, after={})
    ids = told.order_by("pk").values("pk")[:limit]
    return Merge.objects.filter(pk__in=ids).update(moved={}, added={}, before={}, after={})


def purge_touchpoints(*, before: dt.datetime, limit: int) -> int:
    """Touches deleted before the moment, with their seats."""
    return _purge(Touchpoint, before, limit)


def purge_tickets(*, before: dt.datetime, limit: int) -> int:
    """Tickets deleted before the moment."""
    return _purge(Ticket, before, limit)


@transaction.atomic
def _purge(model: Any, before: dt.datetime, limit: int) -> int:
    ids = _long_deleted(model, before, limit)
    remove(model=model, ids=ids, frees_all=True)
    return len(ids)


@transaction.atomic
def purge_account_files(*, before: dt.datetime, limit: int) -> int:
    """Files deleted before the moment; the content goes when the rows are gone."""
    rows = list(AccountFile.everything.filter(deleted_at__lt=before)[:limit])
    AccountFile.everything.filter(pk__in=[row.pk for row in rows]).delete()
    _drop_contents(rows)
    return len(rows)


def _drop_contents(rows: list[AccountFile]) -> None:
    for row in rows:
        transaction.on_commit(lambda kept=row.file: kept.storage.delete(kept.name))  # type: ignore[misc]
