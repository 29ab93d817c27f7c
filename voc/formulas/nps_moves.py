"""What moved a figure between two periods: the mix of who answered, and what each group said.

The change of a mean over groups is taken apart as by Kitagawa (Journal of the American Statistical Association 50,
1955, "Components of a difference between two rates"), with the midpoint of both periods as weights, which leaves no
rest: the parts of all groups add up to the change exactly. The part of the mix is told against the whole's figure, so
that a group that grows pulls upwards only where it is better than the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Side:
    """A group in one period: the weight of its answers and their sum of worths (100, 0 and -100 for NPS)."""

    weight: float
    worth: float

    @property
    def mean(self) -> float | None:
        return self.worth / self.weight if self.weight > 0 else None


@dataclass(frozen=True, slots=True)
class Part(Generic[K]):
    """What one group did to the figure, in points: by its share among those who answered, and by what it said."""

    key: K
    mix: float
    within: float
    share_before: float
    share_after: float
    before: float | None
    after: float | None

    @property
    def total(self) -> float:
        return self.mix + self.within


@dataclass(frozen=True, slots=True)
class Moves(Generic[K]):
    """The change and its parts, the largest first; `mix` + `within` = `after` - `before`."""

    before: float
    after: float
    parts: tuple[Part[K], ...]

    @property
    def change(self) -> float:
        return self.after - self.before

    @property
    def mix(self) -> float:
        return sum(part.mix for part in self.parts)

    @property
    def within(self) -> float:
        return sum(part.within for part in self.parts)


def moves_of(before: Mapping[K, Side], after: Mapping[K, Side]) -> Moves[K] | None:
    """The change taken apart by group; None where nobody answered in one of the periods.

    A group that is there in one period alone has changed the mix and nothing within.
    """
    weights = [sum(side.weight for side in sides.values()) for sides in (before, after)]
    if min(weights) <= 0:
        return None
    figures = [
        sum(side.worth for side in sides.values()) / weight
        for sides, weight in zip((before, after), weights, strict=True)
    ]
    middle = (figures[0] + figures[1]) / 2
    none = Side(0, 0)
    parts = []
    for key in dict.fromkeys([*before, *after]):
        one, two = before.get(key, none), after.get(key, none)
        shares = (one.weight / weights[0], two.weight / weights[1])
        means = (one.mean, two.mean)
        first = means[0] if means[0] is not None else means[1]
        last = means[1] if means[1] is not None else means[0]
        if first is None or last is None:
            continue
        mix = (shares[1] - shares[0]) * ((first + last) / 2 - middle)
        within = (last - first) * (shares[0] + shares[1]) / 2
        parts.append(Part(key, mix, within, *shares, *means))
    return Moves(figures[0], figures[1], tuple(sorted(parts, key=lambda part: -abs(part.total))))
