"""Asking customers to speak for us: what speaks against it, whom one would ask first, how often they say yes.

Pure: what is known of an account goes in as plain values, words and figures come out.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ui.formats import NOTHING, number, percent, signed
from voc.formulas.comparisons import Difference, compare_shares
from voc.formulas.intervals import Interval, share_interval
from voc.formulas.nps import PROMOTER, is_detractor
from voc.formulas.results.words import p_words

# How long ago a word is no longer the customer's present mind, in days.
STALE_SAY = 365
SOUR = -0.2
FEW = 3
FALLING = -10
REFUSED_DAYS = 180
ASKED_DAYS = 90
RENEWAL_DAYS = 60
RISK_BANDS = ("critical", "risk")
FINE_BANDS = ("good", "great")
# What is compared: the last two whole quarters with the four before them.
NOW_QUARTERS, BEFORE_QUARTERS = 2, 4


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of an account before somebody asks it. Days are since then; None is not known."""

    last_score: int | None = None
    said_days: int | None = None
    sentiment: float | None = None
    sentiment_n: int = 0
    health: float | None = None
    band: str = ""
    delta: float | None = None
    tickets: int = 0
    urgent: int = 0
    insights: int = 0
    late_promises: int = 0
    refused_days: int | None = None
    asked_days: int | None = None
    renews_in: int | None = None
    budget_left: int | None = None
    contact_reason: str = ""
    has_left: bool = False


@dataclass(frozen=True, slots=True)
class Warn:
    """One thing that speaks against asking: its name, and the words that are kept with the request."""

    code: str
    words: str


def warn(of: Standing) -> list[Warn]:
    """Everything that speaks against asking now, the gravest first; empty when nothing does."""
    found = [*_by_say(of), *_by_do(of), *_by_open_things(of), *_by_asking(of)]
    order = {code: place for place, code in enumerate(_GRAVEST)}
    return sorted(found, key=lambda one: order.get(one.code, len(order)))


_GRAVEST = ("has_left", "contact", "critic", "sour", "urgent_tickets", "at_risk", "late_promises", "refused")


def _by_say(of: Standing) -> Iterable[Warn]:
    if of.last_score is None:
        yield Warn("unheard", _("Nobody there has answered an NPS question yet: what they would say is not known."))
    elif is_detractor(of.last_score):
        yield Warn("critic", _("The last NPS answer was %(score)s of 10.") % {"score": of.last_score})
    if of.last_score is not None and of.said_days is not None and of.said_days > STALE_SAY:
        yield Warn("stale_say", _("The last NPS answer is %(days)s days old.") % {"days": number(of.said_days)})
    if of.sentiment is not None and of.sentiment_n >= FEW and of.sentiment < SOUR:
        words = {"value": signed(of.sentiment, 1), "n": number(of.sentiment_n)}
        yield Warn("sour", _("What they said lately sounds sour: %(value)s on −1 to 1, n %(n)s.") % words)


def _by_do(of: Standing) -> Iterable[Warn]:
    if of.has_left:
        yield Warn("has_left", _("They are no customer any more."))
    if of.band in RISK_BANDS:
        shown = NOTHING if of.health is None else number(of.health)
        yield Warn("at_risk", _("The account is at risk: health %(score)s.") % {"score": shown})
    elif of.health is None:
        yield Warn("unobserved", _("Too little is observed of what they do: there is no health score."))
    if of.delta is not None and of.delta <= FALLING:
        yield Warn("falling", _("Health fell by %(points)s points in 28 days.") % {"points": number(-of.delta)})


def _by_open_things(of: Standing) -> Iterable[Warn]:
    if of.urgent:
        words = ngettext(
            "%(n)s urgent or escalated ticket is open.", "%(n)s urgent or escalated tickets are open.", of.urgent
        )
        yield Warn("urgent_tickets", words % {"n": number(of.urgent)})
    elif of.tickets:
        words = ngettext("%(n)s ticket is open.", "%(n)s tickets are open.", of.tickets)
        yield Warn("tickets", words % {"n": number(of.tickets)})
    if of.late_promises:
        words = ngettext("%(n)s promise to them is late.", "%(n)s promises to them are late.", of.late_promises)
        yield Warn("late_promises", words % {"n": number(of.late_promises)})
    if of.insights:
        words = ngettext(
            "%(n)s thing that they told us is not solved.",
            "%(n)s things that they told us are not solved.",
            of.insights,
        )
        yield Warn("insights", words % {"n": number(of.insights)})


def _by_asking(of: Standing) -> Iterable[Warn]:
    if of.contact_reason:
        yield Warn("contact", of.contact_reason)
    if of.refused_days is not None and of.refused_days <= REFUSED_DAYS:
        yield Warn("refused", _("They said no or let it lie %(days)s days ago.") % {"days": number(of.refused_days)})
    elif of.asked_days is not None and of.asked_days <= ASKED_DAYS:
        yield Warn("asked_lately", _("They were asked %(days)s days ago.") % {"days": number(of.asked_days)})
    if of.renews_in is not None and 0 <= of.renews_in <= RENEWAL_DAYS:
        words = {"days": number(of.renews_in)}
        yield Warn("renewal", _("Their renewal is %(days)s days away: a favour now costs something.") % words)
    if of.budget_left == 0:
        yield Warn("budget", _("The account got its mails of this year."))


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an account stands where it stands among those whom one could ask."""

    points: int
    words: str


@dataclass(frozen=True, slots=True)
class Likely:
    """An account whom one could ask, as plain values."""

    account_id: int
    score: int | None
    band: str
    delta: float | None
    years: float
    goals_reached: int = 0
    tickets: int = 0
    insights: int = 0
    yes: int = 0
    refused: int = 0
    renews_in: int | None = None


def reasons_for(one: Likely) -> list[Reason]:
    """For and against, in points; the sum ranks. Weights are a convention, written on the page beside each account."""
    found: list[Reason] = []

    def add(points: int, words: str) -> None:
        if points:
            found.append(Reason(points, words))

    if one.score is not None and one.score >= PROMOTER:
        add(30 if one.score == 10 else 22, _("last NPS answer %(score)s") % {"score": one.score})
    add({"great": 30, "good": 20}.get(one.band, 0), _("health is fine"))
    add(15 if one.yes else 0, _("said yes before"))
    add(10 if one.goals_reached else 0, _("reached a goal with us"))
    add(5 if one.years >= 2 else 0, _("customer for %(years)s years") % {"years": number(one.years)})
    add(-5 * min(3, one.tickets), _("open tickets: %(n)s") % {"n": number(one.tickets)})
    add(-10 if one.insights else 0, _("told us things that are not solved"))
    add(-10 if one.delta is not None and one.delta <= FALLING else 0, _("health is falling"))
    add(-30 if one.refused else 0, _("said no or let it lie before"))
    add(-10 if one.renews_in is not None and 0 <= one.renews_in <= RENEWAL_DAYS else 0, _("renewal is near"))
    return found


def rank(candidates: Iterable[Likely]) -> list[tuple[Likely, int, list[Reason]]]:
    """Best first; equal ones in the order of their ids, so that a page looks the same twice."""
    rated = [(one, reasons_for(one)) for one in candidates]
    totals = [(one, sum(reason.points for reason in reasons), reasons) for one, reasons in rated]
    return sorted(totals, key=lambda each: (-each[1], each[0].account_id))


@dataclass(frozen=True, slots=True)
class Quarter:
    """What was answered to the requests of one calendar quarter; `waiting` ones are not in the rate yet."""

    starts_on: dt.date
    yes: int = 0
    no: int = 0
    stalled: int = 0
    none: int = 0
    waiting: int = 0

    @property
    def n(self) -> int:
        """Requests that are over."""
        return self.yes + self.no + self.stalled + self.none

    @property
    def rate(self) -> Interval:
        """Share of yes with its 95 % interval (Wilson)."""
        return share_interval(self.yes, self.n)

    @property
    def name(self) -> str:
        """`2026 Q3`."""
        return f"{self.starts_on.year} Q{(self.starts_on.month - 1) // 3 + 1}"


def quarter_of(day: dt.date, back: int = 0) -> dt.date:
    """The first day of the calendar quarter in which a day lies, or of one so many quarters before."""
    months = day.year * 12 + day.month - 1
    first = months - months % 3 - 3 * back
    return dt.date(first // 12, first % 12 + 1, 1)


def fill_quarters(found: Iterable[Quarter], *, today: dt.date, quarters: int) -> list[Quarter]:
    """So many quarters up to the running one, oldest first; those without a request are there with zeros."""
    known = {one.starts_on: one for one in found}
    days = [quarter_of(today, back) for back in range(quarters - 1, -1, -1)]
    return [known.get(day, Quarter(day)) for day in days]


def together(quarters: Sequence[Quarter]) -> Quarter:
    """Several quarters as one."""
    total = Quarter(quarters[0].starts_on) if quarters else Quarter(dt.date.min)
    for one in quarters:
        total = replace(
            total,
            yes=total.yes + one.yes,
            no=total.no + one.no,
            stalled=total.stalled + one.stalled,
            none=total.none + one.none,
            waiting=total.waiting + one.waiting,
        )
    return total


@dataclass(frozen=True, slots=True)
class Trend:
    """The last two whole quarters against the four before them; points of percent, by Agresti and Caffo (2000)."""

    now: Quarter
    before: Quarter
    difference: Difference

    @property
    def is_falling(self) -> bool:
        """Whether there is evidence, at the 5 % level, that fewer say yes than before."""
        return self.difference.is_clear and (self.difference.value or 0) < 0

    @property
    def words(self) -> str:
        """What was found, with its evidence, in one sentence."""
        if not self.difference.is_told:
            return _("Too few requests are over to compare the last two quarters with the four before.")
        values = {
            "now": percent(self.now.rate.value), "n": number(self.now.n),
            "before": percent(self.before.rate.value), "m": number(self.before.n),
            "points": signed(self.difference.value), "low": signed(self.difference.low),
            "high": signed(self.difference.high), "p": p_words(self.difference.p or 0.0),
        }  # fmt: skip
        figures = (
            _(
                "%(now)s of %(n)s requests in the last two whole quarters, %(before)s of %(m)s in the four before: "
                "%(points)s points, between %(low)s and %(high)s, %(p)s."
            )
            % values
        )
        if not self.difference.is_clear:
            return f"{_('No evidence that it changed.')} {figures}"
        return f"{_('Fewer say yes than before.') if self.is_falling else _('More say yes than before.')} {figures}"


def judge_trend(quarters: Sequence[Quarter]) -> Trend:
    """Of quarters oldest first, the running one last: it is not over and counts for nothing yet.

    Whole quarters alone are compared, so that it is tested four times a year however often somebody looks.
    """
    over = list(quarters[:-1])
    now, before = over[-NOW_QUARTERS:], over[-NOW_QUARTERS - BEFORE_QUARTERS : -NOW_QUARTERS]
    one, other = together(before), together(now)
    return Trend(other, one, compare_shares((one.yes, other.yes), (one.n, other.n)))
