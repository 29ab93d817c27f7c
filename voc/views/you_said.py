"""The page for customers: what you told us, and what we did."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language_from_request
from django.views.decorators.http import require_safe

from voc.formulas.definitions import known_language
from voc.http.links import language_for, render_public
from voc.selectors.you_said import read_you_said
from voc.services.mails import vendor


@login_not_required
@require_safe
def you_said(request: HttpRequest) -> HttpResponse:
    """SECURITY: only what somebody wrote for customers and made public; no names, no numbers."""
    language = language_for(request, known_language(get_language_from_request(request)))
    context = {"months": read_you_said(language), "company": vendor()}
    return render_public(request, "voc/initiatives/you_said.html", context, language=language)
