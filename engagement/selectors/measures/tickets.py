"""Adoption and engagement: what support knows, and what stands in the way by the customer's own words."""

from django.utils.translation import gettext_lazy as _

from engagement.models import Component
from engagement.selectors.measures.kinds import Evidence, Mean, Measure, Source, Sum, Unit

# A blocking theme: an urgent or high insight of product or support, no praise, and nothing was done about it by then.
# How it ended later is known; when a merged one was open is not, so it never counts.
_BLOCKING = """
i.theme_id IS NOT NULL AND NOT i.is_praise AND i.priority <= 2 AND d.slug IN ('product', 'support')
AND (%(live)s OR i.created_at <= %(cutoff)s)
AND (i.state IN ('new', 'triaged', 'accepted', 'reopened')
     OR (NOT %(live)s AND ((i.state IN ('acted_on', 'told', 'verified') AND i.acted_at > %(cutoff)s)
                           OR (i.state = 'declined' AND i.decided_at > %(cutoff)s))))
"""
# When a ticket was last heard of, by the moment.
_HEARD = "greatest(opened_at, CASE WHEN closed_at <= %(cutoff)s THEN closed_at END)"
_URGENT = "(priority IN ('p1', 'p2') AND (closed_at IS NULL OR closed_at > %(cutoff)s))"

# What stands in the way, and how did they rate the help? No ticket in a year is no sign of no trouble: it is missing.
READING = f"""
WITH wanted AS MATERIALIZED (SELECT unnest(%(accounts)s::bigint[]) AS account_id),
     tickets AS (
         SELECT account_id, max({_HEARD}) AS last_at,
                count(*) FILTER (WHERE {_URGENT}) AS urgent,
                coalesce(sum(reopened_count) FILTER (WHERE {_HEARD} > %(cutoff)s - interval '90 days'), 0) AS reopened,
                avg(satisfaction) FILTER (
                    WHERE coalesce(closed_at, opened_at) <= %(cutoff)s
                      AND coalesce(closed_at, opened_at) > %(cutoff)s - interval '180 days') AS satisfaction,
                max(coalesce(closed_at, opened_at)) FILTER (
                    WHERE satisfaction IS NOT NULL AND coalesce(closed_at, opened_at) <= %(cutoff)s) AS rated_at
         FROM accounts_ticket
         WHERE account_id = ANY(%(accounts)s::bigint[]) AND deleted_at IS NULL AND opened_at <= %(cutoff)s
         GROUP BY account_id),
     themes AS (
         SELECT i.account_id, count(DISTINCT i.theme_id) AS blocking
         FROM voc_insight i JOIN team_department d ON d.id = i.department_id
         WHERE i.account_id = ANY(%(accounts)s::bigint[]) AND {_BLOCKING}
         GROUP BY i.account_id)
SELECT w.account_id,
       CASE WHEN t.last_at > %(cutoff)s - interval '365 days' OR h.blocking > 0
            THEN (coalesce(t.urgent + t.reopened, 0) + coalesce(h.blocking, 0))::float8 END AS blockers,
       CASE WHEN h.blocking > 0 THEN %(as_of)s
            WHEN %(tickets_alive)s THEN %(tickets_on)s::date ELSE t.last_at::date END AS blockers_on,
       t.satisfaction::float8 AS ticket_satisfaction,
       t.rated_at::date AS ticket_satisfaction_on
FROM wanted w
LEFT JOIN tickets t ON t.account_id = w.account_id
LEFT JOIN themes h ON h.account_id = w.account_id
"""  # noqa: S608 constants of this module

# A theme that several insights are about counts once; the other insights stand beside it.
BLOCKER_ROWS = f"""
SELECT id, opened_at AS at, 'ticket_' || priority AS what, coalesce(nullif(subject, ''), external_id, '') AS title,
       'counted' AS bucket,
       (CASE WHEN {_URGENT} THEN 1 ELSE 0 END
        + CASE WHEN {_HEARD} > %(cutoff)s - interval '90 days' THEN reopened_count ELSE 0 END)::float8 AS amount
FROM accounts_ticket
WHERE account_id = %(account)s AND deleted_at IS NULL AND opened_at <= %(cutoff)s
  AND ({_URGENT} OR {_HEARD} > %(cutoff)s - interval '90 days')
UNION ALL
SELECT i.id, i.created_at, 'blocking_theme', t.name || ': ' || i.title,
       CASE WHEN row_number() OVER (PARTITION BY i.theme_id ORDER BY i.id) = 1 THEN 'counted' ELSE 'aside' END,
       1::float8
FROM voc_insight i JOIN team_department d ON d.id = i.department_id JOIN voc_theme t ON t.id = i.theme_id
WHERE i.account_id = %(account)s AND {_BLOCKING}
"""  # noqa: S608 constants of this module

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
                "Open tickets of priority P1 or P2, each time a ticket of the last 90 days was reopened, and themes of "
                "urgent or high insights that product or support has done nothing about yet. An account without a "
                "ticket in a year and without such a theme is not observed: no ticket is no proof of no trouble."
            ),
            unit=Unit.COUNT,
            evidence=Evidence(
                sql=BLOCKER_ROWS,
                recipe=Sum(),
                buckets={"counted": _("counts"), "aside": _("same theme")},
                amount=_("Number"),
            ),
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
