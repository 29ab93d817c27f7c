"""The way through a survey: which questions are asked, on which screens, and what their texts say.

Every way goes forward, so it ends, whatever a definition holds. Only answers to questions on the way count: somebody
who goes back and takes another way is not judged by what was answered on the first.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from voc.formulas.answers import AnswerValue
from voc.formulas.definitions import END, NO, WITHOUT_VALUE, Definition, Question, Rule

Answers = Mapping[str, AnswerValue]

FIELDS = ("contact.first_name", "contact.name", "account.name")
PIPE = re.compile(r"\{\{\s*([a-z_]+\.[a-z0-9_]+)\s*(?:\|([^{}|]*))?\}\}")
LONGEST_PIPED = 200


def is_answered(value: AnswerValue | None) -> bool:
    """Something was said: a number, words, or a choice."""
    return value is not None and (value.number is not None or bool(value.text.strip()) or bool(value.choices))


def rule_holds(rule: Rule, answers: Answers) -> bool:
    """Whether an answer fits. Without an answer only `not_answered` does."""
    value = answers.get(rule.question)
    if value is None or not is_answered(value):
        return rule.operator == "not_answered"
    if rule.operator in WITHOUT_VALUE:
        return rule.operator == "answered"
    return FITS[rule.operator](value, rule.value)


def equals(value: AnswerValue, wanted: object) -> bool:
    """The answer is this and nothing else."""
    if value.number is not None:
        return value.number == number_of(wanted)
    if value.choices:
        return list(value.choices) == [str(wanted)]
    return value.text.strip().casefold() == str(wanted).strip().casefold()


def has(value: AnswerValue, wanted: object) -> bool:
    """The answer holds this: an option among others, `row:column` of a matrix, a word in a text."""
    if isinstance(value.choices, dict):
        return str(wanted) in {f"{row}:{column}" for row, column in value.choices.items()}
    if value.choices:
        return str(wanted) in value.choices
    return bool(value.text) and str(wanted).casefold() in value.text.casefold()


def at_most(value: AnswerValue, bound: object) -> bool:
    """The number is not above a bound."""
    limit = number_of(bound)
    return value.number is not None and limit is not None and value.number <= limit


def at_least(value: AnswerValue, bound: object) -> bool:
    """The number is not below a bound."""
    limit = number_of(bound)
    return value.number is not None and limit is not None and value.number >= limit


def is_among(value: AnswerValue, wanted: Iterable[object]) -> bool:
    """The answer is, or holds, one of these."""
    return any(equals(value, one) or has(value, one) for one in wanted)


def differs(value: AnswerValue, wanted: object) -> bool:
    """The answer is something else."""
    return not equals(value, wanted)


def number_of(raw: object) -> Decimal | None:
    """The number that a rule compares with."""
    try:
        number = Decimal(str(raw))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


FITS: dict[str, Callable[[AnswerValue, Any], bool]] = {
    "eq": equals,
    "ne": differs,
    "lte": at_most,
    "gte": at_least,
    "in": is_among,
    "has": has,
}


def all_hold(rules: Iterable[Rule], answers: Answers) -> bool:
    """All of the rules fit."""
    return all(rule_holds(rule, answers) for rule in rules)


def path_of(definition: Definition, answers: Answers) -> tuple[Question, ...]:
    """The questions that somebody with these answers is asked, in order."""
    path: list[Question] = []
    taken: dict[str, AnswerValue] = {}
    positions = {question.id: number for number, question in enumerate(definition.questions)}
    number = 0
    while number < len(definition.questions):
        question = definition.questions[number]
        number += 1
        if not all_hold(question.show_if, taken):
            continue
        path.append(question)
        if question.id in answers:
            taken[question.id] = answers[question.id]
        jump = next((one for one in question.jumps if all_hold(one.when, taken)), None)
        if jump is not None and jump.to == END:
            break
        if jump is not None:
            number = max(number, positions.get(jump.to, number))
    return tuple(path)


def screens_of(definition: Definition, answers: Answers) -> tuple[tuple[Question, ...], ...]:
    """The path cut into screens. Which questions may share one never depends on the answers."""
    groups = screen_numbers(definition)
    screens: dict[int, list[Question]] = {}
    for question in path_of(definition, answers):
        screens.setdefault(groups[question.id], []).append(question)
    return tuple(tuple(screen) for screen in screens.values())


def screen_after(definition: Definition, answers: Answers, question_id: str | None) -> tuple[Question, ...] | None:
    """The screen behind the one that holds the question; the first one for None; None at the end."""
    groups = screen_numbers(definition)
    here = groups.get(question_id, -1) if question_id else -1
    return next((screen for screen in screens_of(definition, answers) if groups[screen[0].id] > here), None)


def screen_numbers(definition: Definition) -> dict[str, int]:
    """The screen of each question. A question stands with the one before it only where nothing on that screen decides
    about it: no rule, no jump, no piped answer."""
    numbers: dict[str, int] = {}
    screen: list[Question] = []
    number = -1
    for question in definition.questions:
        here = {one.id for one in screen}
        is_bound = bool(here & set(used_by(question))) or any(one.jumps for one in screen)
        if not screen or not question.with_previous or is_bound:
            screen, number = [], number + 1
        screen.append(question)
        numbers[question.id] = number
    return numbers


def used_by(question: Question) -> tuple[str, ...]:
    """Ids of the questions that decide whether this one is shown and what it says."""
    piped = (name for _path, texts in question.texts for text in texts.values() for name in piped_answers(text))
    return (*(rule.question for rule in question.show_if), *piped)


@lru_cache(maxsize=10_000)
def piped_answers(text: str) -> tuple[str, ...]:
    """Ids of the questions whose answers a text takes up."""
    return tuple(name.removeprefix("answer.") for name, _else in PIPE.findall(text) if name.startswith("answer."))


def piped_names(text: str) -> tuple[str, ...]:
    """All names that a text takes up: `answer.nps`, `contact.first_name`."""
    return tuple(name for name, _else in PIPE.findall(text))


def pipe(text: str, *, answers: Answers, definition: Definition, language: str, fields: Mapping[str, str]) -> str:
    """The text with names and earlier answers put in: `{{ answer.nps }}`, `{{ contact.first_name|there }}`.

    A missing value becomes the words after the `|`, else nothing.
    SECURITY: plain words, escaped where they are shown; what is put in is never read again, so an answer that looks
    like a placeholder stays an answer.
    """

    def value_of(match: re.Match[str]) -> str:
        name, otherwise = match[1], (match[2] or "").strip()
        if name.startswith("answer."):
            question = definition.question(name.removeprefix("answer."))
            value = answers.get(question.id) if question else None
            found = answer_words(question, value, language) if question and value else ""
        else:
            found = fields.get(name, "") if name in FIELDS else ""
        return " ".join(found.split())[:LONGEST_PIPED] or otherwise

    return PIPE.sub(value_of, text)


def answer_words(question: Question, value: AnswerValue, language: str) -> str:
    """An answer as words in a language."""
    if value.number is not None:
        return str(int(value.number)) if value.number == value.number.to_integral_value() else str(value.number)
    if question.type == "consent":
        return "" if not value.choices or NO in value.choices else text_of(question, value.choices, language)
    if isinstance(value.choices, dict):
        pairs = value.choices.items()
        return "; ".join(
            f"{question.option_text(row, language)}: {question.option_text(column, language)}" for row, column in pairs
        )
    chosen = [question.option_text(one, language) for one in value.choices]
    return ", ".join(chosen + [value.text] * bool(value.text))


def text_of(question: Question, choices: Sequence[str] | Mapping[str, str], language: str) -> str:
    """Chosen options in words."""
    return ", ".join(question.option_text(one, language) for one in choices)
