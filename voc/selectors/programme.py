"""The programme page: scope, goals against figures, who read and acted, and who stayed."""

import datetime as dt
from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Min, Q, QuerySet, Sum
from django.db.models.functions import TruncWeek

from accounts.formulas.conditions import BadCondition, describe, parse_conditions
from accounts.models import Account
from accounts.selectors.condition_names import condition_catalogue
from accounts.selectors.conditions import matching
from lifecycle.models import Movement
from team.clock import now, today
from team.models import Department, User
from voc.formulas.intervals import Interval, share_interval
from voc.formulas.standardised import Compared, Stratum, compare_standardised
from voc.models import Insight, Programme, ProgrammeGoal
from voc.models.programme import week_of
from voc.selectors.programme_figures import FIGURES, Figure, Known, Scope, with_reading

WEEKS = 8
# Retention: insights that began in this stretch of days, closed within 60, followed for 90 from then on.
FIRST_DAYS, LAST_DAYS = 365, 150
CLOSE_DAYS, FOLLOW_DAYS = 60, 90
BANDS = (Decimal(10_000), Decimal(50_000), Decimal(250_000))


@dataclass(frozen=True, slots=True)
class GoalLine:
    """A goal beside what was measured."""

    goal: ProgrammeGoal
    figure: Figure
    known: Known
    is_reached: bool
    is_late: bool


@dataclass(frozen=True, slots=True)
class StageFigures:
    """One stage of the roll-out: its goals, and figures that have none."""

    stage: str
    name: str
    goals: tuple[GoalLine, ...]
    others: tuple[tuple[Figure, Known], ...]


@dataclass(frozen=True, slots=True)
class WeekShare:
    """Insights of one department that began in one week: read, acted on."""

    week: dt.date
    n: int
    read: int
    acted: int


@dataclass(frozen=True, slots=True)
class DepartmentWeeks:
    """One department over eight weeks."""

    name: str
    weeks: tuple[WeekShare, ...]

    @property
    def n(self) -> int:
        return sum(week.n for week in self.weeks)

    @property
    def read(self) -> Interval:
        return share_interval(sum(week.read for week in self.weeks), self.n)

    @property
    def acted(self) -> Interval:
        return share_interval(sum(week.acted for week in self.weeks), self.n)


@dataclass(frozen=True, slots=True)
class ProgrammeReading:
    """Everything that the page says."""

    accounts: int
    all_accounts: int
    arr: Decimal
    stages: tuple[StageFigures, ...]
    departments: tuple[DepartmentWeeks, ...]
    weeks: tuple[dt.date, ...]
    retention: Compared | None
    is_scope_broken: bool


def scope_words(programme: Programme) -> list[str]:
    """The conditions of the scope as sentences; those that nobody understands any more as they are."""
    known = condition_catalogue()
    try:
        conditions = parse_conditions(programme.scope, known)
    except BadCondition as error:
        return [str(error)]
    return [describe(condition, known) for condition in conditions]


def accounts_in_scope(user: User, programme: Programme) -> tuple[QuerySet[Account], bool]:
    """Visible accounts that meet the scope, and whether the scope cannot be read (then: none)."""
    rows = Account.objects.visible_to(user)
    try:
        return rows.filter(matching(parse_conditions(programme.scope, condition_catalogue()))), False
    except BadCondition:
        return rows.none(), True


def read_programme(user: User, programme: Programme) -> ProgrammeReading:
    """All figures over the accounts in scope that the user sees."""
    accounts, is_broken = accounts_in_scope(user, programme)
    scope = Scope(user, accounts)
    customers = Q(status=Account.Status.CUSTOMER)
    whole = Account.objects.visible_to(user).filter(customers).count()
    inside = accounts.filter(customers).order_by().aggregate(n=Count("pk"), arr=Sum("summary__arr"))
    known = {key: figure.read(scope) for key, figure in FIGURES.items()}
    weeks = tuple(week_of(today()) - dt.timedelta(weeks=ago) for ago in range(WEEKS - 1, -1, -1))
    return ProgrammeReading(
        inside["n"],
        whole,
        inside["arr"] or Decimal(0),
        _stages(known),
        _departments(scope, weeks),
        weeks,
        compare_retention(scope),
        is_broken,
    )


def _stages(known: dict[str, Known]) -> tuple[StageFigures, ...]:
    goals = [goal for goal in ProgrammeGoal.objects.select_related("owner") if goal.measure in FIGURES]
    lines = [_goal_line(goal, known[goal.measure]) for goal in goals]
    with_goal = {goal.measure for goal in goals}
    return tuple(
        StageFigures(
            stage,
            str(label),
            tuple(line for line in lines if line.figure.stage == stage),
            tuple((one, known[one.key]) for one in FIGURES.values() if one.stage == stage and one.key not in with_goal),
        )
        for stage, label in ProgrammeGoal.Stage.choices
    )


def _goal_line(goal: ProgrammeGoal, known: Known) -> GoalLine:
    figure = FIGURES[goal.measure]
    is_reached = figure.is_reached(known, float(goal.target))
    return GoalLine(goal, figure, known, is_reached, not is_reached and goal.due_on < today())


def _departments(scope: Scope, weeks: tuple[dt.date, ...]) -> tuple[DepartmentWeeks, ...]:
    """One query over the insights of eight weeks."""
    start = dt.datetime.combine(weeks[0], dt.time(), dt.UTC)
    rows = with_reading(scope.insights(now() - start)).annotate(week=TruncWeek("created_at", tzinfo=dt.UTC))
    counted: Any = rows.values_list("department", "week").annotate(
        n=Count("pk"),
        read=Count("pk", filter=Q(is_read=True) | Q(is_acted=True)),
        acted=Count("pk", filter=Q(is_acted=True)),
    )
    found: dict[int, dict[dt.date, WeekShare]] = defaultdict(dict)
    for department, week, n, read, acted in counted:
        found[department][week.date()] = WeekShare(week.date(), n, read, acted)
    return tuple(
        DepartmentWeeks(one.name, tuple(found[one.pk].get(week, WeekShare(week, 0, 0, 0)) for week in weeks))
        for one in Department.objects.all()
        if one.pk in found
    )


def compare_retention(scope: Scope) -> Compared | None:
    """Accounts whose loop was closed against others alike (segment and ARR) whose was not: who was still there.

    Both are looked at from the same moment on, 60 days after the first insight, and only accounts that were there then
    count: else those that stay longer would have had more time to be answered (Anderson, Cain and Gelber 1983).
    """
    day = today()
    span = [dt.timedelta(days=days) for days in (FIRST_DAYS, LAST_DAYS)]
    rows = Insight.objects.visible_to(scope.user).filter(
        account__in=scope.accounts, created_at__range=(now() - span[0], now() - span[1]), is_praise=False
    )
    firsts: Any = (
        rows.exclude(state=Insight.State.MERGED)
        .order_by()
        .values_list("account", "account__segment")
        .annotate(first=Min("created_at"), closed=Min("verified_at", filter=Q(state=Insight.State.VERIFIED)))
    )
    known = list(firsts)
    moves: dict[int, list[tuple[dt.date, Decimal]]] = defaultdict(list)
    history = Movement.objects.visible_to(scope.user).live().filter(account__in=rows.values("account"))
    for pk, on, closing in history.order_by("account", "effective_on", "id").values_list(
        "account", "effective_on", "closing"
    ):
        moves[pk].append((on, closing))
    strata: Counter[tuple[Any, int, bool, bool]] = Counter()
    for pk, segment, first, closed in known:
        landmark = first.date() + dt.timedelta(days=CLOSE_DAYS)
        end = min(landmark + dt.timedelta(days=FOLLOW_DAYS), day)
        arr = _arr_on(moves[pk], landmark)
        if arr <= 0:
            continue
        is_closed = closed is not None and closed.date() <= landmark
        lowest = min((closing for on, closing in moves[pk] if landmark < on <= end), default=arr)
        strata[segment, bisect_right(BANDS, arr), is_closed, lowest > 0] += 1
    return compare_standardised(
        Stratum(
            strata[segment, band, True, True] + strata[segment, band, True, False],
            strata[segment, band, True, True],
            strata[segment, band, False, True] + strata[segment, band, False, False],
            strata[segment, band, False, True],
        )
        for segment, band in {(key[0], key[1]) for key in strata}
    )


def _arr_on(history: list[tuple[dt.date, Decimal]], day: dt.date) -> Decimal:
    place = bisect_right([on for on, _closing in history], day)
    return history[place - 1][1] if place else Decimal(0)
