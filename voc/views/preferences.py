"""What a contact wants from us: a page behind a standing link, and the one-click stop of mail programs (RFC 8058)."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.models import Contact
from voc.http.links import language_for, render_gone, render_public
from voc.services import preferences as services
from voc.services.tokens import read_preference_token

WORDS = {
    "survey": (_("Surveys"), _("One question now and then: at most one in 90 days.")),
    "success": (_("Help and news about your use"), _("Mails that our systems send on behalf of your contact person.")),
    "marketing": (_("Offers and events"), _("Rarely, and never shared with anybody.")),
}
BY_PAGE = "preference page"


def contact_of(token: str) -> Contact:
    """The contact of a standing link, or 404."""
    contact = read_preference_token(token)
    if contact is None:
        raise Http404
    return contact


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    """Choose, stop everything, "not me", "I have left". SECURITY: only a POST changes anything."""
    contact = read_preference_token(token)
    if contact is None:
        return render_gone(request, language=language_for(request, "en"))
    if request.method == "POST":
        said = request.POST.get("said", "save")
        if said == "stop":
            services.stop_everything(contact=contact, source=BY_PAGE)
        elif said == "not_me":
            services.say_not_me(contact=contact)
        elif said == "left":
            services.say_left(contact=contact)
        else:
            wishes = {purpose: purpose in request.POST for purpose in WORDS}
            services.set_wishes(contact=contact, wishes=wishes, source=BY_PAGE)
        language = language_for(request, contact.language)
        return HttpResponseRedirect(f"{reverse('preferences', args=[token])}?saved=1&lang={language}", status=303)
    wishes = services.wishes_of(contact)
    context: dict[str, object] = {
        "contact": contact,
        "choices": [(key, title, words, wishes[key]) for key, (title, words) in WORDS.items()],
        "is_saved": "saved" in request.GET,
        "has_left": contact.status == Contact.Status.LEFT,
    }
    return render_public(request, "voc/preferences.html", context, language=language_for(request, contact.language))


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def one_click_stop(request: HttpRequest, token: str) -> HttpResponse:
    """RFC 8058: a mail program POSTs here without a cookie; idempotent. A GET shows the page and changes nothing.

    It stops the kind of mail that the header stood in: `?of=success`, else surveys.

    SECURITY: exempt from CSRF because the signed token is the credential and no session is used.
    """
    contact = contact_of(token)
    if request.method != "POST":
        return HttpResponseRedirect(reverse("preferences", args=[token]))
    purpose = "success" if request.GET.get("of") == "success" else "survey"
    services.set_wishes(contact=contact, wishes={purpose: False}, source="one click")
    return HttpResponse(status=200, content_type="text/plain")
