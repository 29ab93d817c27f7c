"""The builder: questions left, the page as customers see it in the middle, the settings of one question right."""

from csp.constants import SELF
from csp.decorators import csp_update
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http.editing import undo_url
from team.http.access import current_user, requires_editor, requires_role
from team.models import ActionLog, Role
from ui.http import FRAGMENT_HEADERS, close_dialog, render_part, say, toast, wants_part
from voc.forms.questions import read_question_form, written
from voc.formulas.definitions import LANGUAGES, TYPES, Definition, Question
from voc.formulas.editing import uses_of
from voc.formulas.new_questions import new_question
from voc.formulas.reach import rules_of
from voc.http.builder import START, builder_context, digest_of, short_words
from voc.http.definition_words import clashes_of
from voc.models import Survey
from voc.services import surveys as services
from voc.services.surveys import DraftRefused, StaleDraft
from voc.services.surveys.drafting import definition_of

READERS = (Role.ADMIN, Role.MANAGER, Role.CSM, Role.VIEWER)
PAGE = "voc/surveys/survey_edit.html"


def survey_to_write(request: HttpRequest, pk: int) -> Survey:
    """The survey, for those who may write it; 404 for others."""
    return get_object_or_404(Survey.objects.editable_by(current_user(request)), pk=pk)


def number_seen(request: HttpRequest) -> int:
    """The number of the draft that the editor saw; one that never was for none."""
    raw = request.POST.get("over") or request.POST.get("draft_number", "")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 10 else 0


@require_safe
@requires_role(*READERS)
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]
def survey_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The draft. `?q=` is the question whose settings are open, `?lang=` the language that is written."""
    survey = get_object_or_404(Survey, pk=pk)
    return show(request, survey, selected=request.GET.get("q", ""), language=request.GET.get("lang", ""))


def show(
    request: HttpRequest,
    survey: Survey,
    *,
    selected: str,
    language: str,
    status: int = 200,
    is_small: bool = False,
    extra: dict[str, object] | None = None,
) -> HttpResponse:
    """The page, its three columns, or after a change of words alone (`is_small`) all but the form that is typed in."""
    definition = definition_of(survey)
    if not selected and definition.questions:
        selected = definition.questions[0].id
    context = builder_context(survey, definition, selected=selected, language=language)
    context["can_write"] = Survey.objects.editable_by(current_user(request)).filter(pk=survey.pk).exists()
    context["newest"] = survey.versions.order_by("-number").first()
    context["is_published"] = context["newest"] is not None and context["newest"].definition == definition.to_json()
    if is_small and wants_part(request):
        response = render(request, f"{PAGE}#saved", context)
        response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#saved", "innerHTML"
        patch_vary_headers(response, FRAGMENT_HEADERS)
        return response
    return render_part(request, PAGE, "builder", context | (extra or {}), status=status)


def shown(
    request: HttpRequest,
    survey: Survey,
    *,
    selected: str,
    text: str = "",
    action: ActionLog | None = None,
    is_small: bool = False,
) -> HttpResponse:
    """The builder after a change, said with its way back."""
    language = request.POST.get("language", "")
    if not wants_part(request):
        if text:
            say(request, text, undo=undo_url(action))
        address = f"{reverse('survey_edit', args=[survey.pk])}?q={selected}"
        return HttpResponseRedirect(address + (f"&lang={language}" if language in LANGUAGES else ""))
    response = show(request, survey, selected=selected, language=language, is_small=is_small)
    return toast(response, text, undo=undo_url(action)) if text else response


def refused(request: HttpRequest, survey: Survey, error: Exception, *, selected: str) -> HttpResponse:
    """What cannot be done, said over the builder as it stands now."""
    survey.refresh_from_db()
    if not wants_part(request):
        say(request, str(error), is_bad=True)
        return HttpResponseRedirect(f"{reverse('survey_edit', args=[survey.pk])}?q={selected}")
    status = 409 if isinstance(error, StaleDraft) else 422
    response = show(request, survey, selected=selected, language=request.POST.get("language", ""), status=status)
    return toast(response, str(error), is_bad=True)


@require_POST
@requires_editor
def survey_question_add(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """A new question of a type behind the one that is open."""
    survey = survey_to_write(request, pk)
    if kind not in TYPES:
        raise Http404
    wanted = new_question(kind, definition_of(survey))
    return added(request, survey, wanted, after=request.POST.get("after", ""))


@require_POST
@requires_editor
def survey_question_copy(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """The same question once more, below."""
    survey = survey_to_write(request, pk)
    return added(request, survey, question_or_404(definition_of(survey), key), after=key)


def added(request: HttpRequest, survey: Survey, question: Question, *, after: str) -> HttpResponse:
    """Put it in and open it."""
    user, seen = current_user(request), number_seen(request)
    try:
        made, action = services.add_question(
            actor=user, survey=survey, question=question, draft_number=seen, after=after
        )
    except (StaleDraft, DraftRefused) as error:
        return refused(request, survey, error, selected=after)
    return shown(request, survey, selected=made.id, text=_("Question added"), action=action)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_editor
def survey_question(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Save one question, as it is typed. Somebody else's change of the same question answers 409 with both values."""
    survey = survey_to_write(request, pk)
    if request.method != "POST":
        return HttpResponseRedirect(f"{reverse('survey_edit', args=[pk])}?q={key}")
    definition = definition_of(survey)
    question = definition.question(key)
    if question is None:
        return refused(request, survey, DraftRefused(_("This question was removed meanwhile.")), selected="")
    language = request.POST.get("language", "")
    language = language if language in definition.languages else definition.languages[0]
    changed = read_question_form(question, definition, language, request.POST)
    seen = number_seen(request)
    if seen != survey.draft_number and request.POST.get("seen") != digest_of(question):
        return clash(request, survey, question, changed)
    user = current_user(request)
    try:
        action = services.save_question(actor=user, survey=survey, question=changed, draft_number=survey.draft_number)
    except (StaleDraft, DraftRefused) as error:
        return refused(request, survey, error, selected=key)
    is_removal = request.POST.get("act", "").startswith("remove.")
    text = _("Removed") if is_removal else "" if wants_part(request) else _("Saved")
    is_small = shape_of(question) == shape_of(changed)
    return shown(request, survey, selected=key, text=text, action=action, is_small=is_small)


def shape_of(question: Question) -> tuple[object, ...]:
    """Which fields the form of a question has: as long as it stays, the form need not be drawn anew."""
    rules = [(rule.question, rule.operator) for rule in rules_of(question)]
    parts = [one.id for one in (*question.options, *question.rows, *question.columns)]
    return question.type, parts, rules, [len(jump.when) for jump in question.jumps]


def clash(request: HttpRequest, survey: Survey, theirs: Question, yours: Question) -> HttpResponse:
    """Two wrote the same question: both values, and the choice which of them stays."""
    found = clashes_of(theirs, yours)
    extra = {"clashes": found, "over": survey.draft_number, "posted": [*posted_pairs(request)]}
    return show(request, survey, selected=theirs.id, language=request.POST.get("language", ""), status=409, extra=extra)


def posted_pairs(request: HttpRequest) -> list[tuple[str, str]]:
    """What was sent, to send it again."""
    left_out = {"draft_number", "seen", "over", "csrfmiddlewaretoken"}
    return [(name, value) for name, values in request.POST.lists() for value in values if name not in left_out]


def question_or_404(definition: Definition, key: str) -> Question:
    """The question of that id."""
    found = definition.question(key)
    if found is None:
        raise Http404
    return found


@require_POST
@requires_editor
def survey_question_move(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Up or down by one, or to a position counted from 1."""
    survey = survey_to_write(request, pk)
    definition = definition_of(survey)
    here = definition.questions.index(question_or_404(definition, key))
    to = request.POST.get("to", "")
    place = {"up": here - 1, "down": here + 1}.get(to, int(to) - 1 if to.isascii() and to.isdigit() else here)
    user, seen = current_user(request), number_seen(request)
    try:
        services.move_question(actor=user, survey=survey, question_id=key, to=place, draft_number=seen)
    except (StaleDraft, DraftRefused) as error:
        return refused(request, survey, error, selected=key)
    return shown(request, survey, selected=key)


@require_http_methods(["GET", "HEAD", "POST"])
@requires_editor
def survey_question_remove(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Take a question out. One that others use says where, and goes with those rules when that is wanted."""
    survey = survey_to_write(request, pk)
    definition = definition_of(survey)
    question = question_or_404(definition, key)
    uses = uses_of(definition, key)
    if request.method != "POST" or (uses and "sure" not in request.POST):
        context = {"survey": survey, "question": question, "words": short_words(question), "uses": uses_in_words(uses)}
        status = 422 if request.method == "POST" else 200
        response = render_part(request, "voc/surveys/question_remove.html", "dialog", context, status=status)
        response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#dialog", "innerHTML"
        return response
    position = definition.questions.index(question)
    near = definition.questions[position - 1 if position else 1].id if len(definition.questions) > 1 else START
    user, seen = current_user(request), number_seen(request)
    try:
        action = services.remove_question(actor=user, survey=survey, question_id=key, draft_number=seen)
    except StaleDraft as error:
        return refused(request, survey, error, selected=key)
    response = shown(request, survey, selected=near, text=_("Question removed"), action=action)
    return close_dialog(response) if wants_part(request) else response


def uses_in_words(uses: tuple[object, ...]) -> list[tuple[str, str]]:
    """Each question that needs it, and how."""
    words = {
        "rule": _("is shown by a rule on it"),
        "jump": _("jumps by a rule on it"),
        "target": _("jumps to it"),
        "text": _("takes up its answer in a text: change that by hand"),
    }
    return [(short_words(use.question), words[use.how]) for use in uses]  # type: ignore[attr-defined]


@require_POST
@requires_editor
def survey_texts(request: HttpRequest, pk: int) -> HttpResponse:
    """Languages, the words above the first question and those at the end."""
    survey = survey_to_write(request, pk)
    definition = definition_of(survey)
    language = request.POST.get("language", "")
    language = language if language in definition.languages else definition.languages[0]
    languages = [code for code in LANGUAGES if code in request.POST.getlist("languages")]
    try:
        services.edit_texts(
            actor=current_user(request),
            survey=survey,
            languages=languages or definition.languages,
            intro=written(definition.intro, language, request.POST.get("intro")),
            thanks=written(definition.thanks, language, request.POST.get("thanks")),
            draft_number=number_seen(request),
        )
    except StaleDraft as error:
        return refused(request, survey, error, selected=START)
    is_small = not languages or tuple(languages) == definition.languages
    text = "" if wants_part(request) else _("Saved")
    return shown(request, survey, selected=START, text=text, is_small=is_small)
