"""Reads around a survey link."""

from dataclasses import dataclass

from outbox.models import Message, State
from voc.formulas.priority import title_of
from voc.formulas.tokens import digest_of
from voc.models import Feedback, Insight, Invitation, Response


def invitation_of(token: str) -> Invitation | None:
    """The invitation behind a link; None for a token that nobody was given, and while contact or account is deleted."""
    rows = Invitation.objects.select_related("version__survey", "account", "contact", "response")
    return rows.filter(digest=digest_of(token), contact__deleted_at=None, account__deleted_at=None).first()


# What the answer page reads; every column more costs more than the page's own work.
SHOWN = (
    *("version", "account", "contact", "state", "expires_at", "language", "digest", "message_ref", "occasion"),
    *("version__survey", "version__definition", "version__published_at", "account__name", "account__segment"),
    *("contact__name", "contact__email", "contact__persona", "contact__language", "contact__account"),
    *(f"version__survey__{name}" for name in ("kind", "who_reads", "is_anonymous", "brand_name", "brand_color")),
    *(f"response__{field.attname}" for field in Response._meta.concrete_fields),
)


def answering_of(token: str, visit: str) -> tuple[Invitation | None, Response | None]:
    """The invitation behind a link with its response so far. An anonymous one is found by the visit alone, and only
    until it is whole."""
    rows = Invitation.objects.select_related("version__survey", "account", "contact", "response").only(*SHOWN)
    alive = {"contact__deleted_at": None, "account__deleted_at": None}
    invitation = rows.filter(digest=digest_of(token), **alive).order_by().first()
    if invitation is None:
        return None, None
    if not invitation.version.survey.is_anonymous:
        return invitation, getattr(invitation, "response", None)
    return invitation, Response.objects.filter(session_digest=visit, version=invitation.version_id).first()


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


ANSWERED = (Insight.State.ACCEPTED, Insight.State.ACTED_ON, Insight.State.TOLD, Insight.State.VERIFIED)
TOLD = (Insight.State.TOLD, Insight.State.VERIFIED)


def last_time(invitation: Invitation) -> LastTime | None:
    """The newest thing this person said before that a department promised or did something about, else what they told
    lately about something that their company said.

    SECURITY: own words alone are quoted: the insight's title may be a colleague's or another customer's.
    """
    if not Insight.objects.filter(account=invitation.account_id, state__in=ANSWERED).exists():
        return None
    said = Feedback.objects.filter(contact=invitation.contact_id, quoted_in__insight__state__in=ANSWERED)
    said = said.exclude(response__invitation=invitation.pk).exclude(text="")
    newest = said.order_by("-quoted_in__insight__decided_at", "-pk").prefetch_related("quoted_in__insight").first()
    if newest is not None:
        insight = next(one.insight for one in newest.quoted_in.all() if one.insight.state in ANSWERED)
        return LastTime(title_of(newest.text), insight.promise, insight.action, insight.promised_on)
    done = Insight.objects.filter(account=invitation.account_id, state__in=TOLD).exclude(action="")
    insight_done = done.order_by("-decided_at", "-pk").first()
    return LastTime("", "", insight_done.action, None) if insight_done is not None else None
