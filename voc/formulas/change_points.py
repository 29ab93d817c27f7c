"""When a count per week changed its level: binary segmentation with an exact test of each cut.

A stretch of weeks is cut where the likelihood ratio of two Poisson rates against one is largest (Scott and Knott 1974;
Chen and Gupta 2012, chapter 4). Given the total of the stretch, the counts of a steady rate are multinomial with shares
that follow the exposure, whatever that rate is; so the largest ratio is compared with that of drawn counts (Barnard
1963), and steady noise is cut in at most 5 % of all series, of any length and level.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ALPHA = 0.05
# Both sides of a cut have at least so many weeks: a single loud week is no new level.
LEAST_WEEKS = 4
# A stretch with fewer pieces in all says nothing.
LEAST_PIECES = 10
DRAWS = 499
MOST_CUTS = 5
# Twice the log of the ratio is chi-squared for a single cut: below its 5 % point the largest of several is no news.
_NO_NEWS = 3.84 / 2
_SEED = 20_260_601


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """From this week on (its place in the series) the rate is another one: pieces per week, or per unit of exposure.

    `p`: how often steady noise shows as much.
    """

    place: int
    before: float
    after: float
    p: float

    @property
    def ratio(self) -> float | None:
        """How many times the level before; None where that was nothing."""
        return self.after / self.before if self.before else None


def change_points(counts: Sequence[int], exposure: Sequence[float] | None = None) -> tuple[ChangePoint, ...]:
    """The weeks at which the level changed, in order. `exposure` (all pieces of each week) makes it a change of the
    share, so that a week with twice as many answers is none."""
    return _change_points(tuple(counts), tuple(exposure) if exposure is not None else (1.0,) * len(counts))


@lru_cache(maxsize=2048)
def _change_points(counts: tuple[int, ...], exposure: tuple[float, ...]) -> tuple[ChangePoint, ...]:
    values, base = np.array(counts, dtype=np.float64), np.array(exposure, dtype=np.float64)
    if np.any(values[base <= 0] > 0):
        raise ValueError("a count without exposure")
    rng = np.random.default_rng(_SEED)
    found: dict[int, float] = {}
    # Both halves of a stretch share its level, so that a cut is not followed by false ones.
    waiting = [(0, len(counts), ALPHA)]
    while waiting and len(found) < MOST_CUTS:
        start, end, level = waiting.pop(0)
        cut, p = _best_cut(values[start:end], base[start:end], rng)
        if cut is not None and p <= level:
            found[start + cut] = p
            waiting += [(start, start + cut, level / 2), (start + cut, end, level / 2)]
    edges = [0, *sorted(found), len(counts)]
    rates = [float(values[a:b].sum() / base[a:b].sum()) if base[a:b].sum() else 0.0 for a, b in pairwise(edges)]
    return tuple(
        ChangePoint(place, before, after, found[place])
        for place, before, after in zip(edges[1:-1], rates, rates[1:], strict=False)
    )


def _best_cut(values: Floats, base: Floats, rng: np.random.Generator) -> tuple[int | None, float]:
    """The place of the best cut of a stretch, and how often drawn counts of a steady rate have one as good."""
    total = values.sum()
    if len(values) < 2 * LEAST_WEEKS or total < LEAST_PIECES or not base.sum():
        return None, 1.0
    gains = _gains(values[None, :], base)[0]
    best = int(np.argmax(gains))
    if gains[best] < _NO_NEWS:
        return None, 1.0
    drawn = rng.multinomial(int(total), base / base.sum(), size=DRAWS).astype(np.float64)
    as_good = int((_gains(drawn, base).max(axis=1) >= gains[best] - 1e-9).sum())
    return best + LEAST_WEEKS, (1 + as_good) / (1 + DRAWS)


def _gains(rows: Floats, base: Floats) -> Floats:
    """The log of the likelihood ratio of each cut, for each row of counts."""
    size = rows.shape[1]
    cuts = slice(LEAST_WEEKS - 1, size - LEAST_WEEKS)
    left, total = np.cumsum(rows, axis=1)[:, cuts], rows.sum(axis=1, keepdims=True)
    share = (np.cumsum(base)[cuts] / base.sum())[None, :]
    right = total - left
    gains: Floats = _part(left, total * share) + _part(right, total * (1 - share))
    return gains


def _part(seen: Floats, expected: Floats) -> Floats:
    """seen x log(seen / expected), 0 for nothing seen."""
    ratio = np.divide(seen, expected, out=np.ones_like(seen), where=(expected > 0) & (seen > 0))
    result: Floats = seen * np.log(ratio)
    return result
