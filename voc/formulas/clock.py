"""The clock of a decision: it runs while the department works, and stands still while the customer is asked."""

import datetime as dt
from dataclasses import dataclass
from typing import Protocol

# A quarter of the time is left: time enough to decide, and little enough to mind.
WARN_LEFT = 4
LEVEL_HOURS = dt.timedelta(hours=8)
SHORTEST = dt.timedelta(hours=2)


class Hours(Protocol):
    """A clock of opening hours, such as team.calendars.OpeningHours."""

    def add(self, start: dt.datetime, span: dt.timedelta) -> dt.datetime: ...

    def between(self, start: dt.datetime, end: dt.datetime) -> dt.timedelta: ...


@dataclass(frozen=True)
class Term:
    """Until when, and when to warn."""

    due_at: dt.datetime
    warn_at: dt.datetime


def new_term(hours: Hours, start: dt.datetime, span: dt.timedelta) -> Term:
    """`span` of opening hours from `start`; the warning when a quarter of it is left."""
    return Term(hours.add(start, span), hours.add(start, span - span / WARN_LEFT))


def moved(hours: Hours, moment: dt.datetime, *, stood: dt.datetime, runs: dt.datetime) -> dt.datetime:
    """A moment of a clock that stood still from `stood` to `runs`: later by the opening hours of that time.

    What had passed when it stopped stays where it was: nobody gets time back that was used up.
    """
    if moment <= stood or runs <= stood:
        return moment
    # The time that was left runs on from where the clock starts again.
    return hours.add(runs, hours.between(stood, moment))


def resumed(hours: Hours, term: Term, *, stood: dt.datetime, runs: dt.datetime) -> Term:
    """The term after a pause."""
    due_at = moved(hours, term.due_at, stood=stood, runs=runs)
    return Term(due_at, min(moved(hours, term.warn_at, stood=stood, runs=runs), due_at))


def reopened_term(hours: Hours, *, due_at: dt.datetime | None, decided_at: dt.datetime, at: dt.datetime) -> Term:
    """The term of a decision that did not hold: what was left of the time when it was made, never a fresh one.

    At most what a level has, and at least two hours: whoever was called last can answer before the next one is.
    """
    left = hours.between(decided_at, due_at) if due_at is not None else SHORTEST
    return new_term(hours, at, max(min(left, LEVEL_HOURS), SHORTEST))
