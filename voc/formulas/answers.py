"""What somebody answered: one value per question, and reading it from what a form sent.

A form names its fields `q.<question id>`: one value for a scale, a choice or words; several for multiple choice and, in
order, for a ranking; `q.<id>.<row>` for the rows of a matrix, `q.<id>.other` for the words behind "other",
`q.<id>.set` for "this is my order".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Final

from voc.formulas.definitions import CHOOSING, NO, SCALED, YES, Definition, Question

LONGEST_TEXT: Final = 5000
LONGEST_WORDS: Final = 200
OTHER: Final = "other."  # no option's id holds a dot
PREFIX: Final = "q."

MISSING, TOO_MANY, NO_WORDS = "missing", "too_many", "no_words"

Posted = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class AnswerValue:
    """One answer; see voc.models.Answer for what each type fills."""

    number: Decimal | None = None
    text: str = ""
    choices: list[str] | dict[str, str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ScreenRead:
    """What one screen's form said. `problems` is {question id: MISSING, TOO_MANY or NO_WORDS}, in order."""

    answers: dict[str, AnswerValue] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


def read_screen(definition: Definition, questions: Iterable[Question], posted: Posted) -> ScreenRead:
    """The answers to these questions that fit, and what keeps the screen from going on."""
    answers: dict[str, AnswerValue] = {}
    problems: dict[str, str] = {}
    for question in questions:
        value = read_answer(question, posted)
        if value is not None:
            answers[question.id] = value
        if problem := problem_with(question, value, posted, is_required=definition.is_required(question)):
            problems[question.id] = problem
    return ScreenRead(answers, problems)


def read_answer(question: Question, posted: Posted) -> AnswerValue | None:
    """The answer that fits its question; None for no answer and for one that cannot be.

    SECURITY: names and ids come from the definition, never from the form; words are kept as given, without control
    characters, and escaped where they are shown.
    """
    name = PREFIX + question.id
    raw = list(posted.get(name, ()))
    if question.type in SCALED:
        number = on_scale(raw[0], question.numbers) if raw else None
        return None if number is None else AnswerValue(number=Decimal(number))
    if question.type == "matrix":
        return _matrix(question, posted)
    if question.type == "consent":
        return AnswerValue(choices=[YES if YES in raw else NO])
    if question.type in CHOOSING:
        return _chosen(question, raw, _first(posted, f"{name}.other"), is_set=bool(posted.get(f"{name}.set")))
    longest = LONGEST_WORDS if question.type == "short_text" else LONGEST_TEXT
    words = plain_text(raw[0])[:longest].strip() if raw else ""
    if question.type == "short_text":
        words = " ".join(words.split())
    return AnswerValue(text=words) if words else None


def _chosen(question: Question, raw: list[str], other: str, *, is_set: bool) -> AnswerValue | None:
    known = [option.id for option in question.options]
    if question.type == "ranking":
        return AnswerValue(choices=ranked(question, raw)) if is_set and known else None
    if question.type == "single":
        raw = raw[:1]
    chosen = [option for option in known if option in raw]
    words = " ".join(plain_text(other)[:LONGEST_WORDS].split()) if question.has_other and OTHER in raw else ""
    return AnswerValue(text=words, choices=chosen) if chosen or words else None


def _matrix(question: Question, posted: Posted) -> AnswerValue | None:
    columns = {column.id for column in question.columns}
    chosen = {row.id: _first(posted, f"{PREFIX}{question.id}.{row.id}") for row in question.rows}
    fitting = {row: column for row, column in chosen.items() if column in columns}
    return AnswerValue(choices=fitting) if fitting else None


def problem_with(question: Question, value: AnswerValue | None, posted: Posted, *, is_required: bool) -> str:
    """Why the form cannot go on from this question; "" when it can."""
    if question.has_other and OTHER in posted.get(PREFIX + question.id, ()) and (value is None or not value.text):
        return NO_WORDS
    chosen = len(value.choices) + bool(value.text) if value is not None and question.type == "multiple" else 0
    if question.max_choices and chosen > question.max_choices:
        return TOO_MANY
    if not is_required:
        return ""
    if value is None or (question.type == "consent" and value.choices != [YES]):
        return MISSING
    return MISSING if question.type == "matrix" and len(value.choices) < len(question.rows) else ""


def ranked(question: Question, order: Sequence[str]) -> list[str]:
    """Every option once: first those given, in their order, then the others as the definition has them."""
    known = [option.id for option in question.options]
    given = list(dict.fromkeys(option for option in order if option in known))
    return given + [option for option in known if option not in given]


def moved(question: Question, order: Sequence[str], option: str, *, up: bool) -> list[str]:
    """The order with one option a place further up or down; at the end it stays."""
    found = ranked(question, order)
    if option not in found:
        return found
    here = found.index(option)
    there = max(here - 1, 0) if up else min(here + 1, len(found) - 1)
    found[here], found[there] = found[there], found[here]
    return found


def on_scale(raw: str, scale: Sequence[int]) -> int | None:
    """The whole number on the scale that somebody typed; None for anything else."""
    try:
        number = Decimal(raw) if 0 < len(raw) < 4 and raw.isascii() else None
    except InvalidOperation:
        return None
    if number is None or not number.is_finite() or number != number.to_integral_value():
        return None
    return int(number) if int(number) in scale else None


def plain_text(raw: str) -> str:
    """What somebody typed, without control characters."""
    lines = raw.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in lines if char.isprintable() or char in "\n\t").strip()


def _first(posted: Posted, name: str) -> str:
    values = posted.get(name, ())
    return values[0] if values else ""
