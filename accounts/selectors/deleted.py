"""What was deleted and can still be brought back."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, AccountFile, Contact, Subscription, Ticket, Touchpoint
from team.models import User

MODELS: dict[str, Any] = {
    "account": Account,
    "contact": Contact,
    "subscription": Subscription,
    "touchpoint": Touchpoint,
    "ticket": Ticket,
    "file": AccountFile,
}
_WORDS: dict[str, str | Promise] = {
    "account": _("Accounts"),
    "contact": _("Contacts"),
    "subscription": _("Subscriptions"),
    "touchpoint": _("Touches"),
    "ticket": _("Tickets"),
    "file": _("Files"),
}
KEPT_DAYS = 30
MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class DeletedGroup:
    """Deleted rows of one kind, the newest first."""

    model: str
    label: str
    rows: tuple[Any, ...]


def deleted_rows(*, model: str, user: User) -> Any:
    """Deleted rows of a kind that the user may bring back: of the last 30 days, not merged ones.

    Rows of an account that is deleted itself come back with it and are not listed.
    """
    since = timezone.now() - dt.timedelta(days=KEPT_DAYS)
    rows = MODELS[model].everything.editable_by(user).filter(deleted_at__gte=since)
    return rows.filter(merged_into__isnull=True) if model in {"account", "contact"} else rows


def read_deleted(*, user: User) -> list[DeletedGroup]:
    """All kinds that have something; one query each."""
    groups = []
    for model, words in _WORDS.items():
        rows = deleted_rows(model=model, user=user).order_by("-deleted_at")
        found = tuple((rows if model == "account" else rows.select_related("account"))[:MOST_SHOWN])
        if found:
            groups.append(DeletedGroup(model, str(words), found))
    return groups
