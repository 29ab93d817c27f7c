"""Reading a survey's definition: texts with a fallback, and answers that fit their question."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from voc.formulas.definitions import DJANGO_LANGUAGES, LANGUAGES, SCALES, known_language, text_in

__all__ = [
    "DJANGO_LANGUAGES",
    "LANGUAGES",
    "SCALES",
    "headline_of",
    "known_language",
    "on_scale",
    "plain_text",
    "read_answers",
    "text_in",
]

LONGEST_TEXT = 5000


def headline_of(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    """The question whose answer is the response's score: the first with a scale. Raises ValueError without one."""
    for question in definition["questions"]:
        if question["type"] in SCALES:
            return question  # type: ignore[no-any-return]
    raise ValueError("a survey without a headline question")


def read_answers(definition: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Decimal | str]:
    """The answers that fit: numbers on their scale, texts without control characters. The rest is left out.

    SECURITY: keys come from the definition, never from the form; texts are kept as given and escaped where shown.
    """
    answers: dict[str, Decimal | str] = {}
    for question in definition["questions"]:
        raw = given.get(question["id"], "").strip()
        if question["type"] in SCALES:
            number = on_scale(raw, SCALES[question["type"]])
            if number is not None:
                answers[question["id"]] = Decimal(number)
        elif text := plain_text(raw)[:LONGEST_TEXT]:
            answers[question["id"]] = text
    return answers


def plain_text(raw: str) -> str:
    """What somebody typed, without control characters."""
    return "".join(char for char in raw if char.isprintable() or char in "\n\t").strip()


def on_scale(raw: str, scale: Sequence[int]) -> int | None:
    """The whole number on the scale that somebody typed; None for anything else."""
    try:
        number = Decimal(raw) if len(raw) < 4 else None
    except InvalidOperation:
        return None
    if number is None or not number.is_finite() or number != number.to_integral_value():
        return None
    return int(number) if int(number) in scale else None
