"""People correct what a model has read. Each correction is kept: four fifths train, a fifth measures."""

import zlib
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.services.changes import mark_changed
from team.models import User
from team.services.undo import CannotUndo, log_action
from voc.formulas.understanding.sentiment import CLASSES
from voc.models import Correction, Feedback, FeedbackTheme, Theme

VALUES = {"negative": -0.6, "neutral": 0.0, "positive": 0.6, "mixed": 0.0}
HELD_BACK_OF = 5


def is_held_back(feedback_id: int) -> bool:
    """A fifth of the pieces, always the same ones: their corrections measure and never train."""
    return zlib.crc32(f"feedback:{feedback_id}".encode()) % HELD_BACK_OF == 0


@transaction.atomic
def correct_label(*, actor: User, feedback: Feedback, label: str) -> bool:
    """Say what the mood is. False when it says so already by a person. Raises ValueError for an unknown label."""
    if label not in Feedback.Label.values:
        raise ValueError(label)
    row = Feedback.objects.select_for_update(of=("self",)).get(pk=feedback.pk)
    if row.label == label and row.is_label_by_person:
        return False
    before = _label_fields(row)
    _correction(actor, row, Correction.About.LABEL, was=row.label, now=label)
    row.label, row.is_label_by_person, row.confidence = label, True, None
    row.is_mixed = label == "mixed"
    if label in CLASSES and row.label != before["label"]:
        row.sentiment = VALUES[label]
    if label == "unrated":
        row.sentiment = None
    row.save(update_fields=["label", "is_label_by_person", "confidence", "is_mixed", "sentiment"])
    _log(actor, row, _("Said that feedback is %(label)s") % {"label": row.get_label_display().lower()}, before)
    _mark(row)
    return True


@transaction.atomic
def correct_language(*, actor: User, feedback: Feedback, language: str) -> bool:
    """Say which language it is in; it is read again in that one, what people said of it stays."""
    row = Feedback.objects.select_for_update(of=("self",)).get(pk=feedback.pk)
    if row.language == language:
        return False
    before = {"language": row.language}
    _correction(actor, row, Correction.About.LANGUAGE, was=row.language, now=language)
    row.language, row.understood_at = language[:10], None
    row.save(update_fields=["language", "understood_at"])
    _log(actor, row, _("Said which language feedback is in"), before)
    return True


@transaction.atomic
def add_theme(*, actor: User, feedback: Feedback, theme: Theme) -> bool:
    """Say that it is about the theme. False when a person said so before."""
    tag = FeedbackTheme.objects.select_for_update().filter(feedback=feedback, theme=theme).first()
    if tag is not None and tag.is_by_person:
        return False
    before = "yes" if tag is not None else "no"
    if tag is None:
        FeedbackTheme.objects.create(feedback=feedback, theme=theme, is_by_person=True)
    else:
        FeedbackTheme.objects.filter(pk=tag.pk).update(is_by_person=True, confidence=None)
    _correction(actor, feedback, Correction.About.THEME, was=before, now="yes", theme=theme)
    words = _("Tagged feedback with %(theme)s") % {"theme": theme.name}
    _log(actor, feedback, words, {"theme": theme.pk, "was_tagged": tag is not None})
    _mark(feedback)
    return True


@transaction.atomic
def remove_theme(*, actor: User, feedback: Feedback, theme: Theme) -> bool:
    """Say that it is not about the theme; the model does not put it back. False when it had no such tag."""
    removed, _rows = FeedbackTheme.objects.filter(feedback=feedback, theme=theme).delete()
    if not removed:
        return False
    _correction(actor, feedback, Correction.About.THEME, was="yes", now="no", theme=theme)
    words = _("Took %(theme)s off feedback") % {"theme": theme.name}
    _log(actor, feedback, words, {"theme": theme.pk, "was_tagged": True})
    _mark(feedback)
    return True


@transaction.atomic
def undo_correction(*, actor: User, feedback: int, before: dict[str, Any]) -> None:
    """The way back of every correction; the corrections of that step no longer count. Raises CannotUndo when gone."""
    row = Feedback.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=feedback).first()
    if row is None:
        raise CannotUndo(_("The feedback is gone."))
    if "theme" in before:
        theme = before["theme"]
        Correction.objects.filter(feedback=row, theme=theme, by=actor).order_by("-id")[:1].get().delete()
        FeedbackTheme.objects.filter(feedback=row, theme=theme).delete()
        if before["was_tagged"]:
            FeedbackTheme.objects.create(feedback=row, theme_id=theme)
    else:
        about = Correction.About.LANGUAGE if "language" in before else Correction.About.LABEL
        Correction.objects.filter(feedback=row, about=about, by=actor).order_by("-id")[:1].get().delete()
        for name, value in before.items():
            setattr(row, name, value)
        if "language" in before:
            row.understood_at = None
        row.save()
    _mark(row)


def _label_fields(row: Feedback) -> dict[str, Any]:
    number = {
        name: None if getattr(row, name) is None else float(getattr(row, name)) for name in ("sentiment", "confidence")
    }
    return {"label": row.label, "is_label_by_person": row.is_label_by_person, "is_mixed": row.is_mixed, **number}


def _correction(
    actor: User, feedback: Feedback, about: str, *, was: str, now: str, theme: Theme | None = None
) -> Correction:
    return Correction.objects.create(
        feedback=feedback,
        about=about,
        theme=theme,
        was=was[:20],
        now=now[:20],
        read_by=feedback.understood_by,
        is_held_back=is_held_back(feedback.pk),
        by=actor,
    )


def _log(actor: User, feedback: Feedback, verb: str, before: dict[str, Any]) -> None:
    log_action(
        actor=actor, verb=verb, service="voc.undo_correction", arguments={"feedback": feedback.pk, "before": before}
    )


def _mark(feedback: Feedback) -> None:
    if feedback.account_id:
        mark_changed(account_ids=[feedback.account_id], reason="voice")
