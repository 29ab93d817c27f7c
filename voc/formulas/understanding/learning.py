"""What is learned from a few corrections: a logistic regression per theme over vector, concepts and n-grams, in numpy
alone. The keywords of the themes are corrections too: each theme's own as a yes, those of the others as a no."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voc.formulas.understanding.concepts import ROOM, rows_of_concepts
from voc.formulas.understanding.embeddings import WIDTH, Vectors, embed
from voc.formulas.understanding.ngrams import grams_of

FOLDED = 1 << 13
GRAMS_FROM = WIDTH + ROOM + WIDTH
COLUMNS = GRAMS_FROM + FOLDED + 1  # vector, concepts, their place, n-grams, does a keyword name it
VECTOR, CONCEPTS, GRAMS, KEYWORD = 3.6, 3.0, 3.0, 2.0
TOLD = 3  # corrections that a theme's own keywords weigh, in each language
PENALTY = 0.1
KIND = "logistic-2"
STEPS = 150
Rows = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Learned:
    """The weights of one subject: a row of COLUMNS and a bias."""

    weights: Rows
    bias: float

    def to_json(self) -> dict[str, Any]:
        """Numbers alone, as float16 in base 64."""
        packed = base64.b64encode(self.weights.astype("<f2").tobytes()).decode()
        return {"kind": KIND, "bias": round(self.bias, 5), "weights": packed}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Learned | None":
        """What to_json wrote; None for anything else."""
        if raw.get("kind") != KIND:
            return None
        weights = np.frombuffer(base64.b64decode(raw["weights"]), dtype="<f2").astype(np.float32)
        return cls(weights, float(raw["bias"])) if len(weights) == COLUMNS else None


def rows_of(texts: Sequence[str], languages: Sequence[str], vectors: Vectors) -> Rows:
    """Vector, concepts and folded n-grams of each text; the last column (keywords) stays 0, it differs by theme."""
    found = np.zeros((len(texts), COLUMNS), dtype=np.float32)
    found[:, :WIDTH] = vectors * VECTOR
    found[:, WIDTH:GRAMS_FROM] = rows_of_concepts(texts, languages) * CONCEPTS
    for row, (text, language) in enumerate(zip(texts, languages, strict=True)):
        ids = np.unique(grams_of(text, language)[0] & (FOLDED - 1))
        if len(ids):
            found[row, GRAMS_FROM + ids] = GRAMS / np.sqrt(len(ids))
    return found


def rows_of_keywords(keywords: Mapping[str, Sequence[str]]) -> Rows:
    """A theme as its keywords tell it: one row per language, as if a person had said yes to a text of them all."""
    told = {language: " ".join(words) for language, words in keywords.items() if words}
    if not told:
        return np.zeros((0, COLUMNS), dtype=np.float32)
    return rows_of(list(told.values()), list(told), embed(list(told.values())))


def with_keywords(rows: Rows, named: Sequence[bool]) -> Rows:
    """The same rows with the last column set for one theme."""
    found = rows.copy()
    found[:, -1] = np.asarray(named, dtype=np.float32) * KEYWORD
    return found


def fit_logistic(rows: Rows, truth: Sequence[bool]) -> Learned:
    """Yes against no, both sides weighing the same; Nesterov's gradient steps, deterministic."""
    yes = np.asarray(truth, dtype=np.float32)
    n_yes, n_no = max(float(yes.sum()), 1.0), max(float((1 - yes).sum()), 1.0)
    weight = np.where(yes > 0, 0.5 / n_yes, 0.5 / n_no).astype(np.float32)
    size = float((rows**2).sum(axis=1).max(initial=1.0)) + 1.0
    step = 1.0 / (0.25 * size + PENALTY)
    # The weights are a sum of rows at every step: with few rows it is far cheaper to move the shares of the rows.
    likeness = rows @ rows.T
    now = ahead = np.zeros(len(rows), dtype=np.float32)
    bias = bias_ahead = 0.0
    for turn in range(STEPS):
        error = (chance(likeness @ ahead + bias_ahead) - yes) * weight
        last, now = now, (ahead - step * (error + PENALTY * ahead)).astype(np.float32)
        last_bias, bias = bias, bias_ahead - step * float(error.sum())
        pace = turn / (turn + 3)
        ahead, bias_ahead = now + pace * (now - last), bias + pace * (bias - last_bias)
    return Learned(rows.T @ now, bias)


def fit_theme(rows: Rows, truth: Sequence[bool], told: Rows, told_of_others: Rows) -> Learned:
    """One theme from what people said of it (`rows` with its keywords marked) and from what the keywords tell."""
    own = np.repeat(with_keywords(told, [True] * len(told)), TOLD, axis=0)
    others = with_keywords(told_of_others, [False] * len(told_of_others))
    return fit_logistic(np.vstack([rows, own, others]), [*truth, *[True] * len(own), *[False] * len(others)])


def chance(margin: Any) -> Any:
    """The logistic function, safe for large numbers."""
    return 1.0 / (1.0 + np.exp(-np.clip(margin, -30, 30)))


def chances(rows: Rows, learned: Learned) -> NDArray[np.float32]:
    """How likely each row is a yes."""
    return np.asarray(chance(rows @ learned.weights + learned.bias), dtype=np.float32)
