"""How sure a number is: 95 % intervals of shares and means, and the tails of the two distributions behind them."""

import math
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

from voc.formulas.nps import Z95

_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with the ends of its interval and the answers behind it; None where there is too little to say."""

    n: int
    value: float | None = None
    low: float | None = None
    high: float | None = None


def share_interval(hits: int, n: int, *, z: float = Z95) -> Interval:
    """A share in 0..1 with its interval by Wilson (1927), which holds for small n and for shares near 0 and 1."""
    if n <= 0:
        return Interval(0)
    share, square = hits / n, z * z
    centre = (share + square / (2 * n)) / (1 + square / n)
    half = z / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    return Interval(n, share, max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half)))


def mean_interval(total: float, squares: float, n: int, *, bounds: tuple[float, float]) -> Interval:
    """A mean with its interval by Student's t, cut at the ends of the scale; from sum and sum of squares.

    One answer has a mean and no interval.
    """
    if n <= 0:
        return Interval(0)
    mean = total / n
    if n == 1:
        return Interval(1, mean)
    half = student_quantile(n - 1) * math.sqrt(variance(total, squares, n) / n)
    return Interval(n, mean, max(bounds[0], mean - half), min(bounds[1], mean + half))


def variance(total: float, squares: float, n: int) -> float:
    """Of a sample (divided by n - 1), never below 0."""
    return max(0.0, (squares - total * total / n) / (n - 1)) if n > 1 else 0.0


def normal_tails(z: float) -> float:
    """Chance of something at least this far from 0, on either side."""
    return math.erfc(abs(z) / math.sqrt(2))


def normal_quantile(alpha: float) -> float:
    """The z that leaves alpha on both sides together."""
    return _NORMAL.inv_cdf(1 - alpha / 2)


def student_tails(t: float, freedom: float) -> float:
    """The same for Student's t with so many degrees of freedom."""
    if math.isinf(t):
        return 0.0
    return _incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t))


@lru_cache(maxsize=4096)
def student_quantile(freedom: float, alpha: float = 0.05) -> float:
    """The t that leaves alpha on both sides together, by halving."""
    low, high = 0.0, 2.0
    while student_tails(high, freedom) > alpha:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if student_tails(middle, freedom) > alpha else (low, middle)
    return (low + high) / 2


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _beta_fraction(a, b, x) / a
    return 1 - front * _beta_fraction(b, a, 1 - x) / b


def _beta_fraction(a: float, b: float, x: float) -> float:
    """Its continued fraction by Lentz's method; converges fast for x below (a + 1) / (a + b + 2)."""
    tiny = 1e-300
    c, d = 1.0, 1 - (a + b) * x / (a + 1)
    d = 1 / (d if abs(d) > tiny else tiny)
    found = d
    for m in range(1, 500):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        step = 1.0
        for term in (even, odd):
            d = 1 + term * d
            d = 1 / (d if abs(d) > tiny else tiny)
            c = 1 + term / c
            c = c if abs(c) > tiny else tiny
            step = c * d
            found *= step
        if abs(step - 1) < 1e-14:
            break
    return found
