"""Signs that a survey asks too much: few answer, or many may not be asked because they were asked lately."""

from typing import Final

ENOUGH_ASKED: Final = 30
LOW_RATE: Final = 0.10
MUCH_HELD: Final = 0.30


def fatigue_signs(*, asked: int, answered: int, not_asked: int) -> tuple[str, ...]:
    """`few_answer`: under 10 % of 30 or more; `many_held`: 30 % or more of those meant were not asked."""
    signs = []
    if asked >= ENOUGH_ASKED and answered / asked < LOW_RATE:
        signs.append("few_answer")
    if asked + not_asked >= ENOUGH_ASKED and not_asked / (asked + not_asked) >= MUCH_HELD:
        signs.append("many_held")
    return tuple(signs)
