"""Adoption and engagement: what support knows."""

from django.utils.translation import gettext_lazy as _

from engagement.models import Component
from engagement.selectors.measures.kinds import Evidence, Mean, Measure, Source, Sum, Unit

# What stands in the way, and how did they rate the help? No ticket in a year is no sign of no trouble: it is missing.
READING = """
WITH wanted AS MATERIALIZED (SELECT unnest(%(accounts)s::bigint[]) AS account_id)
SELECT w.account_id,
       CASE WHEN t.last_at > %(cutoff)s - interval '365 days'
            THEN (t.urgent + t.reopened)::float8 END AS blockers,
       CASE WHEN %(tickets_alive)s THEN %(tickets_on)s::date ELSE t.last_at::date END AS blockers_on,
       t.satisfaction::float8 AS ticket_satisfaction,
       t.rated_at::date AS ticket_satisfaction_on
FROM wanted w
LEFT JOIN LATERAL (
    SELECT max(greatest(opened_at, CASE WHEN closed_at <= %(cutoff)s THEN closed_at END)) AS last_at,
           count(*) FILTER (WHERE priority IN ('p1', 'p2') AND (closed_at IS NULL OR closed_at > %(cutoff)s)) AS urgent,
           coalesce(sum(reopened_count) FILTER (
               WHERE greatest(opened_at, CASE WHEN closed_at <= %(cutoff)s THEN closed_at END)
                     > %(cutoff)s - interval '90 days'), 0) AS reopened,
           avg(satisfaction) FILTER (
               WHERE coalesce(closed_at, opened_at) <= %(cutoff)s
                 AND coalesce(closed_at, opened_at) > %(cutoff)s - interval '180 days') AS satisfaction,
           max(coalesce(closed_at, opened_at)) FILTER (
               WHERE satisfaction IS NOT NULL AND coalesce(closed_at, opened_at) <= %(cutoff)s) AS rated_at
    FROM accounts_ticket
    WHERE account_id = w.account_id AND deleted_at IS NULL AND opened_at <= %(cutoff)s
) t ON true
"""

BLOCKER_ROWS = """
SELECT id, opened_at AS at, 'ticket_' || priority AS what, coalesce(nullif(subject, ''), external_id, '') AS title,
       'counted' AS bucket,
       (CASE WHEN priority IN ('p1', 'p2') AND (closed_at IS NULL OR closed_at > %(cutoff)s) THEN 1 ELSE 0 END
        + CASE WHEN greatest(opened_at, CASE WHEN closed_at <= %(cutoff)s THEN closed_at END)
                    > %(cutoff)s - interval '90 days' THEN reopened_count ELSE 0 END)::float8 AS amount
FROM accounts_ticket
WHERE account_id = %(account)s AND deleted_at IS NULL AND opened_at <= %(cutoff)s
  AND ((priority IN ('p1', 'p2') AND (closed_at IS NULL OR closed_at > %(cutoff)s))
       OR greatest(opened_at, CASE WHEN closed_at <= %(cutoff)s THEN closed_at END) > %(cutoff)s - interval '90 days')
"""

SATISFACTION_ROWS = """
SELECT id, coalesce(closed_at, opened_at) AS at, 'ticket_' || priority AS what,
       coalesce(nullif(subject, ''), external_id, '') AS title, 'counted' AS bucket, satisfaction::float8 AS amount
FROM accounts_ticket
WHERE account_id = %(account)s AND deleted_at IS NULL AND opened_at <= %(cutoff)s AND satisfaction IS NOT NULL
  AND coalesce(closed_at, opened_at) <= %(cutoff)s
  AND coalesce(closed_at, opened_at) > %(cutoff)s - interval '180 days'
"""

TICKETS = Source(
    name="tickets",
    sql=READING,
    measures=(
        Measure(
            code="blockers",
            component=Component.ADOPTION,
            label=_("Blockers"),
            definition=_(
                "Open tickets of priority P1 or P2, plus each time a ticket of the last 90 days was reopened. "
                "An account without a ticket in a year is not observed: no ticket is no proof of no trouble."
            ),
            unit=Unit.COUNT,
            evidence=Evidence(sql=BLOCKER_ROWS, recipe=Sum(), buckets={"counted": _("counts")}, amount=_("Counts as")),
        ),
        Measure(
            code="ticket_satisfaction",
            component=Component.ENGAGEMENT,
            label=_("Ticket satisfaction"),
            definition=_("Mean rating, 1 to 5, of the tickets that were closed and rated in the last 180 days."),
            unit=Unit.POINTS,
            evidence=Evidence(
                sql=SATISFACTION_ROWS, recipe=Mean(), buckets={"counted": _("rated")}, amount=_("Rating")
            ),
        ),
    ),
)
