"""Adoption: what they do in the product."""

from django.utils.translation import gettext_lazy as _

from engagement.models import Component
from engagement.selectors.measures.kinds import Evidence, Measure, Quotient, Share, Source, Unit

# A feature counts for breadth when it is marked as key; when none is marked, every visible one does.
_KEY_FEATURES = """
SELECT id, coalesce(nullif(label, ''), name) AS name FROM engagement_feature
WHERE NOT is_hidden AND (first_seen_on IS NULL OR first_seen_on <= %(as_of)s)
  AND (is_key OR NOT EXISTS (SELECT 1 FROM engagement_feature WHERE is_key AND NOT is_hidden))
"""

_SEATS = """
SELECT sum(seats) FROM accounts_subscription
WHERE account_id = {account} AND deleted_at IS NULL AND starts_on <= %(as_of)s
  AND (ends_on >= %(as_of)s OR (ends_on IS NULL AND status = 'active'))
"""

# How much do they use, how is it moving, how broad is it, and how many of the seats are in use?
# An account that was seen before and is quiet now has a true 0, as long as the feed brings the usage of others.
READING = f"""
WITH wanted AS MATERIALIZED (SELECT unnest(%(accounts)s::bigint[]) AS account_id),
     keys AS MATERIALIZED ({_KEY_FEATURES}),
     known AS MATERIALIZED (SELECT count(*) AS features FROM keys)
SELECT w.account_id,
       CASE WHEN seen.last_on IS NULL THEN NULL
            WHEN coalesce(u.before, 0) = 0 AND coalesce(u.latest, 0) = 0 THEN 0
            WHEN coalesce(u.before, 0) = 0 THEN 2
            ELSE least(coalesce(u.latest, 0)::float8 / u.before, 2) END AS usage_trend,
       CASE WHEN %(usage_alive)s THEN %(usage_on)s::date ELSE seen.last_on END AS usage_trend_on,
       CASE WHEN seen.last_on IS NOT NULL AND known.features > 0
            THEN coalesce(b.used, 0)::float8 / known.features END AS breadth,
       CASE WHEN %(usage_alive)s THEN %(usage_on)s::date ELSE seen.last_on END AS breadth_on,
       CASE WHEN users.last_on IS NOT NULL AND seats.seats > 0
            THEN coalesce(active.users, 0)::float8 / seats.seats END AS licence_use,
       CASE WHEN %(users_alive)s THEN %(users_on)s::date ELSE users.last_on END AS licence_use_on
FROM wanted w
CROSS JOIN known
LEFT JOIN LATERAL (SELECT max(day) AS last_on FROM engagement_usageday
                   WHERE account_id = w.account_id AND day <= %(as_of)s) seen ON true
LEFT JOIN LATERAL (SELECT sum(events) FILTER (WHERE day > %(as_of)s - 28) AS latest,
                          sum(events) FILTER (WHERE day <= %(as_of)s - 28) AS before
                   FROM engagement_usageday
                   WHERE account_id = w.account_id AND day > %(as_of)s - 56 AND day <= %(as_of)s) u ON true
LEFT JOIN LATERAL (SELECT count(DISTINCT feature_id) AS used
                   FROM engagement_usageday JOIN keys ON keys.id = feature_id
                   WHERE account_id = w.account_id AND day > %(as_of)s - 90 AND day <= %(as_of)s) b ON true
LEFT JOIN LATERAL (SELECT max(day) AS last_on FROM engagement_userday
                   WHERE account_id = w.account_id AND day <= %(as_of)s) users ON true
LEFT JOIN LATERAL (SELECT count(DISTINCT user_key) AS users FROM engagement_userday
                   WHERE account_id = w.account_id AND day > %(as_of)s - 28 AND day <= %(as_of)s) active ON true
LEFT JOIN LATERAL ({_SEATS.format(account="w.account_id").replace("sum(seats)", "sum(seats) AS seats")}) seats ON true
"""  # noqa: S608 constants of this module

TREND_ROWS = """
SELECT min(id) AS id, day::timestamptz AS at, 'usage_day' AS what, '' AS title,
       CASE WHEN day > %(as_of)s - 28 THEN 'latest' ELSE 'before' END AS bucket, sum(events)::float8 AS amount
FROM engagement_usageday
WHERE account_id = %(account)s AND day > %(as_of)s - 56 AND day <= %(as_of)s
GROUP BY day
"""

BREADTH_ROWS = f"""
WITH keys AS ({_KEY_FEATURES})
SELECT keys.id, coalesce(used.last_on, seen.last_on)::timestamptz AS at, 'feature' AS what, keys.name AS title,
       CASE WHEN used.last_on IS NULL THEN 'no' ELSE 'yes' END AS bucket, coalesce(used.events, 0)::float8 AS amount
FROM keys
CROSS JOIN (SELECT max(day) AS last_on FROM engagement_usageday
            WHERE account_id = %(account)s AND day <= %(as_of)s HAVING count(*) > 0) seen
LEFT JOIN LATERAL (SELECT max(day) AS last_on, sum(events) AS events FROM engagement_usageday
                   WHERE account_id = %(account)s AND feature_id = keys.id
                     AND day > %(as_of)s - 90 AND day <= %(as_of)s) used ON true
"""  # noqa: S608 constants of this module

LICENCE_ROWS = """
SELECT min(id) AS id, max(day)::timestamptz AS at, 'user' AS what, user_key AS title, 'users' AS bucket,
       1::float8 AS amount
FROM engagement_userday
WHERE account_id = %(account)s AND day > %(as_of)s - 28 AND day <= %(as_of)s
GROUP BY user_key
UNION ALL
SELECT id, starts_on::timestamptz, 'subscription', coalesce(nullif(plan, ''), external_id, ''), 'seats', seats::float8
FROM accounts_subscription
WHERE account_id = %(account)s AND deleted_at IS NULL AND starts_on <= %(as_of)s AND seats > 0
  AND (ends_on >= %(as_of)s OR (ends_on IS NULL AND status = 'active'))
  AND EXISTS (SELECT 1 FROM engagement_userday WHERE account_id = %(account)s AND day <= %(as_of)s)
"""

USAGE = Source(
    name="usage",
    sql=READING,
    measures=(
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
                "Key features used in the last 90 days, of all key features. "
                "While no feature is marked as key, all visible features count."
            ),
            unit=Unit.SHARE,
            evidence=Evidence(
                sql=BREADTH_ROWS,
                recipe=Share(),
                buckets={"yes": _("used"), "no": _("not used")},
                amount=_("Events"),
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
                recipe=Quotient("users", "seats"),
                buckets={"users": _("active user"), "seats": _("seats bought")},
                amount=_("Number"),
            ),
        ),
    ),
)
