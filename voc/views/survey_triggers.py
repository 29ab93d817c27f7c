"""Triggers of a survey: what asks by itself."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from team.http.access import current_user, posted, requires_role
from team.models import Role
from ui.http import go_to, render_part, say
from voc.forms.triggers import TriggerForm, initial_of
from voc.http.waves import open_survey_or_404
from voc.models import Survey, SurveyTrigger
from voc.selectors.waves import DRY_DAYS, dry_run, trigger_words, who_words
from voc.services.triggers import TriggerRefused, delete_trigger, save_trigger, switch_trigger

PROGRAMME = (Role.ADMIN, Role.MANAGER)


def trigger_or_404(pk: int) -> SurveyTrigger:
    """A trigger of a survey that is not deleted."""
    triggers = SurveyTrigger.objects.filter(survey__deleted_at__isnull=True)
    return get_object_or_404(triggers.select_related("survey", "stage__journey"), pk=pk)


@require_safe
@requires_role(*PROGRAMME)
def trigger(request: HttpRequest, pk: int) -> HttpResponse:
    """What a trigger says, and what it would have done in the last 90 days."""
    found = trigger_or_404(pk)
    context = {
        "survey": found.survey,
        "trigger": found,
        "words": trigger_words(found),
        "who": who_words(found),
        "run": dry_run(found),
        "days": DRY_DAYS,
        "asked": found.invitations.filter(sent_at__isnull=False).count(),
    }
    return render_part(request, "voc/waves/trigger.html", "trigger", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*PROGRAMME)
def trigger_create(request: HttpRequest, pk: int) -> HttpResponse:
    """A new trigger; it begins switched off."""
    return _edit(request, open_survey_or_404(pk), None, {"days": 0, "share": 100})


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*PROGRAMME)
def trigger_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a trigger; one that is on begins anew."""
    found = trigger_or_404(pk)
    return _edit(request, found.survey, found, initial_of(found))


def _edit(request: HttpRequest, survey: Survey, found: SurveyTrigger | None, start: dict[str, Any]) -> HttpResponse:
    form = TriggerForm(posted(request), initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_trigger(actor=current_user(request), survey=survey, trigger=found, **form.cleaned_data)
        except TriggerRefused as refusal:
            form.add_error("days", str(refusal))
        else:
            return go_to(request, reverse("trigger", args=[saved.pk]))
    context = {"survey": survey, "trigger": found, "form": form}
    return render_part(request, "voc/waves/trigger_edit.html", (), context, status=422 if form.errors else 200)


@require_POST
@requires_role(*PROGRAMME)
def trigger_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Field `on`: 1 or 0."""
    found = trigger_or_404(pk)
    is_on = request.POST.get("on") == "1"
    try:
        action = switch_trigger(actor=current_user(request), trigger=found, is_on=is_on)
    except TriggerRefused as refusal:
        say(request, str(refusal), is_bad=True)
    else:
        words = _("Switched on: what happens from now on is asked about") if is_on else _("Switched off")
        say(request, words, undo=reverse("undo", args=[action.pk]) if action else None)
    return go_to(request, reverse("survey_waves", args=[found.survey_id]))


@require_POST
@requires_role(*PROGRAMME)
def trigger_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a trigger away that has asked nobody."""
    found = trigger_or_404(pk)
    try:
        action = delete_trigger(actor=current_user(request), trigger=found)
    except TriggerRefused as refusal:
        say(request, str(refusal), is_bad=True)
        return go_to(request, reverse("trigger", args=[found.pk]))
    say(request, _("Deleted"), undo=reverse("undo", args=[action.pk]))
    return go_to(request, reverse("survey_waves", args=[found.survey_id]))
