"""Relationships and education: references given, courses completed."""

from django.utils.translation import gettext_lazy as _

from engagement.models import Component
from engagement.selectors.measures.kinds import Evidence, Mean, Measure, Share, Source, Unit

_WORTH = "CASE outcome WHEN 'yes' THEN 1 WHEN 'stalled' THEN 0.4 ELSE 0 END"

# Would they speak for us, and did their people learn? A course not taken counts once anybody takes courses.
READING = f"""
WITH wanted AS MATERIALIZED (SELECT unnest(%(accounts)s::bigint[]) AS account_id)
SELECT w.account_id,
       ref.worth::float8 AS reference, ref.at::date AS reference_on,
       CASE WHEN people.active > 0 AND (%(courses_alive)s OR course.at IS NOT NULL)
            THEN people.finishers::float8 / people.active END AS courses,
       CASE WHEN %(courses_alive)s THEN %(as_of)s ELSE course.at::date END AS courses_on
FROM wanted w
LEFT JOIN LATERAL (
    SELECT {_WORTH} AS worth, occurred_at AS at FROM accounts_touchpoint
    WHERE account_id = w.account_id AND deleted_at IS NULL AND kind = 'reference'
      AND outcome IN ('yes', 'no', 'stalled')
      AND occurred_at <= %(cutoff)s AND occurred_at > %(cutoff)s - interval '365 days'
    ORDER BY occurred_at DESC, id DESC LIMIT 1) ref ON true
LEFT JOIN LATERAL (
    SELECT max(occurred_at) AS at FROM accounts_touchpoint
    WHERE account_id = w.account_id AND deleted_at IS NULL AND kind = 'course' AND occurred_at <= %(cutoff)s
      AND occurred_at > %(cutoff)s - interval '365 days') course ON true
LEFT JOIN LATERAL (
    SELECT count(*) AS active,
           count(*) FILTER (WHERE EXISTS (
               SELECT 1 FROM accounts_touchpointcontact p JOIN accounts_touchpoint t ON t.id = p.touchpoint_id
               WHERE p.contact_id = c.id AND t.deleted_at IS NULL AND t.kind = 'course' AND t.occurred_at <= %(cutoff)s
                 AND t.occurred_at > %(cutoff)s - interval '365 days')) AS finishers
    FROM accounts_contact c
    WHERE c.account_id = w.account_id AND c.deleted_at IS NULL AND c.status <> 'left'
      AND (%(live)s OR c.created_at <= %(cutoff)s)) people ON true
"""  # noqa: S608 constants of this module

# Only the newest answer counts; older ones are shown beside it.
REFERENCE_ROWS = f"""
SELECT id, occurred_at AS at, 'reference_' || outcome AS what, subject AS title,
       CASE WHEN row_number() OVER (ORDER BY occurred_at DESC, id DESC) = 1 THEN 'counted' ELSE 'aside' END AS bucket,
       ({_WORTH})::float8 AS amount
FROM accounts_touchpoint
WHERE account_id = %(account)s AND deleted_at IS NULL AND kind = 'reference' AND outcome IN ('yes', 'no', 'stalled')
  AND occurred_at <= %(cutoff)s AND occurred_at > %(cutoff)s - interval '365 days'
"""  # noqa: S608 constants of this module

COURSE_ROWS = """
SELECT c.id, coalesce(done.at, c.created_at) AS at, 'contact' AS what,
       c.name || coalesce(': ' || done.subject, '') AS title,
       CASE WHEN done.at IS NULL THEN 'no' ELSE 'yes' END AS bucket, 1::float8 AS amount
FROM accounts_contact c
LEFT JOIN LATERAL (
    SELECT t.occurred_at AS at, t.subject
    FROM accounts_touchpointcontact p JOIN accounts_touchpoint t ON t.id = p.touchpoint_id
    WHERE p.contact_id = c.id AND t.deleted_at IS NULL AND t.kind = 'course' AND t.occurred_at <= %(cutoff)s
      AND t.occurred_at > %(cutoff)s - interval '365 days'
    ORDER BY t.occurred_at DESC LIMIT 1) done ON true
WHERE c.account_id = %(account)s AND c.deleted_at IS NULL AND c.status <> 'left'
  AND (%(live)s OR c.created_at <= %(cutoff)s)
  AND (%(courses_alive)s OR EXISTS (
      SELECT 1 FROM accounts_touchpoint t
      WHERE t.account_id = c.account_id AND t.deleted_at IS NULL AND t.kind = 'course'
        AND t.occurred_at <= %(cutoff)s AND t.occurred_at > %(cutoff)s - interval '365 days'))
"""

PROOFS = Source(
    name="proofs",
    sql=READING,
    measures=(
        Measure(
            code="reference",
            component=Component.RELATIONSHIPS,
            label=_("Would speak for us"),
            definition=_(
                "The newest answer to a reference request in the last 365 days: yes is 1, stalled 0.4, no 0. "
                "Who was never asked is not observed."
            ),
            unit=Unit.POINTS,
            evidence=Evidence(
                sql=REFERENCE_ROWS,
                recipe=Mean(),
                buckets={"counted": _("counts"), "aside": _("older")},
                amount=_("Counts as"),
            ),
        ),
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
    ),
)
