"""Reading what was said: in batches, a handful of queries for two hundred texts; then each is routed."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from accounts.services.changes import mark_changed
from voc.formulas.understanding.embeddings import NAME as EMBEDDING
from voc.formulas.understanding.embeddings import pack
from voc.formulas.understanding.learning import Learned
from voc.formulas.understanding.reading import READ_BY, Reading, ThemeReader, read_texts
from voc.models import Correction, Feedback, FeedbackTheme, FeedbackVector, LearnedModel, Theme
from voc.services.routing import route_feedback

WRITTEN = (
    "language",
    "sentiment",
    "sentiment_spans",
    "label",
    "confidence",
    "is_mixed",
    "understood_at",
    "understood_by",
)


@transaction.atomic
def understand_feedback(*, feedback_id: int) -> bool:
    """Read one piece of feedback: language, sentiment, themes with their evidence; then route it.

    False when it was read before or is being read now; what a person corrected stays.
    """
    return _understand(Feedback.objects.not_understood().filter(pk=feedback_id).values_list("pk", flat=True)) == 1


@transaction.atomic
def understand_waiting(*, limit: int = 200) -> int:
    """Understand what no task did; returns how many were read. Idempotent."""
    return _understand(Feedback.objects.not_understood().order_by("id").values_list("pk", flat=True)[:limit])


def theme_readers() -> list[ThemeReader]:
    """Every theme in use: its keywords, and what was learned about it."""
    learned = {
        theme_id: Learned.from_json(weights)
        for theme_id, weights in LearnedModel.objects.filter(is_current=True, theme__isnull=False).values_list(
            "theme_id", "weights"
        )
    }
    themes = Theme.objects.in_use().order_by("id").values_list("pk", "keywords")
    return [ThemeReader(pk, keywords, learned.get(pk)) for pk, keywords in themes]


def _understand(ids: Iterable[int]) -> int:
    rows = Feedback.objects.not_understood().select_for_update(skip_locked=True, of=("self",))
    found = list(rows.filter(pk__in=list(ids)).order_by("id"))
    if not found:
        return 0
    readings = read_texts(
        [row.text for row in found],
        declared=[row.language for row in found],
        ratings=[row.score for row in found],
        themes=theme_readers(),
    )
    for row, reading in zip(found, readings, strict=True):
        _take_over(row, reading)
    Feedback.objects.bulk_update(found, WRITTEN)
    _write_vectors(found, readings)
    _write_themes(found, readings)
    for row in found:
        route_feedback(feedback=row)
    mark_changed(account_ids={row.account_id for row in found if row.account_id}, reason="voice")
    return len(found)


def _take_over(row: Feedback, reading: Reading) -> None:
    """The reading onto the row; the label of a person stays, with the value that goes with it."""
    row.language = reading.language
    row.understood_at, row.understood_by = timezone.now(), READ_BY
    mood = reading.mood
    row.sentiment_spans = [list(span) for span in mood.spans]
    if row.is_label_by_person:
        return
    row.label = mood.label
    row.sentiment = None if mood.value is None else round(mood.value, 3)
    row.confidence = None if mood.confidence is None else round(mood.confidence, 3)
    row.is_mixed = mood.label == "mixed"


def _write_vectors(found: list[Feedback], readings: list[Reading]) -> None:
    FeedbackVector.objects.bulk_create(
        [
            FeedbackVector(feedback=row, made_by=EMBEDDING, values=pack(reading.vector))
            for row, reading in zip(found, readings, strict=True)
        ],
        update_conflicts=True,
        unique_fields=["feedback"],
        update_fields=["made_by", "values"],
    )


def _write_themes(found: list[Feedback], readings: list[Reading]) -> None:
    """Tags of the model are written anew; those of people stay, and what they took off does not come back."""
    ids = [row.pk for row in found]
    FeedbackTheme.objects.filter(feedback__in=ids, is_by_person=False).delete()
    kept = set(FeedbackTheme.objects.filter(feedback__in=ids).values_list("feedback_id", "theme_id"))
    said: dict[tuple[int, int | None], str] = {}
    corrections = Correction.objects.filter(feedback__in=ids, about=Correction.About.THEME).order_by("at", "id")
    for feedback_id, theme_id, now in corrections.values_list("feedback_id", "theme_id", "now"):
        said[feedback_id, theme_id] = now
    FeedbackTheme.objects.bulk_create(
        FeedbackTheme(feedback=row, theme_id=theme.key, start=theme.start, end=theme.end, confidence=theme.confidence)
        for row, reading in zip(found, readings, strict=True)
        for theme in reading.themes
        if (row.pk, theme.key) not in kept and said.get((row.pk, theme.key)) != "no"
    )
