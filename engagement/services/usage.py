"""Taking in what customers do in the vendor's product."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from accounts.models import AccountChange
from engagement.models import Feature, UsageRecord

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
RETURNING id, account_id
"""

# Rows are sorted, so that two workers lock the same days in the same order.
ADD_DAYS = """
INSERT INTO engagement_usageday AS d (account_id, feature_id, day, events, seconds, errors, users)
SELECT account_id, feature_id, day, sum(events), sum(seconds), sum(errors), 0
FROM engagement_usagerecord WHERE id = ANY(%(ids)s)
GROUP BY account_id, feature_id, day ORDER BY account_id, day, feature_id
ON CONFLICT (account_id, day, feature_id) DO UPDATE
SET events = d.events + excluded.events, seconds = d.seconds + excluded.seconds, errors = d.errors + excluded.errors
"""

ADD_USERS = """
INSERT INTO engagement_userday AS d (account_id, user_key, day, events)
SELECT account_id, user_key, day, sum(events)
FROM engagement_usagerecord WHERE id = ANY(%(ids)s) AND user_key <> ''
GROUP BY account_id, user_key, day ORDER BY account_id, day, user_key
ON CONFLICT (account_id, day, user_key) DO UPDATE SET events = d.events + excluded.events
"""

# Distinct users of a feature on a day cannot be added up: they are counted anew for the days that were touched.
COUNT_USERS = """
UPDATE engagement_usageday d SET users = c.users
FROM (
    SELECT r.account_id, r.feature_id, r.day, count(DISTINCT r.user_key) AS users
    FROM engagement_usagerecord r
    JOIN (SELECT DISTINCT account_id, feature_id, day FROM engagement_usagerecord
          WHERE id = ANY(%(ids)s) AND user_key <> '') t USING (account_id, feature_id, day)
    WHERE r.user_key <> ''
    GROUP BY 1, 2, 3
) c
WHERE d.account_id = c.account_id AND d.feature_id = c.feature_id AND d.day = c.day
"""

TAKE_DAYS = """
UPDATE engagement_usageday d
SET events = d.events - t.events, seconds = d.seconds - t.seconds, errors = d.errors - t.errors
FROM (SELECT account_id, feature_id, day, sum(events) AS events, sum(seconds) AS seconds, sum(errors) AS errors
      FROM engagement_usagerecord WHERE id = ANY(%(ids)s) GROUP BY 1, 2, 3) t
WHERE d.account_id = t.account_id AND d.feature_id = t.feature_id AND d.day = t.day
"""

TAKE_USERS = """
UPDATE engagement_userday d SET events = d.events - t.events
FROM (SELECT account_id, user_key, day, sum(events) AS events
      FROM engagement_usagerecord WHERE id = ANY(%(ids)s) AND user_key <> '' GROUP BY 1, 2, 3) t
WHERE d.account_id = t.account_id AND d.user_key = t.user_key AND d.day = t.day
"""

# A day without a record behind it is no day of use; days that were written without records are left alone.
DROP_EMPTY_DAYS = """
DELETE FROM engagement_usageday d USING (
    SELECT DISTINCT account_id, feature_id, day FROM engagement_usagerecord WHERE id = ANY(%(ids)s)
) t
WHERE d.account_id = t.account_id AND d.feature_id = t.feature_id AND d.day = t.day
  AND d.events = 0 AND d.seconds = 0 AND d.errors = 0
  AND NOT EXISTS (SELECT 1 FROM engagement_usagerecord r
                  WHERE r.account_id = d.account_id AND r.feature_id = d.feature_id AND r.day = d.day
                    AND NOT r.id = ANY(%(ids)s))
"""

DROP_EMPTY_USERS = """
DELETE FROM engagement_userday d USING (
    SELECT DISTINCT account_id, user_key, day FROM engagement_usagerecord WHERE id = ANY(%(ids)s) AND user_key <> ''
) t
WHERE d.account_id = t.account_id AND d.user_key = t.user_key AND d.day = t.day AND d.events = 0
  AND NOT EXISTS (SELECT 1 FROM engagement_usagerecord r
                  WHERE r.account_id = d.account_id AND r.user_key = d.user_key AND r.day = d.day
                    AND NOT r.id = ANY(%(ids)s))
"""

RECOUNT_USERS = """
UPDATE engagement_usageday d SET users = (
    SELECT count(DISTINCT r.user_key) FROM engagement_usagerecord r
    WHERE r.account_id = d.account_id AND r.feature_id = d.feature_id AND r.day = d.day
      AND r.user_key <> '' AND NOT r.id = ANY(%(ids)s))
FROM (SELECT DISTINCT account_id, feature_id, day FROM engagement_usagerecord
      WHERE id = ANY(%(ids)s) AND user_key <> '') t
WHERE d.account_id = t.account_id AND d.feature_id = t.feature_id AND d.day = t.day
"""


@transaction.atomic
def record_usage(*, rows: Iterable[UsageRow]) -> UsageResult:
    """Store usage rows, each exactly once, keep the sums per day exact and mark the accounts as changed.

    A repeat changes nothing (relies on `one_usage_record_per_row`); unknown features are learned.
    """
    batch = list(rows)
    features = _learn_features(batch)
    ordered = sorted(batch, key=lambda row: (row.source, row.row_key))
    inserted: list[tuple[int, int]] = []
    with connection.cursor() as cursor:
        for start in range(0, len(ordered), PAGE):
            cursor.execute(INSERT_RECORDS, _columns(ordered[start : start + PAGE], features))
            inserted.extend(cursor.fetchall())
        record_ids = tuple(record_id for record_id, _ in inserted)
        if record_ids:
            for question in (ADD_DAYS, ADD_USERS, COUNT_USERS):
                cursor.execute(question, {"ids": list(record_ids)})
    account_ids = frozenset(account_id for _, account_id in inserted)
    _mark(account_ids)
    return UsageResult(record_ids=record_ids, known=len(batch) - len(record_ids), account_ids=account_ids)


@transaction.atomic
def forget_usage(*, record_ids: Sequence[int]) -> int:
    """Take records back (an import that is undone) and subtract them from the sums; returns how many there were.

    Idempotent: records that are gone already change nothing.
    """
    found = dict(
        UsageRecord.objects.select_for_update().filter(pk__in=record_ids).order_by("pk").values_list("pk", "account_id")
    )
    if not found:
        return 0
    with connection.cursor() as cursor:
        for question in (TAKE_DAYS, TAKE_USERS, RECOUNT_USERS, DROP_EMPTY_DAYS, DROP_EMPTY_USERS):
            cursor.execute(question, {"ids": list(found)})
    UsageRecord.objects.filter(pk__in=found).delete()
    _mark(frozenset(found.values()))
    return len(found)


def _learn_features(rows: Sequence[UsageRow]) -> dict[str, int]:
    """Ids of the named features; new ones are made, with the first day on which they were seen."""
    first: dict[str, dt.date] = {}
    beta: dict[str, bool] = {}
    for row in rows:
        first[row.feature] = min(row.day, first.get(row.feature, row.day))
        beta[row.feature] = beta.get(row.feature, True) and row.is_beta
    known = set(Feature.objects.filter(name__in=first).values_list("name", flat=True))
    Feature.objects.bulk_create(
        [
            Feature(name=name, first_seen_on=first[name], is_beta=beta[name])
            for name in sorted(first)
            if name not in known
        ],
        ignore_conflicts=True,
    )
    learned = list(Feature.objects.filter(name__in=first))
    earlier = [
        feature for feature in learned if feature.first_seen_on is None or feature.first_seen_on > first[feature.name]
    ]
    for feature in earlier:
        feature.first_seen_on = first[feature.name]
    Feature.objects.bulk_update(earlier, ["first_seen_on"])
    return {feature.name: feature.pk for feature in learned}


def _columns(rows: Sequence[UsageRow], features: dict[str, int]) -> dict[str, list[Any]]:
    return {
        "accounts": [row.account_id for row in rows],
        "features": [features[row.feature] for row in rows],
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


def _mark(account_ids: frozenset[int]) -> None:
    AccountChange.objects.bulk_create(
        [AccountChange(account_id=account_id, reason="usage") for account_id in sorted(account_ids)]
    )
