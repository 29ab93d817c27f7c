"""What goes together with the headline: how much it differs between those who said something and those who did not.

This is association, never cause. Intervals and verdicts are corrected for how many things are looked at.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from voc.formulas.comparisons import EVIDENCE, Difference, compare, holm
from voc.formulas.measures import Counts, Scale

LEAST_EACH = 10


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that may go together with the score: the scores of those who said it, and of those who did not."""

    key: str
    name: str
    group: str
    with_it: Counts
    without_it: Counts


@dataclass(frozen=True, slots=True)
class Driver:
    """One association. `p` is corrected (Holm); the interval is wide enough for all of them together (Bonferroni)."""

    key: str
    name: str
    group: str
    n: int
    difference: Difference
    p: float

    @property
    def is_clear(self) -> bool:
        """Whether there is evidence of an association, after the correction."""
        return self.p < EVIDENCE


def find_drivers(scale: Scale, candidates: Iterable[Candidate], *, least: int = LEAST_EACH) -> list[Driver]:
    """Associations, clear ones first, each by its size. Left out: what fewer than `least` said, or all but so few."""
    fit = [
        one
        for one in candidates
        if sum(one.with_it.values()) >= max(least, 2) and sum(one.without_it.values()) >= max(least, 2)
    ]
    if not fit:
        return []
    alpha = EVIDENCE / len(fit)
    found = [(one, compare(scale, one.without_it, one.with_it, alpha=alpha)) for one in fit]
    ps = holm([difference.p if difference.p is not None else 1.0 for _one, difference in found])
    drivers = [
        Driver(one.key, one.name, one.group, difference.n[1], difference, p)
        for (one, difference), p in zip(found, ps, strict=True)
    ]
    return sorted(drivers, key=lambda driver: (not driver.is_clear, -abs(driver.difference.value or 0.0), driver.key))
