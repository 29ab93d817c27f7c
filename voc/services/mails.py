"""Mails to customers: the texts of an invitation and of a reply, in the customer's language, as text and as HTML."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Contact
from team.models import Install
from voc.formulas.questions import DJANGO_LANGUAGES, SCALES, headline_of, known_language, text_in
from voc.models import SurveyVersion
from voc.services.tokens import preference_token


@dataclass(frozen=True)
class Letter:
    """A mail before it goes into the outbox. `secrets` are the personal tokens in it."""

    subject: str
    text: str
    html: str
    headers: dict[str, str]
    secrets: tuple[str, ...]
    sender: str = ""
    reply_to: str = ""


def write_invitation(
    *, version: SurveyVersion, contact: Contact, token: str, language: str, is_reminder: bool = False
) -> Letter:
    """The mail with the first question inside: each cell leads to the answer page with that number chosen."""
    question = headline_of(version.definition)
    address = absolute("survey_answer", token)
    company = vendor()
    context = {
        "company": company,
        "contact": contact,
        "question": text_in(question["text"], language),
        "low": text_in(question.get("low", {}), language),
        "high": text_in(question.get("high", {}), language),
        "url": address,
        "cells": [{"number": number, "url": f"{address}?a={number}"} for number in SCALES[question["type"]]],
    }
    with override(DJANGO_LANGUAGES[known_language(language)]):
        context["who_reads"] = _(version.survey.who_reads) if version.survey.who_reads else ""
        subject = _("One question from %(company)s") % {"company": company}
        subject = _("Reminder: %(subject)s") % {"subject": subject} if is_reminder else subject
        return finish(contact, "invitation", subject, context, secrets=(token,))


def write_reply(*, contact: Contact, text: str, quote: str, token: str, language: str) -> Letter:
    """The mail that tells a customer what became of their words, with the question whether it solved it."""
    company = vendor()
    context = {
        "company": company,
        "contact": contact,
        "paragraphs": [part.strip() for part in text.split("\n\n") if part.strip()],
        "quote": quote,
        "url": absolute("verification_answer", token),
    }
    with override(DJANGO_LANGUAGES[known_language(language)]):
        subject = _("What became of your feedback to %(company)s") % {"company": company}
        return finish(contact, "reply", subject, context, secrets=(token,))


def finish(contact: Contact, name: str, subject: str, context: dict[str, Any], *, secrets: tuple[str, ...]) -> Letter:
    """Render both parts and add what each mail to a customer carries: the preference page and RFC 8058's headers."""
    standing = preference_token(contact)
    context |= {"subject": subject, "preferences_url": absolute("preferences", standing), "language": contact.language}
    return Letter(
        subject=subject,
        text=render_to_string(f"voc/mail/{name}.txt", context),
        html=render_to_string(f"voc/mail/{name}.html", context),
        headers={
            "List-Unsubscribe": f"<{absolute('one_click_stop', standing)}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
        secrets=(*secrets, standing),
    )


def absolute(name: str, token: str) -> str:
    """SECURITY: links in mail are built from the setting, never from a request's Host header."""
    return f"{settings.BASE_URL}{reverse(name, args=[token])}"


def vendor() -> str:
    """The company that writes."""
    return Install.objects.values_list("company", flat=True).filter(pk=1).first() or "Perennial"
