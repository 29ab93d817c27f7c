"""Pages behind a mailed or public link: in whose language, how old the form is, what speaks for a person."""

import time
from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

from voc.formulas.definitions import DJANGO_LANGUAGES, LANGUAGES, known_language
from voc.formulas.humans import Signs, doubts_about

FORM_LIVES = 86400
FORM_SALT = "voc.form"
# SECURITY: people do not see this field; what fills it in is a machine.
TRAP = "leave_this_empty"


@dataclass(frozen=True)
class FormAge:
    """What a submitted form's token says. `seconds` is None for a token that is missing, forged, foreign or too old."""

    seconds: float | None
    is_asked_again: bool = False


def form_token(subject: str, *, is_asked_again: bool = False) -> str:
    """Goes into the form: when the page was made, for whom, and whether it asks for the second time."""
    return signing.dumps([subject, time.time(), is_asked_again], salt=FORM_SALT)


def read_form_token(token: str, subject: str) -> FormAge:
    """How old the form is, and whether it belongs to this link."""
    try:
        whom, made_at, is_asked_again = signing.loads(token, salt=FORM_SALT, max_age=FORM_LIVES)
    except signing.BadSignature:
        return FormAge(None)
    return FormAge(time.time() - made_at, is_asked_again) if whom == subject else FormAge(None)


def doubts_of(
    request: HttpRequest, age: FormAge, *, mail_seconds: float | None = None, marks: Collection[str] = ()
) -> list[str]:
    """What speaks against a person having pressed the button of this form."""
    signs = Signs(
        form_seconds=age.seconds or 0.0,
        mail_seconds=mail_seconds,
        trap=request.POST.get(TRAP, ""),
        agent=request.headers.get("User-Agent", "")[:300],
        is_asked_again=age.is_asked_again,
        has_script=request.POST.get("script") == "1",
        is_trusted=request.POST.get("touch") == "1",
        marks=marks,
    )
    return doubts_about(signs)


def language_for(request: HttpRequest, default: str) -> str:
    """The language that the visitor switched to, else the person's own."""
    asked = request.POST.get("lang") or request.GET.get("lang", "")
    return asked if asked in LANGUAGES else known_language(default)


def speaking(language: str) -> AbstractContextManager[None]:
    """Render in that language whatever the browser says."""
    return translation.override(DJANGO_LANGUAGES[known_language(language)])


def render_public(
    request: HttpRequest, template: str, context: Mapping[str, object], *, language: str, status: int = 200
) -> HttpResponse:
    """A page for a customer: their language, not kept by caches, not indexed."""
    context = {"language": language, "languages": LANGUAGES.items(), "trap": TRAP, **context}
    with speaking(language):
        response = render(request, template, context, status=status)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def render_gone(request: HttpRequest, *, language: str, preferences: str = "", status: int = 404) -> HttpResponse:
    """The link leads nowhere any more, said kindly. `preferences`: the token of the page of wishes, if known."""
    return render_public(
        request, "voc/answers/gone.html", {"preferences": preferences}, language=language, status=status
    )
