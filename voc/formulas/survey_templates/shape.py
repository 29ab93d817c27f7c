"""What a template is made of, and short ways to write its questions down."""

from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_noop

Json = dict[str, Any]
LANGUAGES: Final = ["en", "da", "zh"]
WHO_READS: Final = gettext_noop("Your contact person and the department that can fix it read every answer.")


@dataclass(frozen=True, slots=True)
class SurveyTemplate:
    """A survey that asks well at one moment, with a proposal for what its answers decide. Staff words are msgids."""

    slug: str
    name: str
    kind: str
    moment: str
    purpose: str
    decision: str
    measure: str
    target: str
    questions: tuple[Json, ...]
    intro: Json | None = None
    is_transactional: bool = False
    is_about_renewal: bool = False
    valid_days: int = 30
    reminders: int = 1

    @property
    def definition(self) -> Json:
        """In the grammar of voc.formulas.definitions."""
        found: Json = {"languages": LANGUAGES, "questions": list(self.questions)}
        return found | ({"intro": self.intro} if self.intro else {})

    def programme(self) -> Json:
        """The settings that it proposes."""
        return {
            "kind": self.kind,
            "decision": self.decision,
            "measure": self.measure,
            "target": self.target,
            "who_reads": WHO_READS,
            "is_transactional": self.is_transactional,
            "is_about_renewal": self.is_about_renewal,
            "valid_days": self.valid_days,
            "reminders": self.reminders,
        }


def words(en: str, da: str, zh: str) -> Json:
    """One text in the three languages."""
    return {"en": en, "da": da, "zh": zh}


def ask(question_id: str, kind: str, en: str, da: str, zh: str, **more: Any) -> Json:
    """One question."""
    return {"id": question_id, "type": kind, "text": words(en, da, zh)} | more


def between(low: tuple[str, str, str], high: tuple[str, str, str]) -> Json:
    """The ends of a scale."""
    return {"low": words(*low), "high": words(*high)}


def choices(**some: tuple[str, str, str]) -> list[Json]:
    """Options, rows or columns by id."""
    return [{"id": name, "text": words(*texts)} for name, texts in some.items()]


def when(question: str, operator: str, value: object = None) -> Json:
    """A rule."""
    return {"question": question, "operator": operator} | ({} if value is None else {"value": value})


SATISFIED: Final = between(
    ("Very dissatisfied", "Meget utilfreds", "非常不满意"), ("Very satisfied", "Meget tilfreds", "非常满意")
)
AGREE: Final = between(("Strongly disagree", "Helt uenig", "完全不同意"), ("Strongly agree", "Helt enig", "完全同意"))
LIKELY: Final = between(
    ("Not at all likely", "Slet ikke sandsynligt", "完全不可能"), ("Extremely likely", "Yderst sandsynligt", "非常可能")
)
MAIN_REASON: Final = (
    "What is the main reason for your answer?",
    "Hvad er den vigtigste grund til dit svar?",
    "您这样回答的主要原因是什么？",
)
MAY_WE_TALK: Final = (
    "You may contact me about my answer.",
    "I må gerne kontakte mig om mit svar.",
    "你们可以就我的回答与我联系。",
)
