"""Writing a response and its answers: what one screen changes, and what the whole then is."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from django.db import connection

from team.clock import now
from voc.formulas.answers import AnswerValue
from voc.formulas.definitions import Definition, Question
from voc.formulas.flow import path_of, screen_after
from voc.models import Answer, Invitation, Response

Answers = Mapping[str, AnswerValue]
State = Response.State
# A page that was left open counts as this many seconds at most.
LONGEST_PAGE = 1800

_COLUMNS: Final = [one for one in Response._meta.concrete_fields if not one.primary_key]
_STORE_FIRST: Final = f"""
    WITH made AS (
           INSERT INTO voc_response ({", ".join(f'"{one.column}"' for one in _COLUMNS)})
           VALUES ({", ".join(["%s"] * len(_COLUMNS))}) RETURNING id),
         said AS (
           INSERT INTO voc_answer (response_id, question_id, number, text, choices)
           SELECT made.id, question, number::numeric, words, choices::jsonb
             FROM made, (VALUES {{answers}}) AS one (question, number, words, choices)
            WHERE question IS NOT NULL),
         marked AS (UPDATE voc_invitation SET state = %s WHERE id = %s)
    SELECT id FROM made
"""  # noqa: S608 names of our own model


@dataclass(frozen=True)
class Submit:
    """What one form sent. `asked` are the questions that it held: those without an answer are emptied. `is_draft`:
    kept, but nobody pressed Send. `seconds`: how long the page was open."""

    answers: Answers
    asked: tuple[str, ...]
    language: str
    doubts: list[str] = field(default_factory=list)
    seconds: float = 0.0
    is_draft: bool = False


@dataclass(frozen=True)
class Whole:
    """A response after a submit: its answers on the way through the survey, and how far it got."""

    answers: dict[str, AnswerValue]
    seen: list[str]
    is_complete: bool
    score: int | None
    words: str


def merged(definition: Definition, known: Answers, submit: Submit, seen: Iterable[str]) -> Whole:
    """What is known with what was sent. Answers to questions that are not on the way any more are dropped."""
    found = {key: value for key, value in known.items() if key not in submit.asked} | dict(submit.answers)
    path = path_of(definition, found)
    answers = {question.id: found[question.id] for question in path if question.id in found}
    following = screen_after(definition, answers, submit.asked[-1]) if submit.asked and not submit.is_draft else None
    shown = list(dict.fromkeys([*seen, *submit.asked, *(question.id for question in following or ())]))
    # Reached: what was submitted, not what stands on the next screen.
    reached = {*seen, *submit.asked}
    return Whole(
        answers=answers,
        seen=shown,
        is_complete=not submit.is_draft and following is None and all(question.id in reached for question in path),
        score=score_of(definition, answers),
        words=words_of(path, answers),
    )


def score_of(definition: Definition, answers: Answers) -> int | None:
    """The answer to the headline question."""
    headline = definition.headline
    value = answers.get(headline.id) if headline is not None else None
    return int(value.number) if value is not None and value.number is not None else None


def words_of(path: Iterable[Question], answers: Answers) -> str:
    """The answers to text questions, joined: one piece of feedback."""
    texts = (answers[one.id].text for one in path if one.type in {"text", "short_text"} and one.id in answers)
    return "\n\n".join(text for text in texts if text)


def stored_answers(response: Response) -> dict[str, AnswerValue]:
    """The answers of a response, as they come from a form; one query."""
    return {
        answer.question_id: AnswerValue(number=answer.number, text=answer.text, choices=answer.choices)
        for answer in response.answers.all()
    }


def store_first(response: Response, answers: Answers, *, answered: int | None) -> None:
    """A new response with its answers, in one statement; `answered` is the invitation that this answers.

    By hand: nearly every submit is a person's first, and three statements that are compiled anew cost more than all
    else that a submit does.
    """
    row = [one.get_db_prep_save(one.pre_save(response, add=True), connection) for one in _COLUMNS]
    given = [(key, one.number, one.text, json.dumps(one.choices)) for key, one in answers.items()]
    told = ", ".join(["(%s, %s, %s, %s)"] * len(given)) or "(NULL, NULL, NULL, NULL)"
    with connection.cursor() as cursor:
        cursor.execute(
            _STORE_FIRST.replace("{answers}", told),
            [*row, *(value for one in given for value in one), Invitation.State.ANSWERED.value, answered],
        )
        response.pk = cursor.fetchone()[0]
    response._state.adding = False


def write_answers(response: Response, known: Answers, answers: Answers) -> bool:
    """Make the response's answers those given; one query for each of those that went and those that changed."""
    gone = [key for key in known if key not in answers]
    changed = {key: value for key, value in answers.items() if not is_same(known.get(key), value)}
    if gone:
        response.answers.filter(question_id__in=gone).delete()
    Answer.objects.bulk_create(
        [
            Answer(response=response, question_id=key, number=one.number, text=one.text, choices=one.choices)
            for key, one in changed.items()
        ],
        update_conflicts=bool(known),
        unique_fields=["response", "question_id"] if known else None,
        update_fields=["number", "text", "choices"] if known else None,
    )
    return bool(gone or changed)


def is_same(one: AnswerValue | None, other: AnswerValue | None) -> bool:
    """Equal answers; an empty list and an empty map both mean nothing was chosen."""
    if one is None or other is None:
        return one is other
    return (one.number, one.text, one.choices or []) == (other.number, other.text, other.choices or [])


def page_seconds(submit: Submit) -> int:
    """How long the page was in front of somebody, in whole seconds."""
    return round(min(max(submit.seconds, 0.0), LONGEST_PAGE))


def to_the_hour(moment: dt.datetime) -> dt.datetime:
    """SECURITY: anonymous answers keep the hour alone, or the minute would name the person."""
    return moment.replace(minute=0, second=0, microsecond=0)


def moment_of(*, is_anonymous: bool) -> dt.datetime:
    """The time that is written down."""
    return to_the_hour(now()) if is_anonymous else now()
