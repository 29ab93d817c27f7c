"""Pages behind a link that only one reader has: in the reader's language, kept by nobody, found by nobody."""

from collections.abc import Mapping
from contextlib import AbstractContextManager

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

# What a page calls a language (`zh` covers every script of it), and how it writes its name.
NAMES = {"en": "English", "da": "Dansk", "zh": "中文"}


def reader_language(request: HttpRequest, default: str) -> str:
    """The language that the reader switched to by `?lang=`, else the one known of the reader, else the install's."""
    asked = request.POST.get("lang") or request.GET.get("lang", "")
    for code in (asked, default.lower()[:2], settings.LANGUAGE_CODE[:2]):
        if code in NAMES:
            return code
    return "en"


def speaking(language: str) -> AbstractContextManager[None]:
    """Render in that language whatever the browser says."""
    known = next((code for code, _name in settings.LANGUAGES if code[:2] == language), settings.LANGUAGE_CODE)
    return translation.override(known)


def render_public(
    request: HttpRequest, template: str, context: Mapping[str, object], *, language: str, status: int = 200
) -> HttpResponse:
    """A page for a reader without a log-in. SECURITY: no cache keeps it, no search engine lists it."""
    with speaking(language):
        response = render(
            request, template, {"language": language, "languages": NAMES.items(), **context}, status=status
        )
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
