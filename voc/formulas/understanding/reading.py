"""One reading of each text: language, mood, themes, vector. Everything in one pass over a batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voc.formulas.understanding import embeddings, sentiment
from voc.formulas.understanding.language import language_of
from voc.formulas.understanding.learning import Learned, chances, rows_of, with_keywords
from voc.formulas.understanding.sentiment import Mood, read_moods
from voc.formulas.understanding.themes import Tag, tags_of

READ_BY = f"{sentiment.NAME}/{embeddings.NAME}"
BY_KEYWORDS = 0.6  # how sure a keyword is, twice named is surer
LEARNED_FROM = 0.5
MOST_THEMES = 4
Keywords = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class ThemeReader:
    """How one theme is found: by its keywords until something was learned."""

    key: int
    keywords: Keywords
    learned: Learned | None = None


@dataclass(frozen=True, slots=True)
class ThemeFound:
    """`start` and `end` are the evidence; None when the text as a whole says it."""

    key: int
    confidence: float
    start: int | None
    end: int | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What one text says."""

    language: str
    mood: Mood
    themes: tuple[ThemeFound, ...]
    vector: NDArray[np.float32]


def read_texts(
    texts: Sequence[str],
    *,
    declared: Sequence[str] | None = None,
    ratings: Sequence[int | None] | None = None,
    themes: Sequence[ThemeReader] = (),
) -> list[Reading]:
    """`declared`: the language that was set, "" for none; `ratings`: scores of 0 to 10."""
    hints = declared if declared is not None else [""] * len(texts)
    languages = [language_of(text, declared=hint) for text, hint in zip(texts, hints, strict=True)]
    vectors = embeddings.embed(texts)
    moods = read_moods(texts, languages, vectors, ratings)
    found = find_themes(texts, languages, vectors, themes)
    return [Reading(*parts) for parts in zip(languages, moods, found, list(vectors), strict=True)]


def find_themes(
    texts: Sequence[str], languages: Sequence[str], vectors: NDArray[np.float32], themes: Sequence[ThemeReader]
) -> list[tuple[ThemeFound, ...]]:
    """The themes of each text, surest first, at most four."""
    named = [
        {tag.theme_id: tag for tag in tags_of(text, language, [(one.key, one.keywords) for one in themes])}
        for text, language in zip(texts, languages, strict=True)
    ]
    found: list[list[ThemeFound]] = [
        [by_keyword(named[at][one.key], rank) for rank, one in ranked(named[at], themes) if one.learned is None]
        for at in range(len(texts))
    ]
    learned = [one for one in themes if one.learned is not None]
    if learned:
        rows = rows_of(texts, languages, vectors)
        for one in learned:
            assert one.learned is not None
            sure = chances(with_keywords(rows, [one.key in tags for tags in named]), one.learned)
            for at in np.flatnonzero(sure >= LEARNED_FROM).tolist():
                tag = named[at].get(one.key)
                place = (tag.start, tag.end) if tag else (None, None)
                found[at].append(ThemeFound(one.key, round(float(sure[at]), 3), *place))
    return [tuple(sorted(rows, key=lambda theme: -theme.confidence)[:MOST_THEMES]) for rows in found]


def ranked(named: Mapping[int, Tag], themes: Sequence[ThemeReader]) -> list[tuple[int, ThemeReader]]:
    """The readers of the named themes, strongest first, with their place."""
    by_key = {one.key: one for one in themes}
    return [(rank, by_key[key]) for rank, key in enumerate(named)]


def by_keyword(tag: Tag, rank: int) -> ThemeFound:
    """A theme that its keywords found: surer when named often, less so behind others."""
    confidence = min(BY_KEYWORDS + 0.1 * (tag.hits - 1) - 0.02 * rank, 0.9)
    return ThemeFound(tag.theme_id, round(max(confidence, 0.3), 3), tag.start, tag.end)
