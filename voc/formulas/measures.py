"""The headline of a survey: what its scores add up to, by the kind of its first scaled question.

NPS: % of 9-10 minus % of 0-6. CSAT: share of 4 and 5. CES: mean of 1 to 7, and the share of 6 and 7. Rating: mean.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from voc.formulas.intervals import Interval, mean_interval, share_interval, variance
from voc.formulas.nps import nps_interval

Counts = Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Scale:
    """What is measured: `kind` nps, csat, ces or rating, on whole numbers from `low` to `high`."""

    kind: str
    low: int
    high: int

    @property
    def is_share(self) -> bool:
        """Whether its figure is made of shares (in points or percent), not of a mean."""
        return self.kind in ("nps", "csat")

    @property
    def span(self) -> tuple[float, float]:
        """The least and the most that the figure can be."""
        return {"nps": (-100.0, 100.0), "csat": (0.0, 100.0)}.get(self.kind, (float(self.low), float(self.high)))

    def worth(self, score: int) -> float:
        """What one answer adds to the figure, which is the mean of these."""
        if self.kind == "nps":
            return 100.0 if score >= 9 else -100.0 if score <= 6 else 0.0
        if self.kind == "csat":
            return 100.0 if score >= 4 else 0.0
        return float(score)

    def tone(self, score: int) -> str:
        """How good one answer is: good, watch, critical."""
        if self.kind == "nps":
            return "good" if score >= 9 else "watch" if score >= 7 else "critical"
        share = (score - self.low) / max(self.high - self.low, 1)
        return "good" if share >= 0.75 else "watch" if share >= 0.5 else "critical"


SCALES = {"nps": Scale("nps", 0, 10), "csat": Scale("csat", 1, 5), "ces": Scale("ces", 1, 7)}


def scale_of(kind: str, size: int = 5) -> Scale:
    """The scale of a question's type; `size` is that of a rating."""
    return SCALES.get(kind) or Scale("rating", 1, size)


@dataclass(frozen=True, slots=True)
class Measured:
    """The figure of some answers. `top` is the share that a mean hides: 6 and 7 of a CES, the two best of a rating.

    NPS in -100..100, CSAT in 0..100, means on their scale; `population` is the whole audience where it is known.
    """

    scale: Scale
    n: int
    value: float | None = None
    low: float | None = None
    high: float | None = None
    top: Interval | None = None
    counts: Counts | None = None
    population: int | None = None

    @property
    def parts(self) -> tuple[int, int, int]:
        """Promoters, passives, detractors (NPS); elsewhere good, middling and poor answers."""
        found = {"good": 0, "watch": 0, "critical": 0}
        for score, number in (self.counts or {}).items():
            found[self.scale.tone(score)] += number
        return found["good"], found["watch"], found["critical"]


def measure(scale: Scale, counts: Counts, *, population: int | None = None) -> Measured:
    """The figure of answers given as {score: how many}. Adjusted Wald for NPS, Wilson for CSAT, t for means.

    `population` (everybody who was asked) narrows the interval of an NPS by the finite-population factor.
    """
    n = sum(counts.values())
    if n == 0:
        return Measured(scale, 0, counts={}, population=population)
    if scale.kind == "nps":
        promoters = sum(number for score, number in counts.items() if score >= 9)
        detractors = sum(number for score, number in counts.items() if score <= 6)
        found = nps_interval(
            promoters=promoters,
            passives=n - promoters - detractors,
            detractors=detractors,
            asked=max(population, n) if population is not None else None,
        )
        return Measured(scale, n, found.value, found.low, found.high, None, counts, population)
    if scale.kind == "csat":
        share = share_interval(sum(number for score, number in counts.items() if score >= 4), n)
        low, high = share.low or 0.0, share.high or 0.0
        return Measured(scale, n, 100 * (share.value or 0.0), 100 * low, 100 * high, None, counts, population)
    total, squares = moments(counts)
    mean = mean_interval(total, squares, n, bounds=scale.span)
    top = share_interval(sum(number for score, number in counts.items() if score >= scale.high - 1), n)
    return Measured(scale, n, mean.value, mean.low, mean.high, top, counts, population)


def moments(counts: Counts) -> tuple[float, float]:
    """Sum and sum of squares of the scores."""
    return (
        float(sum(score * number for score, number in counts.items())),
        float(sum(score * score * number for score, number in counts.items())),
    )


def spread(scale: Scale, counts: Counts) -> tuple[float, float, float]:
    """Mean, variance of that mean and the degrees of freedom, as the tests of two groups need them.

    Shares are shrunk first, so that nobody is certain after five equal answers: NPS by 3 added answers (Rocks 2016),
    CSAT by one good and one poor one (Agresti and Caffo 2000).
    """
    n = sum(counts.values())
    if scale.kind == "nps":
        size = n + 3
        up = (sum(number for score, number in counts.items() if score >= 9) + 0.75) / size
        down = (sum(number for score, number in counts.items() if score <= 6) + 0.75) / size
        return 100 * (up - down), 10_000 * (up + down - (up - down) ** 2) / size, float("inf")
    if scale.kind == "csat":
        size = n + 2
        share = (sum(number for score, number in counts.items() if score >= 4) + 1) / size
        return 100 * share, 10_000 * share * (1 - share) / size, float("inf")
    total, squares = moments(counts)
    return total / n, variance(total, squares, n) / n, float(n - 1)
