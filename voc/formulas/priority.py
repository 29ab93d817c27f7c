"""How urgent an insight is, and why; and its title."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

URGENT, LOW = 1, 4
FURIOUS = 3
BITTER = -0.6
SOON_DAYS = 90
MANY = 3
QUIET_DAYS = 90
TREND_DAYS = 30
SEVERE, SLIGHT = 1, 4
# A reason as it is stored: its name, how many steps it lifts (below zero: lowers), and the number that it rests on.
Reason = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Weighed:
    """What is known of an insight. `large_from` is the ARR from which an account counts as large (None: unknown);
    `recent` and `before` are how often it was said in the last 30 days and in the 30 days before them."""

    base: int
    severity: int | None = None
    is_praise: bool = False
    score: int | None = None
    sentiment: float | None = None
    arr: Decimal | None = None
    large_from: Decimal | None = None
    renews_in_days: int | None = None
    recent: int = 1
    before: int = 0
    silent_days: int = 0


def weigh(known: Weighed) -> tuple[int, list[Reason]]:
    """1 (most urgent) to 4, and the reasons that moved it from the rule's priority. Praise stays where its rule put it.

    One step up each for: a severity of 1 (by a person) or, where nobody set one, a score of 3 or less or bitter words;
    ARR within the highest tenth; a renewal within 90 days; said three times in 30 days. A slight severity (4), and 90
    days of silence, take one step down. The words alone never outweigh what a person said about the severity.
    """
    if known.is_praise:
        return min(LOW, max(URGENT, known.base)), []
    found = [
        *_severity(known),
        *([("arr", 1, 10)] if known.arr and known.large_from and known.arr >= known.large_from else []),
        *_renewal(known),
        *_trend(known),
    ]
    steps = sum(one[1] for one in found)
    return max(URGENT, min(LOW, known.base - steps)), found


def _severity(known: Weighed) -> list[Reason]:
    if known.severity is not None:
        return {SEVERE: [("severity", 1, SEVERE)], SLIGHT: [("severity", -1, SLIGHT)]}.get(
            known.severity, [("severity", 0, known.severity)]
        )
    if known.score is not None and known.score <= FURIOUS:
        return [("score", 1, known.score)]
    if known.sentiment is not None and known.sentiment <= BITTER:
        return [("words", 1, round(known.sentiment * 100))]
    return []


def _renewal(known: Weighed) -> list[Reason]:
    days = known.renews_in_days
    return [("renewal", 1, days)] if days is not None and 0 <= days <= SOON_DAYS else []


def _trend(known: Weighed) -> list[Reason]:
    if known.recent >= MANY:
        return [("rising" if known.before and known.recent > known.before else "repeated", 1, known.recent)]
    if known.silent_days >= QUIET_DAYS:
        return [("quiet", -1, known.silent_days)]
    return []


def reason_words(stored: Iterable[Sequence[Any]]) -> list[str]:
    """Stored reasons in words, strongest first as they stand; what is not understood is left out. No sums of money."""
    return [words for one in stored if len(one) == 3 and (words := _words(str(one[0]), one[2]))]


def _words(name: str, number: Any) -> str:
    if not isinstance(number, int):
        return ""
    if name == "renewal":
        if number == 0:
            return _("renewal today")
        return ngettext("renewal in %(n)s day", "renewal in %(n)s days", number) % {"n": number}
    if name == "severity":
        return {
            SEVERE: _("called severe by a person"),
            SLIGHT: _("called slight by a person"),
        }.get(number, _("severity %(n)s of 4 by a person") % {"n": number})
    return {
        "score": _("gave a score of %(n)s"),
        "words": _("bitter words"),
        "arr": _("among the largest %(n)s %% of accounts"),
        "repeated": _("said %(n)s times in 30 days"),
        "rising": _("said %(n)s times in 30 days, more than before"),
        "quiet": _("not said for %(n)s days"),
    }.get(name, "") % {"n": number}


def priority_sentence(priority: int, stored: Iterable[Sequence[Any]]) -> str:
    """“Priority 1: renewal in 34 days, said 4 times in 30 days”; without reasons only the number."""
    number = _("Priority %(n)s") % {"n": priority}
    said = reason_words(stored)
    return f"{number}: {', '.join(said)}" if said else number


def title_of(text: str, *, start: int = 0, limit: int = 90) -> str:
    """The sentence that holds the evidence, as a line."""
    flat = re.sub(r"\s", " ", text)
    begin = max((flat.rfind(mark, 0, start) for mark in ".!?。！？"), default=-1) + 1
    ends = [found for mark in ".!?。！？" if (found := flat.find(mark, max(start, begin + 1))) >= 0]
    sentence = flat[begin : min(ends, default=len(flat))].strip()
    return sentence if len(sentence) <= limit else sentence[: limit - 1].rsplit(" ", 1)[0].rstrip(",;: ") + "…"
