"""Usage days of a merged feature move to the other one, and come back exactly.

A day may rest on kept rows (records of imports, stored events) or on nothing but itself, for events are dropped after
their retention. So a day that moves is remembered as it was (`MergedDay`). What arrives later under the merged name
counts for the other feature at once; on the way back it is told by the kept rows.

Distinct users cannot be added. They are counted from the user days that know their features, and are never fewer than
either day knew. A user day remembers what it was in its features: `-id` of the merged feature where only that one was
used, its `id` beside the other's where both were.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection

_RECORDS = "SELECT account_id, feature_id, day, events, seconds, errors, user_key FROM engagement_usagerecord"
# Events stay with the account that they were stored for, also when it became part of another, where its days are.
_FAMILY = """
family AS MATERIALIZED (
    WITH RECURSIVE down(root_id, id) AS (
        SELECT id, id FROM unnest(%(accounts)s::bigint[]) AS id
        UNION
        SELECT down.root_id, a.id FROM accounts_account a JOIN down ON a.merged_into_id = down.id
    )
    SELECT * FROM down
)
"""
# A day is that of UTC, as everywhere where events are counted.
_EVENTS = """
SELECT m.root_id AS account_id, feature_id, (happened_at AT TIME ZONE 'UTC')::date AS day, 1 AS events, 0 AS seconds,
       0 AS errors, user_key
FROM family m JOIN engagement_event e ON e.account_id = m.id
"""
# What the kept rows of a feature say, by account and day.
_KEPT = f"""
{_FAMILY}, kept AS (
    SELECT account_id, day, sum(events) AS events, sum(seconds) AS seconds, sum(errors) AS errors
    FROM (
        {_RECORDS} WHERE account_id = ANY(%(accounts)s) AND feature_id = %(feature)s
        UNION ALL
        {_EVENTS} WHERE feature_id = %(feature)s
    ) rows GROUP BY account_id, day
)
"""  # noqa: S608 constants of this module

# A day that was remembered before met a straggler: an event that was under way when the names became one.
REMEMBER_DAYS = f"""
WITH {_KEPT}
INSERT INTO engagement_mergedday AS m
    (feature_id, account_id, day, events, seconds, errors, users, kept_events, kept_seconds, kept_errors, target_users)
SELECT d.feature_id, d.account_id, d.day, d.events, d.seconds, d.errors, d.users,
       least(d.events, coalesce(k.events, 0)), least(d.seconds, coalesce(k.seconds, 0)),
       least(d.errors, coalesce(k.errors, 0)), t.users
FROM engagement_usageday d
LEFT JOIN kept k ON k.account_id = d.account_id AND k.day = d.day
LEFT JOIN engagement_usageday t ON t.account_id = d.account_id AND t.day = d.day AND t.feature_id = %(into)s
WHERE d.account_id = ANY(%(accounts)s) AND d.feature_id = %(feature)s
ORDER BY d.account_id, d.day
ON CONFLICT (feature_id, account_id, day) DO UPDATE
SET events = m.events + excluded.events, seconds = m.seconds + excluded.seconds, errors = m.errors + excluded.errors,
    users = greatest(m.users, excluded.users), kept_events = m.kept_events + excluded.events,
    kept_seconds = m.kept_seconds + excluded.seconds, kept_errors = m.kept_errors + excluded.errors
"""  # noqa: S608 constants of this module

ADD_TO_TARGET = """
INSERT INTO engagement_usageday AS d (account_id, feature_id, day, events, seconds, errors, users)
SELECT account_id, %(into)s, day, events, seconds, errors, users FROM engagement_usageday
WHERE account_id = ANY(%(accounts)s) AND feature_id = %(feature)s
ORDER BY account_id, day
ON CONFLICT (account_id, day, feature_id) DO UPDATE
SET events = d.events + excluded.events, seconds = d.seconds + excluded.seconds, errors = d.errors + excluded.errors,
    users = greatest(d.users, excluded.users)
"""

DROP_MOVED = "DELETE FROM engagement_usageday WHERE account_id = ANY(%(accounts)s) AND feature_id = %(feature)s"

# Who used the merged feature has used the other one.
MOVE_USERS = """
UPDATE engagement_userday
SET features = CASE WHEN %(into)s = ANY(features) THEN features ELSE
    array_append(array_replace(features, %(feature)s::integer, -%(feature)s::integer), %(into)s::integer) END
WHERE account_id = ANY(%(accounts)s) AND %(feature)s = ANY(features)
"""

# Distinct users by the user days; `least` is what is known besides.
_COUNT_USERS = """
UPDATE engagement_usageday d SET users = greatest({least}, (
    SELECT count(*) FROM engagement_userday u
    WHERE u.account_id = d.account_id AND u.day = d.day AND d.feature_id = ANY(u.features)))
FROM engagement_mergedday m
WHERE m.feature_id = %(feature)s AND m.account_id = ANY(%(accounts)s)
  AND d.account_id = m.account_id AND d.day = m.day AND d.feature_id = {whose}
"""
COUNT_TARGET = _COUNT_USERS.format(least="d.users", whose="%(into)s")
COUNT_TARGET_AGAIN = _COUNT_USERS.format(least="coalesce(m.target_users, 0)", whose="%(into)s")
COUNT_FEATURE_AGAIN = _COUNT_USERS.format(least="d.users", whose="%(feature)s")

# What came under the name since it moved, beyond what is on the days of its own again.
REMEMBER_ARRIVALS = f"""
WITH {_KEPT}
INSERT INTO engagement_mergedday AS m
    (feature_id, account_id, day, events, seconds, errors, users, kept_events, kept_seconds, kept_errors)
SELECT %(feature)s, k.account_id, k.day, greatest(0, k.events - coalesce(d.events, 0)),
       greatest(0, k.seconds - coalesce(d.seconds, 0)), greatest(0, k.errors - coalesce(d.errors, 0)), 0, 0, 0, 0
FROM kept k
LEFT JOIN engagement_usageday d
    ON d.account_id = k.account_id AND d.day = k.day AND d.feature_id = %(feature)s
LEFT JOIN engagement_mergedday had
    ON had.account_id = k.account_id AND had.day = k.day AND had.feature_id = %(feature)s
WHERE had.id IS NOT NULL OR d.id IS NULL OR k.events > d.events OR k.seconds > d.seconds OR k.errors > d.errors
ORDER BY k.account_id, k.day
ON CONFLICT (feature_id, account_id, day) DO UPDATE
SET events = m.events + greatest(0, excluded.events - m.kept_events),
    seconds = m.seconds + greatest(0, excluded.seconds - m.kept_seconds),
    errors = m.errors + greatest(0, excluded.errors - m.kept_errors)
"""  # noqa: S608 constants of this module

# Who used which of both, as the user days remember it and as the kept rows say of what came since.
MOVE_USERS_BACK = f"""
WITH {_FAMILY}, used AS (
    SELECT account_id, day, user_key, bool_or(feature_id = %(feature)s) AS this,
           bool_or(feature_id <> %(feature)s) AS other
    FROM (
        {_RECORDS} WHERE account_id = ANY(%(accounts)s) AND feature_id = ANY(%(all_names)s) AND user_key <> ''
        UNION ALL
        {_EVENTS} WHERE feature_id = ANY(%(all_names)s) AND user_key <> ''
    ) rows GROUP BY account_id, day, user_key
),
changed AS (
    SELECT u.id, coalesce(k.this, FALSE) OR -%(feature)s = ANY(u.features) OR %(feature)s = ANY(u.features) AS this,
           coalesce(k.other, FALSE)
           OR NOT (-%(feature)s = ANY(u.features)
                   OR (coalesce(k.this, FALSE) AND NOT %(feature)s = ANY(u.features))) AS other
    FROM engagement_userday u
    LEFT JOIN used k ON k.account_id = u.account_id AND k.day = u.day AND k.user_key = u.user_key
    WHERE u.account_id = ANY(%(accounts)s) AND %(into)s = ANY(u.features)
      AND (k.this OR -%(feature)s = ANY(u.features) OR %(feature)s = ANY(u.features))
)
UPDATE engagement_userday u
SET features = array_remove(array_remove(array_remove(
        u.features, %(into)s::integer), -%(feature)s::integer), %(feature)s::integer)
        || CASE WHEN c.this THEN ARRAY[%(feature)s::integer] ELSE '{{}}' END
        || CASE WHEN c.other THEN ARRAY[%(into)s::integer] ELSE '{{}}' END
FROM changed c WHERE c.id = u.id
"""  # noqa: S608 constants of this module

TAKE_FROM_TARGET = """
UPDATE engagement_usageday d
SET events = greatest(0, d.events - m.events), seconds = greatest(0, d.seconds - m.seconds),
    errors = greatest(0, d.errors - m.errors)
FROM engagement_mergedday m
WHERE m.feature_id = %(feature)s AND m.account_id = ANY(%(accounts)s)
  AND d.account_id = m.account_id AND d.day = m.day AND d.feature_id = %(into)s
"""

# The target had no such day before, and has no row of its own behind it.
DROP_EMPTY_TARGET = """
DELETE FROM engagement_usageday d USING engagement_mergedday m
WHERE m.feature_id = %(feature)s AND m.account_id = ANY(%(accounts)s) AND m.target_users IS NULL
  AND d.account_id = m.account_id AND d.day = m.day AND d.feature_id = %(into)s
  AND d.events = 0 AND d.seconds = 0 AND d.errors = 0
  AND NOT EXISTS (SELECT 1 FROM engagement_usagerecord r
                  WHERE r.account_id = d.account_id AND r.day = d.day AND r.feature_id = ANY(%(names)s))
"""

GIVE_BACK = """
INSERT INTO engagement_usageday AS d (account_id, feature_id, day, events, seconds, errors, users)
SELECT account_id, feature_id, day, events, seconds, errors, users FROM engagement_mergedday
WHERE feature_id = %(feature)s AND account_id = ANY(%(accounts)s)
ORDER BY account_id, day
ON CONFLICT (account_id, day, feature_id) DO UPDATE
SET events = d.events + excluded.events, seconds = d.seconds + excluded.seconds, errors = d.errors + excluded.errors,
    users = greatest(d.users, excluded.users)
"""

FORGET_DAYS = "DELETE FROM engagement_mergedday WHERE feature_id = %(feature)s AND account_id = ANY(%(accounts)s)"

MOVE = (REMEMBER_DAYS, ADD_TO_TARGET, DROP_MOVED, MOVE_USERS, COUNT_TARGET)
MOVE_BACK = (
    REMEMBER_ARRIVALS,
    MOVE_USERS_BACK,
    TAKE_FROM_TARGET,
    COUNT_TARGET_AGAIN,
    DROP_EMPTY_TARGET,
    GIVE_BACK,
    COUNT_FEATURE_AGAIN,
    FORGET_DAYS,
)


def move_days(*, feature_id: int, into_id: int, account_ids: Sequence[int], names: Sequence[int]) -> None:
    """The days of these accounts count for `into` from now on; `names` are the ids of all features that do.

    Idempotent: a second time there is nothing left to move. Call it where no usage is written (lock_usage alone).
    """
    _run(MOVE, feature_id, into_id, account_ids, list(names))


def move_days_back(*, feature_id: int, into_id: int, account_ids: Sequence[int], names: Sequence[int]) -> None:
    """The days of these accounts are the feature's own again, with all that came under its name meanwhile.

    `names` are the ids of the features that still count for `into`. Idempotent. Call it where no
    usage is written (lock_usage alone).
    """
    _run(MOVE_BACK, feature_id, into_id, account_ids, [name for name in names if name != feature_id])


def _run(steps: Sequence[str], feature_id: int, into_id: int, account_ids: Sequence[int], names: list[int]) -> None:
    given: dict[str, Any] = {
        "feature": feature_id,
        "into": into_id,
        "accounts": list(account_ids),
        "names": names,
        "all_names": [*names, feature_id],
    }
    with connection.cursor() as cursor:
        for step in steps:
            cursor.execute(step, given)
