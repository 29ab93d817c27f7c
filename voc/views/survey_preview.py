"""A draft or a version as customers will see it: the real page in a frame. Nothing is stored, nobody is asked."""

from decimal import Decimal
from typing import Any, Final

from csp.constants import SELF
from csp.decorators import csp_replace
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from team.http.access import requires_role
from voc.formulas.answers import AnswerValue
from voc.formulas.definitions import Definition, Question, known_language, read_definition, text_in
from voc.formulas.flow import screen_after, screen_numbers, screens_of
from voc.http.answering import AT, Frame, posted_of, read_form, render_screen
from voc.models import Survey
from voc.services.surveys.drafting import definition_of
from voc.views.builder import READERS

SALT: Final = "voc.survey_preview"
LONGEST_CARRIED: Final = 200
SAMPLE: Final = {"contact.first_name": "Robin", "contact.name": "Robin Berg", "account.name": "Fjord Logistics"}


# SECURITY: without a token of the form, as on the customer's page: a POST changes nothing and stores nothing.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@requires_role(*READERS)
@xframe_options_sameorigin
@csp_replace({"frame-ancestors": [SELF]})  # type: ignore[arg-type]
def survey_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """One screen. `?at=` is a question on it, `?lang=` the language, `?version=` a published one instead of the draft,
    `?given=` what was answered on the screens before, signed."""
    survey = get_object_or_404(Survey, pk=pk)
    definition = definition_to_show(survey, request.GET.get("version", ""))
    language = known_language(request.GET.get("lang") or definition.languages[0])
    answers = read_given(request.GET.get("given", ""))
    at = request.POST.get(AT) or request.GET.get("at", "")
    screen = screen_with(definition, at) or next(iter(screens_of(definition, answers)), None)
    if screen is None or "end" in request.GET:
        context = {"survey": survey, "definition": definition, "thanks": text_in(definition.thanks, language)}
        return render(request, "voc/surveys/preview_end.html", context | {"again": address_of(request, survey)})
    frame = Frame(
        language=language, action=request.get_full_path(), names=SAMPLE, is_preview=True, params=kept_in(request)
    )
    if request.method != "POST":
        return render_screen(request, definition, answers, screen, frame=frame, survey=survey)
    posted = posted_of(request)
    read = read_form(definition, screen, posted)
    answers = {**answers, **read.answers}
    if read.problems or "move" in posted:
        return render_screen(
            request, definition, answers, screen, frame=frame, survey=survey, posted=posted, problems=read.problems,
            status=422 if read.problems else 200,
        )  # fmt: skip
    following = screen_after(definition, answers, screen[-1].id)
    state = {"given": write_given(answers)}
    where = {"at": following[0].id} if following else {"end": "1"}
    return HttpResponseRedirect(address_of(request, survey, **state, **where), status=303)


def definition_to_show(survey: Survey, number: str) -> Definition:
    """The draft, or a published version."""
    if number.isascii() and number.isdigit() and len(number) < 6:
        return read_definition(get_object_or_404(survey.versions, number=int(number)).definition)
    return definition_of(survey)


def screen_with(definition: Definition, question_id: str) -> tuple[Question, ...] | None:
    """The questions that may share a screen with one, whatever was answered."""
    numbers = screen_numbers(definition)
    if question_id not in numbers:
        return None
    return tuple(one for one in definition.questions if numbers[one.id] == numbers[question_id])


def kept_in(request: HttpRequest) -> str:
    """What stays in every address of the preview."""
    return urlencode({name: request.GET[name] for name in ("version", "given") if name in request.GET})


def address_of(request: HttpRequest, survey: Survey, **more: str) -> str:
    """The preview elsewhere, in the same language and version."""
    kept = {name: request.GET[name] for name in ("lang", "version") if name in request.GET}
    return f"{reverse('survey_preview', args=[survey.pk])}?{urlencode(kept | more)}"


def write_given(answers: dict[str, AnswerValue]) -> str:
    """Answers as they travel in the address."""
    plain = {
        name: [None if value.number is None else str(value.number), value.text[:LONGEST_CARRIED], value.choices]
        for name, value in answers.items()
    }
    return signing.dumps(plain, salt=SALT, compress=True)


def read_given(raw: str) -> dict[str, AnswerValue]:
    """Answers from an address; none when it was not written here."""
    try:
        plain: dict[str, Any] = signing.loads(raw, salt=SALT) if raw else {}
    except signing.BadSignature:
        return {}
    return {
        name: AnswerValue(number=Decimal(number) if number is not None else None, text=text, choices=choices)
        for name, (number, text, choices) in plain.items()
    }
