"""How good understanding is, on texts that it was not trained on: figures with 95 % intervals."""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from voc.formulas.understanding.datasets import Comment, read_comments
from voc.formulas.understanding.embeddings import embed
from voc.formulas.understanding.learning import fit_theme, rows_of, rows_of_keywords, with_keywords
from voc.formulas.understanding.reading import Keywords
from voc.formulas.understanding.sentiment import CLASSES, MIXED, read_moods
from voc.formulas.understanding.themes import tags_of

Z = 1.959964
DRAWS = 400
CORRECTIONS = 10
SEEDS = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its interval; `n` is what it rests on."""

    value: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f}, n = {self.n})"


def wilson(right: int, n: int) -> Figure:
    """A share with Wilson's interval."""
    if not n:
        return Figure(0.0, 0.0, 1.0, 0)
    share, square = right / n, Z * Z / n
    middle = (share + square / 2) / (1 + square)
    half = Z * math.sqrt(share * (1 - share) / n + square / (4 * n)) / (1 + square)
    return Figure(share, max(0.0, middle - half), min(1.0, middle + half), n)


def macro_f1(truth: ArrayLike, said: ArrayLike) -> float:
    """The mean of the F1 of each class that occurs in the truth."""
    true, guess = np.asarray(truth), np.asarray(said)
    found = []
    for number in np.unique(true):
        hits = int(((true == number) & (guess == number)).sum())
        found.append(2 * hits / max(int((true == number).sum() + (guess == number).sum()), 1))
    return float(np.mean(found))


def bootstrap(n: int, measure: Callable[[np.ndarray], float]) -> Figure:
    """`measure` of drawn places, 400 times with a fixed seed."""
    rng = np.random.RandomState(1)
    draws = [measure(rng.randint(0, n, n)) for _draw in range(DRAWS)]
    low, high = np.percentile(draws, (2.5, 97.5))
    return Figure(measure(np.arange(n)), float(low), float(high), n)


@dataclass(frozen=True, slots=True)
class Signs:
    """Our own test comments: right in three signs (a mixed answer is wrong), of four labels, turned to the opposite."""

    three: Figure
    four: Figure
    turned: Figure


def measure_signs(language: str) -> Signs:
    """The sentiment on the test comments of one language."""
    rows = read_comments("test", language)
    texts = [row.text for row in rows]
    moods = read_moods(texts, [language] * len(texts), embed(texts))
    pairs = [(CLASSES[row.sign], mood.label) for row, mood in zip(rows, moods, strict=True)]
    signed = [pair for row, pair in zip(rows, pairs, strict=True) if row.sign != MIXED]
    poles = [pair for pair in pairs if pair[0] in ("negative", "positive")]
    opposite = {"negative": "positive", "positive": "negative"}
    return Signs(
        wilson(sum(truth == said for truth, said in signed), len(signed)),
        wilson(sum(truth == said for truth, said in pairs), len(pairs)),
        wilson(sum(opposite[truth] == said for truth, said in poles), len(poles)),
    )


def measure_themes(language: str, keywords: Mapping[str, Keywords], *, corrections: int = CORRECTIONS) -> Figure:
    """Macro-F1 of the main theme on the test comments, learned from `corrections` tune comments of each theme.

    Each theme's classifier sees its own as yes and those of the other themes as no, as corrections give them, whether
    a keyword of the starter tree names it, and the keywords of the tree's themes themselves. The main theme is that of
    the surest classifier. Mean of five draws.
    """
    tune = [row for row in read_comments("tune", language) if row.themes]
    test = [row for row in read_comments("test", language) if row.themes]
    slugs = sorted({row.themes[0] for row in tune})
    both = [*tune, *test]
    texts = [row.text for row in both]
    rows = rows_of(texts, [language] * len(texts), embed(texts))
    truth = np.array([slugs.index(row.themes[0]) for row in test])
    told = {slug: rows_of_keywords(words) for slug, words in keywords.items()}
    said = []
    for seed in range(SEEDS):
        drawn = _drawn(tune, slugs, corrections, seed)
        margins = []
        for slug in slugs:
            named = [bool(tags_of(text, language, [(0, keywords.get(slug, {}))])) for text in texts]
            columns = with_keywords(rows, named)
            others = np.vstack([rows for other, rows in told.items() if other != slug])
            learned = fit_theme(columns[drawn], [tune[at].themes[0] == slug for at in drawn], told[slug], others)
            margins.append(columns[len(tune) :] @ learned.weights + learned.bias)
        said.append(np.argmax(margins, axis=0))
    return bootstrap(len(test), lambda at: float(np.mean([macro_f1(truth[at], one[at]) for one in said])))


def _drawn(tune: Sequence[Comment], slugs: Sequence[str], count: int, seed: int) -> list[int]:
    rng = random.Random(seed)  # noqa: S311 - a draw of examples, not a secret
    found: list[int] = []
    for slug in slugs:
        places = [at for at, row in enumerate(tune) if row.themes[0] == slug]
        rng.shuffle(places)
        found += places[:count]
    return found
