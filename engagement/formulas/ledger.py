"""The change ledger: why a score moved, in parts that add up exactly."""

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

import numpy as np

from engagement.formulas.judging import NOTHING
from engagement.formulas.scales import Flags, Floats, Integers


class PartKind(StrEnum):
    """What moved the score. There is no "other": the parts are the move."""

    DATA = "data"
    OBSERVED = "observed"
    STALE = "stale"
    MODEL = "model"
    OVERRIDE = "override"


_NAMED = (PartKind.DATA, PartKind.OBSERVED, PartKind.STALE, PartKind.MODEL, PartKind.OVERRIDE)
# In the order of their names, which is the order of parts of one size.
KINDS = tuple(sorted(PartKind))


@dataclass(frozen=True)
class Part:
    """One part of a move; `column` is the measure's place in the model, -1 where the part is not about one measure."""

    kind: PartKind
    column: int
    tenths: int


@dataclass(frozen=True, eq=False)
class Moves:
    """The parts of all moves of a batch as columns, row by row, the largest part of a row first.

    `kinds` are places in `KINDS`; `columns` as in `Part`. The parts of row r stand from `starts[r]` to `starts[r + 1]`.
    """

    starts: Integers
    kinds: Integers
    columns: Integers
    tenths: Integers

    def parts(self) -> list[tuple[Part, ...]]:
        """The same as objects, a tuple per row."""
        found = [
            Part(KINDS[kind], column, tenths)
            for kind, column, tenths in zip(
                self.kinds.tolist(), self.columns.tolist(), self.tenths.tolist(), strict=True
            )
        ]
        return [tuple(found[start:end]) for start, end in pairwise(self.starts.tolist())]


def split_moves(**given: Any) -> list[tuple[Part, ...]]:
    """The parts of each account's move as objects; what is given is told at `split_columns`."""
    return split_columns(**given).parts()


def split_columns(
    *,
    weights: Integers,
    old_points: Integers,
    old_present: Flags,
    new_points: Integers,
    new_present: Flags,
    old_tenths: Integers,
    new_tenths: Integers,
    is_new_model: Flags,
    old_formula: Integers | None = None,
    new_formula: Integers | None = None,
) -> Moves:
    """Split each account's move into parts whose sum is exactly `new_tenths - old_tenths` (-1, "no number", is 0).

    All columns are those of the new model; `old_points` are the old raw values on the new scales, and `old_tenths` is
    the number that the old model gave for them. The steps are: the model changes under the old data; measures go
    stale (are no longer there); measures are newly observed; values change. Within a step the effect is linear in the
    measures, so that their order does not matter. The formulas' numbers are those before exceptions and judgements by
    hand (none given: there were no such); what these add or take is the override, to the tenth.
    """
    rows = len(old_tenths)
    old_formula = old_tenths if old_formula is None else old_formula
    new_formula = new_tenths if new_formula is None else new_formula
    before = np.maximum(old_tenths, 0) - np.maximum(old_formula, 0)
    after = np.maximum(new_tenths, 0) - np.maximum(new_formula, 0)
    had = old_present & (old_formula != NOTHING)[:, None]
    has = new_present & (new_formula != NOTHING)[:, None]
    keeps, goes, comes = had & has, had & ~has, has & ~had
    old, new = old_points / 100, new_points / 100

    mean_old, weight_old = _mean(weights, old, had)
    mean_kept, weight_kept = _mean(weights, old, keeps)
    _, weight_new = _mean(weights, new, has)
    by_model = np.where(is_new_model, mean_old - np.maximum(old_formula, 0) / 10, 0.0)

    rest = np.where(weight_kept > 0, weight_kept, np.maximum(weight_old, 1.0))[:, None]
    level = np.where(weight_kept > 0, mean_old, 0.0)[:, None]
    whole = np.maximum(weight_new, 1.0)[:, None]
    parts = np.where(goes, weights * (level - old) / rest, 0.0)
    parts += np.where(comes, weights * (new - mean_kept[:, None]) / whole, 0.0)
    parts += np.where(keeps, weights * (new - old) / whole, 0.0)
    exact = np.column_stack([parts * 10, by_model * 10, after - before])
    tenths = _round_to_sum(exact, np.maximum(new_tenths, 0) - np.maximum(old_tenths, 0))

    width = parts.shape[1]
    at, column = np.nonzero(tenths)
    size = tenths[at, column]
    inside = np.minimum(column, width - 1)
    data, observed, stale, by_model_, override = (KINDS.index(kind) for kind in _NAMED)
    kinds = np.where(keeps[at, inside], data, np.where(comes[at, inside], observed, stale))
    kinds = np.where(column == width, by_model_, np.where(column > width, override, kinds))
    column = np.where(column < width, column, -1)
    order = np.lexsort((column, kinds, -np.abs(size), at))
    return Moves(
        starts=np.searchsorted(at, np.arange(rows + 1)),
        kinds=kinds[order],
        columns=column[order],
        tenths=size[order],
    )


def _mean(weights: Integers, points: Floats, there: Flags) -> tuple[Floats, Floats]:
    """Weighted mean over the present measures (0 where there is none) and its weight."""
    mass = np.where(there, weights, 0).astype(np.float64)
    total = mass.sum(axis=1)
    return (mass * points).sum(axis=1) / np.where(total > 0, total, 1.0), total


def _round_to_sum(exact: Floats, wanted: Integers) -> Integers:
    """Whole numbers next to the exact parts whose sum is `wanted` (largest remainder); a part of nothing stays 0."""
    exact = np.where(np.abs(exact) < 1e-12, 0.0, exact)
    floor = np.floor(exact)
    remainder = np.where(exact == 0, -1.0, exact - floor)
    order = np.argsort(-remainder, axis=1, kind="stable")
    rank = np.argsort(order, axis=1, kind="stable")
    real = (exact != 0).sum(axis=1)[:, None]
    lacking = (wanted - floor.sum(axis=1).astype(np.int64))[:, None]
    rounds = np.where(real > 0, lacking // np.maximum(real, 1), 0)
    extra = lacking - rounds * real
    rounded: Integers = (floor + np.where(exact != 0, rounds, 0) + ((rank < extra) & (exact != 0))).astype(np.int64)
    return rounded
