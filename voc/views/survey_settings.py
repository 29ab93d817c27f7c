"""A survey as a whole: made, set, copied, closed, deleted; the templates to begin with."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http.editing import undo_url
from team.http.access import current_user, posted, requires_editor, requires_role
from ui.http import done, go_to, render_part, say
from voc.forms.surveys import NewSurveyForm, SurveySettingsForm, contrast_of
from voc.formulas.definitions import read_definition
from voc.formulas.reach import reach_of
from voc.formulas.survey_templates import SURVEY_TEMPLATES
from voc.http.builder import TYPE_ICONS, TYPE_WORDS, short_words
from voc.models import Survey
from voc.services import surveys as services
from voc.views.builder import READERS, survey_to_write


@require_http_methods(["GET", "HEAD", "POST"])
@requires_editor
def survey_new(request: HttpRequest) -> HttpResponse:
    """A survey with a name, from a template or empty; goes on to its questions."""
    form = NewSurveyForm(posted(request), initial={"template": request.GET.get("template", "")})
    if request.method == "POST" and form.is_valid():
        template = SURVEY_TEMPLATES.get(form.cleaned_data["template"])
        made = services.create_survey(actor=current_user(request), name=form.cleaned_data["name"], template=template)
        return go_to(request, reverse("survey_edit", args=[made.pk]))
    status = 422 if form.errors else 200
    return render_part(request, "voc/surveys/survey_new.html", "dialog", {"form": form}, status=status)


@require_safe
@requires_role(*READERS)
def survey_templates(request: HttpRequest) -> HttpResponse:
    """Surveys to begin with, in the order of a customer's life."""
    rows = [
        {
            "slug": one.slug,
            "name": _(one.name),
            "kind": Survey.Kind(one.kind).label,
            "moment": _(one.moment),
            "purpose": _(one.purpose),
            "questions": len(one.questions),
            "seconds": round(reach_of(read_definition(one.definition)).most_seconds),
        }
        for one in SURVEY_TEMPLATES.values()
    ]
    context = {"templates": rows, "can_write": current_user(request).can_edit}
    return render_part(request, "voc/surveys/survey_templates.html", "content", context)


@require_safe
@requires_role(*READERS)
def survey_template(request: HttpRequest, slug: str) -> HttpResponse:
    """One template in full: its questions in three languages and what it proposes."""
    template = SURVEY_TEMPLATES.get(slug)
    if template is None:
        raise Http404
    definition = read_definition(template.definition)
    lines = [
        {"words": short_words(one), "type": TYPE_WORDS[one.type], "icon": TYPE_ICONS[one.type], "question": one}
        for one in definition.questions
    ]
    programme = [
        (_("Decision it serves"), _(template.decision)),
        (_("Measure"), _(template.measure)),
        (_("Target"), _(template.target)),
        (_("When"), _(template.moment)),
    ]
    context = {"template": template, "name": _(template.name), "purpose": _(template.purpose), "lines": lines}
    context |= {"programme": programme, "can_write": current_user(request).can_edit}
    return render_part(request, "voc/surveys/survey_template.html", "dialog", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*READERS)
def survey_settings(request: HttpRequest, pk: int) -> HttpResponse:
    """Programme, look, sending. Who may not write it reads it."""
    survey = get_object_or_404(Survey, pk=pk)
    can_write = Survey.objects.editable_by(current_user(request)).filter(pk=pk).exists()
    if request.method == "POST" and not can_write:
        raise Http404
    form = SurveySettingsForm(posted(request), instance=get_object_or_404(Survey, pk=pk))
    if request.method == "POST" and form.is_valid():
        action = services.edit_settings(actor=current_user(request), survey=survey, **form.cleaned_data)
        return done(request, reverse("survey_settings", args=[pk]), _("Settings saved"), undo=undo_url(action))
    context = {"survey": survey, "form": form, "can_write": can_write, "contrast": contrast_of(survey.brand_color)}
    status = 422 if form.errors else 200
    return render_part(request, "voc/surveys/survey_settings.html", "settings", context, status=status)


@require_POST
@requires_editor
def survey_copy(request: HttpRequest, pk: int) -> HttpResponse:
    """The same once more, unpublished; anybody who writes surveys may copy any."""
    copy = services.copy_survey(actor=current_user(request), survey=get_object_or_404(Survey, pk=pk))
    say(request, _("Copied"))
    return go_to(request, reverse("survey_edit", args=[copy.pk]))


@require_POST
@requires_editor
def survey_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Nobody is asked any more; links that are out still work."""
    survey = survey_to_write(request, pk)
    action = services.close_survey(actor=current_user(request), survey=survey)
    say(request, _("Closed: nobody is asked any more") if action else _("It was closed before"), undo=undo_url(action))
    return go_to(request, reverse("survey_settings", args=[pk]))


@require_POST
@requires_editor
def survey_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """It may be sent again."""
    is_open = services.reopen_survey(actor=current_user(request), survey=survey_to_write(request, pk))
    say(request, _("Open again") if is_open else _("It is open"))
    return go_to(request, reverse("survey_settings", args=[pk]))


@require_POST
@requires_editor
def survey_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Off the list, with undo; answers stay in every figure."""
    action = services.delete_survey(actor=current_user(request), survey=survey_to_write(request, pk))
    say(request, _("Deleted"), undo=undo_url(action))
    return go_to(request, reverse("surveys"))
