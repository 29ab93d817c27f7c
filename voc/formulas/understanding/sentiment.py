"""The mood of a text: label, value in -1..1, confidence, and the words that it rests on. One linear model per language,
its weights are numbers in `voc/data/sentiment.npz` (made by `manage.py train_sentiment`)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from voc.formulas.understanding.embeddings import WIDTH, Vectors
from voc.formulas.understanding.features import LANGUAGES, SIGNS, Features, features_of
from voc.formulas.understanding.lexicons import DATA, Hit
from voc.formulas.understanding.ngrams import grams_of

NAME = "perennial-2"
CLASSES = ("negative", "neutral", "positive", "mixed")
NEGATIVE, NEUTRAL, POSITIVE, MIXED = range(4)
FLOOR = 0.34  # below it a text is not rated
# English praise is called praise only when it is likely: half of the words of complaints are kind ones.
POSITIVE_FROM = {"en": 0.6}
GRAMS, SIGN, VECTOR = 4.0, 2.0, 2.0  # how the three kinds of features are scaled against each other
LOW_SCORE, HIGH_SCORE = 6, 9
SPANS = 6
FACES = ("👍", "👎", ":)", ":(", "!", "!!", "!!!")
WORTH_SHOWING = 0.2
Span = tuple[int, int, float]


@dataclass(frozen=True, slots=True)
class Mood:
    """`value` and `confidence` are None for "unrated"; `spans` are (start, end, weight), in the order of the text."""

    label: str
    value: float | None = None
    confidence: float | None = None
    spans: tuple[Span, ...] = ()


UNRATED = Mood("unrated")


@dataclass(frozen=True, slots=True)
class Weights:
    """Of one language: what each class gets from signs, vector and n-grams (one row per class)."""

    bias: NDArray[np.float32]
    signs: NDArray[np.float32]
    vector: NDArray[np.float32]
    grams: NDArray[np.float32]


@cache
def weights_of(language: str) -> Weights:
    """Read once per process."""
    with np.load(DATA / "sentiment.npz", allow_pickle=False) as found:
        parts = [found[f"{language}_{part}"].astype(np.float32) for part in ("bias", "signs", "vector", "grams")]
    return Weights(parts[0], parts[1], parts[2], np.ascontiguousarray(parts[3].T))


def scores_of(features: Features, weights: Weights) -> NDArray[np.float32]:
    """The chance of each class."""
    count = max(len(features.grams), 1)
    found = weights.bias + weights.signs @ features.signs + weights.vector @ features.vector
    if len(features.grams):
        found = found + weights.grams[features.grams].sum(axis=0) / np.sqrt(count)
    chances = np.exp(found - found.max())
    return np.asarray(chances / chances.sum(), dtype=np.float32)


def read_moods(
    texts: Sequence[str], languages: Sequence[str], vectors: Vectors, ratings: Sequence[int | None] | None = None
) -> list[Mood]:
    """One mood per text. `ratings`: the score of 0 to 10 given with it.

    Kind words with 0 to 6 are mixed, never positive, sour ones with 9 or 10 never plainly negative.
    """
    given = ratings if ratings is not None else [None] * len(texts)
    return [
        read_mood(text, language, vectors[at], given[at])
        for at, (text, language) in enumerate(zip(texts, languages, strict=True))
    ]


def read_mood(text: str, language: str, vector: NDArray[np.float32], rating: int | None = None) -> Mood:
    """As read_moods, for one."""
    if language not in LANGUAGES or not any(char.isalpha() or char in "!?👍👎❤😊😡🙂☹" for char in text):
        return UNRATED
    features = features_of(text, language, vector)
    weights = weights_of(language)
    chances = scores_of(features, weights)
    best = int(chances.argmax())
    if best == POSITIVE and chances[POSITIVE] < POSITIVE_FROM.get(language, 0.0):
        best = int(np.where(np.arange(4) == POSITIVE, 0, chances).argmax())
    confidence = float(chances[best])
    if chances.max() < FLOOR:
        return UNRATED
    label = with_rating(CLASSES[best], rating)
    value = float(chances[POSITIVE] - chances[NEGATIVE])
    return Mood(label, round(value, 3), round(confidence, 3), spans_of(text, language, features, weights, label))


def with_rating(label: str, rating: int | None) -> str:
    """What words and score say together."""
    if rating is None:
        return label
    disagree = (label == "positive" and rating <= LOW_SCORE) or (label == "negative" and rating >= HIGH_SCORE)
    return "mixed" if disagree else label


def spans_of(text: str, language: str, features: Features, weights: Weights, label: str) -> tuple[Span, ...]:
    """The words that speak for the label most, at most six; both sides of a mixed text."""
    if label == "neutral":
        return ()
    ids, starts, ends = grams_of(text, language)
    found: dict[tuple[int, int], float] = defaultdict(float)
    if len(ids):
        toward = (weights.grams[ids, POSITIVE] - weights.grams[ids, NEGATIVE]) / np.sqrt(len(features.grams))
        for start, end, weight in zip(starts.tolist(), ends.tolist(), toward.tolist(), strict=True):
            found[start, end] += weight
    for start, end, weight in features.hits:
        found[start, end] += weight / 3
    by_place = _per_character(text, found) if language == "zh" else _per_phrase(_per_word(found), features.hits)
    wanted = {"negative": (-1,), "positive": (1,)}.get(label, (-1, 1))
    strongest = max((abs(weight) for weight in by_place.values()), default=0.0)
    kept = [
        (start, end, round(weight, 2))
        for (start, end), weight in by_place.items()
        if (1 if weight > 0 else -1) in wanted
        and abs(weight) >= max(0.05, WORTH_SHOWING * strongest)
        and (any(map(str.isalnum, text[start:end])) or text[start:end] in FACES)
    ]
    return tuple(sorted(sorted(kept, key=lambda span: -abs(span[2]))[:SPANS]))


def _per_word(found: dict[tuple[int, int], float]) -> dict[tuple[int, int], float]:
    """Single words with their own weight and half of that of the pairs that they are in."""
    starts = dict(sorted(found, key=lambda place: place[0] - place[1]))
    words: dict[tuple[int, int], float] = defaultdict(float)
    for (start, end), weight in found.items():
        inside = [(at, to) for at, to in starts.items() if start <= at and to <= end]
        for place in inside or [(start, end)]:
            words[place] += weight / max(len(inside), 1)
    return dict(words)


def _per_phrase(words: dict[tuple[int, int], float], hits: Sequence[Hit]) -> dict[tuple[int, int], float]:
    """The same with the words of a turn of phrase as one: "within the hour", not "within" and "hour"."""
    found = dict(words)
    for start, end, _weight in hits:
        inside = [place for place in words if start <= place[0] and place[1] <= end]
        if len(inside) > 1:
            found[start, end] = sum(found.pop(place) for place in inside)
    return found


def _per_character(text: str, found: dict[tuple[int, int], float]) -> dict[tuple[int, int], float]:
    """Runs of characters that pull the same way."""
    weights = np.zeros(len(text))
    for (start, end), weight in found.items():
        weights[start:end] += weight / max(end - start, 1)
    runs: dict[tuple[int, int], float] = {}
    floor = 0.25 * float(np.abs(weights).max(initial=0.0))
    letters = np.array([char.isalnum() for char in text], dtype=bool)
    signs = np.where(letters & (np.abs(weights) > floor), np.sign(weights), 0)
    at = 0
    while at < len(text):
        sign = signs[at]
        end = at + 1
        while (
            sign
            and end < len(text)
            and abs(weights[end]) > floor
            and np.sign(weights[end]) == sign
            and text[end].isalnum()
        ):
            end += 1
        if sign:
            runs[at, end] = float(weights[at:end].sum())
        at = end
    return runs


def shapes() -> dict[str, int]:
    """Columns of each part of the weights, as training writes them."""
    return {"signs": SIGNS, "vector": WIDTH}
