"""Adoption: what they do in the product."""

from django.utils.translation import gettext_lazy as _

from engagement.models import Component
from engagement.selectors.measures.kinds import Evidence, Measure, Quotient, Share, Source, Unit
from engagement.selectors.measures.use_cases import JUDGED_THEN, USE_CASE_ROWS

# A feature counts for breadth when it is marked as key; when none is marked, every visible one does.
_SHOWN = "NOT is_hidden AND merged_into_id IS NULL"
_KEY_FEATURES = f"""
SELECT id, coalesce(nullif(label, ''), name) AS name, plans FROM engagement_feature
WHERE {_SHOWN} AND (first_seen_on IS NULL OR first_seen_on <= %(as_of)s)
  AND (is_key OR NOT EXISTS (SELECT 1 FROM engagement_feature WHERE is_key AND {_SHOWN}))
"""  # noqa: S608 constants of this module

_RUNNING = """deleted_at IS NULL AND starts_on <= %(as_of)s
  AND (ends_on >= %(as_of)s OR (ends_on IS NULL AND status = 'active'))"""

# Seats, and the plans that say which features an account may use.
_CONTRACTS = f"""
SELECT account_id, sum(seats) AS seats, array_agg(DISTINCT plan) AS plans FROM accounts_subscription
WHERE account_id = ANY(%(accounts)s::bigint[]) AND {_RUNNING} GROUP BY account_id
"""  # noqa: S608 constants of this module

# Today the sums that are kept with the usage days know all; a past day is read from the days themselves.
_FEATURES_NOW = """
SELECT u.account_id, least(max(u.last_on), %(as_of)s) AS last_on,
       count(k.id) FILTER (WHERE u.last_on > %(as_of)s - 90 AND (k.plans = '{}' OR k.plans && c.plans)) AS used
FROM engagement_featureuse u
LEFT JOIN keys k ON k.id = u.feature_id
LEFT JOIN contracts c ON c.account_id = u.account_id
WHERE u.account_id = ANY(%(accounts)s::bigint[]) AND u.first_on <= %(as_of)s
GROUP BY u.account_id
"""
_FEATURES_THEN = """
SELECT d.account_id, max(d.day) AS last_on,
       count(DISTINCT k.id) FILTER (
           WHERE d.day > %(as_of)s - 90 AND (k.plans = '{}' OR k.plans && c.plans)) AS used
FROM engagement_usageday d
LEFT JOIN keys k ON k.id = d.feature_id
LEFT JOIN contracts c ON c.account_id = d.account_id
WHERE d.account_id = ANY(%(accounts)s::bigint[]) AND d.day <= %(as_of)s
GROUP BY d.account_id
"""
_USERS_NOW = """
SELECT account_id, least(max(last_on), %(as_of)s) AS last_on,
       count(*) FILTER (WHERE last_on > %(as_of)s - 28) AS active
FROM engagement_productuser
WHERE account_id = ANY(%(accounts)s::bigint[]) AND first_on <= %(as_of)s GROUP BY account_id
"""
_USERS_THEN = """
SELECT account_id, max(day) AS last_on, count(DISTINCT user_key) FILTER (WHERE day > %(as_of)s - 28) AS active
FROM engagement_userday
WHERE account_id = ANY(%(accounts)s::bigint[]) AND day <= %(as_of)s GROUP BY account_id
"""
_REACHED_NOW = """
SELECT account_id, avg(is_reached::integer)::float8 AS share FROM engagement_usecasestate
WHERE account_id = ANY(%(accounts)s::bigint[]) AND applies GROUP BY account_id
"""
_REACHED_THEN = "SELECT account_id, avg(is_reached::integer)::float8 AS share FROM judged GROUP BY account_id"


def _reading(features: str, users: str, reached: str, before: str = "") -> str:
    """How much do they use, how is it moving, how broad and deep is it, how many seats are in use, to what end?

    An account that was seen before and is quiet now has a true 0, as long as the feed brings the usage of others.
    """
    return f"""
WITH wanted AS MATERIALIZED (SELECT unnest(%(accounts)s::bigint[]) AS account_id),
     keys AS MATERIALIZED ({_KEY_FEATURES}),
     contracts AS MATERIALIZED ({_CONTRACTS}),
     plan_sets AS (SELECT plans FROM contracts GROUP BY plans UNION SELECT '{{}}'),
     entitled AS MATERIALIZED (
         SELECT p.plans, count(k.id) AS features
         FROM plan_sets p LEFT JOIN keys k ON k.plans = '{{}}' OR k.plans && p.plans GROUP BY p.plans),
     cores AS MATERIALIZED (SELECT count(*) AS features FROM engagement_feature WHERE is_core_action AND {_SHOWN}),
     features AS ({features}),
     days AS (
         SELECT account_id, sum(events) FILTER (WHERE day > %(as_of)s - 28) AS latest,
                sum(events) FILTER (WHERE day <= %(as_of)s - 28) AS before,
                sum(core_events) FILTER (WHERE day > %(as_of)s - 28) AS core
         FROM engagement_accountday
         WHERE account_id = ANY(%(accounts)s::bigint[]) AND day > %(as_of)s - 56 AND day <= %(as_of)s
         GROUP BY account_id),
     users AS ({users}){before},
     reached AS ({reached})
SELECT w.account_id,
       CASE WHEN f.last_on IS NULL THEN NULL
            WHEN coalesce(d.before, 0) = 0 AND coalesce(d.latest, 0) = 0 THEN 0
            WHEN coalesce(d.before, 0) = 0 THEN 2
            ELSE least(coalesce(d.latest, 0)::float8 / d.before, 2) END AS usage_trend,
       seen.last_on AS usage_trend_on,
       CASE WHEN f.last_on IS NOT NULL AND e.features > 0 THEN f.used::float8 / e.features END AS breadth,
       seen.last_on AS breadth_on,
       CASE WHEN f.last_on IS NOT NULL THEN r.share END AS use_cases,
       seen.last_on AS use_cases_on,
       CASE WHEN u.last_on IS NOT NULL AND c.seats > 0 THEN u.active::float8 / c.seats END AS licence_use,
       at_work.last_on AS licence_use_on,
       CASE WHEN u.last_on IS NULL OR cores.features = 0 THEN NULL
            WHEN u.active > 0 THEN coalesce(d.core, 0)::float8 / u.active
            WHEN coalesce(d.core, 0) = 0 THEN 0 END AS depth,
       at_work.last_on AS depth_on,
       d.before AS events_before
FROM wanted w
CROSS JOIN cores
LEFT JOIN features f ON f.account_id = w.account_id
LEFT JOIN days d ON d.account_id = w.account_id
LEFT JOIN users u ON u.account_id = w.account_id
LEFT JOIN contracts c ON c.account_id = w.account_id
LEFT JOIN entitled e ON e.plans = coalesce(c.plans, '{{}}')
LEFT JOIN reached r ON r.account_id = w.account_id
CROSS JOIN LATERAL (SELECT CASE WHEN %(usage_alive)s THEN %(usage_on)s::date ELSE f.last_on END AS last_on) seen
CROSS JOIN LATERAL (SELECT CASE WHEN %(users_alive)s THEN %(users_on)s::date ELSE u.last_on END AS last_on) at_work
"""  # noqa: S608 constants of this module


READING = _reading(_FEATURES_NOW, _USERS_NOW, _REACHED_NOW)
PAST_READING = _reading(_FEATURES_THEN, _USERS_THEN, _REACHED_THEN, before=f",\n{JUDGED_THEN}")

TREND_ROWS = """
SELECT min(id) AS id, day::timestamptz AS at, 'usage_day' AS what, '' AS title,
       CASE WHEN day > %(as_of)s - 28 THEN 'latest' ELSE 'before' END AS bucket, sum(events)::float8 AS amount
FROM engagement_usageday
WHERE account_id = %(account)s AND day > %(as_of)s - 56 AND day <= %(as_of)s
GROUP BY day
"""

BREADTH_ROWS = f"""
WITH keys AS ({_KEY_FEATURES}),
     contracts AS (SELECT coalesce(array_agg(DISTINCT plan), '{{}}') AS plans FROM accounts_subscription
                   WHERE account_id = %(account)s AND {_RUNNING})
SELECT keys.id, coalesce(used.last_on, seen.last_on)::timestamptz AS at, 'feature' AS what, keys.name AS title,
       CASE WHEN NOT (keys.plans = '{{}}' OR keys.plans && contracts.plans) THEN 'aside'
            WHEN used.last_on IS NULL THEN 'no' ELSE 'yes' END AS bucket, coalesce(used.events, 0)::float8 AS amount
FROM keys
CROSS JOIN contracts
CROSS JOIN (SELECT max(day) AS last_on FROM engagement_usageday
            WHERE account_id = %(account)s AND day <= %(as_of)s HAVING count(*) > 0) seen
LEFT JOIN LATERAL (SELECT max(day) AS last_on, sum(events) AS events FROM engagement_usageday
                   WHERE account_id = %(account)s AND feature_id = keys.id
                     AND day > %(as_of)s - 90 AND day <= %(as_of)s) used ON true
"""  # noqa: S608 constants of this module

_ACTIVE_ROWS = """
SELECT min(id) AS id, max(day)::timestamptz AS at, 'user' AS what, user_key AS title, 'users' AS bucket,
       1::float8 AS amount
FROM engagement_userday
WHERE account_id = %(account)s AND day > %(as_of)s - 28 AND day <= %(as_of)s
GROUP BY user_key
"""

LICENCE_ROWS = f"""
{_ACTIVE_ROWS}
UNION ALL
SELECT id, starts_on::timestamptz, 'subscription', coalesce(nullif(plan, ''), external_id, ''), 'seats', seats::float8
FROM accounts_subscription
WHERE account_id = %(account)s AND seats > 0 AND {_RUNNING}
  AND EXISTS (SELECT 1 FROM engagement_userday WHERE account_id = %(account)s AND day <= %(as_of)s)
"""  # noqa: S608 constants of this module

DEPTH_ROWS = f"""
{_ACTIVE_ROWS}
UNION ALL
SELECT min(d.id), d.day::timestamptz, 'usage_day', coalesce(nullif(f.label, ''), f.name), 'core', sum(d.events)::float8
FROM engagement_usageday d JOIN engagement_feature f ON f.id = d.feature_id AND f.is_core_action
WHERE d.account_id = %(account)s AND d.day > %(as_of)s - 28 AND d.day <= %(as_of)s
GROUP BY d.day, f.id, f.label, f.name
"""  # noqa: S608 constants of this module

USAGE = Source(
    name="usage",
    sql=READING,
    past_sql=PAST_READING,
    figures=("events_before",),
    measures=(
        Measure(
            code="use_cases",
            component=Component.ADOPTION,
            label=_("Use cases reached"),
            definition=_(
                "Of the use cases that apply to the account (by the reason why they bought), the share whose written "
                "criteria all hold. Without use cases, or before any usage was seen, it is not observed."
            ),
            unit=Unit.SHARE,
            evidence=Evidence(
                sql=USE_CASE_ROWS,
                recipe=Share(),
                buckets={"yes": _("reached"), "no": _("not reached")},
                amount=_("Criteria met"),
            ),
        ),
        Measure(
            code="usage_trend",
            component=Component.ADOPTION,
            label=_("Usage trend"),
            definition=_(
                "Events of the last 28 days against the 28 days before. 1 means steady; more than 2 counts as 2. "
                "An account that was seen before and is quiet now has a true 0 while usage of others comes in."
            ),
            unit=Unit.RATIO,
            evidence=Evidence(
                sql=TREND_ROWS,
                recipe=Quotient("latest", "before", cap=2.0, empty=0.0),
                buckets={"latest": _("last 28 days"), "before": _("28 days before")},
                amount=_("Events"),
            ),
        ),
        Measure(
            code="breadth",
            component=Component.ADOPTION,
            label=_("Breadth of use"),
            definition=_(
                "Key features used in the last 90 days, of the key features that the plans running today include. "
                "While no feature is marked as key, all visible features count."
            ),
            unit=Unit.SHARE,
            evidence=Evidence(
                sql=BREADTH_ROWS,
                recipe=Share(),
                buckets={"yes": _("used"), "no": _("not used"), "aside": _("not in their plan")},
                amount=_("Events"),
            ),
        ),
        Measure(
            code="depth",
            component=Component.ADOPTION,
            label=_("Depth of use"),
            definition=_(
                "Core actions of the last 28 days per person active in them. "
                "It needs features that are marked as core actions, and a feed that names people."
            ),
            unit=Unit.POINTS,
            evidence=Evidence(
                sql=DEPTH_ROWS,
                recipe=Quotient("core", "users", empty=0.0),
                buckets={"core": _("core actions"), "users": _("active user")},
                amount=_("Number"),
            ),
        ),
        Measure(
            code="licence_use",
            component=Component.ADOPTION,
            label=_("Licence use"),
            definition=_("Different users active in the last 28 days, of the seats that the customer pays for today."),
            unit=Unit.SHARE,
            evidence=Evidence(
                sql=LICENCE_ROWS,
                recipe=Quotient("users", "seats", is_share=True),
                buckets={"users": _("active user"), "seats": _("seats bought")},
                amount=_("Number"),
            ),
        ),
    ),
)
