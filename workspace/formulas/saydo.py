"""Do words and deeds agree? Signs from what was said last and from adoption against its desired state."""

from decimal import Decimal

WEAK = 0.2
NEAR = Decimal("0.85")


def sign_of_say(*, sentiment: float | None, score: int | None) -> int | None:
    """1, 0 or -1: the sentiment of the words, else the score given with them (0 to 10); None when neither is known."""
    if sentiment is not None:
        return 0 if abs(sentiment) < WEAK else (1 if sentiment > 0 else -1)
    if score is None:
        return None
    return 1 if score >= 9 else -1 if score <= 6 else 0


def sign_of_do(*, actual: Decimal | None, desired: Decimal | None) -> int | None:
    """1 when adoption reaches what is desired, -1 when it stays below 85 % of it; None when unobserved."""
    if actual is None or not desired:
        return None
    return 1 if actual >= desired else -1 if actual < desired * NEAR else 0


def gap_between(*, says: int | None, does: int | None) -> str:
    """agree, gap (opposite signs), mixed (one of them is neither) or unknown."""
    if says is None or does is None:
        return "unknown"
    if says * does < 0:
        return "gap"
    return "agree" if says == does else "mixed"
