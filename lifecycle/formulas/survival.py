"""How many go on, and when, while others leave and many are still under way: competing risks with censoring.

The share that has moved on by a day is the Aalen-Johansen estimate (Aalen and Johansen 1978): a loss takes an account
out of the race, and a stay that is still open counts for as long as it has lasted and is no failure. Its variance is
the delta-method form of Marubini and Valsecchi (1995, formula 10.12); intervals are formed on the complementary
log-log scale (Kalbfleisch and Prentice 2002), so that they stay between 0 and 1. Days are whole numbers.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Z95 = 1.959963984540054
# Fewer than this many passages say nothing that a plan could be built on.
FEWEST_PASSAGES = 8
CENSORED, ONWARD, LOST = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its 95 % interval; `value` None: not reached, `high` None: open to above."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Incidence:
    """The share that has moved on by each day on which somebody did or left.

    days: the days, rising; at_risk: accounts still there before each; share: moved on by then; deviation: its standard
    error; n: stays in all; passages, losses: how they ended; longest: the last day that anybody was observed.
    """

    days: NDArray[np.float64]
    at_risk: NDArray[np.float64]
    share: NDArray[np.float64]
    deviation: NDArray[np.float64]
    staying: NDArray[np.float64]
    n: int
    passages: int
    losses: int
    longest: float

    @property
    def is_enough(self) -> bool:
        return self.passages >= FEWEST_PASSAGES


def incidence_of(stays: Iterable[tuple[float, int, int]]) -> Incidence:
    """The incidence of stays given as (days, how it ended, number of such stays)."""
    rows = list(stays)
    days = np.array([row[0] for row in rows], dtype=np.float64)
    kinds = np.array([row[1] for row in rows], dtype=np.int64)
    return incidence(days, kinds, np.array([row[2] for row in rows], dtype=np.int64))


def incidence(
    days: NDArray[np.float64], kinds: NDArray[np.int64], counts: NDArray[np.int64] | None = None
) -> Incidence:
    """Aalen-Johansen for one kind of event (1) against another (2); 0 is censored, after all events of its day."""
    counts = np.ones(len(days), dtype=np.int64) if counts is None else counts
    total = int(counts.sum())
    moments, where = np.unique(days, return_inverse=True)
    size = len(moments)
    moved = np.bincount(where, weights=counts * (kinds == ONWARD), minlength=size).astype(np.float64)
    gone = np.bincount(where, weights=counts * (kinds == LOST), minlength=size).astype(np.float64)
    left = np.bincount(where, weights=counts, minlength=size)
    at_risk = total - np.concatenate(([0.0], np.cumsum(left)[:-1])) if size else np.zeros(0)
    happened = (moved + gone) > 0
    moved, gone, at_risk, at = moved[happened], gone[happened], at_risk[happened], moments[happened]
    ended = moved + gone
    staying: NDArray[np.float64] = np.asarray(np.cumprod(1 - ended / at_risk), dtype=np.float64)
    before: NDArray[np.float64] = np.concatenate(([1.0], staying[:-1])) if len(staying) else staying
    share = np.cumsum(before * moved / at_risk)
    return Incidence(
        days=at,
        at_risk=at_risk,
        share=share,
        deviation=np.sqrt(_variance(share, before, moved, ended, at_risk)),
        staying=staying,
        n=total,
        passages=int(moved.sum()),
        losses=int(gone.sum()),
        longest=float(moments[-1]) if size else 0.0,
    )


def _variance(
    share: NDArray[np.float64],
    before: NDArray[np.float64],
    moved: NDArray[np.float64],
    ended: NDArray[np.float64],
    at_risk: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Var F(t) for each t, by running sums: the squares of F(t) - F(i) are opened, so that it takes one pass."""
    rest = at_risk * (at_risk - ended)
    hazard = np.divide(ended, rest, out=np.zeros_like(rest), where=rest > 0)
    one = np.cumsum(hazard)
    with_share = np.cumsum(share * hazard)
    with_square = np.cumsum(share**2 * hazard)
    spread = share**2 * one - 2 * share * with_share + with_square
    own = np.cumsum(before**2 * (at_risk - moved) * moved / at_risk**3)
    cross = before * moved / at_risk**2
    mixed = share * np.cumsum(cross) - np.cumsum(share * cross)
    result: NDArray[np.float64] = np.maximum(spread + own - 2 * mixed, 0.0)
    return result


def share_by(found: Incidence, day: float) -> Estimate:
    """The share that has moved on within so many days, with its interval; None beyond what was observed."""
    if found.n == 0 or (day > found.longest and found.staying.size and found.staying[-1] > 0):
        return Estimate(None, None, None)
    place = int(np.searchsorted(found.days, day, side="right")) - 1
    if place < 0 or found.share[place] <= 0:
        # Nobody has: the exact upper bound of zero out of n.
        return Estimate(0.0, 0.0, 1 - 0.025 ** (1 / found.n))
    low, high = _interval(float(found.share[place]), float(found.deviation[place]), found.n)
    return Estimate(float(found.share[place]), low, high)


def _interval(share: float, deviation: float, n: int) -> tuple[float, float]:
    """Complementary log-log; at the edge, where it has no width, the exact bound of all out of n."""
    if share >= 1 - 1e-12:
        return 0.025 ** (1 / n), 1.0
    if deviation <= 0:
        return share, share
    scale = Z95 * deviation / (share * math.log(share))
    return share ** math.exp(-scale), share ** math.exp(scale)


def days_until(found: Incidence, part: float) -> Estimate:
    """Days until that part of all has moved on; the interval is where the band crosses it (Brookmeyer and Crowley)."""
    if found.n == 0 or not found.share.size:
        return Estimate(None, None, None)
    bounds = [
        _interval(float(s), float(d), found.n) for s, d in zip(found.share, found.deviation, strict=True) if s > 0
    ]
    skipped = int((found.share <= 0).sum())
    lows = np.concatenate((np.zeros(skipped), np.array([low for low, _ in bounds])))
    highs = np.concatenate((np.zeros(skipped), np.array([high for _, high in bounds])))
    return Estimate(*(_first(found.days, curve, part) for curve in (found.share, highs, lows)))


def _first(days: NDArray[np.float64], curve: NDArray[np.float64], part: float) -> float | None:
    reached = np.nonzero(curve >= part)[0]
    return float(days[reached[0]]) if reached.size else None
