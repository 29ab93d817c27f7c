"""What an initiative changed for those who asked for it: difference in differences over matched sets.

Each account that asked is set beside up to five others that are alike: the same segment, ARR band and stage, and nearly
the same value before (within a quarter of a standard deviation). What counts is how much more or less the value of the
account that asked moved than the mean of its others. Accounts ask when things are at their worst and mend by themselves
afterwards; others that stood just as badly mend as well, so matching on the value before takes that out.

Numbers: Student's interval over the sets, which are independent because no account stands in two of them. Shares:
Newcombe's interval, the others counted with the effective size of their weights (Kish 1965).
"""

import math
import random
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lifecycle.formulas.effects import CLAIM_LEVEL, LEAST_PER_SIDE, Difference, difference_of_shares
from voc.formulas.intervals import student_quantile

# Below, Student's interval of skewed counts promises more than it keeps.
LEAST_SETS = 10
# A share needs more: rare events say nothing in so few.
LEAST_FOR_SHARES = LEAST_PER_SIDE
MOST_OTHERS = 5
CALIPER = 0.25
LEVEL = 0.95


class Unit(NamedTuple):
    """One account: what it must have in common with its others, its value before and after; `name` is for callers."""

    alike: Hashable
    before: float
    after: float
    name: int = 0

    @property
    def change(self) -> float:
        return self.after - self.before


Sets = list[tuple[Unit, list[Unit]]]


@dataclass(frozen=True, slots=True)
class Effect:
    """What was found. `difference` is None where there are too few sets, or where nothing varied at all.

    left_out: accounts that asked and have no others alike. The four means are those of the sets: asked before and
    after, others before and after.
    """

    sets: Sets
    left_out: int
    means: tuple[float, float, float, float] | None
    difference: Difference | None

    @property
    def n(self) -> int:
        """Accounts that asked and have others alike."""
        return len(self.sets)

    @property
    def others(self) -> int:
        """The accounts beside them."""
        return sum(len(beside) for _one, beside in self.sets)


def estimate_change(asked: Sequence[Unit], others: Sequence[Unit], *, seed: int = 0) -> Effect:
    """The effect on a number. `seed` only decides among others that are equally alike."""
    sets = match_others(asked, others, seed=seed)
    gaps = [one.change - sum(other.change for other in beside) / len(beside) for one, beside in sets]
    return _effect(asked, sets, mean_with_interval(gaps))


def estimate_share(asked: Sequence[Unit], others: Sequence[Unit], *, seed: int = 0) -> Effect:
    """The effect on a yes or no; `after` is 1 or 0, and nobody has it before. 0.05 is five points."""
    sets = match_others(asked, others, seed=seed)
    found = None
    if len(sets) >= LEAST_FOR_SHARES:
        weights = [1 / len(beside) for _one, beside in sets for _other in beside]
        size = sum(weights) ** 2 / sum(weight * weight for weight in weights)
        share = sum(sum(other.after for other in beside) / len(beside) for _one, beside in sets) / len(sets)
        found = difference_of_shares(sum(one.after for one, _beside in sets), len(sets), share * size, size)
    return _effect(asked, sets, found)


def mean_with_interval(gaps: Sequence[float], *, level: float = LEVEL) -> Difference | None:
    """The mean of independent differences with Student's interval; None below LEAST_SETS, or when nothing varied.

    An effect is looked at again and again: what is claimed holds at a stricter level than the interval shows.
    """
    n = len(gaps)
    if n < LEAST_SETS:
        return None
    mean = math.fsum(gaps) / n
    error = math.sqrt(math.fsum((gap - mean) ** 2 for gap in gaps) / (n - 1) / n)
    if error <= 1e-12 * max(1.0, abs(mean)):
        return None
    reach = student_quantile(n - 1, 1 - level) * error
    is_claimed = abs(mean) > student_quantile(n - 1, 1 - CLAIM_LEVEL) * error
    return Difference(mean, mean - reach, mean + reach, is_claimed)


def match_others(asked: Sequence[Unit], others: Sequence[Unit], *, most: int = MOST_OTHERS, seed: int = 0) -> Sets:
    """Each of `asked` with its others: alike, nearest by the value before, within the caliper, nobody twice.

    In rounds: everybody gets a first other before anybody gets a second one. Who finds none is left out.
    """
    reach = CALIPER * _deviation([unit.before for unit in (*asked, *others)])
    shuffled = list(others)
    # Others with the same value are equally good; their order must not decide (old accounts come first).
    random.Random(seed).shuffle(shuffled)  # noqa: S311 a fair order, no secret
    pools: dict[Hashable, list[Unit]] = defaultdict(list)
    for other in sorted(shuffled, key=_before):
        pools[other.alike].append(other)
    shelves = {alike: _Shelf(pool) for alike, pool in pools.items()}
    # Those with the highest values have the fewest others: they choose first.
    sets: Sets = [(one, []) for one in sorted(asked, key=_before, reverse=True)]
    waiting = sets
    for _round in range(most):
        served = []
        for one, beside in waiting:
            shelf = shelves.get(one.alike)
            nearest = shelf.take_nearest(one.before, reach) if shelf is not None else None
            if nearest is not None:
                beside.append(nearest)
                served.append((one, beside))
        waiting = served
    return [(one, beside) for one, beside in sets if beside]


class _Shelf:
    """Accounts in order of their value, from which the nearest one is taken away; each step is nearly constant."""

    def __init__(self, units: list[Unit]) -> None:
        self.units = units
        self.values = [unit.before for unit in units]
        # Shifted by one, so that both ends have a place that is never taken.
        self.left = list(range(len(units) + 2))
        self.right = list(range(len(units) + 2))

    def take_nearest(self, value: float, reach: float) -> Unit | None:
        place = bisect_left(self.values, value)
        below, above = _free(self.left, place), _free(self.right, place + 1)
        down = value - self.values[below - 1] if below > 0 else math.inf
        up = self.values[above - 1] - value if above <= len(self.units) else math.inf
        if min(down, up) > reach:
            return None
        taken = below if down < up else above
        self.left[taken], self.right[taken] = taken - 1, taken + 1
        return self.units[taken - 1]


def _free(links: list[int], place: int) -> int:
    """The next place in this direction that nobody took; the way there is shortened for those who come later."""
    root = place
    while links[root] != root:
        root = links[root]
    while links[place] != root:
        links[place], place = root, links[place]
    return root


def _before(unit: Unit) -> float:
    return unit.before


def _deviation(values: Sequence[float]) -> float:
    if len(values) < 2:
        return 0.0
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))


def _effect(asked: Sequence[Unit], sets: Sets, difference: Difference | None) -> Effect:
    n = len(sets)
    means = None
    if n:
        means = (
            sum(one.before for one, _beside in sets) / n,
            sum(one.after for one, _beside in sets) / n,
            sum(sum(other.before for other in beside) / len(beside) for _one, beside in sets) / n,
            sum(sum(other.after for other in beside) / len(beside) for _one, beside in sets) / n,
        )
    return Effect(sets, len(asked) - n, means, difference)
