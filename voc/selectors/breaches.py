"""Deadlines that are near or past: by department, and week by week."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Min, Q, QuerySet
from django.db.models.functions import TruncWeek

from team.clock import now
from team.models import Department, User
from voc.models import Insight, InsightAlarm

TABS = ("late", "near", "over")
WEEKS = 12
BREACHED = Q(kind__in=InsightAlarm.BREACHES)
OPEN = Q(ended_at__isnull=True)


@dataclass(frozen=True)
class Tally:
    """One department: what is late and nearly due now, how many wait for the customer, and since when the oldest is
    late."""

    department: Department
    late: int
    near: int
    waiting: int
    oldest_at: dt.datetime | None

    @property
    def total(self) -> int:
        """What there is to do."""
        return self.late + self.near


@dataclass(frozen=True)
class Week:
    """How many deadlines passed in the week from that Monday, and how many of these are over by now."""

    monday: dt.date
    passed: int
    ended: int


def visible_alarms(user: User) -> QuerySet[InsightAlarm]:
    """Alarms of insights that the user sees: department members those of their own departments alone."""
    return InsightAlarm.objects.filter(insight__in=Insight.objects.visible_to(user))


def in_tab(rows: QuerySet[InsightAlarm], tab: str) -> QuerySet[InsightAlarm]:
    """What is late, what is nearly due, or what was late and is over."""
    if tab == "over":
        return rows.filter(BREACHED, ended_at__isnull=False)
    return rows.filter(OPEN, BREACHED if tab == "late" else ~BREACHED)


def tally_breaches(rows: QuerySet[InsightAlarm]) -> list[Tally]:
    """Open alarms by the department that answers now, the one with most that is late first. Two queries."""
    found = (
        rows.filter(OPEN)
        .order_by()
        .values("insight__department")
        .annotate(
            late=Count("pk", filter=BREACHED),
            near=Count("pk", filter=~BREACHED),
            waiting=Count("pk", filter=Q(insight__waiting_since__isnull=False)),
            oldest_at=Min("deadline", filter=BREACHED),
        )
    )
    departments = Department.objects.in_bulk()
    tallies = [
        Tally(departments[row["insight__department"]], row["late"], row["near"], row["waiting"], row["oldest_at"])
        for row in found
    ]
    return sorted(tallies, key=lambda one: (-one.late, -one.near, one.department.name))


def breaches_by_week(rows: QuerySet[InsightAlarm]) -> list[Week]:
    """The last twelve weeks with this one, also those in which nothing was late. One query."""
    today = now().date()
    this_monday = today - dt.timedelta(days=today.weekday())
    first = this_monday - dt.timedelta(weeks=WEEKS - 1)
    begin = dt.datetime.combine(first, dt.time(), tzinfo=dt.UTC)
    found = (
        rows.filter(BREACHED, raised_at__gte=begin)
        .order_by()
        .annotate(monday=TruncWeek("raised_at", tzinfo=dt.UTC))
        .values("monday")
        .annotate(passed=Count("pk"), ended=Count("pk", filter=Q(ended_at__isnull=False)))
    )
    weeks = {row["monday"].date(): row for row in found}
    mondays = [first + dt.timedelta(weeks=number) for number in range(WEEKS)]
    return [
        Week(monday, weeks[monday]["passed"], weeks[monday]["ended"]) if monday in weeks else Week(monday, 0, 0)
        for monday in mondays
    ]


def with_insight(rows: QuerySet[InsightAlarm]) -> QuerySet[InsightAlarm]:
    """What a line of the board shows, in the same query."""
    return rows.select_related("insight__account__summary", "insight__department", "insight__owner", "insight__theme")
