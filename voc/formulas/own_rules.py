"""Whether a rule that a department gave itself does what it was made for: before and now, with the evidence."""

import math
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from ui.formats import NOTHING, number, percent, signed
from voc.formulas.comparisons import EVIDENCE, compare
from voc.formulas.intervals import normal_tails
from voc.formulas.measures import SCALES
from voc.formulas.results.words import p_words

THEME_VOLUME, THEME_SENTIMENT = "theme_volume", "theme_sentiment"
UP, DOWN = "up", "down"
VOLUME_WEEKS, SENTIMENT_WEEKS = 4, 13
# Positive, neutral and negative words are to a mood what promoters, passives and critics are to an NPS.
_POSITIVE, _NEUTRAL, _NEGATIVE = 10, 8, 0


@dataclass(frozen=True, slots=True)
class Reading:
    """A measure at one time: its value, how many it rests on, and how many of them were positive and negative.

    None: nothing is known."""

    value: float | None
    n: int
    positive: int = 0
    negative: int = 0

    @property
    def decimal(self) -> Decimal | None:
        """The value as the database keeps it."""
        return None if self.value is None else round(Decimal(str(self.value)), 4)


def mood_reading(pieces: int, positive: int, negative: int) -> Reading:
    """The share of positive words minus that of negative ones, −100 to 100."""
    return Reading(100 * (positive - negative) / pieces if pieces else None, pieces, positive, negative)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a rule stands. `p` is None where no test fits: averages over all accounts move for many reasons."""

    before: float | None
    now: float | None
    wanted: str
    p: float | None = None

    @property
    def change(self) -> float | None:
        """Now minus before."""
        return None if self.before is None or self.now is None else self.now - self.before

    @property
    def went_right(self) -> bool | None:
        """Whether it moved where it was to move; None where it stands still or is not known."""
        if not self.change:
            return None
        return (self.change > 0) == (self.wanted == UP)

    @property
    def is_clear(self) -> bool:
        """Whether there is evidence of a change at the 5 % level."""
        return self.p is not None and self.p < EVIDENCE

    @property
    def tone(self) -> str:
        """Good or bad where it is clear, or where no test fits and it moved."""
        if self.went_right is None or (self.p is not None and not self.is_clear):
            return ""
        return "good" if self.went_right else "risk"


def judge_volume(before: Reading, now: Reading, wanted: str) -> Verdict:
    """Two counts of equally long spans: given their sum each piece falls on either side alike (normal approximation
    with the continuity correction; Przyborowski and Wilenski 1940)."""
    one, other = before.value, now.value
    if one is None or other is None:
        return Verdict(one, other, wanted)
    total = one + other
    z = max(0.0, abs(other - one) - 1) / math.sqrt(total) if total else 0.0
    return Verdict(one, other, wanted, normal_tails(z))


def judge_mood(before: Reading, now: Reading, wanted: str) -> Verdict:
    """Two moods by adjusted Wald, as two NPS are compared; without a test where one side has fewer than two pieces."""
    counts = [
        {_POSITIVE: one.positive, _NEUTRAL: one.n - one.positive - one.negative, _NEGATIVE: one.negative}
        for one in (before, now)
    ]
    found = compare(SCALES["nps"], *counts)
    return Verdict(before.value, now.value, wanted, found.p)


def write_value(measure: str, value: float | Decimal | None) -> str:
    """The value as people read it."""
    if value is None:
        return NOTHING
    if measure == THEME_VOLUME:
        return number(value)
    return signed(value) if measure == THEME_SENTIMENT else number(value, 1)


def verdict_words(measure: str, verdict: Verdict) -> str:
    """One or two sentences: from what to what, whether that was wanted, and how sure it is."""
    if verdict.before is None or verdict.now is None:
        return _("There is too little to compare yet.")
    values = {"before": write_value(measure, verdict.before), "now": write_value(measure, verdict.now)}
    change = verdict.change or 0.0
    if not change:
        return _("It stands where it stood: %(now)s.") % values
    values["change"] = signed(change, 0 if measure in (THEME_VOLUME, THEME_SENTIMENT) else 1)
    if measure == THEME_VOLUME and verdict.before:
        values["change"] = f"{'+' if change > 0 else '−'}{percent(abs(change) / verdict.before)}"
    found = _("From %(before)s to %(now)s (%(change)s).") % values
    wanted = {
        (UP, True): _("It was to rise, and it rose."),
        (UP, False): _("It was to rise, and it fell."),
        (DOWN, True): _("It was to fall, and it fell."),
        (DOWN, False): _("It was to fall, and it rose."),
    }[verdict.wanted, bool(verdict.went_right)]
    if verdict.p is None:
        sure = _("No test fits an average over accounts: look for other causes, too.")
    elif verdict.is_clear:
        sure = _("The evidence is clear, %(p)s.") % {"p": p_words(verdict.p)}
    else:
        sure = _("It may be chance, %(p)s.") % {"p": p_words(verdict.p)}
    return f"{found} {wanted} {sure}"
