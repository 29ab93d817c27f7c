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


def histogram_path(counts: Sequence[int]) -> str:
    """Bars from the ground of the same box, the tallest as high as the line may go; empty for nothing."""
    tallest = max(counts, default=0)
    if not tallest:
        return ""
    width = (WIDTH - 2 * EDGE) / len(counts)
    ground = HEIGHT - EDGE
    return "".join(
        f"M{EDGE + place * width + 0.5:.1f} {ground}v{-count / tallest * (HEIGHT - 2 * EDGE):.1f}"
        f"h{width - 1:.1f}V{ground}z"
        for place, count in enumerate(counts)
        if count
    )
