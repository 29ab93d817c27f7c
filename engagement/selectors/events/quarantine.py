"""What waits for a person to say whose it is, in groups by hint."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from accounts.models import Account
from engagement.models import EventIdentity, QuarantinedEvent, QuarantineWork
from team.models import User

PAGE = 50
MOST_GROUPS = 2_000
# Counting stops here; the page writes "10,000+".
MOST_COUNTED = 10_000
EXAMPLES = 3
Hint = QuarantinedEvent.Hint

# Which hints wait? One step of the index per group, however many events each has; its last and first id on the way.
GROUPS = """
WITH RECURSIVE groups AS (
    (SELECT hint, hint_value, 1 AS n FROM engagement_quarantinedevent
     WHERE is_dropped = %(is_dropped)s ORDER BY hint, hint_value LIMIT 1)
    UNION ALL
    SELECT next.hint, next.hint_value, groups.n + 1
    FROM groups CROSS JOIN LATERAL (
        SELECT hint, hint_value FROM engagement_quarantinedevent
        WHERE is_dropped = %(is_dropped)s AND (hint, hint_value) > (groups.hint, groups.hint_value)
        ORDER BY hint, hint_value LIMIT 1
    ) next
    WHERE groups.n < %(most)s
)
SELECT g.hint, g.hint_value, last.id
FROM groups g CROSS JOIN LATERAL (
    SELECT id FROM engagement_quarantinedevent q
    WHERE q.is_dropped = %(is_dropped)s AND q.hint = g.hint AND q.hint_value = g.hint_value ORDER BY id DESC LIMIT 1
) last
"""

# How many of each, since when, until when, and what for example? Of the groups on one page alone.
TELL = """
SELECT g.hint, g.hint_value,
    (SELECT count(*) FROM (SELECT 1 FROM engagement_quarantinedevent q
        WHERE q.is_dropped = %(is_dropped)s AND q.hint = g.hint AND q.hint_value = g.hint_value
        LIMIT %(most)s + 1) capped),
    (SELECT received_at FROM engagement_quarantinedevent q
     WHERE q.is_dropped = %(is_dropped)s AND q.hint = g.hint AND q.hint_value = g.hint_value ORDER BY id LIMIT 1),
    (SELECT received_at FROM engagement_quarantinedevent q
     WHERE q.is_dropped = %(is_dropped)s AND q.hint = g.hint AND q.hint_value = g.hint_value ORDER BY id DESC LIMIT 1),
    (SELECT array_agg(DISTINCT name) FROM (SELECT name FROM engagement_quarantinedevent q
        WHERE q.is_dropped = %(is_dropped)s AND q.hint = g.hint AND q.hint_value = g.hint_value
        ORDER BY id DESC LIMIT 100) latest)
FROM unnest(%(hints)s::text[], %(values)s::text[]) AS g (hint, hint_value)
"""


@dataclass(frozen=True)
class Group:
    """Events that wait under one hint. `count` stops at MOST_COUNTED + 1; `last_id` is its newest event; `is_mapped`: a
    person has said whose they are, and a worker takes them there."""

    hint: str
    value: str
    last_id: int
    count: int = 0
    first_at: dt.datetime | None = None
    last_at: dt.datetime | None = None
    names: Sequence[str] = ()
    is_mapped: bool = False

    @property
    def pk(self) -> int:
        return self.last_id

    @property
    def label(self) -> str:
        return str(Hint(self.hint).label)

    @property
    def is_more(self) -> bool:
        return self.count > MOST_COUNTED

    def __str__(self) -> str:
        return self.value or self.label


@dataclass(frozen=True)
class Groups:
    """A page of groups, the newest events first; `is_cut`: there are more groups than are looked at."""

    groups: Sequence[Group]
    next_id: int | None
    is_cut: bool


@dataclass(frozen=True)
class Suggestion:
    """An account that a hint may mean, and why."""

    account: Account
    reason: str


def read_groups(
    *, is_dropped: bool, hints: Sequence[str] = (), words: Sequence[str] = (), before_id: int | None = None
) -> Groups:
    """A page of groups, newest first; three queries. `words` narrow by the value of the hint."""
    with connection.cursor() as cursor:
        cursor.execute(GROUPS, {"is_dropped": is_dropped, "most": MOST_GROUPS})
        rows = cursor.fetchall()
    wanted = [
        (last, hint, value)
        for hint, value, last in rows
        if (not hints or hint in hints)
        and all(word.casefold() in value.casefold() for word in words)
        and (before_id is None or last < before_id)
    ]
    wanted.sort(reverse=True)
    page = [Group(hint, value, last) for last, hint, value in wanted[:PAGE]]
    next_id = page[-1].last_id if len(wanted) > PAGE else None
    return Groups(_told(page, is_dropped), next_id, len(rows) >= MOST_GROUPS)


def read_group(*, hint: str, value: str, is_dropped: bool = False) -> Group | None:
    """One group; None when nothing waits under it."""
    rows = QuarantinedEvent.objects.filter(is_dropped=is_dropped, hint=hint, hint_value=value)
    last = rows.order_by("-pk").values_list("pk", flat=True).first()
    return None if last is None else _told([Group(hint, value, last)], is_dropped)[0]


def _told(groups: Sequence[Group], is_dropped: bool) -> list[Group]:
    if not groups:
        return []
    given: dict[str, Any] = {
        "is_dropped": is_dropped,
        "most": MOST_COUNTED,
        "hints": [group.hint for group in groups],
        "values": [group.value for group in groups],
    }
    with connection.cursor() as cursor:
        cursor.execute(TELL, given)
        told = {(row[0], row[1]): row[2:] for row in cursor.fetchall()}
    said = EventIdentity.objects.filter(
        value__in=given["values"], is_manual=True, account__isnull=False, account__deleted_at=None
    )
    mapped = set(said.values_list("kind", "value"))
    made = []
    for group in groups:
        count, first_at, last_at, names = told[group.hint, group.value]
        is_mapped = (group.hint, group.value) in mapped
        made.append(Group(group.hint, group.value, group.last_id, count, first_at, last_at, names or (), is_mapped))
    return made


def count_waiting() -> int:
    """Events that wait for a person, up to 1,000: the tab's number."""
    return len(QuarantinedEvent.objects.filter(is_dropped=False).values("pk")[:1000])


def identity_of(*, hint: str, value: str) -> EventIdentity | None:
    """Whose the identifier is known to be by now."""
    return EventIdentity.objects.select_related("account").filter(kind=hint, value=value).first()


def work_on(*, hint: str, value: str) -> QuarantineWork | None:
    """What a worker has still to do there: the newest word counts."""
    return QuarantineWork.objects.filter(hint=hint, value=value).order_by("-pk").first()


def suggest_accounts(*, user: User, hint: str, value: str, limit: int = 5) -> list[tuple[Account, str]]:
    """Accounts that a hint may mean, with the word that fits: by mail domain first, then by a similar name."""
    domain, words = _read(hint, value)
    visible = Account.objects.visible_to(user)
    found: dict[int, tuple[Account, str]] = {}
    if domain:
        for account in visible.filter(domains__contains=[domain]).order_by("name", "pk")[:limit]:
            found[account.pk] = (account, domain)
    for word in words:
        if len(found) >= limit:
            break
        for account in visible.filter(name__istartswith=word).order_by("name", "pk")[:limit]:
            found.setdefault(account.pk, (account, word))
    return list(found.values())[:limit]


def _read(hint: str, value: str) -> tuple[str, Iterable[str]]:
    """The domain in a hint, and words that an account's name may begin with, the longest first."""
    domain = ""
    if hint == Hint.DOMAIN:
        domain = value.casefold()
    elif "@" in value:
        domain = value.rpartition("@")[2].casefold()
    stem = domain.rpartition(".")[0] if domain else value
    pieces = [piece for piece in stem.replace("_", "-").replace(".", "-").replace(" ", "-").split("-") if piece]
    words = [" ".join(pieces[:size]) for size in range(len(pieces), 0, -1)]
    words += ["".join(pieces)[:size] for size in (8, 5)]
    return domain, [word for word in dict.fromkeys(words) if len(word) >= 4]
