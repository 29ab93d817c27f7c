"""The journey board: how many stand in each stage, for how long, and who stands there too long."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from accounts.models import Account, AccountSummary
from lifecycle.formulas.stage_moves import ORDER
from lifecycle.models import Journey, Stage, StageVisit
from lifecycle.selectors.journeys import days_between
from lifecycle.selectors.remembered import remembered
from team.clock import today
from team.models import User

CARDS = 10


@dataclass(frozen=True, slots=True)
class BoardFilter:
    """What the address asks for; None is everything."""

    segment_id: int | None = None
    csm_id: int | None = None
    intent: str = ""
    journey_id: int | None = None

    def accounts(self, user: User) -> QuerySet[Account]:
        """Visible customers and trials that the filter lets through."""
        rows = Account.objects.visible_to(user).filter(status__in=(Account.Status.CUSTOMER, Account.Status.TRIAL))
        wanted = {"segment": self.segment_id, "csm": self.csm_id, "intent": self.intent or None}
        return rows.filter(**{key: value for key, value in wanted.items() if value is not None})

    @property
    def is_set(self) -> bool:
        return any((self.segment_id, self.csm_id, self.intent, self.journey_id))


@dataclass(frozen=True, slots=True)
class BoardCard:
    """One account in its stage."""

    visit: StageVisit
    account: Account
    days: int
    target: int

    @property
    def over(self) -> int:
        """Days over the target; negative: days left."""
        return self.days - self.target

    @property
    def tone(self) -> str:
        if self.over <= 0:
            return ""
        return "is-very-late" if self.days > 2 * self.target else "is-late"


@dataclass
class BoardColumn:
    """One kind of stage over all journeys, or one stage of one journey. `median` and `target` in days."""

    key: str
    name: str
    stages: list[Stage]
    count: int = 0
    late: int = 0
    arr: Decimal = Decimal(0)
    median: int | None = None
    cards: list[BoardCard] = field(default_factory=list)

    @property
    def target(self) -> str:
        days = sorted({stage.target_days for stage in self.stages})
        return str(days[0]) if len(days) == 1 else f"{days[0]}–{days[-1]}" if days else ""

    @property
    def stage_names(self) -> list[str]:
        return sorted({stage.name for stage in self.stages})


@dataclass(frozen=True)
class Board:
    """All columns, and how many customers stand in none."""

    columns: list[BoardColumn]
    elsewhere: int

    @property
    def count(self) -> int:
        return sum(column.count for column in self.columns)

    @property
    def late(self) -> int:
        return sum(column.late for column in self.columns)


def columns_of(journey: Journey | None) -> list[BoardColumn]:
    """Columns in the order of the way: the journey's stages, or one per kind over all journeys; one query."""
    stages = Stage.objects.present().select_related("journey")
    if journey is not None:
        return [BoardColumn(str(one.pk), one.name, [one]) for one in stages.filter(journey=journey)]
    by_kind: dict[str, list[Stage]] = defaultdict(list)
    for stage in stages:
        by_kind[stage.kind].append(stage)
    names = dict(Stage.Kind.choices)
    return [BoardColumn(kind, str(names[Stage.Kind(kind)]), by_kind[kind]) for kind in ORDER if by_kind[kind]]


def read_board(*, user: User, wanted: BoardFilter, journey: Journey | None) -> Board:
    """Counts, ARR, median days and who is over the target for longest; six queries at any size."""
    columns = columns_of(journey)
    place = {stage.pk: column for column in columns for stage in column.stages}
    accounts = wanted.accounts(user)
    visits = StageVisit.objects.open().whole().filter(account__in=accounts, stage__in=place)
    nowhere = AccountSummary.objects.filter(stage_entered_on=None)
    rows, without = remembered(
        "board",
        user=user,
        about=(wanted, sorted(place)),
        seconds=60,
        make=lambda: (_tally(accounts, place), nowhere.filter(account__in=accounts).count()),
    )
    _count(columns, place, rows)
    is_one_book = bool(wanted.csm_id) or not user.sees_everything
    _deal(place, _longest_of_few(visits) if is_one_book else _longest(place, visits))
    for column in columns:
        column.cards.sort(key=lambda card: (-card.over, card.account.name))
        del column.cards[CARDS:]
    return Board(columns, without)


def _tally(accounts: QuerySet[Account], place: dict[int, BoardColumn]) -> list[dict[str, Any]]:
    """By stage and day of entry, so that medians and lateness come from a few hundred rows.

    Asked from the accounts: asked from the visits, the table of accounts is read twice.
    """
    here = Q(stage_visits__left_at=None, stage_visits__product=None, stage_visits__stage__in=place)
    rows: Any = accounts.filter(here).order_by()
    rows = rows.values(stage_id=F("stage_visits__stage"), since=TruncDate("stage_visits__entered_at"))
    return list(rows.annotate(number=Count("pk"), arr=Sum("summary__arr")))


def _count(columns: list[BoardColumn], place: dict[int, BoardColumn], rows: list[dict[str, Any]]) -> None:
    targets = {stage.pk: stage.target_days for column in columns for stage in column.stages}
    day = today()
    days_of: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for row in rows:
        column = place[row["stage_id"]]
        days = max((day - row["since"]).days, 0)
        column.count += row["number"]
        column.arr += row["arr"] or 0
        column.late += row["number"] if days > targets[row["stage_id"]] else 0
        days_of[column.key].append((days, row["number"]))
    for column in columns:
        column.median = weighted_median(days_of[column.key])


def weighted_median(pairs: Sequence[tuple[int, int]]) -> int | None:
    """The lower median of values that occur so many times."""
    half = (sum(number for _, number in pairs) + 1) // 2
    seen = 0
    for value, number in sorted(pairs):
        seen += number
        if seen >= half:
            return value
    return None


def _longest(place: dict[int, BoardColumn], visits: QuerySet[StageVisit]) -> list[int]:
    """Visits that have lasted longest, so many of each stage: of very many, each stage reads the start of its index."""
    keys = [
        visits.filter(stage=stage).order_by("entered_at", "pk").values_list("pk", flat=True)[:CARDS] for stage in place
    ]
    if not keys:
        return []
    return list(keys[0].union(*keys[1:], all=True)) if len(keys) > 1 else list(keys[0])


def _longest_of_few(visits: QuerySet[StageVisit]) -> list[int]:
    """The same of one book: all of its visits are read once."""
    of_stage: dict[int, list[int]] = defaultdict(list)
    for pk, stage_id in visits.order_by("entered_at", "pk").values_list("pk", "stage_id"):
        of_stage[stage_id].append(pk)
    return [pk for found in of_stage.values() for pk in found[:CARDS]]


def _deal(place: dict[int, BoardColumn], chosen: list[int]) -> None:
    """Each visit becomes a card of its column."""
    rows = StageVisit.objects.filter(pk__in=chosen).select_related("stage", "account__summary", "account__csm")
    for visit in rows:
        days = days_between(visit.entered_at, None)
        card = BoardCard(visit, visit.account, days, visit.stage.target_days)
        place[visit.stage_id].cards.append(card)


def board_choices(user: User) -> dict[str, list[tuple[Any, str]]]:
    """CSMs (for those who see all books), intents and journeys to filter by; two queries."""
    people = User.objects.filter(Q(role="csm") | Q(role="manager"), is_active=True).order_by("name")
    journeys = Journey.objects.filter(is_active=True).order_by("segment__position", "intent", "name")
    return {
        "csms": [(person.pk, str(person)) for person in people] if user.sees_everything else [],
        "intents": [(value, str(label)) for value, label in Account.Intent.choices],
        "journeys": list(journeys.values_list("pk", "name")),
    }


def since_of(months: int) -> dt.date | None:
    """The first day of a span of months that ends today; None for all times (0)."""
    return today() - dt.timedelta(days=round(months * 30.44)) if months else None
