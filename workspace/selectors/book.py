"""Whose accounts a page is about, and how those that it names stand."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F
from django.db.models.functions import Coalesce

from accounts.models import Account
from accounts.models.accounts import AccountQuerySet
from team.models import User
from workspace.formulas import urgency as formula


def book_of(user: User) -> AccountQuerySet:
    """The own book (with those of absent colleagues) for a CSM; every visible account for all others."""
    if user.role == "csm":
        return Account.objects.editable_by(user)
    return Account.objects.visible_to(user)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a line about an account says of it; from the summary row alone."""

    account: str = ""
    owner: str = ""
    arr: Decimal | None = None
    health: Decimal | None = None
    state: str = ""
    band: str = ""
    delta: Decimal | None = None
    coverage: Decimal | None = None
    renews_on: dt.date | None = None
    touched_at: dt.datetime | None = None
    rhythm: int = formula.DEFAULT_RHYTHM_DAYS


# For what belongs to no account.
NOWHERE = Standing()
_COLUMNS = (
    "name", "csm__name", "summary__arr", "summary__health", "summary__health_state", "summary__health_band",
    "summary__health_delta", "summary__health_coverage", "summary__renews_on", "summary__last_touch_at",
)  # fmt: skip


def standings_of(account_ids: Iterable[int | None]) -> dict[int | None, Standing]:
    """How these accounts stand (one query); a page's long unions stay narrow and join nothing for rows they drop.

    The caller took the ids from rows that the user may see.
    """
    wanted = {account_id for account_id in account_ids if account_id is not None}
    rhythm = Coalesce(F("segment__touch_every_days"), formula.DEFAULT_RHYTHM_DAYS)
    rows = Account.everything.filter(pk__in=wanted).values_list("pk", *_COLUMNS, rhythm) if wanted else []
    found: dict[int | None, Standing] = {None: NOWHERE}
    for pk, name, owner, arr, health, state, band, *rest in rows:
        found[pk] = Standing(name, owner or "", arr, health, state or "", band or "", *rest)
    return found
