"""Mails to customers: the texts of an invitation and of a reply, in the customer's language, as text and as HTML."""

from dataclasses import dataclass
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Contact
from team.models import Install
from voc.formulas.contrast import readable_shade
from voc.formulas.definitions import DJANGO_LANGUAGES, Definition, Question, known_language, read_definition, text_in
from voc.formulas.flow import pipe, screens_of
from voc.models import Survey, SurveyVersion
from voc.services.tokens import feedback_token, preference_token

COLOR = "#4a3fd0"
MOST_CHOICES = 8


@dataclass(frozen=True)
class Letter:
    """A mail before it goes into the outbox. `secrets` are the personal tokens in it; `sender` is a name with our
    address, `reply_to` may be empty."""

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
    """The mail with the first question inside: each cell or choice leads to the answer page with it chosen; a question
    that fits in no mail has one button. Nothing in it records anything.

    `token`: of the invitation; for an anonymous survey the key of its `mail_link`. SECURITY: then no way to answer
    tells who does: the links are everybody's, and there is neither an answer by mail nor a personal feedback link.
    """
    survey, definition = version.survey, read_definition(version.definition)
    company, address = survey.brand_name or vendor(), answer_address(survey, token)
    question = first_question(definition)
    can_reply = settings.OUTBOX_RETURN_ADDRESS and not survey.reply_to and not survey.is_anonymous

    def say(texts: Any) -> str:
        words = text_in(texts, language)
        names = {
            "contact.first_name": contact.name.split(" ")[0],
            "contact.name": contact.name,
            "account.name": contact.account.name if "account.name" in words else "",
        }
        return pipe(words, answers={}, definition=definition, language=language, fields=names)

    with override(DJANGO_LANGUAGES[known_language(language)]):
        asked = say(question.text) if question is not None else _("We have a few questions for you.")
        context = {
            "contact": contact,
            "brand": company,
            "question": asked,
            "intro": say(definition.intro),
            "low": say(question.low) if question is not None else "",
            "high": say(question.high) if question is not None else "",
            "url": address,
            "is_reminder": is_reminder,
            "is_anonymous": survey.is_anonymous,
            "can_reply": bool(can_reply and question and question.numbers),
            "who_reads": _(survey.who_reads) if survey.who_reads else "",
            "preheader": asked,
            **cells_of(question, address, say),
        }
        secrets = () if survey.is_anonymous else (token,)
        subject = _("One question from %(company)s") % {"company": company}
        subject = _("Reminder: %(subject)s") % {"subject": subject} if is_reminder else subject
        return finish(contact, "invitation", subject, context, secrets=secrets, language=language, survey=survey)


def answer_address(survey: Survey, token: str) -> str:
    """Where the links of an invitation's mail lead; see `write_invitation`."""
    return absolute("survey_link_answer" if survey.is_anonymous else "survey_answer", token)


def first_question(definition: Definition) -> Question | None:
    """The question that stands in the mail: the headline, when it is on the first screen; else the only question there,
    when it is a short choice; else none."""
    screens = screens_of(definition, {})
    first = screens[0] if screens else ()
    headline = definition.headline
    if headline is not None and any(question.id == headline.id for question in first):
        return headline
    return first[0] if len(first) == 1 else None


def cells_of(question: Question | None, address: str, say: Any) -> dict[str, Any]:
    """The scale as cells, or the options of a single choice as buttons; each is a link that only pre-selects."""
    if question is None:
        return {"cells": [], "choices": []}
    numbers = question.numbers
    ends = {numbers[0]: say(question.low), numbers[-1]: say(question.high)} if numbers else {}
    cells = [
        {
            "number": number,
            "url": f"{address}?a={number}",
            "label": f"{number}, {ends[number]}" if ends.get(number) else number,
        }
        for number in numbers
    ]
    options = question.options if question.type == "single" and not question.has_other else ()
    choices = [{"text": say(option.text), "url": f"{address}?o={option.id}"} for option in options]
    return {
        "cells": cells,
        "choices": choices if len(choices) <= MOST_CHOICES else [],
        "first": numbers[0] if numbers else "",
        "last": numbers[-1] if numbers else "",
    }


def write_reply(*, contact: Contact, text: str, quote: str, token: str, language: str) -> Letter:
    """The mail that tells a customer what became of their words, with the question whether it solved it."""
    company = vendor()
    context: dict[str, Any] = {
        "contact": contact,
        "brand": company,
        "paragraphs": paragraphs(text),
        "quote": quote,
        "url": absolute("verification_answer", token),
    }
    with override(DJANGO_LANGUAGES[known_language(language)]):
        subject = _("What became of your feedback to %(company)s") % {"company": company}
        context["preheader"] = context["paragraphs"][0][:120] if context["paragraphs"] else subject
        return finish(contact, "reply", subject, context, secrets=(token,), language=language)


def paragraphs(text: str) -> list[str]:
    """The parts of a text between empty lines."""
    return [part.strip() for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()]


def finish(
    contact: Contact,
    name: str,
    subject: str,
    context: dict[str, Any],
    *,
    secrets: tuple[str, ...],
    language: str,
    survey: Survey | None = None,
) -> Letter:
    """Render both parts and add what each mail to a customer carries: who writes, where to say anything, the preference
    page and RFC 8058's headers."""
    standing = preference_token(contact)
    context |= frame(contact, subject, language, color=survey.brand_color if survey is not None else "")
    if context.get("is_anonymous"):
        context["feedback_url"] = ""
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return Letter(
        subject=subject,
        text=render_to_string(f"voc/mail/{name}.txt", context),
        html=render_to_string(f"voc/mail/{name}.html", context),
        headers={
            "List-Unsubscribe": f"<{absolute('one_click_stop', standing)}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
        secrets=(*secrets, standing, feedback_token(contact)),
        sender=formataddr(((survey.sender_name if survey is not None else "") or context["brand"], address)),
        reply_to=survey.reply_to if survey is not None else "",
    )


def frame(contact: Contact, subject: str, language: str, *, color: str = "") -> dict[str, Any]:
    """What the head and the foot of every mail ask for."""
    return {
        "subject": subject,
        "language": known_language(language),
        "color": readable_shade(color or COLOR),
        "feedback_url": absolute("standing_feedback", feedback_token(contact)),
        "preferences_url": absolute("preferences", preference_token(contact)),
    }


def absolute(name: str, token: str) -> str:
    """SECURITY: links in mail are built from the setting, never from a request's Host header."""
    return f"{settings.BASE_URL}{reverse(name, args=[token])}"


def vendor() -> str:
    """The company that writes."""
    return Install.objects.values_list("company", flat=True).filter(pk=1).first() or "Perennial"
