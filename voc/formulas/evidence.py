"""A text cut at the places on which a reading rests, so that a page can mark them."""

from collections.abc import Iterable
from typing import NamedTuple


class Stretch(NamedTuple):
    """A part of a text. `weight` below 0 is sour, above 0 sweet; None is unmarked."""

    text: str
    weight: float | None = None


def stretches(text: str, spans: Iterable[tuple[int, int, float]]) -> list[Stretch]:
    """The whole text in order, with the spans marked; what lies outside of it or overlaps an earlier span is cut."""
    found: list[Stretch] = []
    at = 0
    for start, end, weight in sorted(spans):
        first, last = max(start, at), min(end, len(text))
        if first >= last:
            continue
        if first > at:
            found.append(Stretch(text[at:first]))
        found.append(Stretch(text[first:last], weight))
        at = last
    if at < len(text):
        found.append(Stretch(text[at:]))
    return found
