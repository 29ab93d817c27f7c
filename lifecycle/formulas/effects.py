"""Did it work? The difference between accounts that got a play and those held out, with an interval.

Means: Welch's interval (unequal variances, Satterthwaite's degrees of freedom). Shares: Newcombe's hybrid score
interval (Statistics in Medicine 17, 1998, method 10), which holds near 0 and 1 where the plain one fails.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

# Fewer than this on either side: too early to tell.
LEAST_PER_SIDE = 20
LEVEL = 0.95
# What is claimed must hold at this level. An effect is looked at again and again, and each look is a chance to be
# fooled: the interval on screen is the one of 95 %, the word "works" asks for more.
CLAIM_LEVEL = 0.98


@dataclass(frozen=True, slots=True)
class Side:
    """The accounts of one side: how many, the mean of what was measured, its sample variance."""

    n: int
    mean: float
    variance: float


@dataclass(frozen=True, slots=True)
class Difference:
    """Treated minus held out, with its interval. `is_claimed`: it would be said that there is an effect."""

    value: float
    low: float
    high: float
    is_claimed: bool


def difference_of_means(treated: Side, held_out: Side, *, level: float = LEVEL) -> Difference | None:
    """Welch; None below the evidence floor, or when nothing varied at all."""
    if min(treated.n, held_out.n) < LEAST_PER_SIDE:
        return None
    parts = (treated.variance / treated.n, held_out.variance / held_out.n)
    error = math.sqrt(sum(parts))
    if error == 0:
        return None
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / (treated.n - 1) + parts[1] ** 2 / (held_out.n - 1))
    value = treated.mean - held_out.mean
    reach = student_quantile((1 + level) / 2, freedom) * error
    is_claimed = abs(value) > student_quantile((1 + CLAIM_LEVEL) / 2, freedom) * error
    return Difference(value, value - reach, value + reach, is_claimed)


def difference_of_shares(
    treated: float, of_treated: float, held_out: float, of_held_out: float, *, level: float = LEVEL
) -> Difference | None:
    """Newcombe; None below the evidence floor. Counts of weighted rows need not be whole."""
    if min(of_treated, of_held_out) < LEAST_PER_SIDE:
        return None
    value = treated / of_treated - held_out / of_held_out
    low, high = _newcombe(treated, of_treated, held_out, of_held_out, level)
    claim_low, claim_high = _newcombe(treated, of_treated, held_out, of_held_out, CLAIM_LEVEL)
    return Difference(value, low, high, claim_low > 0 or claim_high < 0)


def _newcombe(a: float, of_a: float, b: float, of_b: float, level: float) -> tuple[float, float]:
    share_a, share_b = a / of_a, b / of_b
    low_a, high_a = wilson(a, of_a, level)
    low_b, high_b = wilson(b, of_b, level)
    value = share_a - share_b
    return (
        value - math.hypot(share_a - low_a, high_b - share_b),
        value + math.hypot(high_a - share_a, share_b - low_b),
    )


def wilson(hits: float, n: float, level: float = LEVEL) -> tuple[float, float]:
    """Wilson's score interval of a share (Journal of the American Statistical Association 22, 1927); n over 0."""
    z = NormalDist().inv_cdf((1 + level) / 2)
    share = hits / n
    middle = share + z * z / (2 * n)
    reach = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max((middle - reach) / scale, 0.0), min((middle + reach) / scale, 1.0)


def student_quantile(probability: float, freedom: float) -> float:
    """Quantile of Student's t (Cornish and Fisher; Abramowitz and Stegun 26.7.5): right to 0.0002 from 15 degrees of
    freedom on, and it is asked for no fewer."""
    z = NormalDist().inv_cdf(probability)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / freedom**power for power, term in enumerate(terms, start=1))
