"""Piecewise-linear scales from a raw value to points."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

Pairs = Sequence[Sequence[int | float | Decimal]]


class ScaleError(ValueError):
    """A scale that maps nothing: too short, not ascending, or points outside of 0 to 100."""


@dataclass(frozen=True)
class Scale:
    """Corners of the line: raw values, ascending, and the points (0 to 100) there; flat beyond both ends."""

    raw: tuple[float, ...]
    points: tuple[float, ...]

    def hundredths(self, values: Floats) -> Integers:
        """Points of each value in hundredths; NaN gives 0 and must be masked by the caller."""
        points = np.interp(np.nan_to_num(values, nan=self.raw[0]), self.raw, self.points)
        return np.where(np.isnan(values), 0, np.rint(points * 100)).astype(np.int64)


def read_scale(pairs: Pairs) -> Scale:
    """The scale written as `[[raw, points], ...]`.

    Raises:
        ScaleError: with fewer than two corners, raw values that do not rise, or points outside of 0 to 100.
    """
    if len(pairs) < 2 or any(len(pair) != 2 for pair in pairs):
        raise ScaleError("a scale needs two corners or more, each a raw value and its points")
    raw = tuple(float(pair[0]) for pair in pairs)
    points = tuple(float(pair[1]) for pair in pairs)
    if not all(np.isfinite(raw)) or any(right <= left for left, right in pairwise(raw)):
        raise ScaleError("the raw values of a scale must rise")
    if not all(0 <= point <= 100 for point in points):
        raise ScaleError("the points of a scale lie between 0 and 100")
    return Scale(raw, points)
