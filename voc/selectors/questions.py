"""The questions that words answer: what routing rules may ask for by name."""

from collections.abc import Iterable

from django.db.models.functions import Length
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from voc.formulas.definitions import WRITING, text_in
from voc.models import Answer, SurveyVersion

LONGEST = 80


def question_choices() -> tuple[tuple[str, str], ...]:
    """`survey:question` and the words for people, of every text question that was ever published; one query.

    The newest wording counts: a question keeps its id when it is reworded.
    """
    language = get_language() or "en"
    rows = SurveyVersion.objects.filter(survey__deleted_at__isnull=True).order_by("survey__name", "survey", "number")
    found: dict[str, str] = {}
    for survey_id, name, definition in rows.values_list("survey", "survey__name", "definition"):
        for question in definition.get("questions", ()):
            if question.get("type") in WRITING:
                words = text_in(question.get("text") or {}, language) or question["id"]
                found[f"{survey_id}:{question['id']}"] = _("%(survey)s: %(question)s") % {
                    "survey": name,
                    "question": words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…",
                }
    return tuple(found.items())


def answered_questions(response_ids: Iterable[int]) -> dict[int, str]:
    """Which text question each response answers, as `survey:question`; where it answers several, at greatest length.
    Two queries."""
    rows = Answer.objects.filter(response__in=list(response_ids), text__gt="")
    known = {key for key, _words in question_choices()}
    longest: dict[int, tuple[int, str]] = {}
    for response_id, survey_id, question_id, letters in rows.order_by("pk").values_list(
        "response", "response__version__survey", "question_id", Length("text")
    ):
        key = f"{survey_id}:{question_id}"
        if key in known and letters > longest.get(response_id, (0, ""))[0]:
            longest[response_id] = (letters, key)
    return {response_id: key for response_id, (_letters, key) in longest.items()}
