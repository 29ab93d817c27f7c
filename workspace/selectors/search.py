"""Finding accounts and people by what one types; everything goes through `visible_to`."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import F, Q
from django.db.models.functions import Upper
from django.urls import reverse

from accounts.formulas.bands import arr_band
from accounts.models import Account, Contact
from accounts.models.accounts import AccountQuerySet
from team.models import User
from ui import formats
from workspace.selectors.book import book_of

INDEX_ROWS = 300
HITS = 12


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found: `kind` is account or person."""

    kind: str
    label: str
    hint: str
    url: str


def _account_hint(account: Account, user: User, currency: str) -> str:
    summary = account.summary
    arr = arr_band(summary.arr, currency) if user.role == "member" else formats.compact_money(summary.arr, currency)
    return f"{round(summary.health)} · {arr}" if summary.health is not None else arr


def _hits(accounts: AccountQuerySet, user: User, currency: str) -> Iterator[Hit]:
    for account in accounts:
        yield Hit(
            "account", account.name, _account_hint(account, user, currency), reverse("account", args=[account.pk])
        )


def own_book(*, user: User, currency: str) -> list[Hit]:
    """The palette's index: the own book, the biggest first, at most 300; one query."""
    rows = (
        book_of(user)
        .select_related("summary")
        .order_by(F("summary__arr").desc(nulls_last=True), F("summary__account_id").desc())
    )
    return list(_hits(rows[:INDEX_ROWS], user, currency))


def find_accounts(*, user: User, text: str, currency: str, limit: int = HITS) -> list[Hit]:
    """Accounts whose name begins with the text; when few do, those that contain it too. At most two queries."""
    visible = Account.objects.visible_to(user).select_related("summary")
    found = list(visible.filter(name__istartswith=text).order_by(Upper("name"), "id")[:limit])
    if len(found) < limit and len(text) > 2:
        inside = Q(name__icontains=text) | Q(domains__contains=[text.lower()])
        rest = visible.filter(inside).exclude(pk__in=[one.pk for one in found])
        found += list(rest.order_by("name", "id")[: limit - len(found)])
    return list(_hits(found, user, currency))  # type: ignore[arg-type]


def find_people(*, user: User, text: str, limit: int = HITS) -> list[Hit]:
    """Contacts whose name or mail begins with the text; one query."""
    visible = Contact.objects.visible_to(user).select_related("account")
    starts = Q(name__istartswith=text) | Q(email__istartswith=text)
    if " " not in text.strip():
        starts |= Q(name__icontains=f" {text}")
    rows = visible.filter(starts).order_by(Upper("name"), "id")[:limit]
    return [
        Hit("person", row.name, f"{row.account.name} · {row.title}".rstrip(" ·"), reverse("contact", args=[row.pk]))
        for row in rows
    ]
