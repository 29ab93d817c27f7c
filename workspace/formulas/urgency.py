"""How urgent the lines of "Do next" are; lifecycle.formulas.ranking makes their place of it.

Urgency is 1 for what is due today; confidence is how sure we are that acting now is right (1 for what a person
decided, less for what a rule infers). No figure here is a forecast: they rank, they do not promise.
"""

from decimal import Decimal

MOST_LATE_DAYS = 14
RENEWAL_WINDOW_DAYS = 90
LOW_HEALTH = 60
STEEP_FALL = 10
SILENCE_FACTOR = 1.5
DEFAULT_RHYTHM_DAYS = 30


def urgency_of_due(days_late: int) -> float:
    """1 on the day, rising to 2 after two weeks; less than 1 before the day."""
    if days_late < 0:
        return 1 / (1 - days_late)
    return 1 + min(days_late, MOST_LATE_DAYS) / MOST_LATE_DAYS


def urgency_of_renewal(days_left: int) -> float:
    """1.3 when it renews today or did, 0.3 at the edge of the 90 days."""
    left = min(max(days_left, 0), RENEWAL_WINDOW_DAYS)
    return 1.3 - left / RENEWAL_WINDOW_DAYS


def urgency_of_silence(days: int, rhythm: int) -> float:
    """Days without a two-way touch against the rhythm of the segment; 0 within it, at most 1.2."""
    excess = days / max(rhythm, 1) - 1
    return min(max(excess / 2, 0.0), 1.2)


def urgency_of_fall(points: float) -> float:
    """A fall of 10 points is 0.5, of 25 and more is 1.25."""
    return min(max(points, 0.0) / 20, 1.25)


def confidence_in_health(coverage: Decimal | float | None) -> float:
    """A score is trusted as far as it is observed; an unobserved account still deserves a look (0.4)."""
    return max(0.4, min(float(coverage or 0), 1.0))


def confidence_in_ask(days_late: int) -> float:
    """What a customer owes us: 0.8 when just late, half of it for every two months after, for old asks seldom come."""
    return float(0.8 * 0.5 ** (max(days_late, 0) / 60))
