"""Buttons behind a mailed link that change something for good: a press that may be a scanner's is asked once more."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from voc.http.links import doubts_of, read_form_token, speaking


def doubt_about_press(request: HttpRequest, subject: str, language: str) -> str:
    """What to say to somebody whose press is not acted on; "" when a person pressed. See docs/answering.md."""
    age = read_form_token(request.POST.get("form", ""), subject)
    with speaking(language):
        if age.seconds is None:
            return _("This page was open for too long. Please press once more.")
        if doubts_of(request, age):
            return _("Mail programs sometimes press buttons by themselves. Please press once more.")
    return ""
