"""How a new question of each type begins: the scores in their usual words, the rest empty."""

from voc.formulas.definitions import Definition, Option, Question, Texts
from voc.formulas.editing import first_id
from voc.formulas.survey_templates.scores import CES, CSAT, NPS
from voc.formulas.survey_templates.shape import LIKELY, MAY_WE_TALK

USUAL: dict[str, dict[str, Texts]] = {
    "nps": {"text": NPS.questions[0]["text"], "low": LIKELY["low"], "high": LIKELY["high"]},
    "csat": {name: CSAT.questions[0][name] for name in ("text", "low", "high")},
    "ces": {name: CES.questions[0][name] for name in ("text", "low", "high")},
    "consent": {"text": dict(zip(("en", "da", "zh"), MAY_WE_TALK, strict=True))},
}


def new_question(kind: str, definition: Definition) -> Question:
    """A question of a type, in the survey's languages."""
    usual = {
        name: {code: text for code, text in texts.items() if code in definition.languages}
        for name, texts in USUAL.get(kind, {}).items()
    }
    choosing = kind in ("single", "multiple", "ranking")
    return Question(
        id=first_id(kind),
        type=kind,
        **usual,  # type: ignore[arg-type]
        options=tuple(Option(f"option_{number}") for number in (1, 2)) if choosing else (),
        rows=tuple(Option(f"row_{number}") for number in (1, 2)) if kind == "matrix" else (),
        columns=tuple(Option(f"column_{number}") for number in (1, 2, 3)) if kind == "matrix" else (),
    )
