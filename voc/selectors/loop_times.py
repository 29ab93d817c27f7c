"""How often and how fast the loop is closed, by department, theme, segment and month; what is open, and how old."""

import datetime as dt
import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, FloatField, Q, QuerySet
from django.db.models.functions import Extract, TruncMonth
from django.utils.translation import gettext as _

from lifecycle.formulas.survival import CENSORED, LOST, ONWARD, Estimate, days_until, incidence_of
from team.clock import now
from team.models import Department, Role, User
from voc.formulas.intervals import Interval, share_interval
from voc.formulas.masking_groups import hidden_groups
from voc.models import Insight
from voc.selectors.queue import with_parts
from voc.selectors.theme_trends import LEAST_ACCOUNTS

SPANS = (90, 180, 365)
USUAL = 180
# A loop that is closed later than this did not feel like an answer.
HORIZON_DAYS = 30
QUICK = 20_000
AGES = (2, 9, 30)
OLDEST = 10
MOST_GROUPS = 30
DIMENSIONS = {
    "department": "department__name",
    "theme": "theme__name",
    "segment": "account__segment__name",
    "month": "month",
}


class Percentiles(Aggregate):
    """Median and the value below which nine of ten lie."""

    function = "percentile_cont"
    template = "%(function)s(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = ArrayField(FloatField())


@dataclass(frozen=True, slots=True)
class Loop:
    """One group of insights. Times in hours (decision) and days (closing); medians of those that got there.

    `in_30`: closed within 30 days, of those that are that old; `in_sla`: decided in time, of those due or decided.
    """

    name: str
    n: int
    accounts: int
    open: int
    told: int
    closed: Interval
    in_30: Interval
    in_sla: Interval
    decide: tuple[float | None, float | None]
    close: tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class OpenRow:
    """Open insights of one state, by age in days: under 2, under 9, under 30, older."""

    state: str
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class LoopTimes:
    """Everything that the page says. `half_days`: days until half of all are closed, open ones counted as open."""

    all: Loop
    half_days: Estimate
    tables: dict[str, list[Loop]]
    hidden: int
    cut: int
    open: list[OpenRow]
    oldest: list[int]


def insights_of(user: User, *, days: int, department: Department | None = None) -> QuerySet[Insight]:
    """Visible insights that began in these days; without those that another one took in."""
    rows = Insight.objects.visible_to(user).filter(created_at__gte=now() - dt.timedelta(days=days))
    rows = rows.exclude(state=Insight.State.MERGED).order_by()
    return rows.filter(department=department) if department else rows


def is_quick(rows: QuerySet[Insight]) -> bool:
    """Few enough for a request."""
    return rows[: QUICK + 1].count() <= QUICK


def read_loop_times(user: User, *, days: int, department: Department | None = None) -> LoopTimes:
    """The figures over the visible insights of so many days; nine queries.

    SECURITY: department members see no group of fewer than five accounts, nor one that could be told by subtraction.
    """
    rows = insights_of(user, days=days, department=department)
    least = LEAST_ACCOUNTS if user.role == Role.MEMBER else 1
    tables, hidden, cut = {}, 0, 0
    for name, path in DIMENSIONS.items():
        grouped = rows.annotate(month=TruncMonth("created_at", tzinfo=dt.UTC)) if name == "month" else rows
        counted: Any = grouped.values(key=F(path)).annotate(**_figures())
        found = [_loop(_name(row["key"]), row) for row in counted]
        unseen = hidden_groups({loop.name: loop.accounts for loop in found}, least=least)
        hidden += len(unseen)
        shown = [loop for loop in found if loop.name not in unseen]
        shown.sort(key=(lambda loop: loop.name) if name == "month" else (lambda loop: (-loop.n, loop.name)))
        if name != "month":
            cut += max(0, len(shown) - MOST_GROUPS)
            shown = shown[:MOST_GROUPS]
        tables[name] = shown
    living = Insight.objects.visible_to(user).open()
    living = (living.filter(department=department) if department else living).order_by()
    oldest = list(living.order_by("created_at", "id").values_list("pk", flat=True)[:OLDEST])
    return LoopTimes(
        _loop(_("All"), rows.aggregate(**_figures())), _half(rows), tables, hidden, cut, _open(living), oldest
    )


def oldest_insights(user: User, ids: Iterable[int]) -> QuerySet[Insight]:
    """The open insights of a report, as far as the reader still sees them."""
    return with_parts(Insight.objects.visible_to(user).filter(pk__in=list(ids))).order_by("created_at", "id")


def _name(key: object) -> str:
    if isinstance(key, dt.datetime):
        return f"{key:%Y-%m}"
    return str(key) if key else _("none")


def _figures() -> dict[str, Any]:
    moment = now()
    is_closed = Q(state=Insight.State.VERIFIED, verified_at__isnull=False)
    horizon = dt.timedelta(days=HORIZON_DAYS)
    is_old = Q(created_at__lte=moment - horizon)
    is_judged = Q(due_at__isnull=False) & (Q(decided_at__isnull=False) | Q(due_at__lt=moment))
    is_open = ~Q(state__in=Insight.CLOSED)
    return {
        "n": Count("pk"),
        "accounts": Count("account", distinct=True),
        "open": Count("pk", filter=is_open),
        "told": Count("pk", filter=Q(state=Insight.State.TOLD)),
        "closed": Count("pk", filter=is_closed),
        "old": Count("pk", filter=is_old),
        "old_closed": Count("pk", filter=is_old & is_closed & Q(verified_at__lte=F("created_at") + horizon)),
        "judged": Count("pk", filter=is_judged),
        "in_time": Count("pk", filter=is_judged & Q(decided_at__lte=F("due_at"))),
        "decide": Percentiles(_seconds("decided_at") / 3600.0, filter=Q(decided_at__isnull=False)),
        "close": Percentiles(_seconds("verified_at") / 86400.0, filter=is_closed),
    }


def _seconds(until: str) -> Extract:
    passed = ExpressionWrapper(F(until) - F("created_at"), output_field=DurationField())
    return Extract(passed, "epoch", output_field=FloatField())


def _loop(name: str, row: dict[str, Any]) -> Loop:
    return Loop(
        name,
        row["n"],
        row["accounts"],
        row["open"],
        row["told"],
        share_interval(row["closed"], row["n"]),
        share_interval(row["old_closed"], row["old"]),
        share_interval(row["in_time"], row["judged"]),
        _pair(row["decide"]),
        _pair(row["close"]),
    )


def _pair(found: list[float] | None) -> tuple[float | None, float | None]:
    return (found[0], found[1]) if found else (None, None)


def _half(rows: QuerySet[Insight]) -> Estimate:
    """Days until half are closed, with its interval: open ones are censored, declined ones can be closed no more."""
    ended = Q(state=Insight.State.DECLINED)
    closed = Q(state=Insight.State.VERIFIED, verified_at__isnull=False)
    stays: list[tuple[float, int, int]] = []
    for kind, condition, until in (
        (ONWARD, closed, F("verified_at")),
        (LOST, ended, F("decided_at")),
        (CENSORED, ~closed & ~ended, None),
    ):
        end: Any = until if until is not None else now()
        age = ExpressionWrapper(end - F("created_at"), output_field=DurationField())
        counted = rows.filter(condition).annotate(age=Extract(age, "day")).values_list("age").annotate(n=Count("pk"))
        stays += [(max(float(age or 0), 0.0), kind, n) for age, n in counted]
    return days_until(incidence_of(stays), 0.5)


def _open(rows: QuerySet[Insight]) -> list[OpenRow]:
    moment = now()
    edges = [moment - dt.timedelta(days=days) for days in AGES]
    parts = [
        Q(created_at__gt=edges[0]),
        *(Q(created_at__lte=a, created_at__gt=b) for a, b in itertools.pairwise(edges)),
        Q(created_at__lte=edges[-1]),
    ]
    counts = {f"part_{at}": Count("pk", filter=part) for at, part in enumerate(parts)}
    counted: Any = rows.values("state").annotate(**counts)
    found = {row["state"]: tuple(row[name] for name in counts) for row in counted}
    return [OpenRow(str(label), found[state]) for state, label in Insight.State.choices if state in found]
