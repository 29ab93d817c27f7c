"""Accounts and contacts that may be the same."""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q

from accounts.models import Account, Contact
from team.models import User

# Which alive accounts share a name (letters and digits alone) or a mail domain? The older one stands first.
_SAME_ACCOUNTS = """
    WITH words AS (
        SELECT id, 'name' AS sign, regexp_replace(lower(name), '[^[:alnum:]]+', '', 'g') AS value
          FROM accounts_account WHERE deleted_at IS NULL
        UNION ALL
        SELECT id, 'domain', lower(domain) FROM accounts_account, unnest(domains) AS domain WHERE deleted_at IS NULL)
    SELECT a.id, b.id, min(a.sign), min(a.value)
      FROM words a JOIN words b ON a.sign = b.sign AND a.value = b.value AND a.id < b.id
     WHERE a.value <> ''
     GROUP BY a.id, b.id ORDER BY a.id, b.id LIMIT %s
"""
# Which alive contacts of one account share a name?
_SAME_CONTACTS = """
    SELECT min(a.id), b.id
      FROM accounts_contact a JOIN accounts_contact b
        ON a.account_id = b.account_id AND a.id < b.id
       AND lower(a.name) = lower(b.name)
     WHERE a.deleted_at IS NULL AND b.deleted_at IS NULL
     GROUP BY b.id ORDER BY 1, 2 LIMIT %s
"""
MOST_PAIRS = 500


@dataclass(frozen=True, slots=True)
class Pair:
    """Two rows that may be the same thing, the older first, and why: `sign` is name, domain or contact."""

    keep: Any
    drop: Any
    sign: str
    value: str


def duplicate_accounts(*, user: User, of: Account | None = None) -> list[Pair]:
    """Accounts that may be one and that the user edits; of one account with others, or at most 500 pairs of all."""
    if of is not None:
        return _like(user, of)
    pairs = _pairs(_SAME_ACCOUNTS)
    editable = Account.objects.editable_by(user).with_summary().in_bulk({pk for a, b, *_ in pairs for pk in (a, b)})
    return [
        Pair(editable[a], editable[b], sign, value) for a, b, sign, value in pairs if a in editable and b in editable
    ]


def _like(user: User, account: Account) -> list[Pair]:
    same = Q(name__iexact=account.name) | (Q(domains__overlap=account.domains) if account.domains else Q())
    rows = Account.objects.editable_by(user).with_summary().filter(same).exclude(pk=account.pk).order_by("pk")[:20]
    return [Pair(account, row, "domain" if set(row.domains) & set(account.domains) else "name", "") for row in rows]


def duplicate_contacts(*, user: User) -> list[Pair]:
    """Contacts of one account that may be one person, where the user edits; at most 500 pairs."""
    pairs = _pairs(_SAME_CONTACTS)
    editable = Contact.objects.editable_by(user).select_related("account")
    found = editable.in_bulk({pk for pair in pairs for pk in pair})
    return [Pair(found[a], found[b], "contact", "") for a, b in pairs if a in found and b in found]


def _pairs(question: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(question, [MOST_PAIRS])
        return list(cursor.fetchall())
