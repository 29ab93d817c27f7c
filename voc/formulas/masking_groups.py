"""Small groups stay unseen: neither shown, nor found by subtracting what is shown from a total."""

from collections.abc import Hashable, Mapping, Sequence
from itertools import combinations
from typing import TypeVar

K = TypeVar("K", bound=Hashable)


def hidden_groups(sizes: Mapping[K, int], *, least: int) -> set[K]:
    """The groups of one table that must not be shown, when its total is known.

    Every group of 1 to `least` - 1 people is hidden. What is hidden can be told as one remainder (total minus all that
    is shown), so the smallest others join, all of one size at once, until two groups or more with `least` people in all
    are hidden together and the remainder can be made up in more than one way. It depends on the sizes alone: whoever
    knows this rule still cannot tell which of the hidden groups has which size.
    """
    if least <= 1:
        return set()
    present = {key: size for key, size in sizes.items() if size > 0}
    hidden = {key for key, size in present.items() if size < least}
    while hidden and _gives_away([present[key] for key in hidden], least):
        others = [size for key, size in present.items() if key not in hidden]
        if not others:
            break
        hidden |= {key for key, size in present.items() if size == min(others)}
    return hidden


def _gives_away(hidden: Sequence[int], least: int) -> bool:
    """Whether the remainder of the hidden groups tells the size of one of them."""
    total, number = sum(hidden), len(hidden)
    all_are_one = total == number
    all_are_most = total == number * (least - 1) and max(hidden) < least
    return number < 2 or total < least or all_are_one or all_are_most


def is_safe_filter(sizes: Mapping[frozenset[str], int], *, least: int) -> bool:
    """Whether a set of filters may be answered. `sizes` has how many people each subset of the filters leaves.

    Each step that adds one filter to a subset must leave nobody, or at least `least`, and take away nobody, or at least
    `least`: else the difference between two pages that are shown tells of a small group.
    """
    if least <= 1:
        return True
    names: frozenset[str] = max(sizes, key=len, default=frozenset())
    if 0 < sizes.get(names, 0) < least:
        return False
    for held, size in sizes.items():
        for name in names - held:
            left = sizes[held | {name}]
            if 0 < left < least or 0 < size - left < least:
                return False
    return True


def subsets(names: Sequence[str]) -> list[frozenset[str]]:
    """Every subset of the names, the empty one first."""
    return [frozenset(some) for size in range(len(names) + 1) for some in combinations(names, size)]


def is_safe_span(months: Mapping[int, int], start: int | None, end: int | None, *, least: int) -> bool:
    """Whether a stretch of whole months may be asked for; `months` has the answers of each.

    The nearest month with answers on both sides of both edges must hold `least`, so that two stretches which are
    allowed never differ by a small group.
    """
    if least <= 1:
        return True
    known = sorted(month for month, size in months.items() if size > 0)
    for edge in [start] if start is not None else []:
        beside = [max((m for m in known if m < edge), default=None), min((m for m in known if m >= edge), default=None)]
        if any(month is not None and months[month] < least for month in beside):
            return False
    for edge in [end] if end is not None else []:
        beside = [max((m for m in known if m <= edge), default=None), min((m for m in known if m > edge), default=None)]
        if any(month is not None and months[month] < least for month in beside):
            return False
    return True
