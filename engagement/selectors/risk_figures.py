"""Everything about a batch of accounts that risks and the board are judged by: one question per source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from django.db import connection

from accounts.selectors.literals import literal
from engagement.formulas.risks import FIGURES
from engagement.formulas.scales import Floats, Integers
from engagement.selectors.book_trend import book_trend
from engagement.selectors.moments import Moment
from engagement.selectors.readings import Readings
from lifecycle.formulas.goals import STALE_DAYS, TOLERANCE
from lifecycle.selectors.goals import GOAL_WORD

# A reading that is older says nothing about today.
FRESH_DAYS = {"licence_use": 30, "usage_trend": 30, "breadth": 30, "reply_rate": 30, "blockers": 90, "courses": 365}
DEFAULT_CADENCE = 30

# Who are they: segment, rhythm, since when, and when do they renew?
BASICS = """
SELECT a.id AS account_id, a.segment_id, coalesce(g.touch, 'low') AS touch,
       coalesce(g.touch_every_days, %(rhythm)s)::float8 AS cadence,
       (%(as_of)s - coalesce(a.signed_on, a.created_at::date))::float8 AS customer_days,
       CASE WHEN s.renews_on >= %(as_of)s THEN s.renews_on - %(as_of)s END::float8 AS renewal_days,
       s.stage_entered_on, (a.status IN ('customer', 'trial')) AS is_customer
FROM accounts_account a
LEFT JOIN accounts_segment g ON g.id = a.segment_id
LEFT JOIN accounts_accountsummary s ON s.account_id = a.id AND s.account_id = ANY(%(accounts)s::bigint[])
WHERE a.id = ANY(%(accounts)s::bigint[])
"""

# How does the exchange go: attempts since the last answer, two-way touches, appointments, references, invoices, and
# whether a competitor was mentioned or something is booked?
TOUCHES = """
SELECT t.account_id,
       count(*) FILTER (WHERE is_attempt)::float8 AS attempts,
       bit_count(bit_or(CASE t.kind WHEN 'call' THEN 1 WHEN 'mail' THEN 2 WHEN 'chat' THEN 4 ELSE 8 END)
                 FILTER (WHERE is_attempt)::bit(4))::float8 AS channels,
       min(t.occurred_at) FILTER (WHERE is_attempt)::date AS attempted_on,
       (max(t.id) FILTER (WHERE is_attempt)) AS attempt_id,
       count(*) FILTER (WHERE is_talk AND t.direction = 'two_way' AND t.occurred_at > %(cutoff)s - interval '90 days'
                        )::float8 AS two_way,
       extract(epoch FROM max(t.occurred_at) FILTER (WHERE is_talk AND t.direction <> 'in'))::float8 AS last_ours,
       count(*) FILTER (WHERE is_date AND is_held)::float8 AS held, count(*) FILTER (WHERE is_date)::float8 AS dates,
       count(*) FILTER (WHERE t.kind = 'reference' AND t.outcome IN ('no', 'stalled') AND is_past
                        )::float8 AS references_refused,
       (%(as_of)s - max(t.occurred_at) FILTER (WHERE t.kind = 'reference' AND t.outcome IN ('no', 'stalled') AND is_past
                                               )::date)::float8 AS reference_refused_days,
       (%(as_of)s - max(t.occurred_at) FILTER (WHERE t.kind = 'reference' AND t.outcome = 'yes' AND is_past
                                               )::date)::float8 AS reference_yes_days,
       max(t.id) FILTER (WHERE t.kind = 'reference' AND t.outcome IN ('no', 'stalled') AND is_past) AS refused_id,
       max(%(as_of)s - (t.details->>'due_on')::date) FILTER (WHERE is_invoice AND is_unpaid)::float8 AS overdue_days,
       max(t.id) FILTER (WHERE is_invoice AND is_unpaid) AS invoice_id,
       bool_or(is_invoice AND NOT is_unpaid AND t.occurred_at > %(cutoff)s - interval '60 days') AS paid,
       max(t.id) FILTER (WHERE t.kind = 'news' AND t.valence = 'negative' AND is_past
                         AND t.occurred_at > %(cutoff)s - interval '90 days') AS competitor_id,
       bool_or(NOT is_past AND t.kind IN ('call', 'meeting', 'event')) AS booked
FROM (
    SELECT t.*, t.occurred_at <= %(cutoff)s AS is_past,
           NOT t.is_automated AND t.direction <> 'none' AND t.occurred_at <= %(cutoff)s
             AND t.kind NOT IN ('note', 'news', 'invoice', 'course', 'reference') AS is_talk,
           NOT t.is_automated AND t.direction = 'out' AND t.kind IN ('call', 'mail', 'chat', 'meeting')
             AND t.occurred_at <= %(cutoff)s AND t.replied_at IS NULL AND t.got_it_at IS NULL
             AND t.occurred_at > coalesce(s.last_touch_at, '-infinity') AS is_attempt,
           t.kind IN ('call', 'meeting', 'event') AND NOT t.is_automated AND t.direction IN ('out', 'two_way')
             AND t.occurred_at BETWEEN %(cutoff)s - interval '30 days' AND %(cutoff)s AS is_date,
           t.direction = 'two_way' AND t.outcome NOT IN ('no_answer', 'voicemail') AS is_held,
           t.kind = 'invoice' AND t.occurred_at <= %(cutoff)s AND t.details->>'due_on' ~ '^[0-9]{4}-'
             AND pg_input_is_valid(t.details->>'due_on', 'date') AS is_invoice,
           t.kind = 'invoice' AND coalesce(t.details->>'paid_on', '') = '' AS is_unpaid
    FROM accounts_touchpoint t
    LEFT JOIN accounts_accountsummary s ON s.account_id = t.account_id AND s.account_id = ANY(%(accounts)s::bigint[])
    WHERE t.account_id = ANY(%(accounts)s::bigint[]) AND t.deleted_at IS NULL
      AND t.occurred_at > %(cutoff)s - interval '200 days'
) t
GROUP BY t.account_id
"""

# Who is there: people, champions, and the champion who went last.
PEOPLE = """
SELECT account_id, count(*) FILTER (WHERE status <> 'left')::float8 AS people,
       count(*) FILTER (WHERE status <> 'left' AND persona = 'champion')::float8 AS champions,
       (%(as_of)s - max(left_on) FILTER (WHERE status = 'left' AND persona = 'champion'))::float8 AS champion_left_days,
       (array_agg(id ORDER BY left_on DESC, id DESC) FILTER (
            WHERE status = 'left' AND persona = 'champion' AND left_on IS NOT NULL))[1] AS champion_id
FROM accounts_contact
WHERE account_id = ANY(%(accounts)s::bigint[]) AND deleted_at IS NULL
GROUP BY account_id
"""

# What is planned with them: goals, promises, the handover, the next renewal nobody made a call on, booked meetings.
PLANS = f"""
SELECT w.account_id, goals.*, promises.*, h.gaps AS handover_gaps, renewals.*, coalesce(m.booked, false) AS met_again
FROM unnest(%(accounts)s::bigint[]) AS w(account_id)
LEFT JOIN (
    SELECT account_id AS goal_account, count(*) FILTER (WHERE word = 'late')::float8 AS goals_late,
           count(*) FILTER (WHERE word = 'on_track')::float8 AS goals_on_track,
           count(*) FILTER (WHERE word = 'reached' AND closed_on > %(as_of)s - 365)::float8 AS goals_reached,
           count(*) FILTER (WHERE word = 'missed' AND closed_on > %(as_of)s - 180)::float8 AS goals_missed,
           count(*) FILTER (WHERE state = 'open' OR (state = 'reached' AND closed_on > %(as_of)s - 365)
                            )::float8 AS goals_known,
           min(id) FILTER (WHERE word = 'late') AS late_goal_id,
           min(id) FILTER (WHERE word = 'on_track') AS good_goal_id
    FROM (SELECT goal.account_id, goal.id, goal.state, goal.closed_on, {GOAL_WORD} AS word FROM lifecycle_goal goal
          WHERE goal.account_id = ANY(%(accounts)s::bigint[]) AND goal.deleted_at IS NULL) judged
    GROUP BY account_id) goals ON goals.goal_account = w.account_id
LEFT JOIN (
    SELECT account_id AS promise_account,
           (%(as_of)s - min(due_on) FILTER (WHERE state = 'open' AND due_on < %(as_of)s))::float8 AS promise_late_days,
           (%(as_of)s - max(settled_on) FILTER (WHERE state = 'broken'))::float8 AS promise_broken_days
    FROM lifecycle_promise
    WHERE account_id = ANY(%(accounts)s::bigint[]) AND deleted_at IS NULL
    GROUP BY account_id) promises ON promises.promise_account = w.account_id
LEFT JOIN (
    SELECT account_id, jsonb_array_length(gaps)::float8 AS gaps FROM lifecycle_handover
    WHERE account_id = ANY(%(accounts)s::bigint[]) AND state <> 'accepted') h ON h.account_id = w.account_id
LEFT JOIN (
    SELECT account_id AS renewal_account, (min(due_on) - %(as_of)s)::float8 AS unforecast_days,
           min(id) AS unforecast_id
    FROM lifecycle_renewal
    WHERE account_id = ANY(%(accounts)s::bigint[]) AND state = 'open' AND csm_chance IS NULL AND due_on >= %(as_of)s
    GROUP BY account_id) renewals ON renewals.renewal_account = w.account_id
LEFT JOIN (
    SELECT account_id, true AS booked FROM lifecycle_meeting
    WHERE account_id = ANY(%(accounts)s::bigint[]) AND starts_at > %(cutoff)s AND NOT is_cancelled
    GROUP BY account_id) m ON m.account_id = w.account_id
"""  # noqa: S608 constants of this module and of the selectors

CRITIC = 6  # an NPS answer up to this
# What was said in 180 days, piece by piece, newest first: scores of surveys and rated feedback.
SAID = """
SELECT account_id, kind, value, extract(epoch FROM at)::float8 AS at, (at AT TIME ZONE 'UTC')::date::text AS day,
       what, id
FROM (
    SELECT r.account_id, s.kind, r.score::float8 AS value, r.submitted_at AS at, 'response' AS what, r.id
    FROM voc_response r JOIN voc_surveyversion v ON v.id = r.version_id JOIN voc_survey s ON s.id = v.survey_id
    WHERE r.account_id = ANY(%(accounts)s::bigint[]) AND r.state = 'confirmed' AND r.score IS NOT NULL
      AND s.kind IN ('nps', 'csat', 'ces') AND (%(live)s OR r.submitted_at <= %(cutoff)s)
      AND r.submitted_at > %(cutoff)s - interval '180 days'
    UNION ALL
    SELECT f.account_id, 'feedback', f.sentiment::float8, f.received_at, 'feedback', f.id
    FROM voc_feedback f
    WHERE f.account_id = ANY(%(accounts)s::bigint[]) AND f.sentiment IS NOT NULL AND f.duplicate_of_id IS NULL
      AND (%(live)s OR f.received_at <= %(cutoff)s) AND f.received_at > %(cutoff)s - interval '180 days'
) said
ORDER BY said.at DESC, id DESC
"""


@dataclass(frozen=True, eq=False)
class Said:
    """What was said, newest first, as columns: `rows` are the places of the accounts, `kinds` of nps, csat, ces,
    feedback; `values` as given; `at` seconds since 1970; `what` and `ids` name the rows."""

    rows: Integers
    kinds: Sequence[str]
    values: Floats
    at: Floats
    days: Sequence[str]
    what: Sequence[str]
    ids: Sequence[int]


NOTHING_SAID = Said(np.zeros(0, dtype=np.int64), (), np.zeros(0), np.zeros(0), (), (), ())


@dataclass(eq=False)
class RiskFigures:
    """Figures by name (NaN: unknown), a row per account, and what evidence needs: rows by account and column.

    `season` is the trend of the whole book (engagement.selectors.book_trend).
    """

    account_ids: tuple[int, ...]
    values: dict[str, Floats]
    touch: list[str]
    segments: list[int | None]
    is_customer: Any
    season: float = 1.0
    rows: dict[str, dict[int, Any]] = field(default_factory=dict)
    said: Said = NOTHING_SAID

    @cached_property
    def groups(self) -> tuple[list[tuple[int | None, str]], Integers]:
        """The segments of the batch with their touch models, and which of them each account is in."""
        keys = list(zip(self.segments, self.touch, strict=True))
        places = {key: place for place, key in enumerate(dict.fromkeys(keys))}
        return list(places), np.array([places[key] for key in keys], dtype=np.int64)

    def row(self, column: str, account_id: int) -> Any:
        """A day or an id that a source gave for an account, or None."""
        return self.rows.get(column, {}).get(account_id)


_GOALS = ("goals_late", "goals_on_track", "goals_reached", "goals_missed")
_IDS = (
    *("attempted_on", "attempt_id", "refused_id", "invoice_id", "competitor_id", "champion_id"),
    *("late_goal_id", "good_goal_id", "unforecast_id", "stage_entered_on"),
)


def read_risk_figures(readings: Readings, moment: Moment) -> RiskFigures:
    """All figures of the batch: six queries, whatever its size. What a past day asks is answered from what is there
    today, so only live moments are judged by it."""
    account_ids = readings.account_ids
    place = {account_id: row for row, account_id in enumerate(account_ids)}
    size = len(account_ids)
    parameters: dict[str, Any] = {
        **moment.parameters,
        "accounts": literal(account_ids),
        "rhythm": DEFAULT_CADENCE,
        "today": moment.as_of,
        "stale": STALE_DAYS,
        "tolerance": TOLERANCE,
    }
    made = RiskFigures(
        account_ids=account_ids,
        values={},
        touch=["low"] * size,
        segments=[None] * size,
        is_customer=np.zeros(size, dtype=np.bool_),
    )
    for name in (*FIGURES, "last_ours", "held", "dates", "paid", "booked", "met_again", "competitor", *_GOALS):
        made.values[name] = np.full(size, np.nan)
    for statement in (BASICS, TOUCHES, PEOPLE, PLANS):
        _spread(made, place, statement, parameters)
    for name in ("attempts", "channels", "two_way", "champions", "people", "goals_known", *_GOALS):
        made.values[name] = np.nan_to_num(made.values[name])
    made.values["competitor"] = np.array([float(made.row("competitor_id", pk) is not None) for pk in account_ids])
    made.season = book_trend(moment)
    _take_readings(made, readings)
    _hear(made, place, parameters)
    return made


def _spread(made: RiskFigures, place: Mapping[int, int], statement: str, parameters: Mapping[str, Any]) -> None:
    """Put each column of the answer where it belongs."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        names = [column.name for column in cursor.description]
        found = cursor.fetchall()
    if not found:
        return
    columns = dict(zip(names, zip(*found, strict=True), strict=True))
    ids = columns["account_id"]
    rows = np.array([place[account_id] for account_id in ids], dtype=np.int64)
    for name, cells in columns.items():
        if name in made.values:
            made.values[name][rows] = np.array(cells, dtype=np.float64)  # None becomes NaN
        elif name in _IDS:
            made.rows[name] = {pk: cell for pk, cell in zip(ids, cells, strict=True) if cell is not None}
    if "touch" in columns:
        for row, touch, segment_id, is_customer in zip(
            rows.tolist(), columns["touch"], columns["segment_id"], columns["is_customer"], strict=True
        ):
            made.touch[row], made.segments[row], made.is_customer[row] = touch, segment_id, is_customer


def _take_readings(made: RiskFigures, readings: Readings) -> None:
    """Figures that measures have read already; what is stale counts as unknown. Falls are those beyond the book's."""
    made.values.update(readings.figures)
    today = readings.as_of.toordinal()
    for code in (
        *("licence_use", "usage_trend", "breadth", "contacts_touched", "executive_touch", "silence"),
        *("blockers", "stage_on_time", "courses", "reply_rate"),
    ):
        values = readings.values.get(code)
        if values is None:
            made.values[code] = np.full(len(made.account_ids), np.nan)
            continue
        age = today - readings.days[code]
        made.values[f"{code}_age"] = np.where(np.isnan(age), 0.0, np.maximum(age, 0.0))
        stale = made.values[f"{code}_age"] > FRESH_DAYS.get(code, 10_000)
        made.values[code] = np.where(stale, np.nan, values)
    made.values["usage_fall"] = 1 - made.values["usage_trend"] / made.season
    # A share of nobody is no gap: who has no courses at all is not taught by anybody.
    made.values["courses"] = np.where(made.values["people"] > 0, made.values["courses"], np.nan)


def _hear(made: RiskFigures, place: Mapping[int, int], parameters: Mapping[str, Any]) -> None:
    """What was said, and the newest critic who has heard nothing from us since."""
    with connection.cursor() as cursor:
        cursor.execute(SAID, parameters)
        found = cursor.fetchall()
    critics: dict[int, int] = {}
    made.rows["critic_id"] = critics
    if not found:
        return
    accounts, kinds, given, times, days, what, ids = zip(*found, strict=True)
    rows = np.array([place[account_id] for account_id in accounts], dtype=np.int64)
    values, at = np.array(given, dtype=np.float64), np.array(times, dtype=np.float64)
    made.said = Said(rows, kinds, values, at, days, what, ids)
    heard = made.values["last_ours"][rows]
    is_critic = (np.array(kinds) == "nps") & (values <= CRITIC) & (np.isnan(heard) | (heard < at))
    for one in np.flatnonzero(is_critic).tolist():
        if accounts[one] not in critics:
            made.values["detractor_days"][rows[one]] = max(0.0, (parameters["cutoff"].timestamp() - at[one]) / 86_400)
            critics[accounts[one]] = ids[one]
