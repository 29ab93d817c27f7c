"""Journey and outcomes: where they are, how fast they got there, and whether the renewal is prepared."""

from django.utils.translation import gettext_lazy as _

from accounts.selectors.rates import rate_sql
from engagement.models import Component
from engagement.selectors.measures.kinds import Evidence, Least, Measure, Quotient, Share, Source, Unit

_OPEN_VISIT = """
FROM lifecycle_stagevisit v JOIN lifecycle_stage s ON s.id = v.stage_id
WHERE v.account_id = {account} AND v.entered_at <= %(cutoff)s AND (v.left_at IS NULL OR v.left_at > %(cutoff)s)
"""

_SIDES = "CROSS JOIN (VALUES (0, 'spent'), (1, 'target')) side(n, bucket) WHERE"

# The start is the signature, or else the first visit of any stage; value is there when First Value was left.
_START = """coalesce(a.signed_on, (SELECT min(entered_at)::date FROM lifecycle_stagevisit
  WHERE account_id = a.id AND entered_at <= %(cutoff)s))"""
_VALUE = """(SELECT min(v.left_at) FROM lifecycle_stagevisit v JOIN lifecycle_stage s ON s.id = v.stage_id
  WHERE v.account_id = a.id AND s.kind = 'first_value' AND v.left_at <= %(cutoff)s)"""

# A contract is prepared for when it renews by itself, is not due within 180 days, or has work planned before it is due.
# Contracts in other currencies count at the day's rate.
_CONTRACTS = f"""
SELECT s.id, s.starts_on, s.plan, s.external_id, s.arr * ({rate_sql(currency="s.currency", day="%(as_of)s")}) AS arr,
       coalesce(s.is_auto_renewed OR s.renews_on > %(as_of)s + 180 OR EXISTS (
           SELECT 1 FROM lifecycle_task t
           WHERE t.account_id = s.account_id AND t.deleted_at IS NULL AND t.due_on BETWEEN %(as_of)s AND s.renews_on
             AND ((%(live)s AND t.state = 'open')
                  OR (NOT %(live)s AND t.created_at <= %(cutoff)s AND t.state <> 'cancelled'
                      AND (t.done_at IS NULL OR t.done_at > %(cutoff)s)))), false) AS is_prepared
FROM accounts_subscription s
WHERE s.account_id = {{account}} AND s.deleted_at IS NULL AND NOT s.is_trial AND s.arr > 0 AND s.starts_on <= %(as_of)s
  AND (s.ends_on >= %(as_of)s OR (s.ends_on IS NULL AND s.status = 'active'))
"""  # noqa: S608 constants of this module

# Are they where they should be, did value come in time, and is the revenue that comes up prepared for?
READING = f"""
SELECT a.id AS account_id,
       (SELECT max(greatest(%(as_of)s - v.entered_at::date, 0)::float8 / greatest(s.target_days, 1))
        {_OPEN_VISIT.format(account="a.id")}) AS stage_on_time,
       %(as_of)s AS stage_on_time_on,
       CASE WHEN {_VALUE} IS NOT NULL THEN greatest({_VALUE}::date - {_START}, 0)
            WHEN EXISTS (SELECT 1 FROM lifecycle_stagevisit WHERE account_id = a.id AND entered_at <= %(cutoff)s)
                 AND %(as_of)s - {_START} > 90 THEN %(as_of)s - {_START} END AS time_to_value,
       %(as_of)s AS time_to_value_on,
       contracts.prepared / nullif(contracts.arr, 0) AS renewal_prepared, %(as_of)s AS renewal_prepared_on
FROM accounts_account a
LEFT JOIN LATERAL (SELECT sum(arr)::float8 AS arr, coalesce(sum(arr) FILTER (WHERE is_prepared), 0)::float8 AS prepared
                   FROM ({_CONTRACTS.format(account="a.id")}) c) contracts ON true
WHERE a.id = ANY(%(accounts)s::bigint[])
"""  # noqa: S608 constants of this module

# Only the stage that runs latest against its target counts; visits of other products stand beside it.
STAGE_ROWS = f"""
SELECT id, at, 'stage' AS what, title, CASE WHEN rank > 1 THEN 'aside' ELSE bucket END AS bucket, amount FROM (
    SELECT v.id * 2 + side.n AS id, v.entered_at AS at, s.name AS title, side.bucket,
           CASE side.n WHEN 0 THEN greatest(%(as_of)s - v.entered_at::date, 0)
                       ELSE greatest(s.target_days, 1) END::float8 AS amount,
           dense_rank() OVER (
               ORDER BY greatest(%(as_of)s - v.entered_at::date, 0)::float8 / greatest(s.target_days, 1) DESC, v.id
           ) AS rank
    {_OPEN_VISIT.format(account="%(account)s").replace("WHERE", _SIDES)}
) visits
"""  # noqa: S608 constants of this module

VALUE_ROWS = f"""
SELECT a.id, coalesce({_VALUE}, %(as_of)s::timestamptz) AS at,
       CASE WHEN {_VALUE} IS NULL THEN 'waiting_for_value' ELSE 'first_value' END AS what, '' AS title,
       'counted' AS bucket,
       CASE WHEN {_VALUE} IS NULL THEN %(as_of)s - {_START}
            ELSE greatest({_VALUE}::date - {_START}, 0) END::float8 AS amount
FROM accounts_account a
WHERE a.id = %(account)s
  AND ({_VALUE} IS NOT NULL
       OR (EXISTS (SELECT 1 FROM lifecycle_stagevisit WHERE account_id = a.id AND entered_at <= %(cutoff)s)
           AND %(as_of)s - {_START} > 90))
"""  # noqa: S608 constants of this module

CONTRACT_ROWS = f"""
SELECT id, starts_on::timestamptz AS at, 'subscription' AS what, coalesce(nullif(plan, ''), external_id, '') AS title,
       CASE WHEN is_prepared THEN 'yes' ELSE 'no' END AS bucket, arr::float8 AS amount
FROM ({_CONTRACTS.format(account="%(account)s")}) c
"""  # noqa: S608 constants of this module

JOURNEY = Source(
    name="journey",
    sql=READING,
    measures=(
        Measure(
            code="time_to_value",
            component=Component.OUTCOMES,
            label=_("Days to first value"),
            definition=_(
                "Days from the signature to the end of the stage First Value. "
                "Not reached after 90 days: the days so far. Before that it is not observed."
            ),
            unit=Unit.DAYS,
            evidence=Evidence(
                sql=VALUE_ROWS,
                recipe=Least(_("It took %(days)s days.")),
                buckets={"counted": _("counts")},
                amount=_("Days"),
            ),
        ),
        Measure(
            code="stage_on_time",
            component=Component.JOURNEY,
            label=_("Stage on time"),
            definition=_(
                "Days in the present stage, of the days that the stage should take. 100 % means the time is used up."
            ),
            unit=Unit.SHARE,
            evidence=Evidence(
                sql=STAGE_ROWS,
                recipe=Quotient("spent", "target", empty=0.0, is_share=True),
                buckets={"spent": _("days spent"), "target": _("days it should take"), "aside": _("another product")},
                amount=_("Days"),
            ),
        ),
        Measure(
            code="renewal_prepared",
            component=Component.JOURNEY,
            label=_("Renewal prepared"),
            definition=_(
                "Of the revenue that runs today, the share that renews by itself, is not due within 180 days, "
                "or has work planned before it is due."
            ),
            unit=Unit.SHARE,
            evidence=Evidence(
                sql=CONTRACT_ROWS,
                recipe=Share(weighs=True),
                buckets={"yes": _("prepared"), "no": _("not prepared")},
                amount=_("ARR"),
            ),
        ),
    ),
)
