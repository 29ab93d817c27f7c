"""Geometry of a scale as a small picture."""

from collections.abc import Sequence

from engagement.formulas.scales import Scale

WIDTH, HEIGHT, EDGE = 120, 40, 4


def _at(scale: Scale, raw: float, points: float) -> tuple[float, float]:
    low, high = scale.raw[0], scale.raw[-1]
    share = min(max((raw - low) / (high - low), 0.0), 1.0)
    return EDGE + share * (WIDTH - 2 * EDGE), HEIGHT - EDGE - points / 100 * (HEIGHT - 2 * EDGE)


def scale_path(scale: Scale) -> str:
    """The path of the scale's line in a box of 120 by 40; better is higher."""
    corners: Sequence[tuple[float, float]] = [
        _at(scale, *corner) for corner in zip(scale.raw, scale.points, strict=True)
    ]
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in corners)


def scale_point(scale: Scale, raw: float, points: float) -> tuple[str, str]:
    """Where a value stands on that line."""
    x, y = _at(scale, raw, points)
    return f"{x:.1f}", f"{y:.1f}"
