"""Learning the sentiment's weights from texts with known signs. Reads scikit-learn: commands only, never a page.

English blends two linear models, one of public sentences and ours, one of ours alone; both being linear, their weights
add up to one model.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from voc.formulas.understanding.embeddings import WIDTH, embed
from voc.formulas.understanding.features import SIGNS, features_of
from voc.formulas.understanding.ngrams import SIZE
from voc.formulas.understanding.sentiment import CLASSES, GRAMS, SIGN, VECTOR

OWN_SHARE = 0.35  # of the model of our own comments, in the blend
OWN_WEIGHT = 15.0  # of one of our comments against one public sentence
C_BLEND, C_OWN = 0.2, 0.5
ROUNDS = 200


@dataclass(frozen=True, slots=True)
class Labelled:
    """Texts with the number of their class (see sentiment.CLASSES)."""

    texts: list[str]
    classes: NDArray[np.int64]


def matrix(texts: Sequence[str], language: str) -> sparse.csr_matrix:
    """Signs, vector and n-grams side by side, scaled; the vector speaks English alone."""
    vectors = embed(texts)
    found = [features_of(text, language, vectors[at]) for at, text in enumerate(texts)]
    counts = np.cumsum([0] + [len(one.grams) for one in found])
    values = [np.full(len(one.grams), GRAMS / np.sqrt(max(len(one.grams), 1))) for one in found]
    grams = sparse.csr_matrix(
        (np.concatenate(values), np.concatenate([one.grams for one in found]), counts), shape=(len(texts), SIZE)
    )
    signs = np.stack([one.signs for one in found]) * SIGN
    dense = vectors * (VECTOR if language == "en" else 0.0)
    return sparse.hstack([sparse.csr_matrix(signs), sparse.csr_matrix(dense), grams]).tocsr()


def _balanced(classes: NDArray[np.int64]) -> NDArray[np.float64]:
    counts = np.bincount(classes, minlength=len(CLASSES))
    return np.asarray((len(classes) / np.maximum(counts, 1) / (counts > 0).sum())[classes])


def _fitted(
    rows: sparse.csr_matrix, classes: NDArray[np.int64], weight: NDArray[np.float64], c: float
) -> NDArray[np.float64]:
    """Bias and weights, one row per class."""
    model = LogisticRegression(C=c, max_iter=ROUNDS).fit(rows, classes, sample_weight=weight)
    return np.hstack([model.intercept_[:, None], model.coef_])


def fit(language: str, own: Labelled, public: Labelled | None = None) -> dict[str, NDArray[np.float16]]:
    """The parts of one language's weights, ready to be stored. Deterministic."""
    rows = matrix(own.texts, language)
    found = _fitted(rows, own.classes, _balanced(own.classes), C_OWN)
    if public is not None:
        both = sparse.vstack([matrix(public.texts, language), rows])
        weight = np.concatenate([_balanced(public.classes), OWN_WEIGHT * _balanced(own.classes)])
        blend = _fitted(both, np.concatenate([public.classes, own.classes]), weight, C_BLEND)
        found = OWN_SHARE * found + (1 - OWN_SHARE) * blend
    found -= found.mean(axis=0)
    bias, signs, rest = found[:, 0], found[:, 1 : 1 + SIGNS] * SIGN, found[:, 1 + SIGNS :]
    vector = rest[:, :WIDTH] * (VECTOR if language == "en" else 0.0)
    parts = {"bias": bias, "signs": signs, "vector": vector, "grams": rest[:, WIDTH:] * GRAMS}
    return {
        f"{language}_{name}": np.where(np.abs(part) < 1e-4, 0, part).astype(np.float16) for name, part in parts.items()
    }
