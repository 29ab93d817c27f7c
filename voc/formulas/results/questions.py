"""What each question brought: how many saw and answered it, who left there, and what was said."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from voc.formulas.answers import OTHER
from voc.formulas.definitions import SCALED, WRITING, Question
from voc.formulas.intervals import Interval, mean_interval, share_interval
from voc.formulas.measures import Measured, measure, scale_of
from voc.formulas.results.sheet import Array, Sheet, as_counts, is_answered, keys_of


@dataclass(frozen=True)
class Choice:
    """One thing to choose: how many did, and their share of those who answered."""

    id: str
    count: int
    share: Interval


@dataclass(frozen=True)
class Ranked:
    """One thing of a ranking: its mean place (1 is first) and how often it was first."""

    id: str
    place: Interval
    first: Interval


@dataclass(frozen=True)
class QuestionResult:
    """One question. Seen and answered over all that opened it, what was said over confirmed responses alone.

    `left` went no further than here. `is_hidden`: too few answered for a small-group rule.
    """

    question: Question
    seen: int
    answered: int
    left: int
    n: int
    measured: Measured | None = None
    choices: tuple[Choice, ...] = ()
    ranking: tuple[Ranked, ...] = ()
    matrix: Mapping[str, Mapping[str, int]] | None = None
    is_hidden: bool = False

    @property
    def rate(self) -> float | None:
        """Share of those who saw it that answered."""
        return self.answered / self.seen if self.seen else None


def question_result(sheet: Sheet, question: Question, place: int, *, least: int = 1) -> QuestionResult:
    """One question's result. Without a record of what was shown, whoever answered saw it."""
    column = sheet.answers[question.id]
    answered = is_answered(question, column)
    seen = answered | sheet.seen.get(question.id, np.zeros(len(sheet), dtype=bool))
    left = int(((sheet.last == place) & ~sheet.is_complete).sum())
    counted = answered & sheet.is_confirmed
    n = int(counted.sum())
    found = QuestionResult(question, int(seen.sum()), int(answered.sum()), left, n)
    if 0 < n < least:
        return replace(found, is_hidden=True)
    if question.type in WRITING or n == 0:
        return found
    rows = column[counted]
    if question.type in SCALED:
        scale = scale_of(question.type, question.scale)
        return replace(found, measured=measure(scale, as_counts(np.bincount(rows, minlength=11))))
    if question.type == "ranking":
        return replace(found, ranking=_ranking(question, rows))
    if question.type == "matrix":
        return replace(found, matrix=_matrix(question, rows))
    return replace(found, choices=_choices(question, rows, n))


def _choices(question: Question, rows: Array, n: int) -> tuple[Choice, ...]:
    found = []
    for place, key in enumerate(keys_of(question)):
        count = int(((rows >> np.uint64(place)) & np.uint64(1)).sum())
        if key != OTHER or question.has_other or count:
            found.append(Choice(key, count, share_interval(count, n)))
    return tuple(found)


def _ranking(question: Question, rows: Array) -> tuple[Ranked, ...]:
    found = []
    size = len(question.options)
    for place, option in enumerate(question.options):
        places = rows[:, place][rows[:, place] > 0].astype(np.int64)
        n = len(places)
        mean = mean_interval(float(places.sum()), float((places**2).sum()), n, bounds=(1.0, float(max(size, 1))))
        found.append(Ranked(option.id, mean, share_interval(int((places == 1).sum()), n)))
    return tuple(sorted(found, key=lambda one: (one.place.value is None, one.place.value or 0.0, one.id)))


def _matrix(question: Question, rows: Array) -> dict[str, dict[str, int]]:
    found = {}
    for place, row in enumerate(question.rows):
        counted = np.bincount(rows[:, place], minlength=len(question.columns) + 1)
        found[row.id] = {column.id: int(counted[number]) for number, column in enumerate(question.columns, start=1)}
    return found
