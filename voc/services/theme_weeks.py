"""The tallies of themes by week, kept exact: database triggers mark a week, a worker counts it anew as a whole.

A week is small (ten thousand pieces of a million) and is counted in one statement; nothing is ever added to a number,
so nothing can drift. Late arrivals, corrections, merges and erasures mark their weeks like everything else.
"""

import datetime as dt

from django.db import connection, transaction
from django.utils import timezone

from team.clock import today
from voc.models import ThemeStanding
from voc.models.programme import week_of

# One counter at a time: a second one would write an older count over a newer one.
LOCK = 7_301_455
# So many weeks per transaction, so that a whole recount holds no lock for long.
BATCH = 8
# Standings look at half a year: a second of work for a million pieces.
STANDINGS_LAST = dt.timedelta(minutes=10)

CLAIM = """
DELETE FROM voc_themeweekmark WHERE week IN (SELECT DISTINCT week FROM voc_themeweekmark ORDER BY week DESC LIMIT %s)
RETURNING week
"""
UNMARK = "DELETE FROM voc_themeweekmark WHERE week = ANY(%(weeks)s::date[])"
FORGET = "DELETE FROM voc_themeweek WHERE week = ANY(%(weeks)s::date[])"
# Who said what about which theme in these weeks; without a theme: everything.
COUNT = """
INSERT INTO voc_themeweek (theme_id, week, pieces, negative, positive, accounts, arr)
WITH said AS MATERIALIZED (
    SELECT feedback.id, feedback.account_id, weeks.week,
        (feedback.label = 'negative')::int AS negative, (feedback.label = 'positive')::int AS positive
    FROM unnest(%(weeks)s::date[]) AS weeks(week)
    JOIN voc_feedback feedback ON feedback.received_at >= weeks.week::timestamp AT TIME ZONE 'UTC'
        AND feedback.received_at < (weeks.week + 7)::timestamp AT TIME ZONE 'UTC'
    LEFT JOIN accounts_account account ON account.id = feedback.account_id
    WHERE account.deleted_at IS NULL
), tagged AS (
    SELECT NULL::bigint AS theme_id, week, account_id, negative, positive FROM said
    UNION ALL
    SELECT tag.theme_id, week, account_id, negative, positive
    FROM said JOIN voc_feedbacktheme tag ON tag.feedback_id = said.id
), by_account AS (
    SELECT theme_id, week, account_id, count(*) AS pieces, sum(negative) AS negative, sum(positive) AS positive
    FROM tagged GROUP BY theme_id, week, account_id
)
SELECT theme_id, week, sum(pieces), sum(negative), sum(positive), count(by_account.account_id),
    coalesce(sum(summary.arr), 0)
FROM by_account LEFT JOIN accounts_accountsummary summary ON summary.account_id = by_account.account_id
GROUP BY theme_id, week
"""
WEEKS = """
SELECT DISTINCT week FROM (
    SELECT week FROM voc_themeweek
    UNION ALL
    SELECT generate_series(
        date_trunc('week', (SELECT min(received_at) FROM voc_feedback) AT TIME ZONE 'UTC'),
        date_trunc('week', (SELECT max(received_at) FROM voc_feedback) AT TIME ZONE 'UTC'), interval '7 days')::date
) known ORDER BY week
"""
# Distinct accounts and their ARR per theme, in the quarter before the running week and in the one before that.
STANDINGS = """
INSERT INTO voc_themestanding (theme_id, accounts, arr, accounts_before, arr_before, until, counted_at)
WITH said AS MATERIALIZED (
    SELECT feedback.id, feedback.account_id, feedback.received_at >= %(middle)s AS is_late
    FROM voc_feedback feedback JOIN accounts_account account ON account.id = feedback.account_id
    WHERE feedback.received_at >= %(start)s AND feedback.received_at < %(end)s AND account.deleted_at IS NULL
), tagged AS (
    SELECT NULL::bigint AS theme_id, account_id, is_late FROM said
    UNION ALL
    SELECT tag.theme_id, account_id, is_late FROM said JOIN voc_feedbacktheme tag ON tag.feedback_id = said.id
), by_account AS (
    SELECT theme_id, account_id, bool_or(is_late) AS late, bool_or(NOT is_late) AS early
    FROM tagged GROUP BY theme_id, account_id
)
SELECT theme_id, count(*) FILTER (WHERE late), coalesce(sum(summary.arr) FILTER (WHERE late), 0),
    count(*) FILTER (WHERE early), coalesce(sum(summary.arr) FILTER (WHERE early), 0), %(until)s, %(now)s
FROM by_account JOIN accounts_accountsummary summary ON summary.account_id = by_account.account_id
GROUP BY theme_id
"""


@transaction.atomic
def count_marked_weeks(*, limit: int = BATCH) -> int:
    """Count the marked weeks anew, the newest first; returns how many. Safe to run twice; 0 while another one counts.

    The marks are claimed before the count reads: what is committed later than that has left a mark of its own.
    """
    with connection.cursor() as cursor:
        if not _is_alone():
            return 0
        cursor.execute(CLAIM, [limit])
        weeks = sorted({week for (week,) in cursor.fetchall()})
        _count(weeks)
    return len(weeks)


def sweep_theme_weeks(*, most: int = 200) -> int:
    """Count what is marked until nothing is, and the standings when they are ten minutes old or of another week."""
    counted = 0
    while counted < most and (found := count_marked_weeks()):
        counted += found
    fresh = ThemeStanding.objects.filter(until=week_of(today()), counted_at__gt=timezone.now() - STANDINGS_LAST)
    if not fresh.exists():
        count_standings()
    return counted


def rebuild_theme_weeks() -> int:
    """Count every week from scratch, some at a time; returns how many. Mends what no mark tells of: accounts that were
    deleted or came back, and ARR that has changed since."""
    with connection.cursor() as cursor:
        cursor.execute(WEEKS)
        weeks = [week for (week,) in cursor.fetchall()]
    for first in range(0, len(weeks), BATCH):
        with transaction.atomic():
            _wait_alone()
            part = weeks[first : first + BATCH]
            with connection.cursor() as cursor:
                cursor.execute(UNMARK, {"weeks": part})
            _count(part)
    count_standings()
    return len(weeks)


@transaction.atomic
def count_standings() -> bool:
    """Who named which theme in this quarter and the one before; all at once. False while another one counts."""
    if not _is_alone():
        return False
    until = week_of(today())
    end = dt.datetime.combine(until, dt.time(), dt.UTC)
    quarter = dt.timedelta(weeks=ThemeStanding.WEEKS)
    values = {"start": end - 2 * quarter, "middle": end - quarter, "end": end, "until": until, "now": timezone.now()}
    ThemeStanding.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(STANDINGS, values)
    return True


def _count(weeks: list[dt.date]) -> None:
    if weeks:
        with connection.cursor() as cursor:
            cursor.execute(FORGET, {"weeks": weeks})
            cursor.execute(COUNT, {"weeks": weeks})


def _is_alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def _wait_alone() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
