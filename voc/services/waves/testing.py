"""A test mail to oneself."""

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from accounts.models import Account, Contact
from outbox.models import Message
from outbox.services import enqueue_mail
from team.models import User
from voc.formulas.definitions import known_language
from voc.formulas.tokens import new_token
from voc.models import Survey
from voc.services.invitations import current_version
from voc.services.mails import answer_address, write_invitation

KIND = "survey_test"


def send_test(*, actor: User, survey: Survey, language: str = "") -> Message:
    """The survey's mail to the person who asks for it, with links into the preview. Nothing is counted.

    Raises NothingToSend.
    """
    version = current_version(survey)
    token = new_token()
    person = Contact(pk=0, name=actor.name, email=actor.email, account=Account(name=_("Example Ltd.")))
    letter = write_invitation(
        version=version, contact=person, token=token, language=known_language(language or actor.language)
    )
    link, preview = answer_address(survey, token), _preview(survey)
    return enqueue_mail(
        kind=KIND,
        recipient=actor.email,
        subject=_("Test: %(subject)s") % {"subject": letter.subject},
        body_text=letter.text.replace(link, preview),
        body_html=letter.html.replace(link, preview),
        sender=letter.sender,
        reply_to=letter.reply_to,
        is_automated=False,
        created_by=actor,
    )


def _preview(survey: Survey) -> str:
    """Where the links of a test mail lead: no answer can be given there."""
    try:
        path = reverse("survey_preview", args=[survey.pk])
    except NoReverseMatch:
        path = reverse("survey", args=[survey.pk])
    return f"{settings.BASE_URL}{path}"
