"""Where accounts stand with use cases: the written criteria, judged for a batch of accounts at once."""

# SECURITY: use cases and criteria are rows or parameters; nothing of them reaches the text of a question.
CASES = "SELECT id, intents FROM engagement_usecase WHERE is_on AND deleted_at IS NULL"
# A criterion on a feature that was merged into another looks at that one.
CRITERIA = """
SELECT c.id, c.use_case_id, c.what, coalesce(f.merged_into_id, c.feature_id) AS feature_id, c.persona,
       c.least, c.days::integer AS days
FROM engagement_usecasecriterion c
JOIN engagement_usecase u ON u.id = c.use_case_id AND u.is_on AND u.deleted_at IS NULL
LEFT JOIN engagement_feature f ON f.id = c.feature_id
"""


def known_users(who: str) -> str:
    """Who of the product's users is whom, of the contacts `p` that `who` says: by the mail that is their key, or the
    mail that was said of their key."""
    return f"""
SELECT p.account_id, p.id AS contact_id, p.persona, lower(p.email) AS user_key FROM accounts_contact p
WHERE {who} AND p.deleted_at IS NULL AND p.email <> ''
UNION
SELECT p.account_id, p.id, p.persona, lower(i.value) FROM accounts_contact p
JOIN engagement_eventidentity i ON i.account_id = p.account_id AND i.kind = 'user' AND lower(i.email) = lower(p.email)
WHERE {who} AND p.deleted_at IS NULL AND p.email <> ''
"""  # noqa: S608 a condition of the caller's module


KNOWN_USERS = known_users("p.account_id = ANY(%(accounts)s::bigint[])")

# Who was active so many days before the day, by user: today from the product's users, a past day from the user days.
ACTIVE_NOW = """
SELECT account_id, user_key, last_on FROM engagement_productuser
WHERE account_id = ANY(%(accounts)s::bigint[]) AND last_on > %(as_of)s - 90 AND first_on <= %(as_of)s
"""
ACTIVE_THEN = """
SELECT account_id, user_key, max(day) AS last_on FROM engagement_userday
WHERE account_id = ANY(%(accounts)s::bigint[]) AND day > %(as_of)s - 90 AND day <= %(as_of)s
GROUP BY account_id, user_key
"""

# `value` per account and criterion. People who used one feature are those whose days name it; where days do not, the
# busiest day of the feature says how many there were at least. So a criterion may have two rows: the larger counts.
# Kinds of criteria that nobody wrote cost nothing. OFFSET 0: days are found by account, for a batch has few of all.
_VALUES = """
values_of AS (
    SELECT d.account_id, c.id AS criterion_id,
           CASE c.what WHEN 'events' THEN sum(d.events) WHEN 'days' THEN count(*) FILTER (WHERE d.events > 0)
                       ELSE max(d.users) END AS value
    FROM (SELECT account_id, feature_id, day, events, users FROM engagement_usageday
          WHERE account_id = ANY(%(accounts)s::bigint[]) AND day <= %(as_of)s
            AND day > %(as_of)s - (SELECT max(days) FROM criteria WHERE feature_id IS NOT NULL)
            AND EXISTS (SELECT 1 FROM criteria WHERE feature_id IS NOT NULL) OFFSET 0) d
    JOIN criteria c ON c.feature_id = d.feature_id AND (c.what <> 'users' OR c.persona = '')
                   AND d.day > %(as_of)s - c.days
    GROUP BY d.account_id, c.id, c.what
    UNION ALL
    SELECT d.account_id, c.id, CASE c.what WHEN 'events' THEN d.events ELSE d.days END
    FROM criteria c
    CROSS JOIN LATERAL (
        SELECT account_id, sum(events) AS events, count(*) FILTER (WHERE events > 0) AS days
        FROM engagement_accountday
        WHERE account_id = ANY(%(accounts)s::bigint[]) AND day > %(as_of)s - c.days AND day <= %(as_of)s
        GROUP BY account_id) d
    WHERE c.feature_id IS NULL AND c.what <> 'users'
    UNION ALL
    SELECT a.account_id, c.id, count(*)
    FROM active a
    JOIN criteria c ON c.feature_id IS NULL AND c.what = 'users' AND c.persona = '' AND a.last_on > %(as_of)s - c.days
    GROUP BY a.account_id, c.id
    UNION ALL
    SELECT a.account_id, c.id, count(DISTINCT k.contact_id)
    FROM criteria c
    JOIN known k ON k.persona = c.persona
    JOIN active a ON a.account_id = k.account_id AND lower(a.user_key) = k.user_key AND a.last_on > %(as_of)s - c.days
    WHERE c.what = 'users' AND c.persona <> '' AND c.feature_id IS NULL
    GROUP BY a.account_id, c.id
    UNION ALL
    SELECT d.account_id, c.id, count(DISTINCT CASE WHEN c.persona = '' THEN d.user_key ELSE k.contact_id::text END)
    FROM (SELECT account_id, user_key, day, features FROM engagement_userday
          WHERE account_id = ANY(%(accounts)s::bigint[]) AND day <= %(as_of)s
            AND day > %(as_of)s - (SELECT max(days) FROM criteria WHERE feature_id IS NOT NULL AND what = 'users')
            AND EXISTS (SELECT 1 FROM criteria WHERE feature_id IS NOT NULL AND what = 'users') OFFSET 0) d
    JOIN criteria c ON c.what = 'users' AND c.feature_id = ANY(d.features) AND d.day > %(as_of)s - c.days
    LEFT JOIN known k ON k.persona = c.persona AND c.persona <> '' AND k.account_id = d.account_id
                     AND k.user_key = lower(d.user_key)
    GROUP BY d.account_id, c.id
)"""


# The same of a use case that is being written: nothing of it is stored yet.
DRAFT_CASES = "SELECT 0::bigint AS id, %(draft_intents)s::varchar[] AS intents"
DRAFT_CRITERIA = """
SELECT c.id, 0::bigint AS use_case_id, c.what, coalesce(f.merged_into_id, c.feature_id) AS feature_id, c.persona,
       c.least, c.days
FROM unnest(%(draft_ids)s::bigint[], %(draft_whats)s::text[], %(draft_features)s::bigint[], %(draft_personas)s::text[],
            %(draft_leasts)s::integer[], %(draft_days)s::integer[]) AS c(id, what, feature_id, persona, least, days)
LEFT JOIN engagement_feature f ON f.id = c.feature_id
"""


def _judged(active: str, cases: str = CASES, criteria: str = CRITERIA) -> str:
    return f"""
cases AS MATERIALIZED ({cases}), criteria AS MATERIALIZED ({criteria}),
known AS (SELECT * FROM ({KNOWN_USERS}) k WHERE EXISTS (SELECT 1 FROM criteria WHERE persona <> '')),
active AS (SELECT * FROM ({active}) a WHERE EXISTS (SELECT 1 FROM criteria WHERE what = 'users')),
{_VALUES},
judged AS (
    SELECT a.id AS account_id, c.use_case_id, bool_and(coalesce(v.value, 0) >= c.least) AS is_reached,
           count(*) FILTER (WHERE coalesce(v.value, 0) >= c.least) AS holding, count(*) AS criteria,
           jsonb_object_agg(c.id, jsonb_build_array(least(coalesce(v.value, 0), c.least),
                                                    coalesce(v.value, 0) >= c.least)) AS met
    FROM accounts_account a
    JOIN cases u ON u.intents = '{{}}' OR a.intent = ANY(u.intents)
    JOIN criteria c ON c.use_case_id = u.id
    LEFT JOIN (SELECT account_id, criterion_id, max(value) AS value FROM values_of GROUP BY 1, 2) v
      ON v.account_id = a.id AND v.criterion_id = c.id
    WHERE a.id = ANY(%(accounts)s::bigint[])
    GROUP BY a.id, c.use_case_id
)"""  # noqa: S608 constants of this module


# CTEs that end in `judged(account_id, use_case_id, is_reached, holding, criteria, met)`; `met` is
# `{criterion: [value, at most what it asks for; holds]}`, so that it stays the same while more than enough happens.
JUDGED_NOW = _judged(ACTIVE_NOW)
JUDGED_THEN = _judged(ACTIVE_THEN)
JUDGED_DRAFT = _judged(ACTIVE_NOW, DRAFT_CASES, DRAFT_CRITERIA)

USE_CASE_ROWS = f"""
WITH {JUDGED_THEN.replace("%(accounts)s", "ARRAY[%(account)s]")}
SELECT u.id, coalesce(seen.last_on, %(as_of)s)::timestamptz AS at, 'use_case' AS what,
       u.name AS title, CASE WHEN j.is_reached THEN 'yes' ELSE 'no' END AS bucket, j.holding::float8 AS amount
FROM judged j JOIN engagement_usecase u ON u.id = j.use_case_id
CROSS JOIN (SELECT max(day) AS last_on FROM engagement_accountday
            WHERE account_id = %(account)s AND day <= %(as_of)s HAVING count(*) > 0) seen
"""  # noqa: S608 constants of this module
