"""Usage days of a range made anew from what they were made of: records of imports, and events."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Account
from accounts.services.changes import mark_changed
from engagement.services.catalogue.names import hold_names
from engagement.services.rollups import lock_usage, rebuild_rollups

SLICE = 200

# Where events of accounts that were merged belong now; the tree is walked to its root.
_OWN = """
own AS MATERIALIZED (
    WITH RECURSIVE up(account_id, root_id) AS (
        SELECT id, id FROM unnest(%(accounts)s::bigint[]) AS id
        UNION
        SELECT a.id, up.root_id FROM accounts_account a JOIN up ON a.merged_into_id = up.account_id
    )
    SELECT * FROM up
), counts AS MATERIALIZED (
    WITH RECURSIVE onward(id, target) AS (
        SELECT id, id FROM engagement_feature WHERE merged_into_id IS NULL
        UNION
        SELECT f.id, onward.target FROM engagement_feature f JOIN onward ON f.merged_into_id = onward.id
    )
    SELECT * FROM onward
), rows AS MATERIALIZED (
    SELECT r.account_id, r.day, c.target AS feature_id, r.user_key, r.events, r.seconds, r.errors
    FROM engagement_usagerecord r JOIN counts c ON c.id = r.feature_id
    WHERE r.account_id = ANY(%(accounts)s) AND r.day BETWEEN %(start)s AND %(end)s
    UNION ALL
    SELECT own.root_id, (e.happened_at AT TIME ZONE 'UTC')::date, c.target, e.user_key, 1, 0, 0
    FROM engagement_event e JOIN own ON own.account_id = e.account_id JOIN counts c ON c.id = e.feature_id
    WHERE e.happened_at >= %(start)s::timestamp AT TIME ZONE 'UTC'
      AND e.happened_at < (%(end)s::date + 1)::timestamp AT TIME ZONE 'UTC'
)
"""
CLEAR_DAYS = (
    "DELETE FROM engagement_usageday WHERE account_id = ANY(%(accounts)s) AND day BETWEEN %(start)s AND %(end)s"
)
CLEAR_PEOPLE = CLEAR_DAYS.replace("usageday", "userday")
MAKE = f"""
WITH {_OWN}, people AS (
    INSERT INTO engagement_userday (account_id, day, user_key, events, features)
    SELECT account_id, day, user_key, sum(events), array_agg(DISTINCT feature_id::integer) FROM rows
    WHERE user_key <> '' GROUP BY 1, 2, 3
)
INSERT INTO engagement_usageday (account_id, day, feature_id, events, seconds, errors, users)
SELECT account_id, day, feature_id, sum(events), sum(seconds), sum(errors),
       count(DISTINCT user_key) FILTER (WHERE user_key <> '')
FROM rows GROUP BY 1, 2, 3
"""  # noqa: S608 constants of this module


class OutOfRange(ValueError):
    """Days whose events were dropped already cannot be made anew."""


def rebuild_usage(
    *,
    start: dt.date,
    end: dt.date,
    account_ids: Iterable[int] | None = None,
    report: Callable[[int], None] | None = None,
) -> int:
    """Make usage days, user days and sums of the days from `start` to `end` anew; returns how many accounts.

    Events of a merged account count for the one that it became, those of a merged feature for its target. Idempotent;
    200 accounts are one transaction, in which nobody else writes usage. Days that came neither from records nor from
    events (those of a demo) are gone afterwards.

    Raises OutOfRange for days before the oldest month of events that is kept.
    """
    oldest = _oldest_day()
    if start < oldest:
        raise OutOfRange(f"Events before {oldest} may be dropped already: rebuild from there on.")
    wanted = sorted(
        set(Account.objects.order_by().values_list("pk", flat=True) if account_ids is None else account_ids)
    )
    for first in range(0, len(wanted), SLICE):
        _rebuild(wanted[first : first + SLICE], start, end)
        if report:
            report(min(first + SLICE, len(wanted)))
    return len(wanted)


@transaction.atomic
def _rebuild(accounts: Sequence[int], start: dt.date, end: dt.date) -> None:
    hold_names()
    lock_usage(alone=True)
    with connection.cursor() as cursor:
        for statement in (CLEAR_PEOPLE, CLEAR_DAYS, MAKE):
            cursor.execute(statement, {"accounts": list(accounts), "start": start, "end": end})
    rebuild_rollups(account_ids=accounts)
    mark_changed(account_ids=accounts, reason="usage rebuilt")


def _oldest_day() -> dt.date:
    """The first day of the oldest month whose events are kept for sure."""
    first = timezone.now().date().replace(day=1)
    at = first.year * 12 + first.month - 1 - settings.EVENT_MONTHS
    return dt.date(at // 12, at % 12 + 1, 1)
