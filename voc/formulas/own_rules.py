"""Whether a rule that a department gave itself does what it was made for: before and now, with the evidence."""

import math
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from ui.formats import NOTHING, number, percent, signed
from voc.formulas.comparisons import EVIDENCE
from voc.formulas.intervals import normal_tails, student_tails, variance
from voc.formulas.results.words import p_words

THEME_VOLUME, THEME_SENTIMENT = "theme_volume", "theme_sentiment"
UP, DOWN = "up", "down"
VOLUME_DAYS, SENTIMENT_DAYS = 28, 90
LEAST = 2


@dataclass(frozen=True, slots=True)
class Reading:
    """A measure at one time: its value, how many it rests on, and for means their variance. None: nothing is known."""

    value: float | None
    n: int
    variance: float | None = None

    @property
    def decimal(self) -> Decimal | None:
        """The value as the database keeps it."""
        return None if self.value is None else round(Decimal(str(self.value)), 4)


def mean_reading(total: float | None, squares: float | None, n: int) -> Reading:
    """A mean from sum and sum of squares."""
    if not n or total is None:
        return Reading(None, 0)
    return Reading(total / n, n, variance(total, squares or 0.0, n) if n > 1 else None)


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


def judge_means(before: Reading, now: Reading, wanted: str) -> Verdict:
    """Two means by Welch's t-test; without a test where one side has fewer than two values."""
    one, other = before.value, now.value
    if one is None or other is None or min(before.n, now.n) < LEAST:
        return Verdict(one, other, wanted)
    first, second = (before.variance or 0.0) / before.n, (now.variance or 0.0) / now.n
    error = math.sqrt(first + second)
    if error == 0:
        return Verdict(one, other, wanted, 1.0 if one == other else 0.0)
    freedom = (first + second) ** 2 / (first**2 / (before.n - 1) + second**2 / (now.n - 1))
    return Verdict(one, other, wanted, student_tails((other - one) / error, freedom))


def write_value(measure: str, value: float | Decimal | None) -> str:
    """The value as people read it."""
    if value is None:
        return NOTHING
    if measure == THEME_VOLUME:
        return number(value)
    return signed(value, 2) if measure == THEME_SENTIMENT else number(value, 1)


def verdict_words(measure: str, verdict: Verdict) -> str:
    """One or two sentences: from what to what, whether that was wanted, and how sure it is."""
    if verdict.before is None or verdict.now is None:
        return _("There is too little to compare yet.")
    values = {"before": write_value(measure, verdict.before), "now": write_value(measure, verdict.now)}
    change = verdict.change or 0.0
    if not change:
        return _("It stands where it stood: %(now)s.") % values
    values["change"] = signed(change, 0 if measure == THEME_VOLUME else 2)
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
