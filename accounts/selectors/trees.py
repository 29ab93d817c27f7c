"""Parents and children: totals over the whole tree below an account."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from accounts.models import Account, AccountSummary
from team.models import User

# Which accounts stand below one? UNION drops repeats, so that even a circle ends.
_BELOW = """
    WITH RECURSIVE tree(id) AS (
        SELECT %s::bigint
        UNION
        SELECT account.id FROM accounts_account account JOIN tree ON account.parent_id = tree.id
         WHERE account.deleted_at IS NULL)
    SELECT id FROM tree
"""
# Which accounts stand above one, nearest first?
_ABOVE = """
    WITH RECURSIVE line(id, parent_id, depth) AS (
        SELECT id, parent_id, 0 FROM accounts_account WHERE id = %s
        UNION
        SELECT account.id, account.parent_id, line.depth + 1
          FROM accounts_account account JOIN line ON account.id = line.parent_id
         WHERE line.depth < 50)
    SELECT id FROM line WHERE depth > 0 ORDER BY depth
"""


@dataclass(frozen=True, slots=True)
class Child:
    """One account of the tree below, as the viewer may see it; ARR in the install's currency."""

    account: Account
    summary: AccountSummary
    depth: int


@dataclass(frozen=True, slots=True)
class RollUp:
    """What a tree of accounts adds up to, the top one included. `hidden` counts accounts that the viewer may not see;
    they are in no sum. `arr` is None for those who must not see sums."""

    children: tuple[Child, ...]
    accounts: int
    hidden: int
    arr: Decimal | None
    seats: int
    contacts: int
    open_tickets: int
    next_renewal: dt.date | None
    last_touch_at: dt.datetime | None


def tree_ids(account_id: int) -> list[int]:
    """Ids of an account and all below it."""
    with connection.cursor() as cursor:
        cursor.execute(_BELOW, [account_id])
        return [row[0] for row in cursor.fetchall()]


def ancestor_ids(account_id: int) -> list[int]:
    """Ids of the accounts above, the nearest first."""
    with connection.cursor() as cursor:
        cursor.execute(_ABOVE, [account_id])
        return [row[0] for row in cursor.fetchall()]


def roll_up(*, account: Account, user: User) -> RollUp | None:
    """Totals over the tree below an account; None when it has no children. Three queries."""
    ids = tree_ids(account.pk)
    if len(ids) == 1:
        return None
    members = list(Account.objects.visible_to(user).filter(pk__in=ids).select_related("summary").order_by("name", "pk"))
    summaries = [member.summary for member in members]
    by_parent: dict[int | None, list[Account]] = {}
    for member in members:
        by_parent.setdefault(member.parent_id, []).append(member)
    return RollUp(
        children=tuple(_walk(account.pk, by_parent, 0)),
        accounts=len(members),
        hidden=len(ids) - len(members),
        arr=None if user.role == "member" else sum((row.arr for row in summaries), Decimal(0)),
        seats=sum(row.seats for row in summaries),
        contacts=sum(row.contacts for row in summaries),
        open_tickets=sum(row.open_tickets for row in summaries),
        next_renewal=min((row.renews_on for row in summaries if row.renews_on), default=None),
        last_touch_at=max((row.last_touch_at for row in summaries if row.last_touch_at), default=None),
    )


def _walk(parent_id: int, by_parent: dict[int | None, list[Account]], depth: int) -> list[Child]:
    found = []
    for member in by_parent.pop(parent_id, []):
        found.append(Child(member, member.summary, depth))
        found.extend(_walk(member.pk, by_parent, depth + 1))
    return found
