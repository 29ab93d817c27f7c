"""Two means compared (Welch 1947), from how many there are, their mean and their deviation."""

import math
from dataclasses import dataclass

from voc.formulas.comparisons import LEAST, WELCH, Difference
from voc.formulas.intervals import student_quantile, student_tails


@dataclass(frozen=True, slots=True)
class Mean:
    """So many values with their mean and sample deviation."""

    n: int
    value: float | None
    deviation: float | None


def compare_means(first: Mean, second: Mean) -> Difference:
    """The second mean minus the first, with its 95 % interval; untold with fewer than two values on a side."""
    n = (first.n, second.n)
    if min(n) < LEAST or first.value is None or second.value is None:
        return Difference(n, WELCH)
    parts = tuple((side.deviation or 0.0) ** 2 / side.n for side in (first, second))
    error, value = math.sqrt(sum(parts)), second.value - first.value
    if error == 0:
        return Difference(n, WELCH, value, value, value, 1.0 if value == 0 else 0.0)
    freedom = sum(parts) ** 2 / sum(part**2 / (size - 1) for part, size in zip(parts, n, strict=True))
    half = student_quantile(round(freedom, 3)) * error
    return Difference(n, WELCH, value, value - half, value + half, student_tails(value / error, freedom))


def mean_of(values: list[float]) -> Mean:
    """Of single values."""
    n = len(values)
    if not n:
        return Mean(0, None, None)
    mean = math.fsum(values) / n
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1)) if n > 1 else None
    return Mean(n, mean, spread)
