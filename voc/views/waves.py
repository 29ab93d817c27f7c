"""A survey's audience: its waves, one wave from draft to end."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from team.http.access import current_user, posted, requires_editor, requires_role
from team.models import Role
from ui.http import done, go_to, render_part, say
from voc.forms.waves import AudienceForm, LaunchForm, WaveForm, initial_of
from voc.http.waves import (
    invitations_page,
    members_page,
    open_survey_or_404,
    own_wave_or_404,
    wave_context,
    wave_or_404,
)
from voc.models import Survey, Wave
from voc.selectors.audiences import FILE, BadAudience, audience_of, forecast
from voc.selectors.suppressed import suppressed_in
from voc.selectors.waves import audience_words, triggers_of, waves_of
from voc.services.invitations import NothingToSend
from voc.services.waves import (
    WaveRefused,
    cancel_wave,
    delete_wave,
    launch_wave,
    save_wave,
    send_test,
    skip_round,
    stop_series,
)

READERS = (Role.ADMIN, Role.MANAGER, Role.CSM, Role.VIEWER)


@require_safe
@requires_role(*READERS)
def survey_waves(request: HttpRequest, pk: int) -> HttpResponse:
    """Who is asked by this survey: its waves and what asks by itself."""
    survey = open_survey_or_404(pk)
    user = current_user(request)
    context = {
        "survey": survey,
        "waves": waves_of(survey=survey, user=user),
        "triggers": triggers_of(survey),
        "is_published": survey.is_active and survey.versions.exists(),
        "runs_programme": user.role in {Role.ADMIN, Role.MANAGER},
    }
    return render_part(request, "voc/waves/waves.html", "waves", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_editor
def wave_create(request: HttpRequest, pk: int) -> HttpResponse:
    """A new draft."""
    survey = open_survey_or_404(pk)
    number = survey.waves.count() + 1
    start = {"name": _("Wave %(number)d") % {"number": number}, "kind": "rule"}
    return _edit(request, survey, None, start)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_editor
def wave_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft or a planned wave that has not begun."""
    wave = own_wave_or_404(request, pk)
    return _edit(request, wave.survey, wave, initial_of(wave, current_user(request)))


def _edit(request: HttpRequest, survey: Survey, wave: Wave | None, start: dict[str, Any]) -> HttpResponse:
    user = current_user(request)
    files = request.FILES if request.method == "POST" else None
    form = WaveForm(posted(request), files, user=user, wave=wave, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_wave(actor=user, survey=survey, wave=wave, **form.values())
        except WaveRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            return go_to(request, reverse("wave", args=[saved.pk]))
    context = {"survey": survey, "wave": wave, "form": form}
    return render_part(request, "voc/waves/edit.html", (), context, status=422 if form.errors else 200)


@require_safe
@requires_editor
def wave_forecast(request: HttpRequest, pk: int) -> HttpResponse:
    """What a form that is being filled in would do now: how many, how exact, who must wait. Nothing is stored."""
    survey = open_survey_or_404(pk)
    form = AudienceForm(request.GET, user=current_user(request))
    found, problem = None, ""
    if request.GET.get("kind") != FILE and form.is_valid():
        values = form.cleaned_data
        try:
            found = forecast(
                audience_of(form.spec(), user=current_user(request)),
                survey,
                sample_size=values["sample_size"],
                per_account=values["per_account"],
            )
        except BadAudience as error:
            problem = str(error)
    context = {"survey": survey, "forecast": found, "problem": problem, "form": form}
    return render_part(request, "voc/waves/forecast.html", "forecast", context)


@require_POST
@requires_editor
def survey_test(request: HttpRequest, pk: int) -> HttpResponse:
    """The survey's mail to oneself; `next` is a wave of it."""
    survey = open_survey_or_404(pk)
    user = current_user(request)
    back = reverse("survey_waves", args=[survey.pk])
    try:
        send_test(actor=user, survey=survey)
    except NothingToSend as refusal:
        say(request, str(refusal), is_bad=True)
        return go_to(request, back)
    return done(request, back, _("A test is on its way to %(mail)s") % {"mail": user.email})


@require_safe
@requires_role(*READERS)
def wave(request: HttpRequest, pk: int) -> HttpResponse:
    """One wave: who would be asked, the send, how far it is, what became of everybody."""
    found = wave_or_404(request, pk)
    response = _show(request, found, LaunchForm())
    if "due" in request.GET and found.state != Wave.State.SCHEDULED:
        # It has begun: the page's head and its actions are others from now on.
        response.headers["HX-Refresh"] = "true"
    return response


def _show(request: HttpRequest, found: Wave, form: LaunchForm) -> HttpResponse:
    context = wave_context(request, found)
    context |= {"form": form, "audience": audience_words(found, context["views"])}
    context["suppressed"] = suppressed_in(found, user=current_user(request))
    status = 422 if form.errors else 200
    return render_part(request, "voc/waves/wave.html", ("wave", "wave-progress"), context, status=status)


@require_safe
@requires_role(*READERS)
def wave_people(request: HttpRequest, pk: int) -> HttpResponse:
    """Fifty more of who is in; `?after=` the last one's number, `?state=` for launched waves."""
    found = wave_or_404(request, pk)
    is_waiting = found.state in {Wave.State.DRAFT, Wave.State.SCHEDULED}
    rows = members_page(request, found) if is_waiting else invitations_page(request, found)
    context = {"survey": found.survey, "wave": found, "is_waiting": is_waiting, **rows}
    return render_part(request, "voc/waves/people.html", "people", context)


@require_POST
@requires_editor
def wave_launch(request: HttpRequest, pk: int) -> HttpResponse:
    """Send, or plan to; the number of people is typed."""
    found = own_wave_or_404(request, pk)
    form = LaunchForm(request.POST)
    if form.is_valid():
        try:
            launched = launch_wave(actor=current_user(request), wave=found, expected=form.cleaned_data["count"])
        except WaveRefused as refusal:
            form.add_error("count", str(refusal))
        else:
            messages.success(request, _("Launched: “%(name)s”") % {"name": launched.name})
            return go_to(request, reverse("wave", args=[launched.pk]))
    return _show(request, wave_or_404(request, pk), form)


@require_POST
@requires_editor
def wave_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Send no more of it; what has not gone out is recalled."""
    found = own_wave_or_404(request, pk)
    try:
        number = cancel_wave(actor=current_user(request), wave=found)
    except WaveRefused as refusal:
        say(request, str(refusal), is_bad=True)
        return go_to(request, reverse("wave", args=[found.pk]))
    words = ngettext(
        "Cancelled; %(n)s invitation was taken back.", "Cancelled; %(n)s invitations were taken back.", number
    )
    say(request, words % {"n": number})
    return go_to(request, reverse("wave", args=[found.pk]))


@require_POST
@requires_editor
def wave_series(request: HttpRequest, pk: int) -> HttpResponse:
    """`do=stop`: no further rounds; `do=skip`: let the planned one pass."""
    found = own_wave_or_404(request, pk)
    user = current_user(request)
    if request.POST.get("do") == "skip":
        try:
            skip_round(actor=user, wave=found)
        except WaveRefused as refusal:
            say(request, str(refusal), is_bad=True)
        else:
            say(request, _("This round is left out"))
    elif stop_series(actor=user, wave=found):
        say(request, _("There will be no further rounds"))
    return go_to(request, reverse("wave", args=[found.pk]))


@require_POST
@requires_editor
def wave_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a draft away."""
    found = own_wave_or_404(request, pk)
    try:
        action = delete_wave(actor=current_user(request), wave=found)
    except WaveRefused as refusal:
        say(request, str(refusal), is_bad=True)
        return go_to(request, reverse("wave", args=[found.pk]))
    url = reverse("survey_waves", args=[found.survey_id])
    say(request, _("Deleted"), undo=reverse("undo", args=[action.pk]))
    return go_to(request, url)
