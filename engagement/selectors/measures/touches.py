"""Relationships, engagement and anticipation: the exchange with the customer."""

from django.utils.translation import gettext_lazy as _

from engagement.models import Component
from engagement.selectors.measures.kinds import Evidence, Least, Measure, Share, Source, Split, Sum, Unit

# A touch is a contact by a person, outside the house: notes, news, invoices and courses are none.
_TOUCH = """deleted_at IS NULL AND NOT is_automated AND direction <> 'none'
  AND kind NOT IN ('note', 'news', 'invoice', 'course') AND occurred_at <= %(cutoff)s"""
_JOINED = _TOUCH.replace("deleted_at", "t.deleted_at")
_SINCE = """coalesce(a.signed_on, (SELECT min(starts_on) FROM accounts_subscription WHERE account_id = a.id),
  a.created_at::date)"""

# How does the exchange go? Absence counts only while touches of the install come in at all.
READING = f"""
WITH wanted AS MATERIALIZED (
    SELECT a.id AS account_id, {_SINCE} AS since_on
    FROM accounts_account a WHERE a.id = ANY(%(accounts)s::bigint[])
)
SELECT w.account_id,
       CASE WHEN two.at IS NOT NULL THEN least(%(as_of)s - two.at::date, 365)
            WHEN %(touches_alive)s AND w.since_on <= %(as_of)s THEN least(%(as_of)s - w.since_on, 365) END AS silence,
       CASE WHEN %(touches_alive)s THEN %(as_of)s ELSE two.at::date END AS silence_on,
       CASE WHEN r.contacts > 0 THEN r.engaged::float8 / r.contacts END AS engaged_share,
       r.contact_on AS engaged_share_on,
       CASE WHEN r.awaited > 0 THEN r.replied::float8 / r.awaited END AS reply_rate,
       r.awaited_on AS reply_rate_on,
       CASE WHEN r.ours > 0 THEN r.proactive::float8 / r.ours END AS proactive_share,
       r.ours_on AS proactive_share_on,
       CASE WHEN asks.due > 0 THEN asks.came::float8 / asks.due END AS wanted_actions,
       asks.due_on AS wanted_actions_on,
       CASE WHEN %(touches_alive)s OR people.contacts > 0 THEN people.contacts END AS contacts_touched,
       CASE WHEN %(touches_alive)s THEN %(as_of)s ELSE two.at::date END AS contacts_touched_on,
       CASE WHEN boss.at IS NOT NULL THEN least(%(as_of)s - boss.at::date, 365)
            WHEN %(touches_alive)s AND w.since_on <= %(as_of)s
            THEN least(%(as_of)s - w.since_on, 365) END AS executive_touch,
       CASE WHEN %(touches_alive)s THEN %(as_of)s ELSE boss.at::date END AS executive_touch_on
FROM wanted w
LEFT JOIN LATERAL (
    SELECT max(occurred_at) AS at FROM accounts_touchpoint
    WHERE account_id = w.account_id AND {_TOUCH} AND direction = 'two_way') two ON true
LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE valence <> 'negative') AS contacts,
           count(*) FILTER (
               WHERE valence <> 'negative' AND (direction = 'two_way' OR got_it_at <= %(cutoff)s)) AS engaged,
           max(occurred_at::date) FILTER (WHERE valence <> 'negative') AS contact_on,
           count(*) FILTER (WHERE valence <> 'negative' AND (awaiting_reply_since IS NOT NULL OR replied_at IS NOT NULL)
                           ) AS awaited,
           count(*) FILTER (WHERE valence <> 'negative' AND replied_at <= %(cutoff)s) AS replied,
           max(occurred_at::date) FILTER (
               WHERE valence <> 'negative'
                 AND (awaiting_reply_since IS NOT NULL OR replied_at IS NOT NULL)) AS awaited_on,
           count(*) FILTER (WHERE direction IN ('out', 'two_way')) AS ours,
           count(*) FILTER (WHERE direction IN ('out', 'two_way') AND is_proactive) AS proactive,
           max(occurred_at::date) FILTER (WHERE direction IN ('out', 'two_way')) AS ours_on
    FROM accounts_touchpoint
    WHERE account_id = w.account_id AND {_TOUCH} AND occurred_at > %(cutoff)s - interval '90 days') r ON true
LEFT JOIN LATERAL (
    SELECT count(*) AS due, count(*) FILTER (WHERE got_it_at <= %(cutoff)s) AS came, max(due_on) AS due_on
    FROM accounts_touchpoint
    WHERE account_id = w.account_id AND {_TOUCH} AND due_on <= %(as_of)s AND due_on > %(as_of)s - 180) asks ON true
LEFT JOIN LATERAL (
    SELECT count(DISTINCT p.contact_id) AS contacts
    FROM accounts_touchpoint t JOIN accounts_touchpointcontact p ON p.touchpoint_id = t.id
    JOIN accounts_contact c ON c.id = p.contact_id AND c.deleted_at IS NULL
    WHERE t.account_id = w.account_id AND t.direction = 'two_way' AND t.occurred_at > %(cutoff)s - interval '90 days'
      AND (c.left_on IS NULL OR c.left_on > %(as_of)s) AND {_JOINED}) people ON true
LEFT JOIN LATERAL (
    SELECT t.occurred_at AS at
    FROM accounts_touchpoint t JOIN accounts_touchpointcontact p ON p.touchpoint_id = t.id
    JOIN accounts_contact c ON c.id = p.contact_id AND c.deleted_at IS NULL
                           AND c.persona IN ('executive', 'decision_maker')
    WHERE t.account_id = w.account_id AND t.direction = 'two_way' AND {_JOINED}
    ORDER BY t.occurred_at DESC LIMIT 1) boss ON true
"""  # noqa: S608 constants of this module

_NEWEST = "CASE WHEN row_number() OVER (ORDER BY {at}) = 1 THEN 'counted' ELSE 'aside' END"

# The newest two-way touch, or the day the customer came where there has been none.
_SILENCE_START = f"""
SELECT a.id, {_SINCE}::timestamptz AS at, 'customer_since' AS what, '' AS title, 'counted' AS bucket,
       (%(as_of)s - {_SINCE})::float8 AS amount
FROM accounts_account a
WHERE a.id = %(account)s AND %(touches_alive)s AND {_SINCE} <= %(as_of)s
"""  # noqa: S608 constants of this module

SILENCE_ROWS = f"""
SELECT id, occurred_at AS at, kind AS what, subject AS title,
       {_NEWEST.format(at="occurred_at DESC, id DESC")} AS bucket,
       (%(as_of)s - occurred_at::date)::float8 AS amount
FROM accounts_touchpoint WHERE account_id = %(account)s AND {_TOUCH} AND direction = 'two_way'
UNION ALL
({_SILENCE_START} AND NOT EXISTS (
    SELECT 1 FROM accounts_touchpoint WHERE account_id = %(account)s AND {_TOUCH} AND direction = 'two_way'))
"""  # noqa: S608 constants of this module

_RECENT = f"""
FROM accounts_touchpoint
WHERE account_id = %(account)s AND {_TOUCH} AND occurred_at > %(cutoff)s - interval '90 days'
"""

ENGAGED_ROWS = f"""
SELECT id, occurred_at AS at, kind AS what, subject AS title,
       CASE WHEN valence = 'negative' THEN 'aside'
            WHEN direction = 'two_way' OR coalesce(got_it_at <= %(cutoff)s, false) THEN valence
            ELSE 'no' END AS bucket,
       1::float8 AS amount
{_RECENT}
"""

REPLY_ROWS = f"""
SELECT id, occurred_at AS at, kind AS what, subject AS title,
       CASE WHEN valence = 'negative' THEN 'aside' WHEN replied_at <= %(cutoff)s THEN 'yes' ELSE 'no' END AS bucket,
       1::float8 AS amount
{_RECENT} AND (awaiting_reply_since IS NOT NULL OR replied_at IS NOT NULL)
"""

PROACTIVE_ROWS = f"""
SELECT id, occurred_at AS at, kind AS what, subject AS title,
       CASE WHEN is_proactive THEN 'yes' ELSE 'no' END AS bucket, 1::float8 AS amount
{_RECENT} AND direction IN ('out', 'two_way')
"""

WANTED_ROWS = f"""
SELECT id, due_on::timestamptz AS at, kind AS what, asks_for AS title,
       CASE WHEN got_it_at <= %(cutoff)s THEN 'yes' ELSE 'no' END AS bucket, 1::float8 AS amount
FROM accounts_touchpoint
WHERE account_id = %(account)s AND {_TOUCH} AND due_on <= %(as_of)s AND due_on > %(as_of)s - 180
"""  # noqa: S608 constants of this module

CONTACT_ROWS = f"""
SELECT c.id, max(t.occurred_at) AS at, 'contact' AS what, c.name AS title, 'counted' AS bucket, 1::float8 AS amount
FROM accounts_touchpoint t JOIN accounts_touchpointcontact p ON p.touchpoint_id = t.id
JOIN accounts_contact c ON c.id = p.contact_id AND c.deleted_at IS NULL
WHERE t.account_id = %(account)s AND t.direction = 'two_way' AND t.occurred_at > %(cutoff)s - interval '90 days'
  AND (c.left_on IS NULL OR c.left_on > %(as_of)s) AND {_JOINED}
GROUP BY c.id, c.name
"""  # noqa: S608 constants of this module

_BOSS = f"""
FROM accounts_touchpoint t JOIN accounts_touchpointcontact p ON p.touchpoint_id = t.id
JOIN accounts_contact c ON c.id = p.contact_id AND c.deleted_at IS NULL AND c.persona IN ('executive', 'decision_maker')
WHERE t.account_id = %(account)s AND t.direction = 'two_way' AND {_JOINED}
"""

EXECUTIVE_ROWS = f"""
SELECT p.id, t.occurred_at AS at, t.kind AS what, c.name || ': ' || t.subject AS title,
       {_NEWEST.format(at="t.occurred_at DESC, p.id DESC")} AS bucket,
       (%(as_of)s - t.occurred_at::date)::float8 AS amount
{_BOSS}
UNION ALL
({_SILENCE_START} AND NOT EXISTS (SELECT 1 {_BOSS}))
"""

_SPLIT = {
    "positive": _("engagement, positive"),
    "neutral": _("engagement, neutral"),
    "no": _("one-way"),
    "aside": _("negative: volume only"),
}

TOUCHES = Source(
    name="touches",
    sql=READING,
    measures=(
        Measure(
            code="proactive_share",
            component=Component.ANTICIPATION,
            label=_("Proactive share"),
            definition=_(
                "Of our touches of the last 90 days, the share that we started unasked. Automated mail does not count."
            ),
            unit=Unit.SHARE,
            evidence=Evidence(
                sql=PROACTIVE_ROWS, recipe=Share(), buckets={"yes": _("unasked"), "no": _("in answer to something")}
            ),
        ),
        Measure(
            code="contacts_touched",
            component=Component.RELATIONSHIPS,
            label=_("People in touch"),
            definition=_(
                "Different people at the customer with a two-way touch in the last 90 days who are still there."
            ),
            unit=Unit.COUNT,
            evidence=Evidence(sql=CONTACT_ROWS, recipe=Sum(), buckets={"counted": _("in touch")}),
        ),
        Measure(
            code="executive_touch",
            component=Component.RELATIONSHIPS,
            label=_("Days since an executive touch"),
            definition=_(
                "Days since the last two-way touch with an executive sponsor or decision maker; "
                "without any, days since they became a customer. More than a year counts as 365."
            ),
            unit=Unit.DAYS,
            evidence=Evidence(
                sql=EXECUTIVE_ROWS,
                recipe=Least(_("The newest is %(days)s days ago."), cap=365),
                buckets={"counted": _("counts"), "aside": _("earlier")},
                amount=_("Days ago"),
            ),
        ),
        Measure(
            code="silence",
            component=Component.ENGAGEMENT,
            label=_("Days of silence"),
            definition=_(
                "Days since the last two-way touch by a person; without any, days since they became a customer. "
                "Automated mail never ends a silence. More than a year counts as 365."
            ),
            unit=Unit.DAYS,
            evidence=Evidence(
                sql=SILENCE_ROWS,
                recipe=Least(_("The newest is %(days)s days ago."), cap=365),
                buckets={"counted": _("counts"), "aside": _("earlier")},
                amount=_("Days ago"),
            ),
        ),
        Measure(
            code="engaged_share",
            component=Component.ENGAGEMENT,
            label=_("Two-way share"),
            definition=_(
                "Of the contact of the last 90 days, the share that was engagement: two-way, or we asked for something "
                "and got it. Negative contact is volume and never raises the share."
            ),
            unit=Unit.SHARE,
            evidence=Evidence(sql=ENGAGED_ROWS, recipe=Split(), buckets=_SPLIT),
        ),
        Measure(
            code="reply_rate",
            component=Component.ENGAGEMENT,
            label=_("Reply rate"),
            definition=_("Of what we sent in the last 90 days and wanted a reply to, the share that was answered."),
            unit=Unit.SHARE,
            evidence=Evidence(
                sql=REPLY_ROWS,
                recipe=Share(),
                buckets={"yes": _("answered"), "no": _("no answer"), "aside": _("negative: volume only")},
            ),
        ),
        Measure(
            code="wanted_actions",
            component=Component.ENGAGEMENT,
            label=_("Wanted actions that came"),
            definition=_("Of what we asked customers to do by a day in the last 180 days, the share that came."),
            unit=Unit.SHARE,
            evidence=Evidence(sql=WANTED_ROWS, recipe=Share(), buckets={"yes": _("came"), "no": _("did not come")}),
        ),
    ),
)
