"""What the vendor should know. Not knowing it is 0 points, never a gap in the data."""

from django.utils.translation import gettext_lazy as _

from engagement.models import Component
from engagement.selectors.measures.kinds import Evidence, Least, Measure, Source, Sum, Unit

# For a past day the account's own words count when they were reviewed by then: they carry no other date.
_INTENT = "(a.intent <> '' AND (%(live)s OR a.intent_reviewed_on <= %(as_of)s))"
_REVIEWED = "(coalesce(a.intent_reviewed_on <= %(as_of)s AND a.intent_reviewed_on > %(as_of)s - 180, false))"
_OUTCOMES = "(a.desired_outcomes <> '' AND (%(live)s OR a.intent_reviewed_on <= %(as_of)s))"

_CHAMPION = """c.deleted_at IS NULL AND c.persona = 'champion' AND (%(live)s OR c.created_at <= %(cutoff)s)
  AND (c.status <> 'left' OR c.left_on > %(as_of)s)"""

# What is planned: an open task with a day ahead, something we asked for that is not due yet, a touch that is booked.
_PLANNED = """
SELECT id, due_on AS day, 'task_' || kind AS what, title FROM lifecycle_task
WHERE account_id = {account} AND deleted_at IS NULL AND due_on >= %(as_of)s
  AND ((%(live)s AND state = 'open')
       OR (NOT %(live)s AND created_at <= %(cutoff)s AND state <> 'cancelled'
           AND (done_at IS NULL OR done_at > %(cutoff)s)))
UNION ALL
SELECT id, due_on, 'ask', asks_for FROM accounts_touchpoint
WHERE account_id = {account} AND deleted_at IS NULL AND due_on >= %(as_of)s AND occurred_at <= %(cutoff)s
  AND (got_it_at IS NULL OR got_it_at > %(cutoff)s)
UNION ALL
SELECT id, occurred_at::date, kind, subject FROM accounts_touchpoint
WHERE account_id = {account} AND deleted_at IS NULL AND occurred_at > %(cutoff)s
  AND kind IN ('call', 'meeting', 'event') AND (%(live)s OR created_at <= %(cutoff)s)
"""

# Do we know why they bought, what they want, who carries us, and when we meet next?
READING = f"""
SELECT a.id AS account_id,
       nullif({_INTENT}::int + {_REVIEWED}::int, 0) AS intent_known, a.intent_reviewed_on AS intent_known_on,
       nullif({_OUTCOMES}::int, 0) AS outcomes_named, a.intent_reviewed_on AS outcomes_named_on,
       nullif(champion.people, 0) AS champion, NULL::date AS champion_on,
       next.day - %(as_of)s AS next_touch, NULL::date AS next_touch_on
FROM accounts_account a
LEFT JOIN LATERAL (SELECT count(*) AS people FROM accounts_contact c
                   WHERE c.account_id = a.id AND {_CHAMPION}) champion ON true
LEFT JOIN LATERAL (SELECT min(day) AS day FROM ({_PLANNED.format(account="a.id")}) planned) next ON true
WHERE a.id = ANY(%(accounts)s::bigint[])
"""  # noqa: S608 constants of this module

_BOX = """
SELECT {number} AS id, coalesce(a.intent_reviewed_on::timestamptz, a.updated_at) AS at, '{what}' AS what,
       {title} AS title, CASE WHEN {test} THEN 'counted' ELSE 'aside' END AS bucket, 1::float8 AS amount
FROM accounts_account a WHERE a.id = %(account)s
"""

INTENT_ROWS = (
    _BOX.format(number=1, what="intent", title="a.intent", test=_INTENT)
    + " UNION ALL "
    + _BOX.format(number=2, what="review", title="''", test=_REVIEWED)
)

OUTCOMES_ROWS = _BOX.format(number=1, what="outcomes", title="left(a.desired_outcomes, 200)", test=_OUTCOMES)

CHAMPION_ROWS = f"""
SELECT c.id, c.created_at AS at, 'contact' AS what, c.name AS title, 'counted' AS bucket, 1::float8 AS amount
FROM accounts_contact c WHERE c.account_id = %(account)s AND {_CHAMPION}
"""  # noqa: S608 constants of this module

NEXT_ROWS = f"""
SELECT id, day::timestamptz AS at, what, title,
       CASE WHEN row_number() OVER (ORDER BY day, id) = 1 THEN 'counted' ELSE 'aside' END AS bucket,
       (day - %(as_of)s)::float8 AS amount
FROM ({_PLANNED.format(account="%(account)s")}) planned
"""  # noqa: S608 constants of this module

KNOWLEDGE = Source(
    name="knowledge",
    sql=READING,
    measures=(
        Measure(
            code="intent_known",
            component=Component.INTENT,
            label=_("Intent recorded and reviewed"),
            definition=_("One for a recorded reason why they bought, one for a review of it in the last 180 days."),
            unit=Unit.COUNT,
            is_knowledge=True,
            evidence=Evidence(
                sql=INTENT_ROWS,
                recipe=Sum(),
                buckets={"counted": _("known"), "aside": _("not known")},
                amount=_("Worth"),
            ),
        ),
        Measure(
            code="next_touch",
            component=Component.ANTICIPATION,
            label=_("Days to the next planned touch"),
            definition=_(
                "Days until the nearest open task, booked call or meeting, or thing we asked for. "
                "Nothing planned is 0 points."
            ),
            unit=Unit.DAYS,
            is_knowledge=True,
            evidence=Evidence(
                sql=NEXT_ROWS,
                recipe=Least(_("The nearest is %(days)s days ahead.")),
                buckets={"counted": _("next"), "aside": _("later")},
                amount=_("Days ahead"),
            ),
        ),
        Measure(
            code="outcomes_named",
            component=Component.OUTCOMES,
            label=_("Desired outcomes written down"),
            definition=_("1 when what the customer wants to achieve is written on the account."),
            unit=Unit.COUNT,
            is_knowledge=True,
            evidence=Evidence(
                sql=OUTCOMES_ROWS,
                recipe=Sum(),
                buckets={"counted": _("known"), "aside": _("not known")},
                amount=_("Worth"),
            ),
        ),
        Measure(
            code="champion",
            component=Component.RELATIONSHIPS,
            label=_("Champions"),
            definition=_("People with the persona champion who are still at the customer."),
            unit=Unit.COUNT,
            is_knowledge=True,
            evidence=Evidence(
                sql=CHAMPION_ROWS, recipe=Sum(), buckets={"counted": _("still there")}, amount=_("Worth")
            ),
        ),
    ),
)
