"""The fewest moments at which to ask, when each question may be asked at any time of its span. Pure."""

from collections.abc import Sequence

# From (included) and to (excluded), as POSIX seconds.
Span = tuple[float, float]


def fewest_moments(spans: Sequence[Span]) -> list[float]:
    """For each span a moment inside it, with as few different ones as can be.

    From the latest beginning backwards: a span that still holds the last moment chosen is asked there, another one
    opens the next moment at its own beginning. No choice needs fewer (interval stabbing).
    """
    chosen = [0.0] * len(spans)
    moment: float | None = None
    for index in sorted(range(len(spans)), key=lambda index: spans[index][0], reverse=True):
        start, end = spans[index]
        if moment is None or moment >= end:
            moment = start
        chosen[index] = moment
    return chosen
