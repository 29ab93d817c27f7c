"""What the builder shows: the list of questions, the settings of one, its rules as rows of selects."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from voc.formulas.checks import ERROR, Finding, check_definition, missing_languages, seconds_to_answer
from voc.formulas.definitions import (
    CHOOSING,
    END,
    LANGUAGES,
    OPERATORS,
    SCALED,
    WITHOUT_VALUE,
    Definition,
    Option,
    Question,
    Rule,
    text_in,
)
from voc.formulas.rule_values import values_for
from voc.http.definition_words import OPERATOR_WORDS
from voc.models import Survey
from voc.services.surveys import facts_of

START = "start"
TYPE_WORDS: dict[str, Promise] = {
    "nps": gettext_lazy("NPS, 0 to 10"),
    "csat": gettext_lazy("CSAT, 1 to 5"),
    "ces": gettext_lazy("CES, 1 to 7"),
    "rating": gettext_lazy("Rating"),
    "single": gettext_lazy("One choice"),
    "multiple": gettext_lazy("Several choices"),
    "matrix": gettext_lazy("Matrix"),
    "ranking": gettext_lazy("Ranking"),
    "short_text": gettext_lazy("Short text"),
    "text": gettext_lazy("Long text"),
    "consent": gettext_lazy("Consent"),
}
TYPE_ICONS = {
    **dict.fromkeys(SCALED, "gauge"),
    **{"single": "circle-dot", "multiple": "check-check", "matrix": "columns-3", "ranking": "chevrons-up-down"},
    **{"short_text": "pencil", "text": "message-square", "consent": "shield-check"},
}


@dataclass(frozen=True, slots=True)
class Line:
    """One question in the list."""

    number: int
    question: Question
    words: str
    icon: str
    type_words: object
    is_selected: bool
    is_first: bool
    is_last: bool
    is_inset: bool
    rules: int
    jumps: int
    errors: int
    warnings: int


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule as selects; names begin with `name`."""

    name: str
    place: str
    questions: list[tuple[str, str, bool]]
    operators: list[tuple[str, object, bool]]
    values: list[tuple[str, str, bool]]
    is_many: bool
    has_value: bool
    words: str


@dataclass(frozen=True, slots=True)
class JumpRow:
    """One jump: its rules and where it leads."""

    name: str
    number: int
    rules: list[RuleRow]
    targets: list[tuple[str, str, bool]]


@dataclass(frozen=True, slots=True)
class PartList:
    """Options, rows or columns of a question."""

    name: str
    label: object
    one: object
    parts: list[tuple[Option, str, bool, bool]]
    most: int


def digest_of(question: Question) -> str:
    """What an editor saw of a question, short: the same as long as nobody else changed it."""
    return sha256(repr(question.to_json()).encode()).hexdigest()[:16]


def short_words(question: Question, language: str = "en") -> str:
    """A question in a list or a select."""
    words = " ".join(text_in(question.text, language).split()) or _("No words yet")
    return words if len(words) <= 70 else f"{words[:67]}…"


def builder_context(survey: Survey, definition: Definition, *, selected: str, language: str) -> dict[str, Any]:
    """Everything on the page for one selected question; START is the beginning and the end."""
    findings = check_definition(definition, facts_of(survey))
    question = definition.question(selected)
    language = language if language in definition.languages else definition.languages[0]
    context: dict[str, Any] = {
        "survey": survey,
        "definition": definition,
        "lines": lines_of(definition, findings, selected),
        "selected": question.id if question else START,
        "language": language,
        "question": question,
        "findings": [one for one in findings if question is not None and one.question == question.id],
        "errors": sum(one.level == ERROR for one in findings),
        "warnings": sum(one.level != ERROR for one in findings),
        "seconds": seconds_to_answer(definition),
        "types": [(kind, words, TYPE_ICONS[kind]) for kind, words in TYPE_WORDS.items()],
    }
    return context | (
        question_context(definition, question, language) if question else start_context(definition, language)
    )


def lines_of(definition: Definition, findings: Sequence[Finding], selected: str) -> list[Line]:
    """The questions in order, each with what is wrong about it."""
    last = len(definition.questions)
    return [
        Line(
            number=number,
            question=one,
            words=short_words(one),
            icon=TYPE_ICONS[one.type],
            type_words=TYPE_WORDS[one.type],
            is_selected=one.id == selected,
            is_first=number == 1,
            is_last=number == last,
            is_inset=one.with_previous and number > 1,
            rules=len(one.show_if),
            jumps=len(one.jumps),
            errors=sum(found.question == one.id and found.level == ERROR for found in findings),
            warnings=sum(found.question == one.id and found.level != ERROR for found in findings),
        )
        for number, one in enumerate(definition.questions, 1)
    ]


def start_context(definition: Definition, language: str) -> dict[str, Any]:
    """The beginning and the end."""
    marks = {
        code: sum(bool(any(texts.values())) and not texts.get(code) for texts in (definition.intro, definition.thanks))
        for code in definition.languages
    }
    return {
        "language_tabs": [(code, LANGUAGES[code], code == language, marks[code]) for code in definition.languages],
        "all_languages": [(code, name, code in definition.languages) for code, name in LANGUAGES.items()],
        "intro": definition.intro.get(language, ""),
        "thanks": definition.thanks.get(language, ""),
    }


def question_context(definition: Definition, question: Question, language: str) -> dict[str, Any]:
    """The settings of one question."""
    position = definition.position(question.id) or 0
    earlier = definition.questions[:position]
    missing = missing_languages(definition, question)
    return {
        "digest": digest_of(question),
        "type_choices": [(kind, words, kind == question.type) for kind, words in TYPE_WORDS.items()],
        "language_tabs": [(code, LANGUAGES[code], code == language, code in missing) for code in definition.languages],
        "elsewhere": LANGUAGES.get(definition.languages[0], "") if language != definition.languages[0] else "",
        "original": definition.languages[0] if language != definition.languages[0] else "",
        "text": question.text.get(language, ""),
        "original_text": question.text.get(definition.languages[0], ""),
        "help": question.help.get(language, ""),
        "low": question.low.get(language, ""),
        "high": question.high.get(language, ""),
        "is_scaled": question.type in SCALED,
        "is_headline": definition.headline is not None and definition.headline.id == question.id,
        "scales": [(number, number == question.scale) for number in range(3, 11)] if question.type == "rating" else [],
        "part_lists": part_lists(question, language),
        "can_have_other": question.type in ("single", "multiple"),
        "is_multiple": question.type == "multiple",
        "show_rows": rule_rows("show", question.show_if, definition, list(earlier)),
        "has_earlier": bool(earlier),
        "jump_rows": jump_rows(definition, question, list(definition.questions[: position + 1])),
        "has_later": position + 1 < len(definition.questions),
        "pipes": [("{{ contact.first_name|there }}", _("First name")), ("{{ account.name }}", _("Company"))]
        + [(f"{{{{ answer.{one.id} }}}}", short_words(one, language)) for one in earlier],
    }


def part_lists(question: Question, language: str) -> list[PartList]:
    """What the type has of options, rows, columns."""

    def listed(name: str, label: object, one: object, parts: Sequence[Option]) -> PartList:
        last = len(parts) - 1
        rows = [(part, part.text.get(language, ""), place == 0, place == last) for place, part in enumerate(parts)]
        return PartList(name, label, one, rows, len(parts))

    if question.type in CHOOSING:
        return [listed("options", _("Options"), _("Add an option"), question.options)]
    if question.type == "matrix":
        return [
            listed("rows", _("Rows"), _("Add a row"), question.rows),
            listed("columns", _("Columns"), _("Add a column"), question.columns),
        ]
    return []


def rule_rows(name: str, rules: Sequence[Rule], definition: Definition, known: list[Question]) -> list[RuleRow]:
    """Rules as selects; one about a question that is not earlier any more stays in sight."""
    rows = []
    for number, rule in enumerate(rules):
        asked = definition.question(rule.question)
        choices = known if asked is None or asked in known else [asked, *known]
        questions = [(one.id, short_words(one), one.id == rule.question) for one in choices]
        if asked is None:
            questions.insert(0, (rule.question, rule.question, True))
        chosen = [str(value) for value in (rule.value if isinstance(rule.value, list) else [rule.value])]
        possible = values_for(asked, "en") if asked else []
        rows.append(
            RuleRow(
                name=f"{name}.{number}",
                place=f"{name.removeprefix('jump.')}.{number}" if name != "show" else str(number),
                questions=questions,
                operators=[
                    (one, OPERATOR_WORDS[one], one == rule.operator) for one in (OPERATORS[asked.type] if asked else ())
                ],
                values=[(value, words, value in chosen) for value, words in possible],
                is_many=rule.operator == "in",
                has_value=rule.operator not in WITHOUT_VALUE,
                words="" if possible or rule.value is None else str(rule.value),
            )
        )
    return rows


def jump_rows(definition: Definition, question: Question, known: list[Question]) -> list[JumpRow]:
    """Jumps with the questions that they may lead to; one that leads back stays in sight."""
    position = definition.position(question.id) or 0
    later = list(definition.questions[position + 1 :])
    rows = []
    for number, jump in enumerate(question.jumps):
        back = definition.question(jump.to)
        targets = [back, *later] if back is not None and back not in later else later
        rows.append(
            JumpRow(
                name=f"jump.{number}",
                number=number,
                rules=rule_rows(f"jump.{number}", jump.when, definition, known),
                targets=[
                    *((one.id, short_words(one), one.id == jump.to) for one in targets),
                    (END, _("The end"), jump.to == END),
                ],
            )
        )
    return rows
