"""Where a goal stands: how far it is, how far it should be by now, and the word for it. Days of promises too."""

import datetime as dt
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

# A goal may lag this share of the whole way behind a straight line and still be called on track.
TOLERANCE = Decimal("0.10")
# What somebody noted by hand so many days ago says nothing about today.
STALE_DAYS = 60

OPEN = "open"
ON_TRACK, LATE, REACHED, MISSED, DROPPED, UNKNOWN = "on_track", "late", "reached", "missed", "dropped", "unknown"
WORDS = {
    ON_TRACK: _("On track"),
    LATE: _("Late"),
    REACHED: _("Reached"),
    MISSED: _("Missed"),
    DROPPED: _("Dropped"),
    UNKNOWN: _("Not known"),
}
TONES = {ON_TRACK: "good", LATE: "risk", REACHED: "great", MISSED: "critical", DROPPED: "", UNKNOWN: "watch"}


def share_done(*, baseline: Decimal | None, target: Decimal | None, current: Decimal | None) -> Decimal | None:
    """The share of the way from baseline (0 where none is known) to target, in either direction.

    Below 0 where it got worse, over 1 beyond the target; None where nothing can be said.
    """
    start = baseline if baseline is not None else Decimal(0)
    if target is None or current is None or target == start:
        return None
    return (current - start) / (target - start)


def share_expected(*, starts_on: dt.date, due_on: dt.date, today: dt.date) -> Decimal:
    """The share that a straight line from start to due day asks for by today, 0 to 1."""
    days = (due_on - starts_on).days
    if days <= 0:
        return Decimal(1)
    return min(max(Decimal((today - starts_on).days) / days, Decimal(0)), Decimal(1))


def word_of(
    *,
    state: str,
    starts_on: dt.date,
    due_on: dt.date | None,
    share: Decimal | None,
    current_on: dt.date | None,
    is_fed: bool,
    today: dt.date,
) -> str:
    """The word for a goal: on_track, late, reached, missed, dropped or unknown.

    Open goals: past the due day and not at the target is late; nothing measured, no due day, or a note by hand of over
    60 days ago is unknown; else a straight line decides, with a tolerance of a tenth of the way. The same rule stands
    in SQL in lifecycle.selectors.goals (GOAL_WORD).
    """
    if state != OPEN:
        return state
    if share is not None and share >= 1:
        return ON_TRACK
    if due_on is not None and due_on < today:
        return LATE
    is_stale = not is_fed and current_on is not None and (today - current_on).days > STALE_DAYS
    if share is None or due_on is None or is_stale:
        return UNKNOWN
    expected = share_expected(starts_on=starts_on, due_on=due_on, today=today)
    return ON_TRACK if share >= expected - TOLERANCE else LATE


PROMISE_WORDS = {
    "open": _("Open"),
    "late": _("Late"),
    "kept": _("Kept"),
    "broken": _("Broken"),
    "released": _("Released by the customer"),
}
PROMISE_TONES = {"open": "", "late": "risk", "kept": "good", "broken": "critical", "released": ""}


def promise_word(*, state: str, due_on: dt.date, today: dt.date) -> str:
    """The word for a promise: a day that passes makes an open one late; only a person says that it was broken."""
    return "late" if state == OPEN and due_on < today else state
