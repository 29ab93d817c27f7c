"""What is due, month by month, and how it came out. Sums are in the install's currency at today's rates."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, DecimalField, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce, TruncMonth

from accounts.models import Account
from accounts.selectors.rates import rate_table
from lifecycle.formulas.forecasts import CATEGORY_CHANCE, DISAGREEMENT, disagreement
from lifecycle.models import ForecastLock, ForecastTarget, Renewal, RenewalCall, RenewalCheckpoint
from team.clock import today
from team.models import Role, User

CENT = Decimal("0.01")
HORIZONS = (90, 60, 30)
OPEN_CATEGORIES = tuple(Renewal.Category.values)


@dataclass(slots=True)
class Sums:
    """How many renewals and how much ARR: due, forecast, and forecast weighted by the chance."""

    count: int = 0
    due: Decimal = Decimal(0)
    forecast: Decimal = Decimal(0)
    weighted: Decimal = Decimal(0)

    def add(self, other: "Sums") -> None:
        self.count += other.count
        self.due += other.due
        self.forecast += other.forecast
        self.weighted += other.weighted


@dataclass(slots=True)
class MonthRow:
    """One month of the board: open renewals by category, closed ones by outcome."""

    month: dt.date
    open: dict[str, Sums]
    won: Sums = field(default_factory=Sums)
    lost: Sums = field(default_factory=Sums)
    target: Decimal | None = None

    @property
    def ends_on(self) -> dt.date:
        return _next_month(self.month) - dt.timedelta(days=1)

    @property
    def cells(self) -> list[tuple[str, Sums]]:
        return [(category, self.open[category]) for category in OPEN_CATEGORIES]

    @property
    def total(self) -> Sums:
        """Everything due; what is closed counts with its final ARR, weighted fully."""
        whole = Sums()
        for part in (*self.open.values(), self.won, self.lost):
            whole.add(part)
        return whole

    @property
    def gap(self) -> Decimal | None:
        """Weighted forecast less the target; None without a target."""
        return None if self.target is None else self.total.weighted - self.target


@dataclass(frozen=True, slots=True)
class OwnerRow:
    owner_id: int | None
    name: str
    sums: Sums
    uncalled: int


@dataclass(frozen=True, slots=True)
class Board:
    months: list[MonthRow]
    owners: list[OwnerRow]
    uncalled: int
    disagreeing: int
    currency: str
    unknown_currencies: list[str]
    last_lock: ForecastLock | None

    @property
    def total(self) -> MonthRow:
        whole = MonthRow(self.months[0].month, {category: Sums() for category in OPEN_CATEGORIES})
        for row in self.months:
            for category, sums in row.cells:
                whole.open[category].add(sums)
            whole.won.add(row.won)
            whole.lost.add(row.lost)
        targets = [row.target for row in self.months if row.target is not None]
        whole.target = sum(targets, Decimal(0)) if targets else None
        return whole


def _next_month(month: dt.date) -> dt.date:
    return (month.replace(day=28) + dt.timedelta(days=4)).replace(day=1)


def months_from(first: dt.date, count: int) -> list[dt.date]:
    """First days of `count` months in a row."""
    found = [first.replace(day=1)]
    while len(found) < count:
        found.append(_next_month(found[-1]))
    return found


def chance_expression() -> Case:
    """`lifecycle.formulas.forecasts.chance_of` in SQL."""
    by_category = [When(category=name, then=Value(chance)) for name, chance in CATEGORY_CHANCE.items()]
    output: Any = DecimalField(max_digits=6, decimal_places=4)
    return Case(
        When(csm_chance__isnull=False, then=F("csm_chance") * Value(CENT)),
        When(model_chance__isnull=False, then=F("model_chance")),
        *by_category,
        default=Value(Decimal(0)),
        output_field=output,
    )


def disagreeing() -> Q:
    """Open renewals where the CSM's and the model's chance are far apart."""
    gap = Value(DISAGREEMENT * 100)
    model: Any = F("model_chance") * 100
    return Q(csm_chance__isnull=False, model_chance__isnull=False) & (
        Q(csm_chance__gte=model + gap) | Q(csm_chance__lte=model - gap)
    )


def read_board(*, user: User, months: list[dt.date], owner_id: int | None = None, segment: str = "") -> Board:
    """The forecast by month and category for what the user sees; a flat number of queries at any size."""
    due = _in_span(user, months, owner_id, segment)
    table, day = rate_table(), today()
    rows = {month: MonthRow(month, {category: Sums() for category in OPEN_CATEGORIES}) for month in months}
    owners: dict[int | None, Sums] = defaultdict(Sums)
    uncalled: dict[int | None, int] = defaultdict(int)
    apart, unknown = 0, set()
    for line in _tallies(due):
        if table.misses(line["currency"]):
            unknown.add(line["currency"])
        sums = _converted(line, table.rate(line["currency"], day))
        _place(rows[line["month"]], line, sums)
        owners[line["owner_id"]].add(sums)
        uncalled[line["owner_id"]] += line["uncalled"]
        apart += line["apart"]
    for month, amount in _targets(months, owner_id):
        rows[month].target = amount
    names = dict(User.objects.filter(pk__in=[key for key in owners if key]).values_list("pk", "name"))
    listed = [OwnerRow(key, names.get(key or 0, ""), sums, uncalled[key]) for key, sums in owners.items()]
    return Board(
        months=list(rows.values()),
        owners=sorted(listed, key=lambda one: one.sums.due, reverse=True),
        uncalled=sum(uncalled.values()),
        disagreeing=apart,
        currency=table.own,
        unknown_currencies=sorted(unknown),
        last_lock=ForecastLock.objects.filter(starts_on__lte=months[-1], ends_on__gte=months[0]).first(),
    )


def _in_span(user: User, months: list[dt.date], owner_id: int | None, segment: str) -> QuerySet[Renewal]:
    due = Renewal.objects.visible_to(user).exclude(state=Renewal.State.VOID)
    due = due.filter(due_on__gte=months[0], due_on__lt=_next_month(months[-1]))
    if owner_id:
        due = due.filter(owner=owner_id)
    return due.filter(account__segment__slug=segment) if segment else due


def _tallies(due: QuerySet[Renewal]) -> Iterable[Mapping[str, Any]]:
    open_one = Q(state=Renewal.State.OPEN)
    settled: Any = Coalesce("final_arr", "forecast_arr")
    weighted: Any = Case(
        When(open_one, then=F("forecast_arr") * chance_expression()),
        default=Coalesce("final_arr", Value(Decimal(0))),
        output_field=DecimalField(max_digits=20, decimal_places=4),
    )
    return (
        due.annotate(month=TruncMonth("due_on"))
        .values("month", "state", "category", "currency", "owner_id")
        .annotate(
            count=Count("pk"),
            due=Sum("arr"),
            forecast=Sum(settled),
            weighted=Sum(weighted),
            uncalled=Count("pk", filter=open_one & Q(csm_chance__isnull=True)),
            apart=Count("pk", filter=open_one & disagreeing()),
        )
        .order_by("month")
    )


def _converted(line: Mapping[str, Any], rate: Decimal) -> Sums:
    return Sums(
        line["count"],
        (line["due"] * rate).quantize(CENT),
        (line["forecast"] * rate).quantize(CENT),
        (line["weighted"] * rate).quantize(CENT),
    )


def _place(row: MonthRow, line: Mapping[str, Any], sums: Sums) -> None:
    if line["state"] == Renewal.State.OPEN:
        row.open[line["category"]].add(sums)
    else:
        (row.won if line["state"] == Renewal.State.WON else row.lost).add(sums)


def _targets(months: list[dt.date], owner_id: int | None) -> Iterable[tuple[dt.date, Decimal]]:
    return ForecastTarget.objects.filter(month__in=months, owner=owner_id).values_list("month", "amount")


@dataclass(frozen=True, slots=True)
class RenewalPage:
    """One renewal: who believed what when, what was known at the checkpoints, and what it was in earlier cycles."""

    renewal: Renewal
    calls: list[RenewalCall]
    checkpoints: list[RenewalCheckpoint]
    earlier: list[Renewal]
    gap: Decimal | None
    can_edit: bool


def read_renewal(*, renewal: Renewal, user: User) -> RenewalPage:
    """Four queries."""
    return RenewalPage(
        renewal=renewal,
        calls=list(renewal.calls.select_related("by").order_by("-made_at", "-id")[:50]),
        checkpoints=list(renewal.checkpoints.order_by("-days_before")),
        earlier=list(
            Renewal.objects.filter(subscription=renewal.subscription_id).exclude(pk=renewal.pk).order_by("-due_on")[:10]
        ),
        gap=disagreement(csm_percent=renewal.csm_chance, model=renewal.model_chance),
        can_edit=Account.objects.editable_by(user).filter(pk=renewal.account_id).exists(),
    )


def renewals_of(*, account: Account, user: User) -> list[Renewal]:
    """An account's renewals, open ones first, for the Commercial tab; one query."""
    rows = Renewal.objects.visible_to(user).filter(account=account).exclude(state=Renewal.State.VOID)
    return list(
        rows.annotate(is_closed=Case(When(state="open", then=Value(0)), default=Value(1)))
        .select_related("subscription__product", "owner")
        .order_by("is_closed", "due_on", "id")[:20]
    )


def sees_quality(user: User) -> bool:
    """Whose calls were how good is for those who lead."""
    return user.role in {Role.ADMIN, Role.MANAGER, Role.VIEWER}
