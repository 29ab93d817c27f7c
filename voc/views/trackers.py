"""Outside trackers: the admins' page, and the door through which a tracker tells us how its issues stand."""

import datetime as dt

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from outbox.http.signed import signed_id
from team.http.access import current_user, posted, requires_role
from team.models import Role
from ui.http import done, render_part
from voc.forms.trackers import TrackerForm
from voc.formulas.sealing import Unsealable
from voc.formulas.tracker_news import BadNews, read_news
from voc.models import Tracker
from voc.selectors.trackers import list_trackers
from voc.services import trackers as services
from voc.services.trackers import MadeTracker

admins_only = requires_role(Role.ADMIN)
CHANGED = "trackers-changed"
LARGEST_BODY = 64 * 1024
AHEAD = dt.timedelta(minutes=10)


@require_safe
@admins_only
def trackers(request: HttpRequest) -> HttpResponse:
    """The trackers, with what came from each lately."""
    return render_part(request, "voc/trackers/trackers.html", "trackers", _context())


def _context() -> dict[str, object]:
    return {"section": "trackers", "lines": list_trackers()}


def _with_secret(request: HttpRequest, made: MadeTracker) -> HttpResponse:
    """The page with the secret on it, this once. SECURITY: it is in no address, no session and no cache."""
    address = request.build_absolute_uri(reverse("tracker_news", args=[made.tracker.pk]))
    context = {**_context(), "made": made, "address": address}
    response = render(request, "voc/trackers/secret.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def tracker_add(request: HttpRequest) -> HttpResponse:
    """A tracker; the answer shows its secret."""
    form = TrackerForm(posted(request))
    if request.method == "POST" and form.is_valid():
        return _with_secret(request, services.add_tracker(actor=current_user(request), **form.cleaned_data))
    return _form(request, form, _("New tracker"))


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def tracker(request: HttpRequest, pk: int) -> HttpResponse:
    """Name, address, what its states mean."""
    found = get_object_or_404(Tracker, pk=pk)
    form = TrackerForm(posted(request), instance=found)
    if request.method == "POST" and form.is_valid():
        services.edit_tracker(actor=current_user(request), tracker=found, **form.cleaned_data)
        return done(request, reverse("trackers"), _("Saved"), event=CHANGED)
    return _form(request, form, found.name)


def _form(request: HttpRequest, form: TrackerForm, heading: str) -> HttpResponse:
    context = {"section": "trackers", "form": form, "form_heading": heading}
    return render(request, "voc/trackers/tracker.html", context, status=422 if form.errors else 200)


@require_POST
@admins_only
def tracker_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """On or off: while it is off, what it sends is refused."""
    found = get_object_or_404(Tracker, pk=pk)
    services.switch_tracker(actor=current_user(request), tracker=found, is_on=not found.is_active)
    said = _("Switched off") if found.is_active else _("Switched on")
    return done(request, reverse("trackers"), said, event=CHANGED)


@require_POST
@admins_only
def tracker_rotate(request: HttpRequest, pk: int) -> HttpResponse:
    """A fresh secret; the answer shows it."""
    found = get_object_or_404(Tracker, pk=pk)
    return _with_secret(request, services.rotate_secret(actor=current_user(request), tracker=found))


@csrf_exempt
@login_not_required
@require_POST
@never_cache
def tracker_news(request: HttpRequest, pk: int) -> JsonResponse:
    """One message of a tracker. 404 for none, or one that is off; 413 too large; 401 unsigned or too old; 422 not
    understood; 200 with what became of it, also for a repeat.

    SECURITY: exempt from CSRF because no cookie counts here: the signature over the raw body is the credential.
    """
    found = get_object_or_404(Tracker, pk=pk, is_active=True)
    if len(request.body) > LARGEST_BODY:
        return JsonResponse({"detail": "too large"}, status=413)
    try:
        delivery = signed_id(request, services.secret_of(found))
    except Unsealable:
        return JsonResponse({"detail": "the secret has to be made anew"}, status=401)
    if not delivery or len(delivery) > 120:
        return JsonResponse({"detail": "not signed"}, status=401)
    try:
        news = read_news(request.body, latest=timezone.now() + AHEAD)
    except BadNews as problem:
        return JsonResponse({"detail": str(problem)}, status=422)
    return JsonResponse({"outcome": services.take_news(tracker=found, delivery=delivery, news=news)})
