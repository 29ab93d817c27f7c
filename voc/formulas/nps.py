"""NPS and its interval."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

Z95 = 1.959964
PROMOTER, PASSIVE = 9, 7


@dataclass(frozen=True, slots=True)
class Nps:
    """`value`, `low` and `high` in -100..100; None where nobody answered. `asked` is the whole audience, if known."""

    promoters: int
    passives: int
    detractors: int
    value: float | None
    low: float | None
    high: float | None
    asked: int | None = None

    @property
    def n(self) -> int:
        """How many answers it rests on."""
        return self.promoters + self.passives + self.detractors


def is_detractor(score: int | None) -> bool:
    """0 to 6."""
    return score is not None and score < PASSIVE


def nps_of(scores: Iterable[int], *, asked: int | None = None) -> Nps:
    """NPS of single answers from 0 to 10. Raises ValueError for any other number."""
    found = list(scores)
    if any(not 0 <= score <= 10 for score in found):
        raise ValueError("an NPS answer is 0 to 10")
    promoters = sum(score >= PROMOTER for score in found)
    detractors = sum(score < PASSIVE for score in found)
    return nps_interval(
        promoters=promoters, passives=len(found) - promoters - detractors, detractors=detractors, asked=asked
    )


def nps_interval(*, promoters: int, passives: int, detractors: int, asked: int | None = None) -> Nps:
    """NPS with its 95 % interval by adjusted Wald (Rocks 2016): add 3 answers, 3/4 to each end.

    With a known audience the finite-population factor f = (N - n) / (N - 1) narrows the interval, and shrinks the added
    answers with it, so that a census has no interval at all.
    """
    n = promoters + passives + detractors
    if n == 0:
        return Nps(promoters, passives, detractors, None, None, None, asked)
    value = (promoters - detractors) / n
    factor = 1.0 if asked is None or asked <= 1 else max(0.0, min(1.0, (asked - n) / (asked - 1)))
    size = n + 3 * factor
    up, down = (promoters + 0.75 * factor) / size, (detractors + 0.75 * factor) / size
    centre = up - down
    half = Z95 * math.sqrt(max(0.0, up + down - centre**2) / size * factor)
    low, high = max(-1.0, min(centre - half, value)), min(1.0, max(centre + half, value))
    return Nps(promoters, passives, detractors, 100 * value, 100 * low, 100 * high, asked)
