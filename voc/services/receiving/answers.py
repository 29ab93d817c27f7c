"""What people write back: an answer to the survey, a wish for no more mail, or a mail for the CSM."""

from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.models import Contact, Touchpoint
from accounts.services.touchpoints import log_touchpoint
from outbox.models import ReceivedMail
from team.clock import now
from voc.formulas.answers import AnswerValue
from voc.formulas.definitions import WRITING, Definition, read_definition
from voc.formulas.flow import path_of
from voc.formulas.mail_answers import MailAnswer, asks_to_stop, read_mail_answer
from voc.models import Feedback, Invitation
from voc.services.feedback import take_feedback
from voc.services.preferences import set_wishes
from voc.services.receiving.whose import contact_of, invitation_behind, purpose_of
from voc.services.responses import follow_up, take_answers

Outcome = ReceivedMail.Outcome
SOURCE = "mail"
TAKEN = {"stored", "same"}


def take_answer(received: ReceivedMail) -> bool:
    """One mail by a person, in answer to one of ours.

    SECURITY: that it names our Message-ID, which only its reader knows, and comes from the address that we wrote to, is
    as good as the link in it: only then it answers the survey or opts out. From anybody else it is a mail to read.
    """
    contact = contact_of(received)
    if contact is None or received.our_mail is None:
        return False
    is_from_them = received.sender == received.our_mail.recipient.lower()
    if is_from_them and asks_to_stop(received.words):
        set_wishes(contact=contact, wishes={purpose_of(received.our_mail): False}, source="answered by mail")
        received.outcome = Outcome.OPTED_OUT
        return True
    invitation = invitation_behind(received.our_mail) if is_from_them else None
    if invitation is not None and answer_survey(received, invitation):
        received.outcome = Outcome.ANSWERED
        return True
    log_mail(received, contact, is_from_them=is_from_them)
    received.outcome = Outcome.LOGGED
    return True


def answer_survey(received: ReceivedMail, invitation: Invitation) -> bool:
    """Take the number at the beginning as the answer to the first question, and the words as the comment.

    SECURITY: never for an anonymous survey: a mail has a sender, so it is read like any other mail of theirs.
    """
    if invitation.version.survey.is_anonymous:
        return False
    definition = read_definition(invitation.version.definition)
    headline = definition.headline
    if headline is None:
        return False
    said = read_mail_answer(received.words, headline.numbers)
    if said.number is None:
        return False
    answers = {headline.id: AnswerValue(number=Decimal(said.number))}
    taken = take_answers(
        invitation=invitation,
        answers=answers | comment(definition, answers, said),
        language=invitation.language,
        source=SOURCE,
    )
    if taken.response is not None and taken.has_news:
        follow_up(response_id=taken.response.pk)
    received.note = _("%(score)s of %(top)s") % {"score": said.number, "top": headline.numbers[-1]}
    return taken.outcome in TAKEN


def comment(definition: Definition, answers: dict[str, AnswerValue], said: MailAnswer) -> dict[str, AnswerValue]:
    """The words as the answer to the first open question that this person would be asked."""
    if not said.words:
        return {}
    asked = [question for question in path_of(definition, answers) if question.type in WRITING]
    return {asked[0].id: AnswerValue(text=said.words[:5000])} if asked else {}


def log_mail(received: ReceivedMail, contact: Contact, *, is_from_them: bool) -> None:
    """A touchpoint that came in (what waited for a reply has it now), and a piece of voice."""
    account = contact.account
    known = contact.account.contacts.filter(email__iexact=received.sender).first() if received.sender else None
    author = contact if is_from_them else known
    at = min(received.sent_at or received.received_at, now())
    words = received.words or received.text
    log_touchpoint(
        actor=None,
        account=account,
        kind=Touchpoint.Kind.MAIL,
        direction=Touchpoint.Direction.IN,
        subject=received.subject,
        body=words if author is not None else f"{received.sender}\n\n{words}",
        contacts=[author] if author is not None else [],
        occurred_at=at,
        source="received",
        external_id=f"received:{received.pk}",
    )
    if received.words:
        take_feedback(
            account=account,
            contact=author,
            text=received.words,
            source=Feedback.Source.MAIL,
            received_at=at,
            author="" if author is not None else received.sender,
            source_system=SOURCE,
            external_id=f"received:{received.pk}",
        )
