"""Reads around a survey link."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db import connection
from django.db.models import Model

from accounts.models import Account, Contact
from outbox.models import Message, State
from team.models import Install
from voc.formulas.answers import AnswerValue
from voc.formulas.priority import title_of
from voc.formulas.tokens import digest_of
from voc.models import Feedback, Insight, Invitation, Response, Survey, SurveyVersion


def invitation_of(token: str) -> Invitation | None:
    """The invitation behind a link; None for a token that nobody was given, and while contact or account is deleted."""
    rows = Invitation.objects.select_related("version__survey", "account", "contact", "response")
    return rows.filter(digest=digest_of(token), contact__deleted_at=None, account__deleted_at=None).first()


ANSWERED = (Insight.State.ACCEPTED, Insight.State.ACTED_ON, Insight.State.TOLD, Insight.State.VERIFIED)
TOLD = (Insight.State.TOLD, Insight.State.VERIFIED)

# What the answer page reads of each row; every column more costs more than the page's own work.
SHOWN: Final[Mapping[type[Model], Collection[str]]] = {
    Invitation: (
        *("id", "version", "account", "contact", "state", "expires_at", "language", "digest", "message_ref"),
        "occasion",
    ),
    SurveyVersion: ("id", "survey", "published_at"),
    Survey: ("id", "kind", "who_reads", "is_anonymous", "brand_name", "brand_color"),
    Account: ("id", "name", "segment"),
    Contact: ("id", "name", "email", "persona", "language", "account"),
    Response: [field.name for field in Response._meta.concrete_fields if field.name != "snapshot"],
}
_FIELDS: Final = {
    model: [field for field in model._meta.concrete_fields if field.name in names] for model, names in SHOWN.items()
}
# Written by hand, for the page is asked for by everybody who gets a mail: one query, and nothing to compile.
_ANSWERING: Final = f"""
    SELECT {", ".join(f'{model._meta.db_table}."{field.column}"' for model in SHOWN for field in _FIELDS[model])},
           (SELECT json_agg(json_build_array(question_id, number::text, text, choices))
              FROM voc_answer WHERE response_id = voc_response.id)::text,
           (SELECT company FROM team_install WHERE id = 1),
           EXISTS (SELECT FROM voc_insight
                    WHERE account_id = voc_invitation.account_id AND state = ANY(%s))
      FROM voc_invitation
      JOIN voc_surveyversion ON voc_surveyversion.id = voc_invitation.version_id
      JOIN voc_survey ON voc_survey.id = voc_surveyversion.survey_id
      JOIN accounts_account ON accounts_account.id = voc_invitation.account_id AND accounts_account.deleted_at IS NULL
      JOIN accounts_contact ON accounts_contact.id = voc_invitation.contact_id AND accounts_contact.deleted_at IS NULL
      LEFT JOIN LATERAL (
           SELECT * FROM voc_response personal
            WHERE personal.invitation_id = voc_invitation.id AND NOT voc_survey.is_anonymous
            UNION ALL
           SELECT * FROM voc_response anonymous
            WHERE anonymous.session_digest = %s AND anonymous.version_id = voc_invitation.version_id
              AND voc_survey.is_anonymous
           ) voc_response ON true
     WHERE voc_invitation.digest = %s
"""  # noqa: S608 names of our own models


@dataclass(frozen=True)
class Answering:
    """An invitation with what was answered to it so far. `company` is the vendor's name;
    `may_have_news`: something became of what was said at the account."""

    invitation: Invitation
    response: Response | None
    answers: dict[str, AnswerValue]
    company: str
    may_have_news: bool


def answering_of(token: str, visit: str) -> Answering | None:
    """The invitation behind a link with its response so far. An anonymous one is found by the visit alone, and only
    until it is whole."""
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERING, [[str(state) for state in ANSWERED], visit, digest_of(token)])
        row = cursor.fetchone()
    if row is None:
        return None
    made: dict[type[Model], Any] = {}
    start = 0
    for model, fields in _FIELDS.items():
        values = row[start : start + len(fields)]
        made[model] = model.from_db("default", [field.attname for field in fields], values)
        start += len(fields)
    invitation, version, response = made[Invitation], made[SurveyVersion], made[Response]
    version.survey = made[Survey]
    invitation.version, invitation.account, invitation.contact = version, made[Account], made[Contact]
    answers, company, may_have_news = row[start:]
    known = {
        key: AnswerValue(number=None if number is None else Decimal(number), text=text, choices=choices)
        for key, number, text, choices in json.loads(answers or "[]")
    }
    return Answering(invitation, response if response.pk else None, known, company or Install().company, may_have_news)


def seconds_since_mail(invitation: Invitation, now_seconds: float) -> float | None:
    """How long ago the mail left; None when that is not known, or when it was kept here, where no scanner sees it."""
    uuid = invitation.message_ref.removeprefix("message:")
    if not uuid:
        return None
    message = Message.objects.filter(uuid=uuid, state=State.SENT).only("sent_at").first()
    return None if message is None or message.sent_at is None else now_seconds - message.sent_at.timestamp()


@dataclass(frozen=True)
class LastTime:
    """What became of what a person said before, in the words that may go to them. `said` is empty where it was a
    colleague who said it."""

    said: str
    promise: str
    action: str
    promised_on: object


def last_time(invitation: Invitation) -> LastTime | None:
    """The newest thing this person said before that a department promised or did something about, else what they told
    lately about something that their company said.

    SECURITY: own words alone are quoted: the insight's title may be a colleague's or another customer's.
    """
    said = Feedback.objects.filter(contact=invitation.contact_id, quoted_in__insight__state__in=ANSWERED)
    said = said.exclude(response__invitation=invitation.pk).exclude(text="")
    newest = said.order_by("-quoted_in__insight__decided_at", "-pk").prefetch_related("quoted_in__insight").first()
    if newest is not None:
        insight = next(one.insight for one in newest.quoted_in.all() if one.insight.state in ANSWERED)
        return LastTime(title_of(newest.text), insight.promise, insight.action, insight.promised_on)
    done = Insight.objects.filter(account=invitation.account_id, state__in=TOLD).exclude(action="")
    insight_done = done.order_by("-decided_at", "-pk").first()
    return LastTime("", "", insight_done.action, None) if insight_done is not None else None
