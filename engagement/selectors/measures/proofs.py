"""Relationships: references given, invoices paid."""

from django.utils.translation import gettext_lazy as _

from engagement.models import Component
from engagement.selectors.measures.kinds import Evidence, Mean, Measure, Source, Unit

_WORTH = "CASE outcome WHEN 'yes' THEN 1 WHEN 'stalled' THEN 0.4 ELSE 0 END"
_ASKED = """deleted_at IS NULL AND kind = 'reference' AND outcome IN ('yes', 'no', 'stalled')
  AND occurred_at <= %(cutoff)s AND occurred_at > %(cutoff)s - interval '365 days'"""


def _day(name: str) -> str:
    """A day in the details of a touch; anything else there is no day, words such as "infinity" neither."""
    text = f"left(details ->> '{name}', 10)"
    return f"CASE WHEN {text} ~ '^[0-9]{{4}}-' AND pg_input_is_valid({text}, 'date') THEN ({text})::date END"


# Details of an invoice: amount, due_on, paid_on. Without the day on which it was due nothing can be said of it.
_INVOICES = f"""
SELECT id, account_id, occurred_at, subject, due_on,
       least(greatest(CASE WHEN paid_on <= %(as_of)s THEN paid_on ELSE %(as_of)s END - due_on, 0), 180)::float8 AS late
FROM (SELECT id, account_id, occurred_at, subject, {_day("due_on")} AS due_on, {_day("paid_on")} AS paid_on
      FROM accounts_touchpoint
      WHERE account_id = ANY(%(accounts)s::bigint[]) AND deleted_at IS NULL AND kind = 'invoice'
        AND occurred_at <= %(cutoff)s AND occurred_at > %(cutoff)s - interval '400 days') i
WHERE due_on < %(as_of)s AND due_on > %(as_of)s - 180
"""  # noqa: S608 constants of this module

# Would they speak for us, and do they pay in time?
READING = f"""
WITH wanted AS MATERIALIZED (SELECT unnest(%(accounts)s::bigint[]) AS account_id),
     answers AS (
         SELECT DISTINCT ON (account_id) account_id, {_WORTH} AS worth, occurred_at AS at FROM accounts_touchpoint
         WHERE account_id = ANY(%(accounts)s::bigint[]) AND {_ASKED}
         ORDER BY account_id, occurred_at DESC, id DESC),
     invoices AS (SELECT account_id, avg(late) AS late, max(due_on) AS due_on FROM ({_INVOICES}) i GROUP BY account_id)
SELECT w.account_id,
       r.worth::float8 AS reference, r.at::date AS reference_on,
       i.late AS payment, i.due_on AS payment_on
FROM wanted w
LEFT JOIN answers r ON r.account_id = w.account_id
LEFT JOIN invoices i ON i.account_id = w.account_id
"""  # noqa: S608 constants of this module

# Only the newest answer counts; older ones are shown beside it.
REFERENCE_ROWS = f"""
SELECT id, occurred_at AS at, 'reference_' || outcome AS what, subject AS title,
       CASE WHEN row_number() OVER (ORDER BY occurred_at DESC, id DESC) = 1 THEN 'counted' ELSE 'aside' END AS bucket,
       ({_WORTH})::float8 AS amount
FROM accounts_touchpoint
WHERE account_id = %(account)s AND {_ASKED}
"""  # noqa: S608 constants of this module

PAYMENT_ROWS = f"""
SELECT id, due_on::timestamptz AS at, 'invoice' AS what, subject AS title, 'counted' AS bucket, late AS amount
FROM ({_INVOICES.replace("%(accounts)s", "ARRAY[%(account)s]")}) i
"""  # noqa: S608 constants of this module

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
                amount=_("Worth"),
            ),
        ),
        Measure(
            code="payment",
            component=Component.RELATIONSHIPS,
            label=_("Days that payment is late"),
            definition=_(
                "Mean days that the invoices due in the last 180 days were paid late, or wait since; in time is 0, "
                "and more than 180 counts as 180. Without invoices it is not observed."
            ),
            unit=Unit.DAYS,
            evidence=Evidence(sql=PAYMENT_ROWS, recipe=Mean(), buckets={"counted": _("counts")}, amount=_("Days late")),
        ),
    ),
)
