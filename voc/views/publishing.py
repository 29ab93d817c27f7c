"""From draft to version: the check, publishing, what differed, there and back as JSON."""

import json
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http.editing import undo_url
from team.http.access import current_user, posted, requires_editor, requires_role
from ui.http import go_to, render_part, say
from voc.forms.surveys import ImportForm, PublishForm
from voc.formulas.checks import ERROR, Finding, seconds_to_answer
from voc.formulas.definitions import BadDefinition, Definition, read_definition
from voc.formulas.editing import differences
from voc.http.builder import short_words
from voc.http.definition_words import PART_WORDS, said
from voc.models import Survey, SurveyVersion
from voc.selectors.surveys import versions_with_counts
from voc.services import surveys as services
from voc.services.surveys.drafting import definition_of
from voc.views.builder import READERS, survey_to_write


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two versions, in words."""

    kind: str
    words: str
    parts: tuple[tuple[object, str, str], ...] = ()


def changes_between(old: Definition, new: Definition) -> list[Change]:
    """What became of each question; texts with both wordings."""
    found = []
    for one in differences(old, new):
        before, after = (one.before or one.question).to_json(), one.question.to_json()
        parts = tuple((PART_WORDS[name], said(before.get(name)), said(after.get(name))) for name in one.parts)
        found.append(Change(one.kind, short_words(one.question), parts))
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@requires_editor
def survey_publish(request: HttpRequest, pk: int) -> HttpResponse:
    """The check, what changed since the newest version, and Publish. Warnings are accepted one by one."""
    survey = survey_to_write(request, pk)
    findings = services.findings_of(survey)
    form = publish_form(request, findings)
    blocking: tuple[Finding, ...] = ()
    if request.method == "POST" and form.is_valid():
        try:
            version = services.publish_survey(actor=current_user(request), survey=survey, **form.cleaned_data)
        except services.NotReady as error:
            findings, blocking = services.findings_of(survey), error.findings
            form = publish_form(request, findings)
        else:
            say(request, _("Version %(number)d is what customers see from now on") % {"number": version.number})
            return go_to(request, reverse("survey_versions", args=[pk]))
    status = 422 if form.errors or blocking else 200
    context = publish_context(survey, findings) | {"form": form, "blocking": {one.name for one in blocking}}
    context["accepted"] = request.POST.getlist("accepted")
    return render_part(request, "voc/surveys/survey_publish.html", "dialog", context, status=status)


def publish_form(request: HttpRequest, findings: tuple[Finding, ...]) -> PublishForm:
    """The form for the warnings of now."""
    return PublishForm(posted(request), warnings=tuple(one for one in findings if one.level != ERROR))


def publish_context(survey: Survey, findings: tuple[Finding, ...]) -> dict[str, object]:
    """What the publisher should see."""
    definition = definition_of(survey)
    newest = survey.versions.order_by("-number").first()
    return {
        "survey": survey,
        "newest": newest,
        "changes": changes_between(read_definition(newest.definition), definition) if newest else [],
        "is_same": newest is not None and newest.definition == definition.to_json(),
        "errors": [(one, question_words(definition, one)) for one in findings if one.level == ERROR],
        "warnings": [(one, question_words(definition, one)) for one in findings if one.level != ERROR],
        "seconds": seconds_to_answer(definition),
        "questions": len(definition.questions),
        "languages": len(definition.languages),
    }


def question_words(definition: Definition, finding: Finding) -> str:
    """The question that a finding is about."""
    question = definition.question(finding.question)
    return short_words(question) if question else ""


@require_safe
@requires_role(*READERS)
def survey_versions(request: HttpRequest, pk: int) -> HttpResponse:
    """Every version with what changed and how many answered it."""
    survey = get_object_or_404(Survey, pk=pk)
    versions = list(versions_with_counts(survey, current_user(request)))
    read = [read_definition(one.definition) for one in versions]
    rows = [
        (
            version,
            changes_between(read[place + 1], read[place]) if place + 1 < len(versions) else [],
            len(read[place].questions),
        )
        for place, version in enumerate(versions)
    ]
    can_write = Survey.objects.editable_by(current_user(request)).filter(pk=pk).exists()
    context = {"survey": survey, "rows": rows, "can_write": can_write, "draft": definition_of(survey).to_json()}
    return render_part(request, "voc/surveys/survey_versions.html", "content", context)


@require_POST
@requires_editor
def survey_version_back(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Put a version's questions into the draft; with undo. What is published stays."""
    survey = survey_to_write(request, pk)
    version = get_object_or_404(SurveyVersion, survey=survey, number=number)
    action = services.replace_definition(
        actor=current_user(request), survey=survey, definition=read_definition(version.definition)
    )
    text = _("The draft is version %(number)d again") if action else _("The draft says the same as version %(number)d")
    say(request, text % {"number": number}, undo=undo_url(action))
    return go_to(request, reverse("survey_edit", args=[pk]))


@require_safe
@requires_role(*READERS)
def survey_definition(request: HttpRequest, pk: int) -> HttpResponse:
    """The draft, or with `?version=` a version, as JSON to keep or to import elsewhere."""
    survey = get_object_or_404(Survey, pk=pk)
    number = request.GET.get("version", "")
    if number.isascii() and number.isdigit() and len(number) < 6:
        raw = get_object_or_404(survey.versions, number=int(number)).definition
    else:
        raw = definition_of(survey).to_json()
    text = json.dumps(raw, ensure_ascii=False, indent=2)
    name = slugify(survey.name) or "survey"
    return HttpResponse(
        text + "\n",
        content_type="application/json; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.json"'},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires_editor
def survey_import(request: HttpRequest, pk: int) -> HttpResponse:
    """Replace the draft by a definition; what does not fit is told by its path."""
    survey = survey_to_write(request, pk)
    form = ImportForm(posted(request), request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            definition = read_definition(json.loads(form.cleaned_data["raw"]))
        except BadDefinition as error:
            form.add_error(
                None, _("%(path)s: %(words)s") % {"path": error.path or _("The whole"), "words": error.words}
            )
        except (ValueError, RecursionError) as error:
            form.add_error(None, _("This is no JSON: %(words)s") % {"words": error})
        else:
            action = services.replace_definition(actor=current_user(request), survey=survey, definition=definition)
            say(request, _("Imported") if action else _("The draft says the same already"), undo=undo_url(action))
            return go_to(request, reverse("survey_edit", args=[pk]))
    status = 422 if form.errors else 200
    return render_part(
        request, "voc/surveys/survey_import.html", "dialog", {"survey": survey, "form": form}, status=status
    )
