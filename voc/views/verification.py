"""Did this solve it? The customer's word on a reply."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from team.clock import now
from voc.formulas.tokens import digest_of
from voc.http.links import form_token, language_for, render_gone, render_public, speaking
from voc.http.presses import doubt_about_press
from voc.models import Verification
from voc.services.loop import take_verdict
from voc.services.tokens import preference_token


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def verification_answer(request: HttpRequest, token: str) -> HttpResponse:
    """Yes, partly or no. SECURITY: a GET shows the question alone; a form a blink old came from no person."""
    rows = Verification.objects.select_related("insight", "contact")
    verification = rows.filter(digest=digest_of(token)).first()
    if verification is None:
        return render_gone(request, language=language_for(request, "en"))
    language = language_for(request, verification.language)
    error = ""
    if request.method == "POST":
        verdict = request.POST.get("verdict", "")
        error = doubt_about_press(request, verification.digest, language)
        if not error and verdict in Verification.Verdict.values:
            take_verdict(verification=verification, verdict=verdict, comment=request.POST.get("comment", ""))
            return HttpResponseRedirect(f"{reverse('verification_answer', args=[token])}?lang={language}", status=303)
        with speaking(language):
            error = error or _("Please press a button once more.")
    context = {
        "verification": verification,
        "is_over": not verification.verdict and verification.expires_at <= now(),
        "form_token": form_token(verification.digest, is_asked_again=bool(error)),
        "error": error,
        "doubt": error,
        "preferences": preference_token(verification.contact),
        "comment": request.POST.get("comment", ""),
    }
    return render_public(request, "voc/verification.html", context, language=language, status=422 if error else 200)
