"""Whether a number went the way it should."""

from decimal import Decimal


def has_changed(*, before: Decimal, after: Decimal, is_up: bool, by: Decimal) -> bool:
    """`after` lies above (below) `before` by at least `by`; with 0 any change in the direction counts."""
    gain = after - before if is_up else before - after
    return gain > 0 and gain >= by
