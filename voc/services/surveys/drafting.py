"""Writing the draft of a survey: question by question, guarded against a second editor, each with a way back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from team.models import ActionLog, User
from team.services.undo import CannotUndo, log_action
from voc.formulas.definitions import MOST_QUESTIONS, Definition, Question, Texts, read_definition
from voc.formulas.editing import free_id, without_question
from voc.models import Survey


class StaleDraft(Exception):
    """Somebody else saved the draft meanwhile; `survey` is as it stands now."""

    def __init__(self, survey: Survey) -> None:
        super().__init__(_("Somebody saved this survey meanwhile."))
        self.survey = survey


class DraftRefused(ValueError):
    """The change makes no sense; the message says why, for people."""


def definition_of(survey: Survey) -> Definition:
    """The draft as objects. Raises BadDefinition for a draft that no service of ours wrote."""
    return read_definition(survey.draft or {"languages": ["en"], "questions": []})


@transaction.atomic
def save_draft(
    *,
    actor: User,
    survey: Survey,
    change: Callable[[Definition], Definition],
    draft_number: int | None,
    verb: str,
) -> ActionLog | None:
    """Change the locked draft and keep the way back; None when nothing differs.

    `draft_number` is the one that the editor saw; None takes whatever is there. Raises StaleDraft, DraftRefused.
    """
    kept = Survey.objects.select_for_update().get(pk=survey.pk)
    if draft_number is not None and kept.draft_number != draft_number:
        raise StaleDraft(kept)
    before = definition_of(kept)
    after = change(before)
    if after == before:
        return None
    if len(after.questions) > MOST_QUESTIONS:
        raise DraftRefused(_("A survey holds at most %(number)d questions.") % {"number": MOST_QUESTIONS})
    kept.draft, kept.draft_number = after.to_json(), kept.draft_number + 1
    kept.save(update_fields=["draft", "draft_number", "updated_at"])
    survey.draft, survey.draft_number = kept.draft, kept.draft_number
    return log_action(
        actor=actor,
        verb=verb % {"name": kept.name},
        service="voc.restore_draft",
        arguments={"survey_id": kept.pk, "draft_number": kept.draft_number, "before": before.to_json()},
        url=reverse("survey_edit", args=[kept.pk]),
    )


def replace_definition(
    *, actor: User, survey: Survey, definition: Definition, draft_number: int | None = None
) -> ActionLog | None:
    """Put another definition in the draft's place (import, going back to a version)."""
    verb = _("Replaced the questions of “%(name)s”")
    return save_draft(
        actor=actor, survey=survey, change=lambda _before: definition, draft_number=draft_number, verb=verb
    )


def add_question(
    *, actor: User, survey: Survey, question: Question, draft_number: int | None, after: str = ""
) -> tuple[Question, ActionLog | None]:
    """A new question behind another one, else at the end; its id is made free and never changes again."""
    made: list[Question] = []

    def change(before: Definition) -> Definition:
        made.append(replace(question, id=free_id(question.id, [one.id for one in before.questions])))
        position = before.position(after)
        place = len(before.questions) if position is None else position + 1
        return replace(before, questions=(*before.questions[:place], made[-1], *before.questions[place:]))

    verb = _("Added a question to “%(name)s”")
    action = save_draft(actor=actor, survey=survey, change=change, draft_number=draft_number, verb=verb)
    return made[-1], action


def save_question(*, actor: User, survey: Survey, question: Question, draft_number: int | None) -> ActionLog | None:
    """Put a question in the place of the one with its id. Raises DraftRefused when that is gone."""

    def change(before: Definition) -> Definition:
        if before.question(question.id) is None:
            raise DraftRefused(_("This question was removed meanwhile."))
        questions = tuple(question if one.id == question.id else one for one in before.questions)
        return replace(before, questions=questions)

    verb = _("Changed a question of “%(name)s”")
    return save_draft(actor=actor, survey=survey, change=change, draft_number=draft_number, verb=verb)


def move_question(
    *, actor: User, survey: Survey, question_id: str, to: int, draft_number: int | None
) -> ActionLog | None:
    """Put a question at another position (from 0). Rules and jumps keep pointing at the same questions."""

    def change(before: Definition) -> Definition:
        position = before.position(question_id)
        if position is None:
            raise DraftRefused(_("This question was removed meanwhile."))
        questions = list(before.questions)
        one = questions.pop(position)
        questions.insert(max(0, min(to, len(questions))), one)
        return replace(before, questions=tuple(questions))

    verb = _("Moved a question of “%(name)s”")
    return save_draft(actor=actor, survey=survey, change=change, draft_number=draft_number, verb=verb)


def remove_question(*, actor: User, survey: Survey, question_id: str, draft_number: int | None) -> ActionLog | None:
    """Take a question out, with every rule and jump that names it; None when it is gone."""

    def change(before: Definition) -> Definition:
        return without_question(before, question_id)

    verb = _("Removed a question of “%(name)s”")
    return save_draft(actor=actor, survey=survey, change=change, draft_number=draft_number, verb=verb)


def edit_texts(
    *,
    actor: User,
    survey: Survey,
    languages: Sequence[str],
    intro: Texts,
    thanks: Texts,
    draft_number: int | None,
) -> ActionLog | None:
    """Languages, the words above the first question and those at the end. Texts of a dropped language stay."""

    def change(before: Definition) -> Definition:
        return replace(before, languages=tuple(languages), intro=filled(intro), thanks=filled(thanks))

    verb = _("Changed the texts of “%(name)s”")
    return save_draft(actor=actor, survey=survey, change=change, draft_number=draft_number, verb=verb)


def filled(texts: Mapping[str, str]) -> dict[str, str]:
    """Without the empty ones."""
    return {code: text for code, text in texts.items() if text}


@transaction.atomic
def restore_draft(*, actor: User, survey_id: int, draft_number: int, before: dict[str, Any]) -> bool:
    """The way back of a change. Raises CannotUndo when the draft was saved again since."""
    kept = Survey.objects.select_for_update().filter(pk=survey_id).first()
    if kept is None:
        return False
    if kept.draft_number != draft_number:
        raise CannotUndo(_("It was changed again since."))
    kept.draft, kept.draft_number = read_definition(before).to_json(), kept.draft_number + 1
    kept.save(update_fields=["draft", "draft_number", "updated_at"])
    return True
