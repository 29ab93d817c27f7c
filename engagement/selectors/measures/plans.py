"""Outcomes, intent and the journey: goals, promises, and what sales handed over."""

from django.utils.translation import gettext_lazy as _

from engagement.models import Component
from engagement.selectors.measures.kinds import Evidence, Mean, Measure, Share, Source, Sum, Unit

# Goals as they stood at the moment: for a past day the newest reading of then is where they stood.
_GOALS = """
SELECT g.id, g.account_id, g.title, g.agreed_on, g.signed_off_at, g.due_on, g.starts_on,
       CASE WHEN g.state <> 'open' AND g.closed_on <= %(as_of)s THEN g.state ELSE 'open' END AS state,
       g.closed_on, coalesce(g.baseline, 0) AS start, g.target,
       CASE WHEN %(live)s THEN g.current ELSE (
           SELECT r.value FROM lifecycle_goalreading r WHERE r.goal_id = g.id AND r.observed_at <= %(cutoff)s
           ORDER BY r.observed_at DESC, r.id DESC LIMIT 1) END AS current,
       CASE WHEN %(live)s THEN g.current_at ELSE (
           SELECT max(r.observed_at) FROM lifecycle_goalreading r
           WHERE r.goal_id = g.id AND r.observed_at <= %(cutoff)s) END AS current_at,
       g.fact_id IS NOT NULL AS is_fed
FROM lifecycle_goal g
WHERE g.account_id = ANY(%(accounts)s::bigint[]) AND g.deleted_at IS NULL
  AND (%(live)s OR g.created_at <= %(cutoff)s) AND g.starts_on <= %(as_of)s
"""

# `way`: how far a goal came, of how far a straight line from start to due day had come a tenth ago; 0 to 1. A reached
# goal is 1 and a missed one 0 for a year; what nobody measured, or nobody looked at for 60 days, has none.
_WAYS = f"""
SELECT g.*,
       CASE WHEN state = 'reached' AND closed_on > %(as_of)s - 365 THEN 1
            WHEN state = 'missed' AND closed_on > %(as_of)s - 365 THEN 0
            WHEN state <> 'open' OR target IS NULL OR current IS NULL OR target = start OR due_on IS NULL
                 OR (NOT is_fed AND current_at::date < %(as_of)s - 60) THEN NULL
            ELSE least(1, (greatest((current - start) / (target - start), 0) + 0.1)
                          / CASE WHEN due_on <= starts_on THEN 1
                                 ELSE greatest(least((%(as_of)s - starts_on)::numeric / (due_on - starts_on), 1), 0.1)
                            END) END::float8 AS way
FROM ({_GOALS}) g
"""  # noqa: S608 constants of this module

# A promise is judged when it is settled or its day has passed, for a year.
_PROMISES = """
SELECT p.id, p.account_id, p.words,
       CASE WHEN p.state <> 'open' AND p.settled_on <= %(as_of)s THEN p.state ELSE 'late' END AS state,
       CASE WHEN p.settled_on <= %(as_of)s THEN p.settled_on ELSE p.due_on END AS day
FROM lifecycle_promise p
WHERE p.account_id = ANY(%(accounts)s::bigint[]) AND p.deleted_at IS NULL AND p.made_on <= %(as_of)s
  AND ((p.state <> 'open' AND p.settled_on <= %(as_of)s AND p.settled_on > %(as_of)s - 365)
       OR ((p.state = 'open' OR p.settled_on > %(as_of)s) AND p.due_on < %(as_of)s AND p.due_on > %(as_of)s - 365))
"""

_CHECKLIST = ("intent", "outcomes", "context", "criteria", "promises", "champion", "decision_maker", "risks")
_HANDOVER = "state <> 'draft' AND submitted_at <= %(cutoff)s"

# What was agreed, how far is it, did they sign it off, were promises kept, and did sales hand over all of it?
READING = f"""
WITH wanted AS MATERIALIZED (SELECT unnest(%(accounts)s::bigint[]) AS account_id),
     goals AS (
         SELECT account_id, nullif(count(*) FILTER (WHERE state = 'open' AND agreed_on <= %(as_of)s), 0) AS agreed,
                avg(way) AS way,
                count(*) FILTER (WHERE state = 'reached' AND closed_on > %(as_of)s - 365) AS reached,
                count(*) FILTER (WHERE state = 'reached' AND closed_on > %(as_of)s - 365
                                   AND signed_off_at <= %(cutoff)s) AS signed_off,
                max(closed_on) FILTER (WHERE state = 'reached') AS reached_on
         FROM ({_WAYS}) g GROUP BY account_id),
     promises AS (
         SELECT account_id, max(day) AS day,
                count(*) FILTER (WHERE state = 'kept')::float8
                    / nullif(count(*) FILTER (WHERE state <> 'released'), 0) AS kept
         FROM ({_PROMISES}) p GROUP BY account_id),
     handovers AS (
         SELECT account_id, submitted_at::date AS day,
                1 - jsonb_array_length(gaps)::float8 / {len(_CHECKLIST)} AS complete
         FROM lifecycle_handover WHERE account_id = ANY(%(accounts)s::bigint[]) AND {_HANDOVER})
SELECT w.account_id,
       g.agreed AS goals_agreed, %(as_of)s AS goals_agreed_on,
       g.way AS goal_progress, %(as_of)s AS goal_progress_on,
       CASE WHEN g.reached > 0 THEN g.signed_off::float8 / g.reached END AS goals_signed_off,
       g.reached_on AS goals_signed_off_on,
       p.kept AS promises_kept, p.day AS promises_kept_on,
       h.complete AS handover_complete, h.day AS handover_complete_on
FROM wanted w
LEFT JOIN goals g ON g.account_id = w.account_id
LEFT JOIN promises p ON p.account_id = w.account_id
LEFT JOIN handovers h ON h.account_id = w.account_id
"""  # noqa: S608 constants of this module


def _of_one(sql: str) -> str:
    return sql.replace("%(accounts)s", "ARRAY[%(account)s]")


AGREED_ROWS = f"""
SELECT id, coalesce(agreed_on, starts_on)::timestamptz AS at, 'goal' AS what, title,
       CASE WHEN agreed_on <= %(as_of)s THEN 'counted' ELSE 'aside' END AS bucket, 1::float8 AS amount
FROM ({_of_one(_GOALS)}) g WHERE state = 'open'
"""  # noqa: S608 constants of this module

PROGRESS_ROWS = f"""
SELECT id, coalesce(closed_on::timestamptz, current_at, starts_on::timestamptz) AS at, 'goal' AS what, title,
       CASE WHEN way IS NULL THEN 'aside' ELSE 'counted' END AS bucket, coalesce(way, 0) AS amount
FROM ({_of_one(_WAYS)}) g WHERE state <> 'dropped'
"""  # noqa: S608 constants of this module

SIGNED_ROWS = f"""
SELECT id, closed_on::timestamptz AS at, 'goal' AS what, title,
       CASE WHEN signed_off_at <= %(cutoff)s THEN 'yes' ELSE 'no' END AS bucket, 1::float8 AS amount
FROM ({_of_one(_GOALS)}) g WHERE state = 'reached' AND closed_on > %(as_of)s - 365
"""  # noqa: S608 constants of this module

PROMISE_ROWS = f"""
SELECT id, day::timestamptz AS at, 'promise_' || state AS what, words AS title,
       CASE state WHEN 'kept' THEN 'yes' WHEN 'released' THEN 'aside' ELSE 'no' END AS bucket, 1::float8 AS amount
FROM ({_of_one(_PROMISES)}) p
"""  # noqa: S608 constants of this module

HANDOVER_ROWS = f"""
SELECT item.place AS id, h.submitted_at AS at, 'handover_' || item.name AS what, '' AS title,
       CASE WHEN h.gaps ? item.name THEN 'no' ELSE 'yes' END AS bucket, 1::float8 AS amount
FROM lifecycle_handover h
CROSS JOIN unnest(ARRAY[{", ".join(f"'{name}'" for name in _CHECKLIST)}]) WITH ORDINALITY AS item(name, place)
WHERE h.account_id = %(account)s AND {_HANDOVER}
"""  # noqa: S608 constants of this module

PLANS = Source(
    name="plans",
    sql=READING,
    measures=(
        Measure(
            code="goals_agreed",
            component=Component.INTENT,
            label=_("Goals agreed"),
            definition=_("Open goals with the day on which the customer agreed. None is 0 points."),
            unit=Unit.COUNT,
            is_knowledge=True,
            evidence=Evidence(
                sql=AGREED_ROWS,
                recipe=Sum(),
                buckets={"counted": _("agreed"), "aside": _("not agreed yet")},
                amount=_("Worth"),
            ),
        ),
        Measure(
            code="goal_progress",
            component=Component.OUTCOMES,
            label=_("Progress of goals"),
            definition=_(
                "How far the goals came, of how far a straight line from start to due day says they should be, with a "
                "tenth of tolerance; 1 at most. A goal that was reached counts 1 and a missed one 0 for a year. "
                "A goal without a measure, a day or a fresh value is not counted."
            ),
            unit=Unit.SHARE,
            evidence=Evidence(
                sql=PROGRESS_ROWS,
                recipe=Mean(is_share=True),
                buckets={"counted": _("counts"), "aside": _("not known")},
                amount=_("Of where it should be"),
            ),
        ),
        Measure(
            code="goals_signed_off",
            component=Component.OUTCOMES,
            label=_("Goals signed off"),
            definition=_("Of the goals reached in the last 365 days, the share that somebody at the customer signed."),
            unit=Unit.SHARE,
            evidence=Evidence(
                sql=SIGNED_ROWS, recipe=Share(), buckets={"yes": _("signed off"), "no": _("not signed off")}
            ),
        ),
        Measure(
            code="promises_kept",
            component=Component.JOURNEY,
            label=_("Promises kept"),
            definition=_(
                "Of the promises settled or due in the last 365 days, the share that was kept. "
                "An open one past its day is not kept; one that the customer released does not count."
            ),
            unit=Unit.SHARE,
            evidence=Evidence(
                sql=PROMISE_ROWS,
                recipe=Share(),
                buckets={"yes": _("kept"), "no": _("not kept"), "aside": _("released")},
            ),
        ),
        Measure(
            code="handover_complete",
            component=Component.JOURNEY,
            label=_("Handover complete"),
            definition=_(
                "Of the eight things that sales hands over, the share that is known. "
                "Without a handover it is not observed."
            ),
            unit=Unit.SHARE,
            evidence=Evidence(sql=HANDOVER_ROWS, recipe=Share(), buckets={"yes": _("known"), "no": _("missing")}),
        ),
    ),
)
