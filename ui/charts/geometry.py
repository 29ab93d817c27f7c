"""Scales and numbers of charts: pure arithmetic, no markup."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

Number = int | float | Decimal


@lru_cache(maxsize=8192)
def coordinate(value: float) -> str:
    """A coordinate with at most one decimal: `3`, `3.5`; never `-0`."""
    text = f"{value:.1f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def nice_step(span: float, most: int) -> float:
    """The smallest of 1, 2, 2.5 or 5 times a power of ten that cuts the span into at most `most` parts."""
    if span <= 0:
        return 1.0
    rough = span / max(most, 1)
    power: float = 10.0 ** math.floor(math.log10(rough))
    for factor in (1, 2, 2.5, 5, 10):
        if power * factor >= rough * (1 - 1e-9):
            return power * factor
    return power * 10


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers that cover low..high, both ends included."""
    if high - low <= max(abs(low), abs(high), 1.0) * 1e-6:
        high = low + max(abs(low) * 0.1, 1.0)
    step = nice_step(high - low, most)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(index * step, 10) for index in range(first, last + 1)]


@dataclass(frozen=True)
class Scale:
    """Maps data to a stretch of the picture, linearly; a point of no length maps to its middle."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: Number) -> float:
        if self.high == self.low:
            return (self.start + self.end) / 2
        share = (float(value) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def clamped(self, value: Number) -> float:
        return self(min(max(float(value), self.low), self.high))


@dataclass(frozen=True)
class Slot:
    """The room that a chart is drawn for, so that its text is as large as the page's."""

    name: str
    width: int
    height: int


SLOTS = {"s": Slot("s", 320, 150), "m": Slot("m", 520, 220), "l": Slot("l", 1040, 280)}


def extent(values: Iterable[Number | None]) -> tuple[float, float] | None:
    """Smallest and largest of the values that are there."""
    present = [float(value) for value in values if value is not None]
    return (min(present), max(present)) if present else None


def downsample(values: Sequence[tuple[float, float]], most: int) -> list[tuple[float, float]]:
    """At most `most` points that keep the shape: first, last, and the extremes of equal stretches between them."""
    if len(values) <= most or most < 4:
        return list(values)
    inner = values[1:-1]
    stretches = (most - 2) // 2
    kept = [values[0]]
    for index in range(stretches):
        part = inner[index * len(inner) // stretches : (index + 1) * len(inner) // stretches]
        if part:
            low, high = min(part, key=lambda point: point[1]), max(part, key=lambda point: point[1])
            kept.extend(sorted({low, high}))
    return [*kept, values[-1]]
