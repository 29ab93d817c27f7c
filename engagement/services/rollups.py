"""Usage by day, and the sums above it: written together, so that they agree at every commit.

Whoever writes usage days or user days does it by `add_usage` or `take_usage`, or calls `rebuild_rollups` in the same
transaction.
"""

import datetime as dt
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from django.db import connection, transaction

Whole = npt.NDArray[np.int64]
# Adding holds it together with others, rebuilding alone: a sum that is being made anew misses nothing.
LOCK = 7_306_001
SLICE = 500


@dataclass(frozen=True, slots=True)
class Tallies:
    """Usage that is added or taken, in columns, one entry for each use; they are summed as arrays.

    Days are numbers (`date.toordinal`). `users` points into `names`, whose empty word is nobody. `sums` has a row of
    events, seconds and errors for each; None where every use is one event.
    """

    accounts: Whole
    days: Whole
    features: Whole
    users: Whole
    names: Sequence[str]
    sums: Whole | None = None

    @property
    def account_ids(self) -> list[int]:
        ids: list[int] = np.unique(self.accounts).tolist()
        return ids


def tally(rows: Iterable[tuple[int, dt.date, int, str, int, int, int]]) -> Tallies:
    """Usage by rows of account, day, feature, user, events, seconds, errors."""
    names: dict[str, int] = {}
    given = [
        (account, day.toordinal(), feature, names.setdefault(user, len(names)), *sums)
        for account, day, feature, user, *sums in rows
    ]
    columns = np.array(given, dtype=np.int64).reshape(-1, 7)
    accounts, days, features, users = columns[:, :4].T
    return Tallies(accounts, days, features, users, list(names), columns[:, 4:])


# Days of use as bits before the last day (ProductUser.recent); older ones fall off.
KEPT_DAYS = 56
KEPT_BITS = (1 << KEPT_DAYS) - 1
_LATER = "greatest(u.last_on, excluded.last_on)"


def _moved(bits: str, days: str) -> str:
    """Bits that count from a last day so many days later."""
    return f"CASE WHEN {days} < {KEPT_DAYS} THEN {bits} << ({days}) & {KEPT_BITS} ELSE 0 END"


def _bits(days: str, last: str) -> str:
    """An array of days as bits before the last one."""
    # SECURITY: names of columns of this module.
    return f"(SELECT bit_or(1::bigint << ({last} - day)) FROM unnest({days}) AS day WHERE {last} - day < {KEPT_DAYS})"  # noqa: S608


GIVEN_PEOPLE = """
unnest(%(p_accounts)s::bigint[], %(p_days)s::date[], %(p_users)s::text[], %(p_events)s::integer[],
       %(p_features)s::text[]) AS g(account_id, day, user_key, events, features)
"""
GIVEN_DAYS = """
unnest(%(accounts)s::bigint[], %(days)s::date[], %(features)s::bigint[], %(events)s::integer[],
       %(seconds)s::integer[], %(errors)s::integer[]) AS g(account_id, day, feature_id, events, seconds, errors)
"""

# One statement. Rows come sorted, and each writer locks the tables in the same order: user days, usage days, sums. Two
# workers that meet wait for each other and never lock up. A person whose user day did not have a feature yet is one
# more user of that feature's day: the locked row decides, so the number is exact.
ADD = f"""
WITH people AS (
    INSERT INTO engagement_userday AS d (account_id, user_key, day, events, features)
    SELECT g.account_id, g.user_key, g.day, g.events, g.features::integer[] FROM {GIVEN_PEOPLE}
    ON CONFLICT (account_id, day, user_key) DO UPDATE SET
        events = d.events + excluded.events,
        features = CASE WHEN d.features @> excluded.features THEN d.features
                        ELSE ARRAY(SELECT unnest(d.features) UNION SELECT unnest(excluded.features) ORDER BY 1) END
    RETURNING new.account_id, new.user_key, new.day, old.features AS before, new.features AS after
), merged AS (
    SELECT merged_into_id AS feature_id, array_agg(id::integer) AS ids
    FROM engagement_feature WHERE merged_into_id IS NOT NULL GROUP BY 1
), fresh AS (
    SELECT p.account_id, p.day, f.id::bigint AS feature_id, count(*) AS users
    FROM people p CROSS JOIN LATERAL unnest(p.after) AS f(id) LEFT JOIN merged m ON m.feature_id = f.id
    WHERE p.before IS DISTINCT FROM p.after AND (p.before IS NULL OR NOT f.id = ANY(p.before))
      AND NOT coalesce(p.before && m.ids, false)
    GROUP BY 1, 2, 3
), given AS MATERIALIZED (SELECT * FROM {GIVEN_DAYS}
), days AS (
    INSERT INTO engagement_usageday AS d (account_id, feature_id, day, events, seconds, errors, users)
    SELECT g.account_id, g.feature_id, g.day, g.events, g.seconds, g.errors, coalesce(fresh.users, 0)
    FROM given g LEFT JOIN fresh USING (account_id, day, feature_id)
    ORDER BY g.account_id, g.day, g.feature_id
    ON CONFLICT (account_id, day, feature_id) DO UPDATE SET
        events = d.events + excluded.events, seconds = d.seconds + excluded.seconds,
        errors = d.errors + excluded.errors, users = d.users + excluded.users
), account_days AS (
    INSERT INTO engagement_accountday AS d (account_id, day, events, core_events)
    SELECT g.account_id, g.day, sum(g.events), coalesce(sum(g.events) FILTER (WHERE f.is_core_action), 0)
    FROM given g JOIN engagement_feature f ON f.id = g.feature_id GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (account_id, day) DO UPDATE SET
        events = d.events + excluded.events, core_events = d.core_events + excluded.core_events
), uses AS (
    INSERT INTO engagement_featureuse AS u (account_id, feature_id, first_on, last_on)
    SELECT g.account_id, g.feature_id, g.first_on, g.last_on
    FROM (SELECT account_id, feature_id, min(day) AS first_on, max(day) AS last_on FROM given GROUP BY 1, 2) g
    LEFT JOIN engagement_featureuse known USING (account_id, feature_id)
    WHERE known.account_id IS NULL OR g.first_on < known.first_on OR g.last_on > known.last_on
    ORDER BY 1, 2
    ON CONFLICT (account_id, feature_id) DO UPDATE SET
        first_on = least(u.first_on, excluded.first_on), last_on = greatest(u.last_on, excluded.last_on)
)
INSERT INTO engagement_productuser AS u (account_id, user_key, first_on, last_on, recent)
SELECT g.account_id, g.user_key, g.first_on, g.last_on, g.recent
FROM (SELECT account_id, user_key, first_on, last_on,
             CASE WHEN first_on = last_on THEN 1 ELSE {_bits("days", "last_on")} END AS recent
      FROM (SELECT account_id, user_key, min(day) AS first_on, max(day) AS last_on, array_agg(day) AS days
            FROM people GROUP BY 1, 2) p) g
LEFT JOIN engagement_productuser known USING (account_id, user_key)
WHERE known.account_id IS NULL OR g.first_on < known.first_on OR g.last_on > known.last_on
   OR ({_moved("g.recent", "known.last_on - g.last_on")}) & ~known.recent <> 0
ORDER BY g.account_id, g.user_key COLLATE "C"
ON CONFLICT (account_id, user_key) DO UPDATE SET
    first_on = least(u.first_on, excluded.first_on), last_on = {_LATER},
    recent = {_moved("u.recent", f"{_LATER} - u.last_on")} | {_moved("excluded.recent", f"{_LATER} - excluded.last_on")}
"""  # noqa: S608 constants of this module

# What is taken is subtracted; what then rests on nothing goes; who still used what is read from the rows that are left.
# Events stay with the account that they were stored for, also when it became part of another.
LEFT_OVER = """
family AS MATERIALIZED (
    WITH RECURSIVE down(root_id, id) AS (
        SELECT account_id, account_id FROM touched
        UNION
        SELECT down.root_id, a.id FROM accounts_account a JOIN down ON a.merged_into_id = down.id
    )
    SELECT * FROM down
), left_over AS MATERIALIZED (
    SELECT r.account_id, r.day, r.user_key, coalesce(f.merged_into_id, f.id)::integer AS feature_id
    FROM engagement_usagerecord r JOIN engagement_feature f ON f.id = r.feature_id
    WHERE (r.account_id, r.day) IN (SELECT account_id, day FROM touched)
    UNION
    SELECT t.account_id, t.day, e.user_key, coalesce(f.merged_into_id, f.id)::integer
    FROM touched t JOIN family m ON m.root_id = t.account_id
    JOIN engagement_event e ON e.account_id = m.id
     AND e.happened_at >= t.day::timestamp AT TIME ZONE 'UTC'
     AND e.happened_at < (t.day + 1)::timestamp AT TIME ZONE 'UTC'
    JOIN engagement_feature f ON f.id = e.feature_id
)
"""
TAKE_PEOPLE = f"""
WITH g AS MATERIALIZED (SELECT * FROM {GIVEN_PEOPLE}),
     touched AS (SELECT DISTINCT account_id, day FROM g), {LEFT_OVER},
     had AS (SELECT g.account_id, g.day, g.user_key, array_agg(DISTINCT l.feature_id) AS features
             FROM g JOIN left_over l USING (account_id, day, user_key) GROUP BY 1, 2, 3),
     locked AS (SELECT d.id FROM engagement_userday d JOIN g USING (account_id, day, user_key)
                ORDER BY d.account_id, d.day, d.user_key COLLATE "C" FOR UPDATE OF d),
     gone AS (DELETE FROM engagement_userday d USING g, locked
              WHERE d.id = locked.id AND (d.account_id, d.day, d.user_key) = (g.account_id, g.day, g.user_key)
                AND d.events <= g.events AND NOT EXISTS (SELECT 1 FROM had h
                    WHERE (h.account_id, h.day, h.user_key) = (g.account_id, g.day, g.user_key))
              RETURNING d.id)
UPDATE engagement_userday d SET events = greatest(d.events - g.events, 0), features = h.features
FROM g LEFT JOIN had h USING (account_id, day, user_key)
WHERE (d.account_id, d.day, d.user_key) = (g.account_id, g.day, g.user_key) AND d.id NOT IN (SELECT id FROM gone)
"""  # noqa: S608 constants of this module
TAKE_DAYS = f"""
WITH g AS MATERIALIZED (SELECT * FROM {GIVEN_DAYS}),
     touched AS (SELECT DISTINCT account_id, day FROM g), {LEFT_OVER},
     locked AS (SELECT d.id FROM engagement_usageday d JOIN g USING (account_id, day, feature_id)
                ORDER BY d.account_id, d.day, d.feature_id FOR UPDATE OF d),
     gone AS (DELETE FROM engagement_usageday d USING g, locked
              WHERE d.id = locked.id AND (d.account_id, d.day, d.feature_id) = (g.account_id, g.day, g.feature_id)
                AND d.events <= g.events AND d.seconds <= g.seconds AND d.errors <= g.errors
                AND NOT EXISTS (SELECT 1 FROM left_over l
                    WHERE (l.account_id, l.day, l.feature_id) = (g.account_id, g.day, g.feature_id))
              RETURNING d.id)
UPDATE engagement_usageday d
SET events = greatest(d.events - g.events, 0), seconds = greatest(d.seconds - g.seconds, 0),
    errors = greatest(d.errors - g.errors, 0),
    users = CASE WHEN g.users_known THEN (
        SELECT count(*) FROM engagement_userday u
        WHERE u.account_id = d.account_id AND u.day = d.day AND d.feature_id = ANY(u.features)) ELSE d.users END
FROM (SELECT g.*, EXISTS (SELECT 1 FROM unnest(%(p_accounts)s::bigint[], %(p_days)s::date[]) AS p(account_id, day)
                          WHERE (p.account_id, p.day) = (g.account_id, g.day)) AS users_known FROM g) g
WHERE (d.account_id, d.day, d.feature_id) = (g.account_id, g.day, g.feature_id) AND d.id NOT IN (SELECT id FROM gone)
"""  # noqa: S608 constants of this module

REBUILD = (
    """
    DELETE FROM engagement_accountday d WHERE d.account_id = ANY(%(accounts)s)
      AND (%(start)s::date IS NULL OR d.day >= %(start)s) AND (%(end)s::date IS NULL OR d.day <= %(end)s)
    """,
    """
    INSERT INTO engagement_accountday (account_id, day, events, core_events)
    SELECT d.account_id, d.day, sum(d.events), coalesce(sum(d.events) FILTER (WHERE f.is_core_action), 0)
    FROM engagement_usageday d JOIN engagement_feature f ON f.id = d.feature_id
    WHERE d.account_id = ANY(%(accounts)s)
      AND (%(start)s::date IS NULL OR d.day >= %(start)s) AND (%(end)s::date IS NULL OR d.day <= %(end)s)
    GROUP BY 1, 2
    """,
    "DELETE FROM engagement_featureuse WHERE account_id = ANY(%(accounts)s)",
    """
    INSERT INTO engagement_featureuse (account_id, feature_id, first_on, last_on)
    SELECT account_id, feature_id, min(day), max(day) FROM engagement_usageday
    WHERE account_id = ANY(%(accounts)s) GROUP BY 1, 2
    """,
    "DELETE FROM engagement_productuser WHERE account_id = ANY(%(accounts)s)",
    f"""
    INSERT INTO engagement_productuser (account_id, user_key, first_on, last_on, recent)
    SELECT account_id, user_key, first_on, last_on, {_bits("days", "last_on")}
    FROM (SELECT account_id, user_key, min(day) AS first_on, max(day) AS last_on, array_agg(day) AS days
          FROM engagement_userday WHERE account_id = ANY(%(accounts)s) GROUP BY 1, 2) u
    """,  # noqa: S608 constants of this module
)


def lock_usage(*, alone: bool = False) -> None:
    """Until the transaction ends: write usage beside other writers, or `alone` to make sums anew."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock{'' if alone else '_shared'}({LOCK})")


def add_usage(tallies: Tallies) -> None:
    """Add usage to the days and to the sums above them, inside the caller's transaction; ADD says why it is exact."""
    if len(tallies.accounts):
        with connection.cursor() as cursor:
            cursor.execute(ADD, _columns(tallies))


def take_usage(tallies: Tallies) -> None:
    """Take usage back whose records or events were deleted in this transaction before; the sums are made anew."""
    if len(tallies.accounts):
        columns = _columns(tallies)
        with connection.cursor() as cursor:
            cursor.execute(TAKE_PEOPLE, columns)
            cursor.execute(TAKE_DAYS, columns)
        rebuild_rollups(account_ids=tallies.account_ids)


@transaction.atomic
def rebuild_rollups(*, account_ids: Iterable[int], start: dt.date | None = None, end: dt.date | None = None) -> None:
    """Make AccountDay (of the days from `start` to `end`), FeatureUse and ProductUser anew from the usage days and user
    days of these accounts. Idempotent. Writers of usage wait for the transaction."""
    wanted = sorted(set(account_ids))
    if not wanted:
        return
    lock_usage(alone=True)
    with connection.cursor() as cursor:
        for first in range(0, len(wanted), SLICE):
            for step in REBUILD:
                cursor.execute(step, {"accounts": wanted[first : first + SLICE], "start": start, "end": end})


def guard_merge() -> None:
    """Accounts become one, or are parted: what is being written for them comes first (settings.MERGE_GUARDS)."""
    lock_usage(alone=True)


def rebuild_merged(*, account_ids: Sequence[int]) -> None:
    """Two accounts became one, or were parted: their sums are made anew (settings.MERGE_LISTENERS)."""
    rebuild_rollups(account_ids=account_ids)


def _columns(tallies: Tallies) -> dict[str, str]:
    """Sums by account, day and feature, and by account, day and user, as array literals.

    Sorted by these keys; users by their signs, as Postgres does in "C".
    """
    accounts, days, features = tallies.accounts, tallies.days, tallies.features
    names = sorted(set(tallies.names))
    rank = {name: at for at, name in enumerate(names)}
    users = np.array([rank[name] for name in tallies.names])[tallies.users]
    order = _order(accounts, days, features)
    firsts = _firsts(accounts[order], days[order], features[order])
    heads = order[firsts]
    events, seconds, errors = _sums(tallies, order, firsts)
    return {
        "accounts": _array(accounts[heads].tolist()),
        "days": _dates(days[heads].tolist()),
        "features": _array(features[heads].tolist()),
        "events": _array(events.tolist()),
        "seconds": _array(seconds.tolist()),
        "errors": _array(errors.tolist()),
        **_people(tallies, users, names),
    }


def _sums(tallies: Tallies, order: Whole, firsts: Whole) -> Whole:
    """Events, seconds and errors of each key, a row each."""
    if tallies.sums is not None:
        return np.add.reduceat(tallies.sums[order], firsts).T
    events = np.diff(firsts, append=len(order))
    return np.array((events, np.zeros_like(events), np.zeros_like(events)))


def _people(tallies: Tallies, users: Whole, names: Sequence[str]) -> dict[str, str]:
    """The columns of user days: events, and the features as one literal each. `users` are ranks among the names."""
    accounts, days, features = tallies.accounts, tallies.days, tallies.features
    order = _order(accounts, days, users, features)
    if names and not names[0]:  # the empty name is nobody, and comes first
        order = order[users[order] != 0]
    if not len(order):
        return dict.fromkeys(("p_accounts", "p_days", "p_users", "p_events", "p_features"), "{}")
    firsts = _firsts(accounts[order], days[order], users[order])
    heads = order[firsts]
    used = order[_firsts(accounts[order], days[order], users[order], features[order])]
    words = list(map(str, features[used].tolist()))
    ends = [*_firsts(accounts[used], days[used], users[used]).tolist(), len(words)]
    literals = ['"{' + ",".join(words[a:b]) + '}"' for a, b in itertools.pairwise(ends)]
    quoted = [_quoted(name) for name in names]
    return {
        "p_accounts": _array(accounts[heads].tolist()),
        "p_days": _dates(days[heads].tolist()),
        "p_users": _array([quoted[at] for at in users[heads].tolist()]),
        "p_events": _array(_sums(tallies, order, firsts)[0].tolist()),
        "p_features": _array(literals),
    }


def _order(*columns: Whole) -> Whole:
    """Where rows stand when they are sorted by these columns, the first one first: as one number where it has room."""
    key, room = np.zeros(len(columns[0]), dtype=np.int64), 1
    for column in columns:
        least = int(column.min())
        span = int(column.max()) - least + 1
        room *= span
        if room >= 1 << 63:
            return np.lexsort(columns[::-1])
        key = key * span + (column - least)
    return np.argsort(key)


def _firsts(*columns: Whole) -> Whole:
    """Where a new key begins in sorted columns."""
    changes = np.ones(len(columns[0]), dtype=bool)
    changes[1:] = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    return np.flatnonzero(changes)


def words_array(words: Iterable[str]) -> str:
    """Words as an array literal."""
    return _array(map(_quoted, words))


def _quoted(word: str) -> str:
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _dates(days: Sequence[int]) -> str:
    words = {day: dt.date.fromordinal(day).isoformat() for day in set(days)}
    return _array([words[day] for day in days])


def _array(values: Iterable[object]) -> str:
    return "{" + ",".join(map(str, values)) + "}"
