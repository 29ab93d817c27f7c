"""What a survey asks: the grammar of a definition, read from JSON into frozen objects and back.

Reading holds the shape alone (types, ids, limits). Whether a definition makes sense is told by `voc.formulas.checks`,
so that a half-written draft can be kept.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from voc.formulas.understanding.language import short

LANGUAGES: Final = {"en": "English", "da": "Dansk", "zh": "中文"}
DJANGO_LANGUAGES: Final = {"en": "en", "da": "da", "zh": "zh-hans"}
SCALES: Final = {"nps": range(11), "csat": range(1, 6), "ces": range(1, 8)}
SCALED: Final = ("nps", "csat", "ces", "rating")
CHOOSING: Final = ("single", "multiple", "ranking")
WRITING: Final = ("short_text", "text")
TYPES: Final = (*SCALED, "single", "multiple", "matrix", "ranking", *WRITING, "consent")
# What can be asked of an answer, by the type of its question.
OPERATORS: Final = {
    **dict.fromkeys(SCALED, ("eq", "ne", "lte", "gte", "in", "answered", "not_answered")),
    "single": ("eq", "ne", "in", "answered", "not_answered"),
    "multiple": ("has", "in", "answered", "not_answered"),
    "ranking": ("has", "answered", "not_answered"),
    "matrix": ("has", "answered", "not_answered"),
    "short_text": ("has", "answered", "not_answered"),
    "text": ("has", "answered", "not_answered"),
    "consent": ("eq", "ne", "answered", "not_answered"),
}
ALL_OPERATORS: Final = ("eq", "ne", "lte", "gte", "in", "has", "answered", "not_answered")
WITHOUT_VALUE: Final = ("answered", "not_answered")
YES, NO = "yes", "no"
END: Final = "end"
LONGEST_TEXT: Final = 2000
MOST_QUESTIONS, MOST_OPTIONS, MOST_RULES = 100, 60, 20
ID: Final = re.compile(r"[a-z0-9_]{1,40}")

Texts = Mapping[str, str]


class BadDefinition(ValueError):
    """What is wrong, and where: `questions[2].options[0].id`."""

    def __init__(self, path: str, words: str) -> None:
        super().__init__(f"{path}: {words}" if path else words)
        self.path, self.words = path, words


def text_in(texts: Texts, language: str) -> str:
    """The text in a language, else in English, else in whatever there is."""
    return texts.get(short(language)) or texts.get("en") or next((text for text in texts.values() if text), "")


def known_language(code: str) -> str:
    """One of the languages that customers are written to in; English for any other."""
    return short(code) if short(code) in LANGUAGES else "en"


@dataclass(frozen=True, slots=True)
class Option:
    """Something to choose: an option, a row or a column. Its id stays when its words change."""

    id: str
    text: Texts = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, "text": dict(self.text)}


@dataclass(frozen=True, slots=True)
class Rule:
    """One condition on an earlier answer. Without an answer only `not_answered` holds."""

    question: str
    operator: str
    value: Any = None

    def to_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {"question": self.question, "operator": self.operator}
        return found if self.operator in WITHOUT_VALUE else found | {"value": self.value}


@dataclass(frozen=True, slots=True)
class Jump:
    """Where to go on when all rules hold: a later question or the end."""

    to: str
    when: tuple[Rule, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {"when": [rule.to_json() for rule in self.when], "to": self.to}


@dataclass(frozen=True, slots=True)
class Question:
    """One question; see docs/surveys.md for what each type stores."""

    id: str
    type: str
    text: Texts = field(default_factory=dict)
    help: Texts = field(default_factory=dict)
    low: Texts = field(default_factory=dict)
    high: Texts = field(default_factory=dict)
    scale: int = 5
    options: tuple[Option, ...] = ()
    has_other: bool = False
    max_choices: int | None = None
    rows: tuple[Option, ...] = ()
    columns: tuple[Option, ...] = ()
    is_required: bool = False
    with_previous: bool = False
    show_if: tuple[Rule, ...] = ()
    jumps: tuple[Jump, ...] = ()

    @property
    def numbers(self) -> range:
        """The whole numbers of a scale; empty for other types."""
        return range(1, self.scale + 1) if self.type == "rating" else SCALES.get(self.type, range(0))

    @property
    def texts(self) -> tuple[tuple[str, Texts], ...]:
        """Every text that a customer may read, with its path inside the question."""
        named = [("text", self.text), ("help", self.help), ("low", self.low), ("high", self.high)]
        parts = (("options", self.options), ("rows", self.rows), ("columns", self.columns))
        named += [(f"{name}.{one.id}", one.text) for name, some in parts for one in some]
        return tuple((path, texts) for path, texts in named if any(texts.values()) or path == "text" or "." in path)

    def option_text(self, option_id: str, language: str) -> str:
        """An option's words; the id when it is unknown."""
        found = next((one for one in (*self.options, *self.rows, *self.columns) if one.id == option_id), None)
        return text_in(found.text, language) if found else option_id

    def to_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {"id": self.id, "type": self.type, "text": dict(self.text)}
        found |= {name: dict(texts) for name in ("help", "low", "high") if (texts := getattr(self, name))}
        if self.type == "rating":
            found["scale"] = self.scale
        parts = {name: [one.to_json() for one in getattr(self, name)] for name in ("options", "rows", "columns")}
        found |= {name: some for name, some in parts.items() if some}
        if self.max_choices is not None:
            found["max_choices"] = self.max_choices
        found |= {name: True for name in ("has_other", "is_required", "with_previous") if getattr(self, name)}
        if self.show_if:
            found["show_if"] = [rule.to_json() for rule in self.show_if]
        if self.jumps:
            found["jumps"] = [jump.to_json() for jump in self.jumps]
        return found


@dataclass(frozen=True, slots=True)
class Definition:
    """What a survey asks, in the order in which it asks."""

    questions: tuple[Question, ...] = ()
    languages: tuple[str, ...] = ("en",)
    intro: Texts = field(default_factory=dict)
    thanks: Texts = field(default_factory=dict)

    def question(self, question_id: str) -> Question | None:
        """The question of that id."""
        return next((one for one in self.questions if one.id == question_id), None)

    def position(self, question_id: str) -> int | None:
        """Where the question stands, from 0."""
        return next((number for number, one in enumerate(self.questions) if one.id == question_id), None)

    @property
    def headline(self) -> Question | None:
        """The question whose answer is the score: the first NPS, CSAT or CES, else the first rating, else none."""
        fixed = next((one for one in self.questions if one.type in SCALES), None)
        return fixed or next((one for one in self.questions if one.type == "rating"), None)

    def is_required(self, question: Question) -> bool:
        """The headline always is."""
        headline = self.headline
        return question.is_required or (headline is not None and headline.id == question.id)

    def to_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {"languages": list(self.languages)}
        found |= {name: dict(texts) for name in ("intro", "thanks") if (texts := getattr(self, name))}
        return found | {"questions": [one.to_json() for one in self.questions]}


DEFINITION_KEYS = {"languages", "intro", "thanks", "questions"}
QUESTION_KEYS = {name for name in Question.__slots__ if isinstance(name, str)}


def read_definition(raw: object) -> Definition:
    """The definition behind some JSON. Raises BadDefinition at the first thing that does not fit the grammar."""
    found = _object(raw, "", DEFINITION_KEYS)
    languages = _list(found.get("languages", ["en"]), "languages", len(LANGUAGES))
    for number, code in enumerate(languages):
        if not isinstance(code, str) or code not in LANGUAGES:
            raise BadDefinition(f"languages[{number}]", f"is none of {', '.join(LANGUAGES)}")
    if len(set(languages)) != len(languages) or not languages:
        raise BadDefinition("languages", "needs each language once, and at least one")
    questions = tuple(
        _question(one, f"questions[{number}]")
        for number, one in enumerate(_list(found.get("questions", []), "questions", MOST_QUESTIONS))
    )
    _once([one.id for one in questions], "questions")
    return Definition(
        questions=questions,
        languages=tuple(languages),
        intro=_texts(found.get("intro", {}), "intro"),
        thanks=_texts(found.get("thanks", {}), "thanks"),
    )


def _question(raw: object, path: str) -> Question:
    found = _object(raw, path, QUESTION_KEYS)
    kind = found.get("type")
    if kind not in TYPES:
        raise BadDefinition(f"{path}.type", f"is none of {', '.join(TYPES)}")
    fields: dict[str, Any] = {"id": _id(found.get("id"), f"{path}.id"), "type": kind}
    for name in ("text", "help", "low", "high"):
        fields[name] = _texts(found.get(name, {}), f"{path}.{name}")
    for name in ("options", "rows", "columns"):
        fields[name] = _options(found.get(name, []), f"{path}.{name}")
    for name in ("has_other", "is_required", "with_previous"):
        fields[name] = _flag(found.get(name, False), f"{path}.{name}")
    if kind == "rating":
        fields["scale"] = _number(found.get("scale", 5), f"{path}.scale", 3, 10)
    if found.get("max_choices") is not None:
        fields["max_choices"] = _number(found["max_choices"], f"{path}.max_choices", 1, MOST_OPTIONS)
    fields["show_if"] = _rules(found.get("show_if", []), f"{path}.show_if")
    jumps = _list(found.get("jumps", []), f"{path}.jumps", MOST_RULES)
    fields["jumps"] = tuple(_jump(one, f"{path}.jumps[{number}]") for number, one in enumerate(jumps))
    return Question(**fields)


def _jump(raw: object, path: str) -> Jump:
    found = _object(raw, path, {"when", "to"})
    return Jump(to=_id(found.get("to"), f"{path}.to"), when=_rules(found.get("when", []), f"{path}.when"))


def _rules(raw: object, path: str) -> tuple[Rule, ...]:
    return tuple(_rule(one, f"{path}[{number}]") for number, one in enumerate(_list(raw, path, MOST_RULES)))


def _rule(raw: object, path: str) -> Rule:
    found = _object(raw, path, {"question", "operator", "value"})
    operator = found.get("operator")
    if operator not in ALL_OPERATORS:
        raise BadDefinition(f"{path}.operator", f"is none of {', '.join(ALL_OPERATORS)}")
    question = _id(found.get("question"), f"{path}.question")
    if operator in WITHOUT_VALUE:
        return Rule(question, operator)
    value = found.get("value")
    if operator == "in":
        values = _list(value, f"{path}.value", MOST_OPTIONS)
        return Rule(question, operator, [_plain(one, f"{path}.value[{number}]") for number, one in enumerate(values)])
    return Rule(question, operator, _plain(value, f"{path}.value"))


def _plain(raw: object, path: str) -> str | int:
    """A word or a whole number."""
    if isinstance(raw, bool) or not isinstance(raw, str | int):
        raise BadDefinition(path, "is neither a text nor a whole number")
    if isinstance(raw, str) and not 0 < len(raw) <= 200:
        raise BadDefinition(path, "is empty or longer than 200 characters")
    if isinstance(raw, int) and abs(raw) > 1_000_000:
        raise BadDefinition(path, "is too large")
    return raw


def _options(raw: object, path: str) -> tuple[Option, ...]:
    options = []
    for number, one in enumerate(_list(raw, path, MOST_OPTIONS)):
        found = _object(one, f"{path}[{number}]", {"id", "text"})
        texts = _texts(found.get("text", {}), f"{path}[{number}].text")
        options.append(Option(_id(found.get("id"), f"{path}[{number}].id"), texts))
    _once([one.id for one in options], path)
    return tuple(options)


def _texts(raw: object, path: str) -> dict[str, str]:
    found = _object(raw, path, set(LANGUAGES))
    for code, text in found.items():
        if not isinstance(text, str):
            raise BadDefinition(f"{path}.{code}", "is not a text")
        if len(text) > LONGEST_TEXT:
            raise BadDefinition(f"{path}.{code}", f"is longer than {LONGEST_TEXT} characters")
        if any(not char.isprintable() and char not in "\n\t" for char in text):
            raise BadDefinition(f"{path}.{code}", "holds control characters")
    return {code: text for code, text in found.items() if text}


def _object(raw: object, path: str, known: set[str]) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise BadDefinition(path, "is not an object")
    for key in raw:
        if key not in known:
            where = f"{path}.{key}" if path else str(key)
            raise BadDefinition(where, f"is not known here; known are {', '.join(sorted(known))}")
    return raw


def _list(raw: object, path: str, most: int) -> list[Any]:
    if not isinstance(raw, list):
        raise BadDefinition(path, "is not a list")
    if len(raw) > most:
        raise BadDefinition(path, f"has more than {most} entries")
    return raw


def _id(raw: object, path: str) -> str:
    if not isinstance(raw, str) or not ID.fullmatch(raw):
        raise BadDefinition(path, "is not an id: 1 to 40 of a-z, 0-9 and _")
    return raw


def _flag(raw: object, path: str) -> bool:
    if not isinstance(raw, bool):
        raise BadDefinition(path, "is neither true nor false")
    return raw


def _number(raw: object, path: str, least: int, most: int) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or not least <= raw <= most:
        raise BadDefinition(path, f"is not a whole number from {least} to {most}")
    return raw


def _once(ids: Sequence[str], path: str) -> None:
    for number, one in enumerate(ids):
        if one in ids[:number]:
            raise BadDefinition(f"{path}[{number}].id", f"stands twice: {one}")
        if one == END and path == "questions":
            raise BadDefinition(f"{path}[{number}].id", "“end” is the end")
