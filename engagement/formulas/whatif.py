"""A whole book judged by another scorecard at once: points are kept as arrays, only what changed is worked out anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from engagement.formulas.exceptions import apply_rules
from engagement.formulas.judging import HOLLOW_BELOW, NOTHING, UNOBSERVED_BELOW, State, bands_of, judge
from engagement.formulas.models import MeasureRule, Model
from engagement.formulas.scales import Flags, Floats, Integers
from engagement.formulas.stored import manual_matrix

Points = npt.NDArray[np.int16]
# Points of a measure that takes no part: it is missing or stale.
ABSENT = -1


@dataclass(frozen=True, eq=False)
class Book:
    """What was observed of a book of accounts: raw values and ages in days, measures x accounts (NaN: nothing).

    `manual` are the rows of the accounts with judgements by hand, `{row: {component or "": (judgement, hundredths)}}`.
    """

    codes: tuple[str, ...]
    account_ids: Integers
    raw: Floats
    age: npt.NDArray[np.float32]
    manual: Mapping[int, Mapping[str, tuple[int, int]]]

    @cached_property
    def places(self) -> dict[str, int]:
        return {code: place for place, code in enumerate(self.codes)}

    def __len__(self) -> int:
        return len(self.account_ids)


@dataclass(frozen=True, eq=False)
class BookPoints:
    """Points of a book on the scales of a model, in hundredths, measures x accounts; -1 where one takes no part."""

    rules: tuple[MeasureRule, ...]
    points: Points


@dataclass(frozen=True, eq=False)
class BookScores:
    """Scores in tenths (-1: no number), coverage in thousandths, states, and the place of the band (-1: none)."""

    scores: Integers
    coverage: Integers
    states: Integers
    bands: Integers


def point_book(model: Model, book: Book, known: BookPoints | None = None) -> BookPoints:
    """Points of every measure of the model. Measures that `known` has with the same scale and validity are taken over.

    Knowledge measures always take part: 0 points where nothing is known.
    """
    before = {rule.code: (rule, place) for place, rule in enumerate(known.rules)} if known else {}
    points = np.empty((len(model.measures), len(book)), dtype=np.int16)
    for column, rule in enumerate(model.measures):
        kept = before.get(rule.code)
        if known is not None and kept is not None and _same(kept[0], rule):
            points[column] = known.points[kept[1]]
        else:
            points[column] = _points_of(rule, book)
    return BookPoints(model.measures, points)


def judge_book(model: Model, book: Book, pointed: BookPoints) -> BookScores:
    """The score of every account: the same numbers as `judge` gives, in whole hundredths and millionths.

    Exceptions read the book's raw values; accounts with judgements by hand are judged by `judge` itself.
    """
    size = len(book)
    sums, masses, seen = (np.zeros(size, dtype=np.float64) for _ in range(3))
    scratch = np.empty(size, dtype=np.float64)
    for column, rule in enumerate(model.measures):
        weight = float(model.weights[column])
        there = pointed.points[column] != ABSENT
        # Whole numbers below 2^53 stay exact in doubles.
        np.multiply(np.maximum(pointed.points[column], 0), weight, out=scratch)
        sums += scratch
        np.multiply(there, weight, out=scratch)
        masses += scratch
        if not rule.is_knowledge:
            seen += scratch
    observable = float(model.weights[~model.is_knowledge].sum())
    divisor = np.where(masses > 0, masses * 10, 1)
    scores = np.where(masses > 0, np.floor_divide(2 * sums + divisor, 2 * divisor), NOTHING).astype(np.int64)
    states = np.full(size, State.SCORED, dtype=np.int64)
    states[seen * 100 < observable * HOLLOW_BELOW] = State.HOLLOW
    states[(seen * 100 < observable * UNOBSERVED_BELOW) | (scores == NOTHING) | (observable == 0)] = State.UNOBSERVED
    scores[states == State.UNOBSERVED] = NOTHING
    if model.exceptions:
        scores = _except(model, book, pointed, scores)
    coverage = (seen * 1000 // max(observable, 1)).astype(np.int64)
    _judge_by_hand(model, book, scores, states)
    return BookScores(scores=scores, coverage=coverage, states=states, bands=bands_of(model, scores))


def _same(one: MeasureRule, other: MeasureRule) -> bool:
    return (one.scale, one.valid_days, one.is_knowledge) == (other.scale, other.valid_days, other.is_knowledge)


def _points_of(rule: MeasureRule, book: Book) -> Points:
    place = book.places.get(rule.code)
    absent = 0 if rule.is_knowledge else ABSENT
    if place is None:
        return np.full(len(book), absent, dtype=np.int16)
    raw = book.raw[place]
    there = ~np.isnan(raw)
    if rule.valid_days is not None:
        there &= book.age[place] <= rule.valid_days
    points = np.interp(raw, rule.scale.raw, rule.scale.points)
    points *= 100
    np.rint(points, out=points)
    np.logical_not(there, out=there)
    points[there] = absent
    found: Points = points.astype(np.int16)
    return found


def _except(model: Model, book: Book, pointed: BookPoints, scores: Integers) -> Integers:
    """The exceptions, on the few columns that they ask for."""
    asked = sorted({test.measure for rule in model.exceptions for test in rule.tests} & set(model.codes))
    columns = [model.codes.index(code) for code in asked]
    raw = np.full((len(book), len(asked)), np.nan)
    there: Flags = np.zeros((len(book), len(asked)), dtype=np.bool_)
    for index, (code, column) in enumerate(zip(asked, columns, strict=True)):
        if code not in book.places:
            continue
        raw[:, index] = book.raw[book.places[code]]
        fresh = ~np.isnan(raw[:, index])
        valid_days = model.measures[column].valid_days
        there[:, index] = fresh if valid_days is None else fresh & (book.age[book.places[code]] <= valid_days)
    return apply_rules(model.exceptions, codes=asked, raw=raw, there=there, scores=scores)[0]


def _judge_by_hand(model: Model, book: Book, scores: Integers, states: Integers) -> None:
    """Accounts with judgements by hand, in place."""
    if not book.manual:
        return
    rows = sorted(book.manual)
    raw, age = rows_of(book, model.codes, rows)
    judged = judge(model, raw, age, manual=manual_matrix(model, [book.manual[row] for row in rows]))
    scores[rows], states[rows] = judged.scores, judged.states


def rows_of(book: Book, codes: Sequence[str], rows: Sequence[int]) -> tuple[Floats, Floats]:
    """Raw values and ages of some accounts as `judge` takes them, accounts x codes."""
    raw = np.full((len(rows), len(codes)), np.nan)
    age = np.zeros((len(rows), len(codes)))
    for column, code in enumerate(codes):
        if code in book.places:
            raw[:, column] = book.raw[book.places[code]][rows]
            age[:, column] = book.age[book.places[code]][rows]
    return raw, age
