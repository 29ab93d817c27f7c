"""Taking in what customers do in the vendor's product, as rows of another system."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from accounts.services.changes import mark_changed
from engagement.services.catalogue.names import hold_names
from engagement.services.feature_names import Named, learn_features, merged_targets, see_features
from engagement.services.rollups import Tallies, add_usage, lock_usage, take_usage, tally

PAGE = 5000


@dataclass(frozen=True)
class UsageRow:
    """One row of usage. `row_key` tells rows of one source apart for ever: a SHA-256 of the row, or a message id."""

    account_id: int
    feature: str
    day: dt.date
    row_key: str
    source: str
    events: int = 1
    seconds: int = 0
    errors: int = 0
    external_id: str = ""
    user_key: str = ""
    subscription_id: int | None = None
    flag: str = ""
    is_beta: bool = False


@dataclass(frozen=True)
class UsageResult:
    """What became of the rows: `record_ids` are the new ones, in no order; the rest were known already."""

    record_ids: tuple[int, ...]
    known: int
    account_ids: frozenset[int]

    @property
    def added(self) -> int:
        return len(self.record_ids)


INSERT_RECORDS = """
INSERT INTO engagement_usagerecord
    (account_id, feature_id, day, row_key, source, events, seconds, errors, external_id, user_key,
     subscription_id, flag)
SELECT * FROM unnest(
    %(accounts)s::bigint[], %(features)s::bigint[], %(days)s::date[], %(row_keys)s::text[], %(sources)s::text[],
    %(events)s::integer[], %(seconds)s::integer[], %(errors)s::integer[], %(external_ids)s::text[],
    %(user_keys)s::text[],
    %(subscriptions)s::bigint[], %(flags)s::text[])
ON CONFLICT (source, row_key) DO NOTHING
RETURNING id, account_id, feature_id, day, user_key, events, seconds, errors
"""

TAKE_RECORDS = """
WITH taken AS (SELECT id FROM engagement_usagerecord WHERE id = ANY(%(ids)s) ORDER BY id FOR UPDATE)
DELETE FROM engagement_usagerecord r USING taken WHERE r.id = taken.id
RETURNING r.id, r.account_id, r.feature_id, r.day, r.user_key, r.events, r.seconds, r.errors
"""


@transaction.atomic
def record_usage(*, rows: Iterable[UsageRow]) -> UsageResult:
    """Store usage rows, each exactly once, keep the sums per day exact and mark the accounts as changed.

    A repeat changes nothing (relies on `one_usage_record_per_row`); unknown features are learned, merged ones count for
    the one that they were merged into.
    """
    batch = list(rows)
    hold_names()
    lock_usage()
    features = _learn(batch)
    ordered = sorted(batch, key=lambda row: (row.source, row.row_key))
    inserted: list[tuple[Any, ...]] = []
    with connection.cursor() as cursor:
        for start in range(0, len(ordered), PAGE):
            cursor.execute(INSERT_RECORDS, _columns(ordered[start : start + PAGE], features))
            inserted.extend(cursor.fetchall())
    tallies = _tallies(inserted)
    add_usage(tallies)
    mark_changed(account_ids=tallies.account_ids, reason="usage")
    _see(batch, features)
    record_ids = tuple(row[0] for row in inserted)
    return UsageResult(
        record_ids=record_ids, known=len(batch) - len(record_ids), account_ids=frozenset(tallies.account_ids)
    )


@transaction.atomic
def forget_usage(*, record_ids: Sequence[int]) -> int:
    """Take records back (an import that is undone) and subtract them from the sums; returns how many there were.

    Idempotent: records that are gone already change nothing.
    """
    hold_names()
    lock_usage(alone=True)
    with connection.cursor() as cursor:
        cursor.execute(TAKE_RECORDS, {"ids": list(record_ids)})
        taken = cursor.fetchall()
    tallies = _tallies(taken)
    take_usage(tallies)
    mark_changed(account_ids=tallies.account_ids, reason="usage")
    return len(taken)


def _tallies(rows: Sequence[tuple[Any, ...]]) -> Tallies:
    """Sums of records (id, account, feature, day, user, events, seconds, errors) under the features they count for."""
    onward = merged_targets() if rows else {}
    return tally(
        (account, day, onward.get(feature, feature), user, events, seconds, errors)
        for _pk, account, feature, day, user, events, seconds, errors in rows
    )


def _learn(rows: Sequence[UsageRow]) -> dict[str, Named]:
    """The named features; one that was beta in every row is learned as such."""
    steady = {row.feature for row in rows if not row.is_beta}
    names = {row.feature for row in rows}
    return learn_features(names, beta=names - steady)


def _see(rows: Sequence[UsageRow], features: dict[str, Named]) -> None:
    days: dict[int, tuple[dt.date, dt.date]] = {}
    for row in rows:
        pk = features[row.feature].pk
        first, last = days.get(pk, (row.day, row.day))
        days[pk] = (min(first, row.day), max(last, row.day))
    see_features(days)


def _columns(rows: Sequence[UsageRow], features: dict[str, Named]) -> dict[str, list[Any]]:
    return {
        "accounts": [row.account_id for row in rows],
        "features": [features[row.feature].pk for row in rows],
        "days": [row.day for row in rows],
        "row_keys": [row.row_key for row in rows],
        "sources": [row.source for row in rows],
        "events": [row.events for row in rows],
        "seconds": [row.seconds for row in rows],
        "errors": [row.errors for row in rows],
        "external_ids": [row.external_id for row in rows],
        "user_keys": [row.user_key for row in rows],
        "subscriptions": [row.subscription_id for row in rows],
        "flags": [row.flag for row in rows],
    }
