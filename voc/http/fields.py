"""One question as its form shows it: words in a language, what is chosen, what is wrong."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from voc.formulas.answers import MISSING, NO_WORDS, OTHER, PREFIX, TOO_MANY, AnswerValue, Posted, ranked
from voc.formulas.definitions import YES, Definition, Question, text_in
from voc.formulas.flow import pipe


@dataclass(frozen=True, slots=True)
class Cell:
    """One thing to choose. `said` is what a screen reader hears where the words alone do not tell."""

    value: str
    words: str
    is_on: bool = False
    said: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a matrix: the name of its field, its words, its columns."""

    name: str
    words: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """Everything that the template needs of one question."""

    id: str
    name: str
    type: str
    text: str
    help: str
    low: str
    high: str
    is_required: bool
    cells: tuple[Cell, ...]
    rows: tuple[Row, ...]
    words: str
    problem: str
    has_other: bool
    is_other: bool
    is_set: bool
    most: int | None

    @property
    def scale(self) -> bool:
        """A line of numbers."""
        return bool(self.cells) and self.type in {"nps", "csat", "ces", "rating"}

    @property
    def described_by(self) -> str:
        """The ids of the texts that explain the question."""
        parts = [f"help-{self.id}"] * bool(self.help) + [f"problem-{self.id}"] * bool(self.problem)
        return " ".join(parts)


def field_of(
    question: Question,
    *,
    definition: Definition,
    answers: Mapping[str, AnswerValue],
    filled: Mapping[str, AnswerValue],
    posted: Posted,
    problem: str,
    language: str,
    names: Mapping[str, str],
    chosen: int | None = None,
) -> Field:
    """The question with what was answered, or with what a form just sent. `chosen` is a number tapped in a mail."""

    def said(texts: Mapping[str, str]) -> str:
        words = text_in(texts, language)
        if "{{" not in words:
            return words
        return pipe(words, answers=answers, definition=definition, language=language, fields=names)

    value = filled.get(question.id) or AnswerValue()
    name = PREFIX + question.id
    raw = list(posted.get(name, ()))
    number = str(chosen) if chosen is not None else "" if value.number is None else str(int(value.number))
    ids = set(value.choices)
    low, high = said(question.low), said(question.high)
    is_other = question.has_other and (OTHER in raw or bool(value.text))
    words = posted.get(f"{name}.other", ("",))[0] if is_other and not value.text else value.text
    cells: Sequence[Cell] = ()
    if question.numbers:
        first, last = question.numbers[0], question.numbers[-1]
        ends = {first: low, last: high}
        cells = [
            Cell(str(one), str(one), str(one) == number, f"{one}, {ends[one]}" if ends.get(one) else "")
            for one in question.numbers
        ]
    elif question.type == "ranking":
        options = {option.id: option for option in question.options}
        order = ranked(question, list(value.choices) or raw)
        cells = [Cell(one, said(options[one].text)) for one in order]
    elif question.type == "consent":
        cells = [Cell(YES, said(question.text), YES in ids)]
    elif question.options:
        cells = [Cell(one.id, said(one.text), one.id in ids) for one in question.options]
    return Field(
        id=question.id,
        name=name,
        type=question.type,
        text=said(question.text),
        help=said(question.help),
        low=low,
        high=high,
        is_required=definition.is_required(question),
        cells=tuple(cells),
        rows=_rows(question, value, name, said),
        words=words,
        problem=words_for(problem, question),
        has_other=question.has_other,
        is_other=is_other,
        is_set=bool(value.choices) if question.type == "ranking" else False,
        most=question.max_choices,
    )


def _rows(
    question: Question, value: AnswerValue, name: str, said: Callable[[Mapping[str, str]], str]
) -> tuple[Row, ...]:
    chosen = value.choices if isinstance(value.choices, dict) else {}
    return tuple(
        Row(
            f"{name}.{row.id}",
            said(row.text),
            tuple(Cell(one.id, said(one.text), chosen.get(row.id) == one.id) for one in question.columns),
        )
        for row in question.rows
    )


def words_for(problem: str, question: Question) -> str:
    """What is wrong, in words that say what to do."""
    if problem == MISSING and question.numbers:
        return _("Please choose a number.")
    if problem == MISSING:
        return {
            "matrix": _("Please choose one in each row."),
            "consent": _("Please tick the box, or leave this page."),
            "ranking": _("Please put them in order, or tick that the order is yours."),
            "text": _("Please write something."),
            "short_text": _("Please write something."),
        }.get(question.type) or _("Please choose one.")
    if problem == TOO_MANY:
        return _("Please choose %(most)s at most.") % {"most": question.max_choices}
    return _("Please say in a word what else.") if problem == NO_WORDS else ""
