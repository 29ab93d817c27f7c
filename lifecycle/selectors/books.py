"""The books of CSMs side by side, and how they would look after accounts moved."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from accounts.models import Account
from accounts.selectors.rates import rate_table
from lifecycle.formulas.books import Piece, divide
from lifecycle.formulas.ranking import week_of
from lifecycle.models import Renewal, Task
from lifecycle.models.tasks import TaskQuerySet
from lifecycle.selectors.ranking import Proactive, proactive_shares, rooms_of
from team.clock import now, today
from team.models import Role, User

RENEWAL_DAYS = 90
BANDS = ("critical", "risk", "watch", "good", "great", "")
LIVE = (Account.Status.CUSTOMER, Account.Status.TRIAL)


@dataclass(frozen=True, slots=True)
class Book:
    """One CSM's book. ARR in the install's currency; `work` is minutes that open tasks ask for this week."""

    user_id: int | None
    name: str
    capacity: int = 0
    accounts: int = 0
    arr: Decimal = Decimal(0)
    bands: Mapping[str, int] = field(default_factory=dict)
    tasks: int = 0
    parked: int = 0
    work: int = 0
    meetings: int = 0
    done: int = 0
    renewals: int = 0
    renewals_arr: Decimal = Decimal(0)
    proactive: Proactive = field(default_factory=Proactive)

    @property
    def load_minutes(self) -> int:
        """What the week asks for: open tasks (parked ones too), meetings, and what was done."""
        return self.work + self.meetings + self.done

    @property
    def load(self) -> float | None:
        """The week's minutes of the capacity; 1 is full, None where there is no capacity."""
        return self.load_minutes / self.capacity if self.capacity else None

    @property
    def mix(self) -> list[tuple[str, int, float, float]]:
        """Bands with accounts: (band, accounts, where it begins, its width), both in per cent of a bar."""
        found, begin = [], 0.0
        for band in BANDS:
            count = self.bands.get(band, 0)
            width = 100 * count / self.accounts if self.accounts else 0.0
            if count:
                found.append((band, count, begin, width))
            begin += width
        return found


def of_week(rows: TaskQuerySet, day: dt.date) -> TaskQuerySet:
    """Open tasks that ask for minutes of this week; the same rule as `OpenTask.is_of_week`."""
    sunday = week_of(day)[1]
    awake = Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=sunday)
    return rows.open().filter(awake, Q(due_on__isnull=True) | Q(due_on__lte=sunday))


def read_books(*, user: User) -> list[Book]:
    """Every book that the user may see, the largest first, and last what nobody looks after; eleven queries."""
    day = today()
    live = Account.objects.visible_to(user).filter(status__in=LIVE)
    mixes: dict[int | None, dict[str, int]] = defaultdict(dict)
    sums: Counter[int | None] = Counter()
    arr: dict[int | None, Decimal] = defaultdict(Decimal)
    for csm_id, band, count, total in (
        live.order_by()
        .values_list("csm", "summary__health_band")
        .annotate(count=Count("pk"), total=Sum("summary__arr"))
    ):
        name = band if band in BANDS else ""
        mixes[csm_id][name] = mixes[csm_id].get(name, 0) + count
        sums[csm_id] += count
        arr[csm_id] += total or 0
    keepers = Q(role=Role.CSM, is_active=True) | Q(pk__in=[pk for pk in sums if pk is not None])
    people = list(User.objects.filter(keepers).order_by("name", "pk"))
    ids = [person.pk for person in people]
    rooms = rooms_of(owner_ids=ids, day=day)
    work = _work(ids, day)
    renewals = _renewals(live, day)
    shares = proactive_shares(owner_ids=ids, until=now())
    books = [
        Book(
            person.pk,
            person.name or person.email,
            capacity=person.weekly_capacity_minutes,
            accounts=sums[person.pk],
            arr=arr[person.pk],
            bands=mixes[person.pk],
            **work.get(person.pk, {}),
            meetings=rooms[person.pk].meetings,
            done=rooms[person.pk].done,
            renewals=renewals.get(person.pk, (0, Decimal(0)))[0],
            renewals_arr=renewals.get(person.pk, (0, Decimal(0)))[1],
            proactive=shares.get(person.pk, Proactive()),
        )
        for person in people
    ]
    books.sort(key=lambda book: (-book.arr, -book.accounts, book.name))
    if sums[None]:
        count, due = renewals.get(None, (0, Decimal(0)))
        alone = Book(None, "", accounts=sums[None], arr=arr[None], bands=mixes[None], renewals=count, renewals_arr=due)
        books.append(alone)
    return books


def _work(owner_ids: Collection[int], day: dt.date) -> dict[int, dict[str, int]]:
    mine = Task.objects.filter(owner__in=owner_ids).order_by()
    counts = (
        mine.open()
        .values_list("owner")
        .annotate(tasks=Count("pk"), parked=Count("pk", filter=Q(parked_at__isnull=False)))
    )
    found = {owner_id: {"tasks": tasks, "parked": parked, "work": 0} for owner_id, tasks, parked in counts}
    for owner_id, minutes in of_week(mine, day).values_list("owner").annotate(minutes=Sum("effort_minutes")):
        found[owner_id]["work"] = minutes
    return found


def _renewals(live: QuerySet[Account], day: dt.date) -> dict[int | None, tuple[int, Decimal]]:
    """Open renewals of the next 90 days by CSM: how many, and their ARR at today's rates."""
    rows = Renewal.objects.open().filter(account__in=live, due_on__range=(day, day + dt.timedelta(days=RENEWAL_DAYS)))
    table = rate_table()
    found: dict[int | None, tuple[int, Decimal]] = {}
    for csm_id, currency, count, total in (
        rows.order_by().values_list("account__csm", "currency").annotate(count=Count("pk"), total=Sum("arr"))
    ):
        known, amount = found.get(csm_id, (0, Decimal(0)))
        found[csm_id] = (known + count, amount + table.convert(total, currency, day))
    return found


@dataclass(frozen=True, slots=True)
class TeamBook:
    """All books together."""

    accounts: int
    arr: Decimal
    load_minutes: int
    capacity: int
    parked: int
    proactive: Proactive

    @property
    def load(self) -> float | None:
        return self.load_minutes / self.capacity if self.capacity else None


def team_of(books: Iterable[Book]) -> TeamBook:
    """The sums of the books."""
    rows = list(books)
    return TeamBook(
        accounts=sum(book.accounts for book in rows),
        arr=sum((book.arr for book in rows), Decimal(0)),
        load_minutes=sum(book.load_minutes for book in rows),
        capacity=sum(book.capacity for book in rows),
        parked=sum(book.parked for book in rows),
        proactive=sum((book.proactive for book in rows), Proactive()),
    )


@dataclass(frozen=True, slots=True)
class Portion:
    """One account that may move, with what it brings along."""

    pk: int
    name: str
    csm_id: int | None
    arr: Decimal
    band: str
    work: int


def portions_of(accounts: QuerySet[Account]) -> list[Portion]:
    """Accounts with their ARR and the minutes that their open tasks ask for this week; two queries."""
    rows = list(accounts.values_list("pk", "name", "csm", "summary__arr", "summary__health_band"))
    work = dict(
        of_week(Task.objects.filter(account__in=[row[0] for row in rows]).order_by(), today())
        .values_list("account")
        .annotate(minutes=Sum("effort_minutes"))
    )
    return [Portion(pk, name, csm, arr or Decimal(0), band or "", work.get(pk, 0)) for pk, name, csm, arr, band in rows]


def plan_of(
    *, portions: Iterable[Portion], target_ids: Collection[int], books: Iterable[Book], by: str
) -> dict[int, int]:
    """{account: CSM} for the accounts that change hands: all to one, or divided by `arr`, `load` or `count`.

    What the targets have already counts, without the accounts that are being divided.
    """
    known = {book.user_id: book for book in books if book.user_id in set(target_ids)}
    given = list(portions)
    moving = {portion.pk for portion in given}

    def weight(portion: Portion) -> float:
        return {"arr": float(portion.arr), "load": float(portion.work)}.get(by, 1.0)

    start: dict[int, float] = {}
    for person_id in sorted(target_ids):
        book = known.get(person_id)
        whole = (
            {"arr": float(book.arr), "load": float(book.load_minutes)}.get(by, float(book.accounts)) if book else 0.0
        )
        start[person_id] = whole - sum(weight(one) for one in given if one.csm_id == person_id and one.pk in moving)
    room = {one: float(known[one].capacity or 1) if one in known and by == "load" else 1.0 for one in start}
    plan = divide([Piece(one.pk, weight(one)) for one in given], start=start, room=room)
    csm_of = {portion.pk: portion.csm_id for portion in given}
    return {account_id: person for account_id, person in plan.items() if csm_of[account_id] != person}


@dataclass(frozen=True, slots=True)
class Change:
    """A book before and after."""

    before: Book
    after: Book


def changes_of(*, plan: Mapping[int, int], portions: Iterable[Portion], books: Iterable[Book]) -> list[Change]:
    """The books that a plan touches, those that grow first. Open tasks are thought to move along."""
    after = {book.user_id: book for book in books}
    before = dict(after)
    for portion in portions:
        target = plan.get(portion.pk)
        if target is None or target not in after:
            continue
        for person, sign in ((portion.csm_id, -1), (target, 1)):
            book = after.get(person)
            if book is None:
                continue
            bands = {**book.bands, portion.band: book.bands.get(portion.band, 0) + sign}
            after[person] = replace(
                book,
                accounts=book.accounts + sign,
                arr=book.arr + sign * portion.arr,
                work=book.work + sign * portion.work,
                bands=bands,
            )
    touched = [Change(before[person], after[person]) for person in before if before[person] is not after[person]]
    return sorted(touched, key=lambda change: (change.before.accounts - change.after.accounts, change.before.name))
