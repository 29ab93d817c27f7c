"""Two groups whose make-up differs, compared like with like: inside strata, weighted as the first group is made up."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from voc.formulas.nps import Z95

LEAST = 20


@dataclass(frozen=True, slots=True)
class Stratum:
    """Members of one kind on both sides: how many, and how many of them kept what is measured."""

    n: int
    kept: int
    others: int
    others_kept: int


@dataclass(frozen=True, slots=True)
class Compared:
    """Both shares in 0..1 and their difference with its 95 % interval; `left_out`: members without anybody alike."""

    n: int
    others: int
    share: float
    others_share: float
    difference: float
    low: float
    high: float
    left_out: int

    @property
    def is_clear(self) -> bool:
        return self.low > 0 or self.high < 0


def compare_standardised(strata: Iterable[Stratum], *, least: int = LEAST) -> Compared | None:
    """The share of the first group against what others alike would have (direct standardisation; Fleiss, Levin and Paik
    2003, chapter 19). The variance of each share is that of Agresti and Caffo (2000): one added on each side.

    None with fewer than `least` on either side. Strata that only one side has are left out.
    """
    rows = list(strata)
    both = [row for row in rows if row.n and row.others]
    n, others = sum(row.n for row in both), sum(row.others for row in both)
    if min(n, others) < least:
        return None
    share = sum(row.kept for row in both) / n
    others_share = sum(row.n / n * row.others_kept / row.others for row in both)
    variance = sum(
        (row.n / n) ** 2 * (_variance(row.kept, row.n) + _variance(row.others_kept, row.others)) for row in both
    )
    half = Z95 * math.sqrt(variance)
    difference = share - others_share
    left_out = sum(row.n for row in rows) - n
    low, high = max(-1.0, difference - half), min(1.0, difference + half)
    return Compared(n, others, share, others_share, difference, low, high, left_out)


def _variance(kept: int, n: int) -> float:
    share = (kept + 1) / (n + 2)
    return share * (1 - share) / (n + 2)
