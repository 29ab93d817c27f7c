"""The own profile: looks, sign-in, absences, API keys."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from team.clock import today
from team.forms.profile import AbsenceForm, ApiKeyForm, ProfileForm
from team.http.access import current_user, posted
from team.models import Absence, ApiKey
from team.selectors.install import has_mfa
from team.selectors.people import list_sessions
from team.services.absences import CannotBeAway, add_absence, remove_absence
from team.services.install import edit_profile
from team.services.keys import create_key, revoke_key
from team.services.people import end_session
from ui.context import THEME_COOKIE
from ui.http import done, say


@require_safe
def settings(request: HttpRequest) -> HttpResponse:
    """The door to the settings: the section that everybody has."""
    return redirect("profile")


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Name, title, time zone, language, theme, density, shortcuts."""
    user = current_user(request)
    form = ProfileForm(posted(request), instance=user)
    if request.method == "POST" and form.is_valid():
        edit_profile(user=user, **form.cleaned_data)
        with translation.override(user.language):
            say(request, _("Saved"))
        response = redirect("profile")
        # The cookie is this device's choice and would win over what was just chosen.
        response.delete_cookie(THEME_COOKIE)
        return response
    context = {"form": form, "section": "profile"}
    return render(request, "team/settings/profile.html", context, status=422 if form.is_bound else 200)


@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """Password, second factor, and where one is signed in."""
    user = current_user(request)
    sessions = list_sessions(user=user, session_key=request.session.session_key)
    context = {"section": "security", "has_factor": has_mfa(user), "sessions": sessions}
    return render(request, "team/settings/security.html", context)


@require_POST
def session_end(request: HttpRequest, pk: int) -> HttpResponse:
    end_session(person=current_user(request), session_id=pk)
    return done(request, reverse("security"), _("Signed out there"), event="sessions-changed")


@require_http_methods(["GET", "HEAD", "POST"])
def absences(request: HttpRequest) -> HttpResponse:
    """The own absences, and noting a new one."""
    user = current_user(request)
    form = AbsenceForm(posted(request), user=user)
    if request.method == "POST" and form.is_valid():
        try:
            add_absence(user=user, **form.cleaned_data)
            say(request, _("Noted. Your deputy knows."))
            return redirect("absences")
        except CannotBeAway as error:
            form.add_error(None, str(error))
    mine = Absence.objects.filter(user=user).not_over(today()).select_related("deputy")
    standing_in = Absence.objects.filter(deputy=user).not_over(today()).select_related("user")
    context = {"section": "absences", "form": form, "absences": mine, "standing_in": standing_in}
    return render(request, "team/settings/absences.html", context, status=422 if form.is_bound else 200)


@require_POST
def absence_remove(request: HttpRequest, pk: int) -> HttpResponse:
    user = current_user(request)
    action = remove_absence(actor=user, absence=get_object_or_404(Absence.objects.filter(user=user), pk=pk))
    say(request, _("Removed"), undo=reverse("undo", args=[action.pk]) if action else None)
    return redirect("absences")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def api_keys(request: HttpRequest) -> HttpResponse:
    """The own keys; a new one is shown in the answer to its making, and never again."""
    user = current_user(request)
    form, made = ApiKeyForm(posted(request)), None
    if request.method == "POST" and form.is_valid():
        made = create_key(owner=user, **form.cleaned_data)
        form = ApiKeyForm()
    keys = ApiKey.objects.filter(owner=user).order_by("revoked_at", "-pk")
    context = {"section": "api_keys", "form": form, "made": made, "keys": keys, "day": today()}
    return render(request, "team/settings/api_keys.html", context, status=422 if form.is_bound else 200)


@require_POST
def api_key_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """The own key, or for admins anybody's."""
    revoke_key(key=get_object_or_404(ApiKey.objects.visible_to(current_user(request)), pk=pk))
    return done(request, reverse("api_keys"), _("Revoked; it stopped working at once."), event="keys-changed")
