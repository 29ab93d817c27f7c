"""Responses as columns: every figure of a page is counted from these arrays, whatever is filtered."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from voc.formulas.answers import OTHER
from voc.formulas.definitions import NO, SCALED, WRITING, YES, Definition, Option, Question

Array = npt.NDArray[Any]
DIMENSIONS = ("segment", "persona", "stage", "language", "wave", "link")
MOST_SCORE = 10
NONE = -1


@dataclass(frozen=True)
class Codes:
    """A column of few different words: a number per row, and the word behind each number."""

    codes: Array
    labels: tuple[str, ...]

    def is_word(self, word: str) -> Array:
        """Which rows have it."""
        if word not in self.labels:
            return np.zeros(len(self.codes), dtype=bool)
        return np.asarray(self.codes == self.labels.index(word))


def coded(words: Sequence[str]) -> Codes:
    """Words as numbers; labels in the order of the alphabet."""
    labels = sorted(set(words))
    places = {word: place for place, word in enumerate(labels)}
    return Codes(np.fromiter((places[word] for word in words), dtype=np.int32, count=len(words)), tuple(labels))


@dataclass(frozen=True)
class Sheet:
    """Responses that count (confirmed) and those left half-way (partial), one row each.

    score: -1 for none; day: ordinal; seconds: -1 for unknown; last: place of the last question seen, -1 for unknown.
    `answers` by question id: whole numbers (-1 none) for scales, bits for choices, places for rankings, columns (from
    1) for matrices, 0 or 1 for words.
    """

    is_confirmed: Array
    score: Array
    day: Array
    seconds: Array
    is_complete: Array
    last: Array
    dimensions: Mapping[str, Codes] = field(default_factory=dict)
    answers: Mapping[str, Array] = field(default_factory=dict)
    seen: Mapping[str, Array] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.score)

    def where(self, mask: Array) -> "Sheet":
        """The rows of a mask alone."""
        if bool(mask.all()):
            return self
        columns = {name: getattr(self, name)[mask] for name in COLUMNS}
        return replace(
            self,
            **columns,
            dimensions={name: Codes(one.codes[mask], one.labels) for name, one in self.dimensions.items()},
            answers={name: column[mask] for name, column in self.answers.items()},
            seen={name: column[mask] for name, column in self.seen.items()},
        )

    @cached_property
    def scored(self) -> Array:
        """Which rows count in the headline."""
        return np.asarray(self.is_confirmed & (self.score >= 0))

    @cached_property
    def months(self) -> Array:
        """The month of each row: year * 12 + month - 1."""
        return months_of(self.day)

    def counts(self, mask: Array | None = None) -> dict[int, int]:
        """{score: how many} of the answers that count."""
        picked = self.score[self.scored if mask is None else self.scored & mask]
        return as_counts(np.bincount(picked, minlength=MOST_SCORE + 1)) if len(picked) else {}

    def counts_by(self, codes: Array, size: int) -> list[dict[int, int]]:
        """The same for each group of a column of numbers below `size`; one pass."""
        picked = self.scored
        wide = MOST_SCORE + 1
        flat = np.bincount(codes[picked].astype(np.int64) * wide + self.score[picked], minlength=size * wide)
        return [as_counts(row) for row in flat.reshape(-1, wide)[:size]]


COLUMNS = ("is_confirmed", "score", "day", "seconds", "is_complete", "last")


def as_counts(row: Array) -> dict[int, int]:
    """The scores that somebody gave."""
    return {score: int(number) for score, number in enumerate(row) if number}


def months_of(days: Array) -> Array:
    """Ordinals of days as months: year * 12 + month - 1."""
    if not len(days):
        return np.zeros(0, dtype=np.int64)
    base = dt.date(1970, 1, 1).toordinal()
    stamps = (days.astype(np.int64) - base).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return np.asarray(stamps + 1970 * 12)


def merge_questions(definitions: Sequence[Definition]) -> tuple[Question, ...]:
    """The questions of all versions, the newest version first: its words win, options that went away come last."""
    merged: dict[str, Question] = {}
    for definition in definitions:
        for question in definition.questions:
            known = merged.get(question.id)
            if known is None:
                merged[question.id] = question
            elif known.type == question.type:
                merged[question.id] = replace(
                    known,
                    has_other=known.has_other or question.has_other,
                    scale=max(known.scale, question.scale),
                    options=_joined(known.options, question.options),
                    rows=_joined(known.rows, question.rows),
                    columns=_joined(known.columns, question.columns),
                )
    return tuple(merged.values())


def _joined(known: tuple[Option, ...], older: tuple[Option, ...]) -> tuple[Option, ...]:
    ids = {one.id for one in known}
    return (*known, *(one for one in older if one.id not in ids))


def keys_of(question: Question) -> tuple[str, ...]:
    """What can be chosen, in the order of the bits."""
    if question.type == "consent":
        return (YES, NO)
    found = tuple(option.id for option in question.options)
    return (*found, OTHER) if question.type in ("single", "multiple") else found


def empty_column(question: Question, size: int) -> Array:
    """The column of a question that nobody has answered yet."""
    if question.type in SCALED:
        return np.full(size, NONE, dtype=np.int16)
    if question.type in WRITING:
        return np.zeros(size, dtype=np.int8)
    if question.type == "ranking":
        return np.zeros((size, len(question.options)), dtype=np.int8)
    if question.type == "matrix":
        return np.zeros((size, len(question.rows)), dtype=np.int8)
    return np.zeros(size, dtype=np.uint64)


def encode(question: Question, number: float | None, has_words: bool, choices: object) -> Any:
    """One answer as its column holds it; None for what does not fit the question (any more)."""
    if question.type in SCALED:
        return int(number) if number is not None and 0 <= number <= MOST_SCORE else None
    if question.type in WRITING:
        return 1 if has_words else None
    if question.type == "matrix":
        columns = {column.id: place for place, column in enumerate(question.columns, start=1)}
        chosen = choices if isinstance(choices, dict) else {}
        return [columns.get(chosen.get(row.id, ""), 0) for row in question.rows]
    chosen_ids = [one for one in choices if isinstance(one, str)] if isinstance(choices, list) else []
    if question.type == "ranking":
        places = {option: place for place, option in enumerate(chosen_ids, start=1)}
        return [places.get(option.id, 0) for option in question.options]
    if has_words and question.type in ("single", "multiple"):
        chosen_ids = [*chosen_ids, OTHER]
    return sum(1 << place for place, key in enumerate(keys_of(question)) if key in chosen_ids) or None


def is_answered(question: Question, column: Array) -> Array:
    """Which rows answered a question."""
    if question.type in SCALED:
        return np.asarray(column >= 0)
    if column.ndim == 2:
        return np.asarray((column > 0).any(axis=1))
    return np.asarray(column > 0)
