"""What a contact wants from us: a page behind a standing link, and the one-click stop of mail programs (RFC 8058)."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.models import Contact
from voc.formulas.definitions import LANGUAGES, known_language
from voc.http.links import form_token, language_for, render_gone, render_public
from voc.http.presses import doubt_about_press
from voc.selectors.words import words_of
from voc.services import forgetting, signals
from voc.services import preferences as services
from voc.services.tokens import feedback_token, read_preference_token

WORDS = {
    "survey": (_("Surveys"), _("A few questions now and then.")),
    "success": (_("Help and news about your use"), _("Mails that our systems send on behalf of your contact person.")),
    "marketing": (_("Offers and events"), _("Rarely, and never shared with anybody.")),
}
RHYTHMS = {
    "": _("As often as is useful, at most once in some months"),
    "180": _("At most twice a year"),
    "365": _("At most once a year"),
}
BY_PAGE = "preference page"


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    """Choose, stop everything, "not me", "I have left". SECURITY: only a POST by a person changes anything."""
    contact = read_preference_token(token)
    if contact is None:
        return render_gone(request, language=language_for(request, "en"))
    language = language_for(request, contact.language)
    doubt = doubt_about_press(request, f"wishes:{contact.pk}", language) if request.method == "POST" else ""
    if request.method == "POST" and not doubt:
        language = act(request, contact, language)
        return HttpResponseRedirect(f"{reverse('preferences', args=[token])}?saved=1&lang={language}", status=303)
    wishes = services.wishes_of(contact)
    rhythm = services.rhythm_of(contact)
    context: dict[str, object] = {
        "contact": contact,
        "token": token,
        "choices": [(key, title, words, wishes[key]) for key, (title, words) in WORDS.items()],
        "rhythms": [(key, words, key == str(rhythm or "")) for key, words in RHYTHMS.items()],
        "mail_languages": [(key, name, key == known_language(contact.language)) for key, name in LANGUAGES.items()],
        "is_saved": "saved" in request.GET,
        "has_left": contact.status == Contact.Status.LEFT,
        "form_token": form_token(f"wishes:{contact.pk}", is_asked_again=bool(doubt)),
        "doubt": doubt,
        "feedback_url": reverse("standing_feedback", args=[feedback_token(contact)]),
    }
    status = 422 if doubt else 200
    return render_public(request, "voc/preferences.html", context, language=language, status=status)


def act(request: HttpRequest, contact: Contact, language: str) -> str:
    """Do what the pressed button says; returns the language to go on in."""
    said = request.POST.get("said", "save")
    if said == "stop":
        services.stop_everything(contact=contact, source=BY_PAGE)
    elif said == "not_me":
        signals.say_not_me(contact=contact)
    elif said == "left":
        signals.say_left(contact=contact)
    else:
        wishes = {purpose: purpose in request.POST for purpose in WORDS}
        services.set_wishes(contact=contact, wishes=wishes, source=BY_PAGE)
        language = known_language(request.POST.get("mail_language", contact.language))
        rhythm = request.POST.get("rhythm", "")
        days = int(rhythm) if rhythm in RHYTHMS and rhythm else None
        services.set_manner(contact=contact, language=language, survey_every_days=days)
    return language


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def erase_mine(request: HttpRequest, token: str) -> HttpResponse:
    """What we have of somebody's words, and a button that takes them away. SECURITY: only a POST by a person erases."""
    contact = read_preference_token(token)
    if contact is None:
        return render_gone(request, language=language_for(request, "en"))
    language = language_for(request, contact.language)
    subject = f"erase:{contact.pk}"
    doubt = doubt_about_press(request, subject, language) if request.method == "POST" else ""
    receipt = forgetting.erase_mine(contact=contact) if request.method == "POST" and not doubt else None
    context: dict[str, object] = {
        "contact": contact,
        "token": token,
        "receipt": receipt,
        "words": words_of(contact),
        "form_token": form_token(subject, is_asked_again=bool(doubt)),
        "doubt": doubt,
    }
    status = 422 if doubt else 200
    return render_public(request, "voc/answers/erase.html", context, language=language, status=status)


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def one_click_stop(request: HttpRequest, token: str) -> HttpResponse:
    """RFC 8058: a mail program POSTs here without a cookie; idempotent. A GET shows the page and changes nothing.

    It stops the kind of mail that the header stood in: `?of=success`, else surveys.

    SECURITY: exempt from CSRF because the signed token is the credential and no session is used.
    """
    contact = read_preference_token(token)
    if contact is None:
        raise Http404
    if request.method != "POST":
        return HttpResponseRedirect(reverse("preferences", args=[token]))
    purpose = "success" if request.GET.get("of") == "success" else "survey"
    services.set_wishes(contact=contact, wishes={purpose: False}, source="one click")
    return HttpResponse(status=200, content_type="text/plain")
