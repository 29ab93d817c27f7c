"""One screen of a survey as a page: the same for a person, a public link and the preview of a draft."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, ngettext

from voc.formulas.answers import AnswerValue, Posted, ScreenRead, moved, on_scale, read_screen
from voc.formulas.checks import seconds_to_answer
from voc.formulas.definitions import LANGUAGES, Definition, Question, text_in
from voc.formulas.flow import pipe, screen_after, screens_of
from voc.http.fields import field_of
from voc.http.links import render_public, speaking
from voc.models import Survey

Answers = Mapping[str, AnswerValue]
Screen = tuple[Question, ...]
MOVE = "move"
AT = "at"


@dataclass(frozen=True)
class Frame:
    """What stands around the questions. `action` is where the form goes; `form` its token; `visit` a public visit's
    token; `names` what texts may pipe; `params` stay in every address of the page; `company` is read here if
    it is empty."""

    language: str
    action: str = ""
    form: str = ""
    visit: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    params: str = ""
    preferences: str = ""
    elsewhere: str = ""
    trap_link: str = ""
    notice: str = ""
    seconds: int | None = None
    tapped: int | None = None
    company: str = ""
    is_asked_again: bool = False
    is_anonymous: bool = False
    is_preview: bool = False
    is_embedded: bool = False
    is_kiosk: bool = False


def posted_of(request: HttpRequest) -> dict[str, Sequence[str]]:
    """The form as lists of values."""
    return {name: list(values) for name, values in request.POST.lists()}


def screen_at(definition: Definition, answers: Answers, question_id: str) -> Screen | None:
    """The screen on the way that holds the question."""
    for screen in screens_of(definition, answers):
        if any(question.id == question_id for question in screen):
            return screen
    return None


def screen_to_resume(definition: Definition, answers: Answers) -> Screen | None:
    """Where somebody goes on who comes back: behind the last answer; None when nothing is left."""
    last = None
    for screen in screens_of(definition, answers):
        answered = [question.id for question in screen if question.id in answers]
        if answered and any(definition.is_required(one) and one.id not in answers for one in screen):
            return screen
        last = answered[-1] if answered else last
    return screen_after(definition, answers, last)


def tapped_number(definition: Definition, raw: str) -> int | None:
    """The number tapped in the mail: chosen on the page, and nothing more until somebody presses Send."""
    return on_scale(raw, definition.headline.numbers) if definition.headline is not None else None


def tapped_option(screen: Screen, raw: str) -> dict[str, AnswerValue]:
    """The option tapped in the mail, of the one choice on the screen: chosen on the page, and nothing more."""
    asked = [question for question in screen if question.type == "single"]
    known = [option.id for option in asked[0].options] if len(asked) == 1 else []
    return {asked[0].id: AnswerValue(choices=[raw])} if raw in known else {}


def move_in(screen: Screen, posted: Posted) -> tuple[str, AnswerValue] | None:
    """A press on Up or Down of a ranking: the question and its new order. The value is `id:option:up`."""
    question_id, option, way = (*posted.get(MOVE, ("",))[0].split(":"), "", "")[:3]
    question = next((one for one in screen if one.id == question_id and one.type == "ranking"), None)
    if question is None:
        return None
    order = posted.get(f"q.{question_id}", ())
    return question_id, AnswerValue(choices=moved(question, order, option, up=way == "up"))


def read_form(definition: Definition, screen: Screen, posted: Posted) -> ScreenRead:
    """What the form of a screen said; a press on Up or Down is an order, and complains of nothing."""
    read = read_screen(definition, screen, posted)
    move = move_in(screen, posted)
    return read if move is None else replace(read, answers=read.answers | {move[0]: move[1]}, problems={})


def render_screen(
    request: HttpRequest,
    definition: Definition,
    answers: Answers,
    screen: Screen,
    *,
    frame: Frame,
    survey: Survey,
    posted: Posted | None = None,
    problems: Mapping[str, str] | None = None,
    filled: Answers | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of one screen; nothing is stored. `answers` are those known; `posted` is what was just sent and could
    not be taken as it is, `problems` why ({question id: MISSING...}). `filled`: what the form shows, where that is less
    than what is known."""
    language, problems = frame.language, problems or {}
    screens = screens_of(definition, answers)
    number = next((place for place, one in enumerate(screens) if one[0].id == screen[0].id), 0)
    headline = definition.headline
    with speaking(language):
        fields = [
            field_of(
                question,
                definition=definition,
                answers=answers,
                filled=answers if filled is None else filled,
                posted=posted or {},
                problem=problems.get(question.id, ""),
                language=language,
                names=frame.names,
                chosen=frame.tapped if headline is not None and question.id == headline.id else None,
            )
            for question in screen
        ]
        is_first = number == 0
        seconds = frame.seconds if frame.seconds is not None else seconds_to_answer(definition)
        intro = pipe(
            text_in(definition.intro, language),
            answers=answers,
            definition=definition,
            language=language,
            fields=frame.names,
        )
        context = {
            "frame": frame,
            "company": frame.company,
            "survey": survey,
            "fields": fields,
            "title": fields[0].text,
            "at": screen[0].id,
            "is_first": is_first,
            "is_last": number + 1 >= len(screens),
            "number": number + 1,
            "total": len(screens),
            "back": "" if is_first or frame.is_kiosk else screens[number - 1][0].id,
            "intro": intro if is_first else "",
            "who_reads": gettext(survey.who_reads) if is_first and survey.who_reads else "",
            "takes": time_words(seconds) if is_first else "",
            "languages": languages_of(definition),
            "has_problems": bool(problems),
            "has_ranking": any(one.type == "ranking" for one in fields),
            "show_tapped": frame.tapped is not None and any(one.scale for one in fields) and not problems,
        }
    return render_public(request, "voc/answers/screen.html", context, language=language, status=status)


def languages_of(definition: Definition) -> list[tuple[str, str]]:
    """The languages that the survey is written in; one alone needs no switch."""
    found = [(code, LANGUAGES[code]) for code in LANGUAGES if code in definition.languages]
    return found if len(found) > 1 else []


def time_words(seconds: int) -> str:
    """How long it takes, rounded up so that it is kept."""
    if seconds < 60:
        return gettext("Takes about %(n)s seconds.") % {"n": max(-(-seconds // 10) * 10, 10)}
    minutes = -(-seconds // 60)
    return ngettext("Takes about %(n)s minute.", "Takes about %(n)s minutes.", minutes) % {"n": minutes}
