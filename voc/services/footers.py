"""What every automated mail to a customer ends with: where to say anything, and where to choose what we may write."""

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Contact
from voc.formulas.definitions import DJANGO_LANGUAGES, known_language
from voc.services.mails import absolute, frame, paragraphs, vendor
from voc.services.tokens import feedback_token, preference_token


def write_footer(contact: Contact) -> tuple[str, dict[str, str], tuple[str, ...]]:
    """The closing lines in the person's language, RFC 8058's headers, and the tokens in both; for lower apps by
    settings.CUSTOMER_MAIL_FOOTER."""
    token, say_token = preference_token(contact), feedback_token(contact)
    with override(DJANGO_LANGUAGES[known_language(contact.language)]):
        words = _("You get this mail as a contact of %(company)s. Choose what we may write to you:") % {
            "company": vendor()
        }
        say = _("Anything to tell us? At any time:")
    headers = {
        "List-Unsubscribe": f"<{absolute('one_click_stop', token)}?of=success>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    lines = f"{say}\n{absolute('standing_feedback', say_token)}\n{words}\n{absolute('preferences', token)}"
    return lines, headers, (token, say_token)


def standing_link(contact: Contact) -> str:
    """The path of the page where a person says anything at any time; for lower apps by
    settings.CUSTOMER_STANDING_LINK."""
    return reverse("standing_feedback", args=[feedback_token(contact)])


def write_html(contact: Contact, subject: str, body: str) -> str:
    """The HTML part of an automated mail whose words a person wrote; for lower apps by settings.CUSTOMER_MAIL_HTML."""
    parts = paragraphs(body)
    language = known_language(contact.language)
    context = frame(contact, subject, language) | {
        "brand": vendor(),
        "paragraphs": parts,
        "preheader": parts[0][:120] if parts else subject,
    }
    with override(DJANGO_LANGUAGES[language]):
        return render_to_string("voc/mail/customer.html", context)
