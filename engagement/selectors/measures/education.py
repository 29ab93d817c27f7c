"""Education: who learned, how, and whether those who learned use more."""

from django.utils.translation import gettext_lazy as _

from engagement.models import Component
from engagement.selectors.measures.kinds import Evidence, MeanQuotient, Measure, Share, Source, Unit
from engagement.selectors.measures.use_cases import KNOWN_USERS, known_users

_YEAR = "> %(cutoff)s - interval '365 days'"
_ALL = "ANY(%(accounts)s::bigint[])"

# Who finished a course in a year: by the touch that it left, or by the library.
_FINISHED = f"""
SELECT p.contact_id, t.account_id, t.occurred_at AS at, t.subject AS title, false AS is_key
FROM accounts_touchpoint t JOIN accounts_touchpointcontact p ON p.touchpoint_id = t.id
WHERE t.account_id = {_ALL} AND t.deleted_at IS NULL AND t.kind = 'course'
  AND t.occurred_at <= %(cutoff)s AND t.occurred_at {_YEAR}
UNION ALL
SELECT f.contact_id, f.account_id, f.completed_at, i.title, i.is_key_course
FROM lifecycle_completion f JOIN lifecycle_contentitem i ON i.id = f.content_id
WHERE f.account_id = {_ALL} AND f.contact_id IS NOT NULL
  AND f.completed_at <= %(cutoff)s AND f.completed_at {_YEAR}
"""  # noqa: S608 constants of this module
_FINISHERS = """
SELECT account_id, contact_id, max(at) AS at, bool_or(is_key) AS has_key,
       (array_agg(title ORDER BY is_key DESC, at DESC))[1] AS title
FROM finished GROUP BY account_id, contact_id
"""

_PEOPLE = f"""
SELECT c.id, c.account_id, c.name, c.created_at FROM accounts_contact c
WHERE c.account_id = {_ALL} AND c.deleted_at IS NULL AND c.status <> 'left'
  AND (%(live)s OR c.created_at <= %(cutoff)s)
"""  # noqa: S608 constants of this module

_HAS_KEY_COURSES = "EXISTS (SELECT 1 FROM lifecycle_contentitem WHERE is_key_course AND deleted_at IS NULL)"
# People whose mail is known as a user of the product, who was active in the last 28 days; nobody is looked for where
# there are no key courses.
_ACTIVE_NOW = f"""
SELECT DISTINCT k.account_id, k.contact_id FROM known k
JOIN (SELECT account_id, user_key FROM engagement_productuser
      WHERE account_id = {_ALL} AND last_on > %(as_of)s - 28 AND first_on <= %(as_of)s AND {_HAS_KEY_COURSES}) u
  ON u.account_id = k.account_id AND lower(u.user_key) = k.user_key
"""  # noqa: S608 constants of this module
_ACTIVE_THEN = f"""
SELECT DISTINCT k.account_id, k.contact_id FROM known k
JOIN (SELECT account_id, user_key FROM engagement_userday
      WHERE account_id = {_ALL} AND day > %(as_of)s - 28 AND day <= %(as_of)s AND {_HAS_KEY_COURSES}) u
  ON u.account_id = k.account_id AND lower(u.user_key) = k.user_key
"""  # noqa: S608 constants of this module

# Days of use in 28 days, user by user, at accounts where somebody who finished a course is known as a user: today from
# the bits that are kept for each, a past day from the days themselves. OFFSET 0: bits are counted once a person.
_USE_NOW = """
SELECT account_id, user_key, bit_count((CASE WHEN last_on > %(as_of)s THEN recent >> least(last_on - %(as_of)s, 63)
                                             ELSE recent << (%(as_of)s - last_on) END)::bit(28)) AS days
FROM engagement_productuser
WHERE account_id IN (SELECT account_id FROM known_finishers)
  AND last_on > %(as_of)s - 28 AND first_on <= %(as_of)s OFFSET 0
"""
_USE_THEN = """
SELECT account_id, user_key, count(*) AS days, max(day) AS last_on, min(id) AS id FROM engagement_userday
WHERE account_id IN (SELECT account_id FROM known_finishers) AND day > %(as_of)s - 28 AND day <= %(as_of)s
GROUP BY account_id, user_key
"""


def _finishing(use: str) -> str:
    return f"""
SELECT d.*, EXISTS (SELECT 1 FROM known_finishers f
                    WHERE f.account_id = d.account_id AND f.user_key = lower(d.user_key)) AS is_finisher
FROM ({use}) d WHERE d.days > 0
"""  # noqa: S608 constants of this module


_KNOWN_FINISHERS = known_users("(p.account_id, p.id) IN (SELECT account_id, contact_id FROM finishers)")

# What they were given to learn, or finished, in 180 days.
_GIVEN = f"""
SELECT s.id, s.account_id, s.sent_at AS at, 'content' AS what, i.title, i.is_one_to_many
FROM lifecycle_contentsend s JOIN lifecycle_contentitem i ON i.id = s.content_id
WHERE s.account_id = {_ALL} AND s.state = 'sent' AND s.sent_at <= %(cutoff)s
  AND s.sent_at > %(cutoff)s - interval '180 days'
UNION ALL
SELECT f.id, f.account_id, f.completed_at, 'completion', i.title, i.is_one_to_many
FROM lifecycle_completion f JOIN lifecycle_contentitem i ON i.id = f.content_id
WHERE f.account_id = {_ALL} AND f.completed_at <= %(cutoff)s AND f.completed_at > %(cutoff)s - interval '180 days'
"""  # noqa: S608 constants of this module


def _reading(active: str, use: str) -> str:
    """Did their people learn, did the active ones learn what matters, does it scale, and does it show in use?

    A course not taken counts once anybody takes courses.
    """
    return f"""
WITH wanted AS MATERIALIZED (SELECT unnest(%(accounts)s::bigint[]) AS account_id),
     finished AS MATERIALIZED ({_FINISHED}), finishers AS MATERIALIZED ({_FINISHERS}),
     known AS ({KNOWN_USERS}), known_finishers AS MATERIALIZED ({_KNOWN_FINISHERS}),
     people AS (
         SELECT p.account_id, count(*) AS people, count(f.contact_id) AS finishers
         FROM ({_PEOPLE}) p LEFT JOIN finishers f ON f.contact_id = p.id GROUP BY p.account_id),
     courses AS (SELECT account_id, max(at) AS at FROM finished GROUP BY account_id),
     taught AS (
         SELECT a.account_id, avg(coalesce(f.has_key, false)::integer)::float8 AS share
         FROM ({active}) a LEFT JOIN finishers f USING (account_id, contact_id) GROUP BY a.account_id),
     lift AS (
         SELECT account_id, avg(days) FILTER (WHERE is_finisher) / avg(days) FILTER (WHERE NOT is_finisher) AS ratio
         FROM ({_finishing(use)}) d GROUP BY account_id),
     given AS (SELECT account_id, avg(is_one_to_many::integer)::float8 AS share, max(at) AS at
               FROM ({_GIVEN}) g GROUP BY account_id)
SELECT w.account_id,
       CASE WHEN p.people > 0 AND (%(courses_alive)s OR c.at IS NOT NULL)
            THEN p.finishers::float8 / p.people END AS courses,
       CASE WHEN %(courses_alive)s THEN %(as_of)s ELSE c.at::date END AS courses_on,
       CASE WHEN (%(courses_alive)s OR c.at IS NOT NULL) AND {_HAS_KEY_COURSES} THEN t.share END AS key_courses,
       CASE WHEN %(courses_alive)s THEN %(as_of)s ELSE c.at::date END AS key_courses_on,
       CASE WHEN l.ratio IS NOT NULL THEN least(l.ratio, 3)::float8 END AS finisher_lift, %(as_of)s AS finisher_lift_on,
       g.share AS one_to_many, g.at::date AS one_to_many_on
FROM wanted w
LEFT JOIN people p ON p.account_id = w.account_id
LEFT JOIN courses c ON c.account_id = w.account_id
LEFT JOIN taught t ON t.account_id = w.account_id
LEFT JOIN lift l ON l.account_id = w.account_id
LEFT JOIN given g ON g.account_id = w.account_id
"""  # noqa: S608 constants of this module


READING = _reading(_ACTIVE_NOW, _USE_NOW)
PAST_READING = _reading(_ACTIVE_THEN, _USE_THEN)


def _of_one(sql: str) -> str:
    return sql.replace("%(accounts)s", "ARRAY[%(account)s]")


_WITH = f"""
WITH finished AS ({_of_one(_FINISHED)}), finishers AS ({_FINISHERS}), known AS ({_of_one(KNOWN_USERS)}),
     known_finishers AS ({_KNOWN_FINISHERS})
"""
_ANY_COURSE = "(%(courses_alive)s OR EXISTS (SELECT 1 FROM finished))"

COURSE_ROWS = f"""
{_WITH}
SELECT p.id, coalesce(f.at, p.created_at) AS at, 'contact' AS what, p.name || coalesce(': ' || f.title, '') AS title,
       CASE WHEN f.contact_id IS NULL THEN 'no' ELSE 'yes' END AS bucket, 1::float8 AS amount
FROM ({_of_one(_PEOPLE)}) p LEFT JOIN finishers f ON f.contact_id = p.id
WHERE {_ANY_COURSE}
"""  # noqa: S608 constants of this module

KEY_COURSE_ROWS = f"""
{_WITH}
SELECT a.contact_id AS id, coalesce(f.at, p.created_at) AS at, 'contact' AS what,
       p.name || CASE WHEN f.has_key THEN ': ' || f.title ELSE '' END AS title,
       CASE WHEN f.has_key THEN 'yes' ELSE 'no' END AS bucket, 1::float8 AS amount
FROM ({_of_one(_ACTIVE_THEN)}) a JOIN accounts_contact p ON p.id = a.contact_id
LEFT JOIN finishers f ON f.contact_id = a.contact_id AND f.account_id = a.account_id
WHERE {_ANY_COURSE} AND {_HAS_KEY_COURSES}
"""  # noqa: S608 constants of this module

LIFT_ROWS = f"""
{_WITH}
SELECT id, last_on::timestamptz AS at, 'user' AS what, user_key AS title,
       CASE WHEN is_finisher THEN 'finisher' ELSE 'other' END AS bucket, days::float8 AS amount
FROM ({_finishing(_USE_THEN)}) d
"""  # noqa: S608 constants of this module

GIVEN_ROWS = f"""
SELECT id, at, what, title, CASE WHEN is_one_to_many THEN 'yes' ELSE 'no' END AS bucket, 1::float8 AS amount
FROM ({_of_one(_GIVEN)}) g
"""  # noqa: S608 constants of this module

EDUCATION = Source(
    name="education",
    sql=READING,
    past_sql=PAST_READING,
    measures=(
        Measure(
            code="courses",
            component=Component.EDUCATION,
            label=_("Courses completed"),
            definition=_(
                "Of the people we know at the customer, the share that completed a course in the last 365 days."
            ),
            unit=Unit.SHARE,
            evidence=Evidence(sql=COURSE_ROWS, recipe=Share(), buckets={"yes": _("completed"), "no": _("none yet")}),
        ),
        Measure(
            code="key_courses",
            component=Component.EDUCATION,
            label=_("Key courses of active users"),
            definition=_(
                "Of the people active in the product in the last 28 days whom we know by their mail, the share that "
                "completed a key course in the last 365 days."
            ),
            unit=Unit.SHARE,
            evidence=Evidence(
                sql=KEY_COURSE_ROWS, recipe=Share(), buckets={"yes": _("completed"), "no": _("none yet")}
            ),
        ),
        Measure(
            code="finisher_lift",
            component=Component.EDUCATION,
            label=_("Use by finishers against others"),
            definition=_(
                "Days of use in the last 28 days, on average, of active users who completed a course in the last 365 "
                "days against those of the other active users. More than 3 counts as 3."
            ),
            unit=Unit.RATIO,
            evidence=Evidence(
                sql=LIFT_ROWS,
                recipe=MeanQuotient("finisher", "other", cap=3.0),
                buckets={"finisher": _("finished a course"), "other": _("did not")},
                amount=_("Days of use"),
            ),
        ),
        Measure(
            code="one_to_many",
            component=Component.EDUCATION,
            label=_("One-to-many share"),
            definition=_(
                "Of the content that they were sent or completed in the last 180 days, the share made for many."
            ),
            unit=Unit.SHARE,
            evidence=Evidence(sql=GIVEN_ROWS, recipe=Share(), buckets={"yes": _("one to many"), "no": _("one to one")}),
        ),
    ),
)
