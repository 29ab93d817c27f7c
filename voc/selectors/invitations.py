"""Reads around a survey link."""

from dataclasses import dataclass

from outbox.models import Message, State
from voc.formulas.tokens import digest_of
from voc.models import Insight, Invitation


def invitation_of(token: str) -> Invitation | None:
    """The invitation behind a link; None for a token that nobody was given, and while contact or account is deleted."""
    rows = Invitation.objects.select_related("version__survey", "account", "contact", "response")
    return rows.filter(digest=digest_of(token), contact__deleted_at=None, account__deleted_at=None).first()


def seconds_since_mail(invitation: Invitation, now_seconds: float) -> float | None:
    """How long ago the mail left; None when that is not known, or when it was kept here, where no scanner sees it."""
    uuid = invitation.message_ref.removeprefix("message:")
    if not uuid:
        return None
    message = Message.objects.filter(uuid=uuid, state=State.SENT).only("sent_at").first()
    return None if message is None or message.sent_at is None else now_seconds - message.sent_at.timestamp()


@dataclass(frozen=True)
class LastTime:
    """What became of what a person said before, in the words that may go to them."""

    said: str
    promise: str
    action: str
    promised_on: object


def last_time(invitation: Invitation) -> LastTime | None:
    """The newest thing this person said before that a department promised or did something about."""
    insight = (
        Insight.objects.filter(
            feedback__contact=invitation.contact_id,
            state__in=[Insight.State.ACCEPTED, Insight.State.ACTED_ON, Insight.State.TOLD, Insight.State.VERIFIED],
        )
        .exclude(feedback__response__invitation=invitation.pk)
        .order_by("-decided_at")
        .first()
    )
    if insight is None:
        return None
    return LastTime(insight.title, insight.promise, insight.action, insight.promised_on)
