"""The standing feedback link in every mail and customer page: say anything, at any time."""

import hashlib

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import Contact
from voc.formulas.humans import YOUNGEST_FORM
from voc.formulas.ratings import MOODS
from voc.http.links import form_token, language_for, read_form_token, render_gone, render_public, speaking
from voc.services.inbox.saying import LONGEST, take_word
from voc.services.tokens import preference_token, read_feedback_token
from voc.tasks import ring_understand

TRAP = "leave_this_empty"


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def standing_feedback(request: HttpRequest, token: str) -> HttpResponse:
    """Words and, if one likes, a mood. SECURITY: a GET stores nothing, nor does a form without words, a filled trap or
    a form that is a blink old: mail scanners open links and press buttons."""
    contact = read_feedback_token(token)
    if contact is None:
        return render_gone(request, language=language_for(request, "en"))
    language = language_for(request, contact.language)
    if request.method != "POST":
        return _page(request, contact, language, is_said="said" in request.GET)
    text = request.POST.get("text", "").replace("\x00", "").strip()[:LONGEST]
    form = request.POST.get("form", "")
    age = read_form_token(form, _subject(contact)).seconds
    error = ""
    with speaking(language):
        if not text:
            error = _("Please write a few words.")
        elif age is None or age < YOUNGEST_FORM:
            error = _("Please press Send once more, so that we know it was you.")
    if error:
        return _page(request, contact, language, error=error)
    if not request.POST.get(TRAP):
        # The form's token is its name: sent twice, it is said once.
        name = hashlib.sha256(form.encode()).hexdigest()[:40]
        feedback = take_word(
            contact=contact, text=text, mood=request.POST.get("mood", ""), language=language, name=name
        )
        if feedback is not None:
            ring_understand(feedback.pk)
    return HttpResponseRedirect(f"{reverse('standing_feedback', args=[token])}?said=1&lang={language}", status=303)


def _subject(contact: Contact) -> str:
    return f"feedback:{contact.pk}"


def _page(
    request: HttpRequest, contact: Contact, language: str, *, error: str = "", is_said: bool = False
) -> HttpResponse:
    with speaking(language):
        moods = [("good", _("Good")), ("mixed", _("So-so")), ("bad", _("Bad"))]
    assert {key for key, _word in moods} == set(MOODS)
    context = {
        "contact": contact,
        "is_said": is_said,
        "error": error,
        "text": request.POST.get("text", "")[:LONGEST],
        "mood": request.POST.get("mood", ""),
        "moods": moods,
        "longest": LONGEST,
        "trap": TRAP,
        "form_token": form_token(_subject(contact)),
        "preferences": preference_token(contact),
    }
    return render_public(
        request, "voc/feedback/standing.html", context, language=language, status=422 if error else 200
    )
