"""Whether two groups of answers differ: the difference, its interval, and the name of the test behind it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from voc.formulas.intervals import normal_quantile, normal_tails, student_quantile, student_tails
from voc.formulas.measures import Counts, Scale, measure, spread

EVIDENCE = 0.05
LEAST = 2
ADJUSTED_WALD, AGRESTI_CAFFO, WELCH = "adjusted_wald", "agresti_caffo", "welch"


@dataclass(frozen=True, slots=True)
class Difference:
    """`value` is the second figure minus the first, with its interval; None where there are too few answers to say."""

    n: tuple[int, int]
    test: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None

    @property
    def is_clear(self) -> bool:
        """Whether there is evidence of a difference at the 5 % level."""
        return self.p is not None and self.p < EVIDENCE

    @property
    def is_told(self) -> bool:
        """Whether there were answers enough to say anything."""
        return self.p is not None


def compare(scale: Scale, first: Counts, second: Counts, *, alpha: float = EVIDENCE) -> Difference:
    """The second group against the first, both as {score: how many}.

    NPS by adjusted Wald for two samples, CSAT by Agresti and Caffo, means by Welch's t-test. `alpha` sets the width of
    the interval alone (it is divided where many are compared).
    """
    test = {"nps": ADJUSTED_WALD, "csat": AGRESTI_CAFFO}.get(scale.kind, WELCH)
    n = (sum(first.values()), sum(second.values()))
    if min(n) < LEAST:
        return Difference(n, test)
    (one, one_var, one_df), (two, two_var, two_df) = spread(scale, first), spread(scale, second)
    value = (measure(scale, second).value or 0.0) - (measure(scale, first).value or 0.0)
    error = math.sqrt(one_var + two_var)
    if test == WELCH:
        if error == 0:
            # Nobody differs from anybody inside the groups: either all say the same, or two say two things.
            return Difference(n, test, value, value, value, 1.0 if value == 0 else 0.0)
        freedom = (one_var + two_var) ** 2 / (one_var**2 / one_df + two_var**2 / two_df)
        half, p = student_quantile(round(freedom, 3), alpha) * error, student_tails(value / error, freedom)
        return Difference(n, test, value, value - half, value + half, p)
    centre, half = two - one, normal_quantile(alpha) * error
    most = scale.span[1] - scale.span[0]
    low, high = max(-most, min(centre - half, value)), min(most, max(centre + half, value))
    return Difference(n, test, value, low, high, normal_tails(centre / error))


def holm(ps: Sequence[float]) -> list[float]:
    """p values corrected for how many there are (Holm 1979), in the order given; never above 1."""
    order = sorted(range(len(ps)), key=lambda index: ps[index])
    found, worst = [0.0] * len(ps), 0.0
    for place, index in enumerate(order):
        worst = max(worst, min(1.0, (len(ps) - place) * ps[index]))
        found[index] = worst
    return found


def compare_shares(hits: tuple[int, int], n: tuple[int, int]) -> Difference:
    """Two shares in percent (Agresti and Caffo 2000): the second minus the first."""
    if min(n) < 1:
        return Difference(n, AGRESTI_CAFFO)
    first, second = ({5: hit, 1: size - hit} for hit, size in zip(hits, n, strict=True))
    if min(n) < LEAST:
        return Difference(n, AGRESTI_CAFFO)
    return compare(Scale("csat", 1, 5), first, second)
