"""The few pages and fragments of the interface itself."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from ui import dates, formats, hooks
from ui.context import THEME_COOKIE, THEMES
from ui.showcase import context_for


@require_POST
@login_not_required
def set_theme(request: HttpRequest) -> HttpResponse:
    """Keep the theme for this device, and in the profile of whoever is signed in."""
    theme = request.POST.get("theme", "")
    if theme not in THEMES:
        return HttpResponse(status=422)
    save = hooks.hook("UI_SAVE_THEME")
    if save and request.user.is_authenticated:
        save(request.user, theme)
    response = HttpResponse(status=204)
    response.set_cookie(THEME_COOKIE, theme, max_age=365 * 86400, samesite="Lax", secure=request.is_secure())
    return response


@require_safe
def parse_day(request: HttpRequest) -> JsonResponse:
    """What the server reads in `?q=fri`: `{"value": "2026-11-27", "text": "27 Nov 2026, in 6 d"}`, or an `error`."""
    today = hooks.today()
    try:
        day = dates.parse_day(request.GET.get("q", "")[:60], today)
    except dates.UnreadableDay as error:
        return JsonResponse({"error": str(error)})
    text = f"{formats.day(day)}, {formats.relative_day(day, today=today)}"
    return JsonResponse({"value": day.isoformat(), "text": text})


@require_safe
@login_not_required
def components(request: HttpRequest) -> HttpResponse:
    """Every component in its states; for demo installs and development alone."""
    if not (settings.DEMO_MODE or settings.DEBUG):
        raise Http404
    return render(request, "ui/components.html", context_for(request))
