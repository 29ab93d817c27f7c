"""Learning from corrections: one small classifier per theme, made anew when enough was said since the last time."""

from dataclasses import dataclass

import numpy as np
from django.db import transaction
from django.db.models import Count, Max, Q

from voc.formulas.understanding.embeddings import embed
from voc.formulas.understanding.learning import (
    KIND,
    Learned,
    Rows,
    chances,
    fit_theme,
    rows_of,
    rows_of_keywords,
    with_keywords,
)
from voc.formulas.understanding.themes import tags_of
from voc.models import Correction, Feedback, LearnedModel, Theme

ENOUGH_NEW = 5
FEWEST_YES = 5
MOST_TEXTS = 2000


@dataclass(frozen=True, slots=True)
class Examples:
    """The last word of people on pieces and themes, over the newest corrected pieces; `told` are the keywords of the
    themes in use."""

    feedback: list[Feedback]
    rows: Rows
    said: dict[tuple[int, int], bool]
    held_back: frozenset[int]
    told: dict[int, Rows]


def train_due() -> int:
    """Learn every theme with at least 5 corrections since its last model; returns how many were made. Idempotent.

    A model that an older version learned counts as none: it can no longer be read.
    """
    counted = Correction.objects.filter(about=Correction.About.THEME, is_held_back=False).values("theme")
    counts = {row["theme"]: (row["n"], row["last"]) for row in counted.annotate(n=Count("pk"), last=Max("at"))}
    current = LearnedModel.objects.filter(is_current=True, theme__isnull=False, weights__kind=KIND)
    known = dict(current.values_list("theme_id", "n_trained"))
    due = [pk for pk, (n, _last) in counts.items() if n - known.get(pk, 0) >= ENOUGH_NEW]
    if not due:
        return 0
    examples = read_examples()
    themes = Theme.objects.in_use().filter(pk__in=due)
    return sum(train_theme(theme=theme, examples=examples, n_trained=counts[theme.pk][0]) for theme in themes)


def read_examples() -> Examples:
    """Everything that people said about themes: four queries and one pass of vectors."""
    corrections = Correction.objects.filter(about=Correction.About.THEME).order_by("-id")
    newest: dict[tuple[int, int], bool] = {}
    for feedback_id, theme_id, now in corrections.values_list("feedback_id", "theme_id", "now")[: MOST_TEXTS * 5]:
        if theme_id is not None:
            newest.setdefault((feedback_id, theme_id), now == "yes")
    ids = list(dict.fromkeys(feedback_id for feedback_id, _theme in newest))[:MOST_TEXTS]
    found = list(Feedback.objects.filter(pk__in=ids).order_by("id"))
    held = frozenset(
        Correction.objects.filter(about=Correction.About.THEME, is_held_back=True).values_list("feedback_id", flat=True)
    )
    texts = [row.text for row in found]
    rows = rows_of(texts, [row.language for row in found], embed(texts))
    told = {pk: rows_of_keywords(keywords) for pk, keywords in Theme.objects.in_use().values_list("pk", "keywords")}
    return Examples(found, rows, newest, held, told)


@transaction.atomic
def train_theme(*, theme: Theme, examples: Examples, n_trained: int) -> bool:
    """One classifier from what was said of the theme; pieces that people gave to other themes alone count as no.

    False while fewer than 5 pieces say yes. The figures are those of the pieces held back.
    """
    places, truth = [], []
    given = {feedback_id for (feedback_id, _theme), is_yes in examples.said.items() if is_yes}
    for at, row in enumerate(examples.feedback):
        answer = examples.said.get((row.pk, theme.pk))
        if answer is None and row.pk in given:
            answer = False
        if answer is not None:
            places.append(at)
            truth.append(answer)
    is_kept = [examples.feedback[at].pk not in examples.held_back for at in places]
    if sum(yes for yes, kept in zip(truth, is_kept, strict=True) if kept) < FEWEST_YES:
        return False
    named = [
        bool(tags_of(examples.feedback[at].text, examples.feedback[at].language, [(theme.pk, theme.keywords)]))
        for at in places
    ]
    rows = with_keywords(examples.rows[places], named)
    kept = np.array(is_kept)
    none = rows[:0]
    learned = fit_theme(
        rows[kept],
        [yes for yes, keep in zip(truth, is_kept, strict=True) if keep],
        examples.told.get(theme.pk, none),
        np.vstack([none, *(told for pk, told in examples.told.items() if pk != theme.pk)]),
    )
    LearnedModel.objects.filter(Q(subject=subject_of(theme)), is_current=True).update(is_current=False)
    LearnedModel.objects.create(
        subject=subject_of(theme),
        theme=theme,
        weights=learned.to_json(),
        n_trained=n_trained,
        figures=figures_of(rows[~kept], np.array(truth)[~kept], learned),
    )
    return True


def figures_of(rows: Rows, truth: np.ndarray[tuple[int], np.dtype[np.bool_]], learned: Learned) -> dict[str, int]:
    """What the classifier says of the pieces held back, counted: right and all."""
    if not len(truth):
        return {"held_back": 0, "right": 0}
    said = chances(rows, learned) >= 0.5
    return {"held_back": len(truth), "right": int((said == truth).sum())}


def subject_of(theme: Theme) -> str:
    """The name under which its models stand."""
    return f"theme:{theme.pk}"
