"""Goals and promises of an account, judged; the same judgement in SQL for all of them at once."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Case, F, IntegerField, Value, When
from django.utils import timezone

from accounts.models import Account
from lifecycle.formulas import goals as formula
from lifecycle.formulas.goals import PROMISE_TONES, PROMISE_WORDS, TONES, WORDS
from lifecycle.models import Goal, Promise
from team.clock import today
from ui.lists.spec import Text

MOST_GOALS = 60
MOST_PROMISES = 60

# `share_done` of the formulas; the row is named `goal`.
GOAL_SHARE = """
    CASE WHEN goal.target IS NULL OR goal.current IS NULL OR goal.target = coalesce(goal.baseline, 0) THEN NULL
         ELSE (goal.current - coalesce(goal.baseline, 0)) / (goal.target - coalesce(goal.baseline, 0)) END"""
# `word_of` of the formulas; parameters today, stale (days) and tolerance.
GOAL_WORD = f"""
    CASE WHEN goal.state <> 'open' THEN goal.state
         WHEN {GOAL_SHARE} >= 1 THEN 'on_track'
         WHEN goal.due_on < %(today)s THEN 'late'
         WHEN {GOAL_SHARE} IS NULL OR goal.due_on IS NULL
              OR (goal.fact_id IS NULL AND goal.current_at IS NOT NULL
                  AND %(today)s::date - (goal.current_at AT TIME ZONE 'UTC')::date > %(stale)s) THEN 'unknown'
         WHEN {GOAL_SHARE} >= CASE
              WHEN goal.due_on <= goal.starts_on THEN 1
              ELSE least(greatest((%(today)s::date - goal.starts_on)::numeric / (goal.due_on - goal.starts_on), 0), 1)
              END - %(tolerance)s THEN 'on_track'
         ELSE 'late' END"""


@dataclass(frozen=True, slots=True)
class GoalLine:
    """One goal with the word for where it stands (`on_track`, `late`, `reached`, `missed`, `dropped`, `unknown`).

    `share` is the way come, 0 to 100 for a bar (None: nothing measured), `expected` where a straight line is by now.
    """

    goal: Goal
    word: str
    share: int | None
    expected: int | None
    needs_cause: bool = False

    @property
    def label(self) -> Text:
        return WORDS[self.word]

    @property
    def tone(self) -> str:
        return TONES[self.word]

    @property
    def key(self) -> str:
        """The id as text, for addresses and ids in templates."""
        return str(self.goal.pk)

    @property
    def is_done(self) -> bool:
        return self.word == formula.REACHED

    @property
    def is_off_track(self) -> bool:
        return self.word == formula.LATE

    @property
    def is_ripe(self) -> bool:
        """Open, and at its target: somebody should say that it is reached."""
        return self.goal.state == Goal.State.OPEN and self.share is not None and self.share >= 100


def _percent(share: Decimal | None) -> int | None:
    return None if share is None else int(min(max(share, Decimal(0)), Decimal(1)) * 100)


def judge_goal(goal: Goal, day: dt.date, *, needs_cause: bool = False) -> GoalLine:
    """Put the word on a goal; no query."""
    share = formula.share_done(baseline=goal.baseline, target=goal.target, current=goal.current)
    word = formula.word_of(
        state=goal.state,
        starts_on=goal.starts_on,
        due_on=goal.due_on,
        share=share,
        current_on=goal.current_at.astimezone(dt.UTC).date() if goal.current_at else None,
        is_fed=goal.fact_id is not None,
        today=day,
    )
    expected = None
    if goal.due_on and goal.state == Goal.State.OPEN and share is not None:
        expected = _percent(formula.share_expected(starts_on=goal.starts_on, due_on=goal.due_on, today=day))
    return GoalLine(goal, word, _percent(share), expected, needs_cause)


def goals_of(account: Account) -> list[GoalLine]:
    """The account's goals, open ones first by due day, then closed ones, newest first; one query."""
    rows = (
        Goal.objects.filter(account=account)
        .select_related("owner", "customer_owner", "fact", "cause")
        .order_by(
            Case(When(state=Goal.State.OPEN, then=Value(0)), default=Value(1), output_field=IntegerField()),
            F("due_on").asc(nulls_last=True),
            "-closed_on",
            "id",
        )
    )
    day = today()
    return [judge_goal(goal, day, needs_cause=_is_unexplained(goal)) for goal in rows[:MOST_GOALS]]


def _is_unexplained(goal: Goal) -> bool:
    cause = getattr(goal, "cause", None)
    return cause is not None and cause.kind == ""


@dataclass(frozen=True, slots=True)
class PromiseLine:
    """One promise with its word (`open`, `late`, `kept`, `broken`, `released`) and how many days it is late."""

    promise: Promise
    word: str
    days_late: int

    @property
    def key(self) -> str:
        """The id as text, for ids in templates."""
        return str(self.promise.pk)

    @property
    def label(self) -> Text:
        return PROMISE_WORDS[self.word]

    @property
    def tone(self) -> str:
        return PROMISE_TONES[self.word]


def judge_promise(promise: Promise, day: dt.date) -> PromiseLine:
    """Put the word on a promise; no query."""
    word = formula.promise_word(state=promise.state, due_on=promise.due_on, today=day)
    return PromiseLine(promise, word, max((day - promise.due_on).days, 0) if word == "late" else 0)


def promises_of(account: Account) -> list[PromiseLine]:
    """The account's promises, open ones first by due day; one query."""
    rows = (
        Promise.objects.filter(account=account)
        .select_related("owner", "to_contact")
        .order_by(
            Case(When(state=Promise.State.OPEN, then=Value(0)), default=Value(1), output_field=IntegerField()),
            "due_on",
            "id",
        )
    )
    day = today()
    return [judge_promise(promise, day) for promise in rows[:MOST_PROMISES]]


@dataclass(frozen=True, slots=True)
class Point:
    """One reading for the small history of a goal."""

    on: dt.date
    value: Decimal
    words: str


def history_of(goal: Goal, limit: int = 20) -> list[Point]:
    """A goal's readings, newest first; one query."""
    rows: Iterable[tuple[dt.datetime, Decimal, str, str | None]] = goal.readings.order_by(
        "-observed_at", "-id"
    ).values_list("observed_at", "value", "evidence", "recorded_by__name")[:limit]
    return [
        Point(timezone.localdate(at), value, " · ".join(part for part in (evidence, who) if part))
        for at, value, evidence, who in rows
    ]
