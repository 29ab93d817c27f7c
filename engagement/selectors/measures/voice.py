"""Engagement: what they say."""

from django.utils.translation import gettext_lazy as _

from engagement.models import Component
from engagement.selectors.measures.kinds import Evidence, Mean, Measure, Share, Source, Unit

# Answers carry the clock of the day on which they were given; for today every stored one counts.
_IN_TIME = "(%(live)s OR {at} <= %(cutoff)s)"

_NPS = f"""
SELECT r.id, r.contact_id, r.submitted_at AS at, r.score,
       row_number() OVER (PARTITION BY coalesce(r.contact_id, -r.id) ORDER BY r.submitted_at DESC, r.id DESC) AS rank
FROM voc_response r JOIN voc_surveyversion v ON v.id = r.version_id JOIN voc_survey s ON s.id = v.survey_id
WHERE r.account_id = {{account}} AND s.kind = 'nps' AND r.state = 'confirmed' AND r.score IS NOT NULL
  AND {_IN_TIME.format(at="r.submitted_at")} AND r.submitted_at > %(cutoff)s - interval '365 days'
"""  # noqa: S608 constants of this module

_ASKED = f"""
SELECT i.id, i.created_at AS at, i.contact_id, EXISTS (
           SELECT 1 FROM voc_response r WHERE r.invitation_id = i.id AND r.state = 'confirmed'
             AND {_IN_TIME.format(at="r.submitted_at")}) AS answered
FROM voc_invitation i
WHERE i.account_id = {{account}} AND i.state IN ('sent', 'answered', 'expired', 'declined')
  AND {_IN_TIME.format(at="i.created_at")} AND i.created_at > %(cutoff)s - interval '365 days'
"""  # noqa: S608 constants of this module

_FELT = f"""
SELECT f.id, f.received_at AS at, f.source, f.text, f.sentiment FROM voc_feedback f
WHERE f.account_id = {{account}} AND f.sentiment IS NOT NULL
  AND {_IN_TIME.format(at="f.received_at")} AND f.received_at > %(cutoff)s - interval '180 days'
"""  # noqa: S608 constants of this module

# What did they answer last, do they answer at all, and in what mood do they write?
READING = f"""
WITH wanted AS MATERIALIZED (SELECT unnest(%(accounts)s::bigint[]) AS account_id)
SELECT w.account_id,
       nps.mean::float8 AS nps, least(nps.at::date, %(as_of)s) AS nps_on,
       asked.share::float8 AS answer_rate, least(asked.at::date, %(as_of)s) AS answer_rate_on,
       felt.mean::float8 AS sentiment, least(felt.at::date, %(as_of)s) AS sentiment_on
FROM wanted w
LEFT JOIN LATERAL (SELECT avg(score) AS mean, max(at) AS at FROM ({_NPS.format(account="w.account_id")}) n
                   WHERE rank = 1) nps ON true
LEFT JOIN LATERAL (SELECT avg(answered::int) AS share, max(at) AS at
                   FROM ({_ASKED.format(account="w.account_id")}) i) asked ON true
LEFT JOIN LATERAL (SELECT avg(sentiment) AS mean, max(at) AS at
                   FROM ({_FELT.format(account="w.account_id")}) f) felt ON true
"""  # noqa: S608 constants of this module

NPS_ROWS = f"""
SELECT n.id, n.at, 'answer' AS what, coalesce(c.name, '') AS title,
       CASE WHEN n.rank = 1 THEN 'counted' ELSE 'aside' END AS bucket, n.score::float8 AS amount
FROM ({_NPS.format(account="%(account)s")}) n LEFT JOIN accounts_contact c ON c.id = n.contact_id
"""  # noqa: S608 constants of this module

ASKED_ROWS = f"""
SELECT i.id, i.at, 'invitation' AS what, c.name AS title, CASE WHEN i.answered THEN 'yes' ELSE 'no' END AS bucket,
       1::float8 AS amount
FROM ({_ASKED.format(account="%(account)s")}) i JOIN accounts_contact c ON c.id = i.contact_id
"""  # noqa: S608 constants of this module

FELT_ROWS = f"""
SELECT id, at, 'feedback_' || source AS what, left(text, 200) AS title, 'counted' AS bucket, sentiment::float8 AS amount
FROM ({_FELT.format(account="%(account)s")}) f
"""  # noqa: S608 constants of this module

VOICE = Source(
    name="voice",
    sql=READING,
    measures=(
        Measure(
            code="nps",
            component=Component.ENGAGEMENT,
            label=_("Recommendation (NPS answers)"),
            definition=_(
                "Mean of each person's newest confirmed answer, 0 to 10, to the recommendation question "
                "in the last 365 days."
            ),
            unit=Unit.POINTS,
            evidence=Evidence(
                sql=NPS_ROWS,
                recipe=Mean(),
                buckets={"counted": _("newest answer"), "aside": _("older")},
                amount=_("Answer"),
            ),
        ),
        Measure(
            code="answer_rate",
            component=Component.ENGAGEMENT,
            label=_("Survey answer rate"),
            definition=_(
                "Of the survey invitations that went out in the last 365 days, the share with a confirmed answer."
            ),
            unit=Unit.SHARE,
            evidence=Evidence(sql=ASKED_ROWS, recipe=Share(), buckets={"yes": _("answered"), "no": _("no answer")}),
        ),
        Measure(
            code="sentiment",
            component=Component.ENGAGEMENT,
            label=_("Mood of feedback"),
            definition=_("Mean sentiment, -1 to 1, of the rated feedback of the last 180 days."),
            unit=Unit.POINTS,
            evidence=Evidence(sql=FELT_ROWS, recipe=Mean(), buckets={"counted": _("rated")}, amount=_("Mood")),
        ),
    ),
)
