"""Open work and the room of people's weeks, read for many people at once; and how much of it was planned."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Touchpoint
from lifecycle.formulas.ranking import (
    USUAL_SHARE,
    Work,
    busy_minutes,
    chance_of_loss,
    protected_arr,
    rank_of,
    urgency_of_due,
    week_of,
)
from lifecycle.models import Meeting, Task
from team.models import User

PROACTIVE_DAYS = 28
# What counts as work with a customer; notes, news, invoices and courses do not.
_TOUCH_KINDS = (
    Touchpoint.Kind.CALL,
    Touchpoint.Kind.MEETING,
    Touchpoint.Kind.MAIL,
    Touchpoint.Kind.CHAT,
    Touchpoint.Kind.EVENT,
    Touchpoint.Kind.REFERENCE,
    Touchpoint.Kind.COMMUNITY,
)
_COLUMNS = (
    *("owner_id", "pk", "due_on", "snoozed_until", "effort_minutes", "created_by_id", "is_shared", "taken_at"),
    *("rank", "parked_reason", "account__summary__arr", "account__summary__health_band"),
    *("account__summary__renews_on", "run__play__playbook__believed_save"),
)


@dataclass(frozen=True, slots=True)
class OpenTask:
    """An open task with what ranks it; `arr` in the install's currency, `share` believed saved (0 to 1)."""

    owner_id: int
    pk: int
    due_on: dt.date | None
    snoozed_until: dt.date | None
    minutes: int
    maker_id: int | None
    is_shared: bool
    taken_at: dt.datetime | None
    rank: Decimal
    parked_reason: str
    arr: Decimal | None
    band: str | None
    renews_on: dt.date | None
    share: Decimal | None

    def ranked(self, day: dt.date) -> Decimal:
        """The rank on a day; see lifecycle.formulas.ranking."""
        days = (self.renews_on - day).days if self.renews_on else None
        protected = protected_arr(
            arr=float(self.arr or 0),
            chance=chance_of_loss(band=self.band or "", days_to_renewal=days),
            share=USUAL_SHARE if self.share is None else float(self.share),
        )
        late = (day - self.due_on).days if self.due_on else None
        return rank_of(protected=protected, urgency=urgency_of_due(late), minutes=self.minutes)

    def is_of_week(self, sunday: dt.date) -> bool:
        """Whether it asks for minutes of this week: it is due by Sunday or has no day, and does not sleep longer."""
        is_asleep = self.snoozed_until is not None and self.snoozed_until > sunday
        return not is_asleep and (self.due_on is None or self.due_on <= sunday)

    def as_work(self, rank: Decimal) -> Work:
        """What a person gave a day, what a customer sees, and what was taken in spite of all stays in any case."""
        is_promised = self.maker_id is not None and self.due_on is not None
        must_stay = is_promised or self.is_shared or self.taken_at is not None
        return Work(self.pk, rank, self.minutes, must_stay)


@dataclass(frozen=True, slots=True)
class Room:
    """A person's week in minutes: what it holds, what meetings and finished tasks took of it."""

    capacity: int
    meetings: int
    done: int
    language: str = "en"

    @property
    def left(self) -> int:
        """Minutes that open tasks may still take; never below 0."""
        return max(self.capacity - self.meetings - self.done, 0)


def open_tasks(*, owner_ids: Collection[int]) -> list[OpenTask]:
    """Every open task of these people; one query."""
    rows = Task.objects.open().filter(owner__in=owner_ids).values_list(*_COLUMNS)
    return [OpenTask(*row) for row in rows]


def _week_bounds(day: dt.date) -> tuple[dt.datetime, dt.datetime]:
    monday, sunday = week_of(day)
    start = timezone.make_aware(dt.datetime.combine(monday, dt.time.min))
    return start, timezone.make_aware(dt.datetime.combine(sunday + dt.timedelta(days=1), dt.time.min))


def rooms_of(*, owner_ids: Collection[int], day: dt.date) -> dict[int, Room]:
    """The week of each person, Monday to Sunday; three queries for any number of people.

    Whole-day entries, cancelled meetings and tasks that were closed without being done take no minutes.
    """
    start, end = _week_bounds(day)
    spans: dict[int, list[tuple[dt.datetime, dt.datetime]]] = defaultdict(list)
    met = Meeting.objects.filter(
        user__in=owner_ids, starts_at__lt=end, ends_at__gt=start, is_cancelled=False, is_whole_day=False
    )
    for user_id, begins, ends in met.values_list("user", "starts_at", "ends_at"):
        spans[user_id].append((max(begins, start), min(ends, end)))
    done = (
        Task.objects.filter(owner__in=owner_ids, state=Task.State.DONE, done_at__range=(start, end))
        .values("owner")
        .annotate(total=Sum(Coalesce("minutes", "effort_minutes")))
    )
    spent = {row["owner"]: row["total"] for row in done}
    people = User.objects.filter(pk__in=owner_ids).values_list("pk", "weekly_capacity_minutes", "language")
    return {
        pk: Room(capacity, busy_minutes(spans.get(pk, [])), spent.get(pk, 0), language)
        for pk, capacity, language in people
    }


@dataclass(frozen=True, slots=True)
class Proactive:
    """How much of somebody's work was planned. Counted are tasks that were done and touches that people logged."""

    planned: int = 0
    total: int = 0

    @property
    def share(self) -> float | None:
        """0 to 1; None where nothing was done."""
        return self.planned / self.total if self.total else None

    def __add__(self, other: "Proactive") -> "Proactive":
        return Proactive(self.planned + other.planned, self.total + other.total)


def proactive_shares(
    *, owner_ids: Collection[int], until: dt.datetime, days: int = PROACTIVE_DAYS
) -> dict[int, Proactive]:
    """Planned work of all work, per person, over `days` days up to a moment; two queries.

    Planned: a task marked as such, a touch that we started unasked. Fire-fighting: every other task and touch, and
    whatever came in. Automated mail is neither: it never counts.
    """
    since = until - dt.timedelta(days=days)
    tasks = (
        Task.objects.filter(owner__in=owner_ids, state=Task.State.DONE, done_at__range=(since, until))
        .values_list("owner")
        .annotate(planned=Count("pk", filter=Q(is_proactive=True)), total=Count("pk"))
    )
    unasked = Q(is_proactive=True) & ~Q(direction=Touchpoint.Direction.IN)
    touches = (
        Touchpoint.objects.by_people()
        .filter(logged_by__in=owner_ids, occurred_at__range=(since, until), kind__in=_TOUCH_KINDS)
        .values_list("logged_by")
        .annotate(planned=Count("pk", filter=unasked), total=Count("pk"))
    )
    found: dict[int, Proactive] = defaultdict(Proactive)
    for owner_id, planned, total in (*tasks, *touches):
        found[owner_id] += Proactive(planned, total)
    return dict(found)
