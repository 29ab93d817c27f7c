"""The change ledger: why a score moved, in parts that add up exactly."""

from dataclasses import dataclass
from enum import StrEnum

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


@dataclass(frozen=True)
class Part:
    """One part of a move; `column` is the measure's place in the model, -1 where the part is not about one measure."""

    kind: PartKind
    column: int
    tenths: int


def split_moves(
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
) -> list[tuple[Part, ...]]:
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
    ledger: list[list[Part]] = [[] for _ in range(rows)]
    for row, column in zip(*np.nonzero(tenths), strict=True):
        if column == width:
            kind = PartKind.MODEL
        elif column > width:
            kind = PartKind.OVERRIDE
        else:
            kind = PartKind.DATA if keeps[row, column] else PartKind.OBSERVED if comes[row, column] else PartKind.STALE
        place = int(column) if column < width else -1
        ledger[int(row)].append(Part(kind, place, int(tenths[row, column])))
    return [tuple(sorted(found, key=lambda part: (-abs(part.tenths), part.kind, part.column))) for found in ledger]


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
