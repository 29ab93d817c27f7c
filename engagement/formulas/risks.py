"""The eighteen risks: what each asks, with which thresholds, and when it holds. Arrays in and out, no query, no clock.

A risk opens when its condition holds with the thresholds, and stays open while it holds with thresholds that are eased
by a tenth: a figure at the edge does not make it open and close every other day.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from engagement.formulas.scales import Flags, Floats, Integers

Words = str | Promise
WATCH, RISK, CRITICAL = 1, 2, 3
EASE = 0.1
# What a false alarm silences on its account, whatever the figures say.
QUIET_DAYS = 90
RENEWAL_NEAR_DAYS = 90
RENEWAL_AHEAD_DAYS = 180
TECH = "tech"
DAYS, COUNT, SHARE, TIMES, POINTS = "days", "count", "share", "times", "points"

# Numbers per account by name, NaN where unknown; see engagement.selectors.risk_figures.
Figures = Mapping[str, Floats]
Limits = Mapping[str, Floats]


@dataclass(frozen=True)
class Threshold:
    """One number that people may set. `is_least`: the figure must reach it; otherwise it must not be above.

    `tech` is the default for segments without a CSM's regular touch.
    """

    name: str
    label: Words
    unit: str
    default: float
    low: float
    high: float
    is_least: bool = True
    tech: float | None = None

    def default_for(self, touch: str) -> float:
        """The shipped number for a segment with that touch model."""
        return self.default if self.tech is None or touch != TECH else self.tech

    def eased(self, limit: Floats) -> Floats:
        """The number that keeps an open risk open."""
        return limit * (1 - EASE if self.is_least else 1 + EASE)


@dataclass(frozen=True)
class Definition:
    """One kind of risk. `holds` and `severity` take figures and limits, both arrays of the same length."""

    kind: str
    label: Words
    question: Words
    thresholds: tuple[Threshold, ...]
    holds: Callable[[Figures, Limits], Flags]
    severity: Callable[[Figures, Limits], Integers]
    component: str
    is_on_for_tech: bool = True

    def is_on_for(self, touch: str) -> bool:
        """Whether it is shipped on for a segment with that touch model."""
        return self.is_on_for_tech or touch != TECH

    def threshold(self, name: str) -> Threshold:
        """The threshold of that name. Raises KeyError."""
        return {one.name: one for one in self.thresholds}[name]


def _level(base: int, *rises: tuple[Callable[[Figures, Limits], Flags], int]) -> Callable[[Figures, Limits], Integers]:
    """`base`, or the highest level whose condition holds."""

    def judged(figures: Figures, limits: Limits) -> Integers:
        size = len(next(iter(figures.values())))
        level = np.full(size, base, dtype=np.int64)
        for holds, value in rises:
            level = np.where(holds(figures, limits), np.maximum(level, value), level)
        return level

    return judged


def least(name: str, limit: str) -> Callable[[Figures, Limits], Flags]:
    """The figure reaches the limit; an unknown figure does not."""
    return lambda figures, limits: np.greater_equal(figures[name], limits[limit])


def most(name: str, limit: str) -> Callable[[Figures, Limits], Flags]:
    """The figure is not above the limit; an unknown figure is not."""
    return lambda figures, limits: np.less_equal(figures[name], limits[limit])


def over(name: str, number: float) -> Callable[[Figures, Limits], Flags]:
    """The figure is at least the number."""
    return lambda figures, _limits: np.greater_equal(figures[name], number)


def under(name: str, number: float) -> Callable[[Figures, Limits], Flags]:
    """The figure is at most the number."""
    return lambda figures, _limits: np.less_equal(figures[name], number)


def both(*conditions: Callable[[Figures, Limits], Flags]) -> Callable[[Figures, Limits], Flags]:
    """All of them."""
    return lambda figures, limits: np.logical_and.reduce([one(figures, limits) for one in conditions])


def either(*conditions: Callable[[Figures, Limits], Flags]) -> Callable[[Figures, Limits], Flags]:
    """One of them."""
    return lambda figures, limits: np.logical_or.reduce([one(figures, limits) for one in conditions])


def _silent(figures: Figures, limits: Limits) -> Flags:
    patience = figures["cadence"] * limits["factor"]
    return (
        (figures["silence"] >= patience)
        & (figures["attempts"] >= limits["attempts"])
        & (figures["channels"] >= limits["channels"])
    )


def _very_silent(figures: Figures, _limits: Limits) -> Flags:
    return np.greater_equal(figures["silence"], figures["cadence"] * 3)


def _refused(figures: Figures, limits: Limits) -> Flags:
    said_yes_since = figures["reference_yes_days"] < figures["reference_refused_days"]
    return (
        (figures["reference_refused_days"] <= limits["within"])
        & (figures["references_refused"] >= limits["refused"])
        & ~said_yes_since
    )


def _no_goal(figures: Figures, limits: Limits) -> Flags:
    none: Flags = (figures["goals_known"] == 0) & (figures["customer_days"] >= limits["expected"])
    return none & (limits["expected"] > 0)


def _goal(figures: Figures, limits: Limits) -> Flags:
    return _no_goal(figures, limits) | (figures["goals_late"] >= limits["late"])


def _zombie(figures: Figures, limits: Limits) -> Flags:
    sour: Flags = (figures["say"] <= -limits["size"]) & (figures["do"] >= limits["size"])
    no_future: Flags = figures["has_no_future"] == 1
    return sour | no_future


def _hollow(figures: Figures, limits: Limits) -> Flags:
    hollow: Flags = (figures["say"] >= limits["size"]) & (figures["do"] <= -limits["size"])
    return hollow


_RENEWS_SOON = under("renewal_days", RENEWAL_NEAR_DAYS)
_RENEWS_AHEAD = under("renewal_days", RENEWAL_AHEAD_DAYS)
_SIZE = Threshold("size", _("Both numbers are at least this far from 0"), POINTS, 0.3, 0.05, 1)
_GRACE = _("Days as a customer before it counts")

_ALL = (
    Definition(
        "single_threaded", _("Single-threaded"),
        _("Does everything hang on one person?"),
        (
            Threshold("people", _("People in two-way touch in 90 days, at most"), COUNT, 1, 1, 5, is_least=False),
            Threshold("touches", _("Two-way touches in 90 days, at least"), COUNT, 3, 1, 30),
        ),
        both(over("contacts_touched", 1), most("contacts_touched", "people"), least("two_way", "touches")),
        _level(RISK, (_RENEWS_SOON, CRITICAL)), "relationships", is_on_for_tech=False,
    ),
    Definition(
        "champion_left", _("Champion left"),
        _("Has the person who carried us gone, and nobody taken the place?"),
        (Threshold("within", _("Days since the champion left, at most"), DAYS, 120, 14, 365, is_least=False),),
        both(most("champion_left_days", "within"), under("champions", 0)),
        _level(RISK, (_RENEWS_AHEAD, CRITICAL)), "relationships",
    ),
    Definition(
        "zombie", _("Zombie"),
        _("Do they use it heavily and yet have no reason to stay?"),
        (_SIZE,), _zombie, _level(CRITICAL), "outcomes",
    ),
    Definition(
        "silent", _("Silent"),
        _("Do they leave our attempts on two channels unanswered?"),
        (
            Threshold("factor", _("Silence, in times the rhythm of the segment"), TIMES, 1.5, 1, 10),
            Threshold("attempts", _("Attempts without an answer, at least"), COUNT, 3, 1, 20),
            Threshold("channels", _("Channels tried, at least"), COUNT, 2, 1, 4),
        ),
        _silent, _level(RISK, (_very_silent, CRITICAL), (_RENEWS_SOON, CRITICAL)), "engagement",
    ),
    Definition(
        "reference_refused", _("Reference refused"),
        _("Would they not speak for us?"),
        (
            Threshold("within", _("Days since they refused or stalled, at most"), DAYS, 180, 14, 730, is_least=False),
            Threshold("refused", _("Requests refused or stalled, at least"), COUNT, 1, 1, 10),
        ),
        _refused, _level(WATCH, (over("references_refused", 2), RISK)), "relationships",
    ),
    Definition(
        "usage_drop", _("Usage drop"),
        _("Do they use it much less than four weeks ago?"),
        (
            Threshold("fall", _("Fall in 28 days beyond that of the whole book, at least"), SHARE, 0.35, 0.05, 1),
            Threshold("events", _("Events in the 28 days before, at least"), COUNT, 50, 0, 1_000_000),
        ),
        both(least("usage_fall", "fall"), least("events_before", "events")),
        _level(RISK, (over("usage_fall", 0.6), CRITICAL)), "adoption",
    ),
    Definition(
        "licence_underuse", _("Licence under-use"),
        _("Are many of the paid seats empty?"),
        (
            Threshold("share", _("Seats in use in 28 days, at most"), SHARE, 0.25, 0.01, 0.9, is_least=False),
            Threshold("grace", _GRACE, DAYS, 120, 0, 730),
        ),
        both(most("licence_use", "share"), least("customer_days", "grace")),
        _level(WATCH, (under("licence_use", 0.12), RISK)), "adoption",
    ),
    Definition(
        "ticket_pressure", _("Ticket pressure"),
        _("Do urgent and reopened tickets pile up?"),
        (Threshold("tickets", _("Open P1 and P2, and reopenings of 90 days, at least"), COUNT, 4, 1, 100, tech=3),),
        least("blockers", "tickets"), _level(RISK, (over("blockers", 6), CRITICAL)), "adoption",
    ),
    Definition(
        "payment_overdue", _("Payment overdue"),
        _("Is an invoice open long after its day?"),
        (Threshold("days", _("Days past the due day, at least"), DAYS, 14, 1, 365),),
        least("overdue_days", "days"), _level(RISK, (over("overdue_days", 45), CRITICAL)), "relationships",
    ),
    Definition(
        "stage_stalled", _("Stage stalled"),
        _("Are they stuck in a stage of their journey?"),
        (Threshold("times", _("Days in the stage, in times its target"), TIMES, 2, 1, 10),),
        least("stage_on_time", "times"), _level(WATCH, (over("stage_on_time", 3), RISK)), "journey",
    ),
    Definition(
        "goal_off_track", _("No goal, or goal off track"),
        _("Do we know what they want to reach, and do they get there?"),
        (
            Threshold("late", _("Goals off track, at least"), COUNT, 1, 1, 20),
            Threshold("expected", _("Days as a customer after which a goal is expected (0: never)"), DAYS, 120, 0, 730,
                      tech=0),
        ),
        _goal, _level(WATCH, (least("goals_late", "late"), RISK)), "outcomes",
    ),
    Definition(
        "detractor_unanswered", _("Detractor not answered"),
        _("Did a critic answer the survey and hear nothing?"),
        (
            Threshold("days", _("Days without an answer from us, at least"), DAYS, 2, 0, 60),
            Threshold("within", _("Days since the answer, at most"), DAYS, 90, 7, 365, is_least=False),
        ),
        both(least("detractor_days", "days"), most("detractor_days", "within")),
        _level(RISK, (over("detractor_days", 7), CRITICAL)), "engagement",
    ),
    Definition(
        "no_executive", _("No executive contact"),
        _("Does nobody who decides know us?"),
        (Threshold("days", _("Days without a two-way touch with an executive, at least"), DAYS, 270, 30, 365),),
        least("executive_touch", "days"), _level(WATCH, (_RENEWS_AHEAD, RISK)), "relationships", is_on_for_tech=False,
    ),
    Definition(
        "handover_gap", _("Handover gap"),
        _("Does the success team miss what sales knows?"),
        (
            Threshold("gaps", _("Items missing from the handover, at least"), COUNT, 3, 1, 8),
            Threshold("from", _("Days after the signature, at least"), DAYS, 14, 0, 180),
            Threshold("until", _("Days after the signature, at most"), DAYS, 180, 14, 730, is_least=False),
        ),
        both(least("handover_gaps", "gaps"), least("customer_days", "from"), most("customer_days", "until")),
        _level(RISK), "journey",
    ),
    Definition(
        "renewal_unforecast", _("Renewal without a forecast"),
        _("Is a renewal near that nobody has made a call on?"),
        (Threshold("days", _("Days to the renewal, at most"), DAYS, 90, 7, 180, is_least=False, tech=30),),
        most("unforecast_days", "days"), _level(WATCH, (under("unforecast_days", 30), RISK)), "journey",
    ),
    Definition(
        "promise_broken", _("Promise broken"),
        _("Do we owe them something that we did not do?"),
        (
            Threshold("late", _("Days past the promised day, at least"), DAYS, 14, 1, 180),
            Threshold("within", _("Days since a promise was broken, at most"), DAYS, 60, 7, 365, is_least=False),
        ),
        either(least("promise_late_days", "late"), most("promise_broken_days", "within")),
        _level(RISK, (over("promise_late_days", 60), CRITICAL)), "journey",
    ),
    Definition(
        "education_gap", _("Education gap"),
        _("Has hardly anybody there learnt to use it?"),
        (
            Threshold("share", _("People who completed a course in a year, at most"), SHARE, 0, 0, 0.9, is_least=False),
            Threshold("people", _("People known there, at least"), COUNT, 3, 1, 100),
            Threshold("grace", _GRACE, DAYS, 120, 0, 730),
        ),
        both(most("courses", "share"), least("people", "people"), least("customer_days", "grace")),
        _level(WATCH), "education", is_on_for_tech=False,
    ),
    Definition(
        "say_do_conflict", _("Say and do conflict"),
        _("Do they praise us and hardly use it?"),
        (_SIZE,), _hollow, _level(RISK, (_RENEWS_AHEAD, CRITICAL)), "adoption",
    ),
)  # fmt: skip
DEFINITIONS: dict[str, Definition] = {one.kind: one for one in _ALL}
# Every figure that a condition may ask for.
FIGURES = (
    *("cadence", "customer_days", "renewal_days", "say", "do", "has_no_future", "overdue_days"),
    *("contacts_touched", "two_way", "silence", "attempts", "channels", "executive_touch"),
    *(
        "references_refused",
        "reference_refused_days",
        "reference_yes_days",
        "champion_left_days",
        "champions",
        "people",
    ),
    *("usage_fall", "events_before", "licence_use", "blockers", "stage_on_time", "courses"),
    *("goals_known", "goals_late", "promise_late_days", "promise_broken_days", "handover_gaps", "unforecast_days"),
    "detractor_days",
)


@dataclass(frozen=True, eq=False)
class Finding:
    """One kind over a batch: where it would open, where an open one stays open, and how grave it is."""

    opens: Flags
    stays: Flags
    severity: Integers


def find_risk(definition: Definition, figures: Figures, limits: Limits, is_on: Flags) -> Finding:
    """Judge one kind for a batch; `limits` hold each account's own thresholds, `is_on` whether it is watched there."""
    eased = {one.name: one.eased(limits[one.name]) for one in definition.thresholds}
    with np.errstate(invalid="ignore"):
        opens = definition.holds(figures, limits) & is_on
        stays = (definition.holds(figures, eased) & is_on) | opens
        severity = definition.severity(figures, limits)
    return Finding(opens, stays, severity)
