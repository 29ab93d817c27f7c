"""How urgent an insight is."""

import re

URGENT, LOW = 1, 4
FURIOUS = 3
SOON_DAYS = 90
MANY = 3


def insight_priority(
    *, base: int, score: int | None = None, renews_in_days: int | None = None, mentions: int = 1
) -> int:
    """1 (most urgent) to 4. The rule's priority, one step up each for a score of 3 or less, a renewal within 90 days,
    and three mentions or more."""
    steps = (score is not None and score <= FURIOUS) + (renews_in_days is not None and 0 <= renews_in_days <= SOON_DAYS)
    return max(URGENT, min(LOW, base - steps - (mentions >= MANY)))


def title_of(text: str, *, start: int = 0, limit: int = 90) -> str:
    """The sentence that holds the evidence, as a line."""
    flat = re.sub(r"\s", " ", text)
    begin = max((flat.rfind(mark, 0, start) for mark in ".!?。！？"), default=-1) + 1
    ends = [found for mark in ".!?。！？" if (found := flat.find(mark, max(start, begin + 1))) >= 0]
    sentence = flat[begin : min(ends, default=len(flat))].strip()
    return sentence if len(sentence) <= limit else sentence[: limit - 1].rsplit(" ", 1)[0].rstrip(",;: ") + "…"
