"""What changed since the last working day, and what the calendar of the book holds."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, CharField, DateField, DateTimeField, DecimalField, F, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Coalesce, Left
from django.utils import timezone

from accounts.models import Ticket, Touchpoint
from accounts.models.accounts import AccountQuerySet
from team.clock import now, today
from voc.models import Feedback, Insight, Response

MOVE = 5
CHANGES_EACH = 12
CHANGES_SHOWN = 20
RENEWALS_SHOWN = 8
WAITING_SHOWN = 8
RENEWAL_WINDOW_DAYS = 90
CHANGE_NAMES = ("row_kind", "row_account", "row_name", "row_text", "row_number", "row_at", "row_ref")
AGENDA_NAMES = (
    "row_kind", "row_account", "row_name", "row_text", "row_number", "row_on", "row_at", "row_health", "row_state", "row_band",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened: `number` is a health move, a survey score or a priority, by kind."""

    kind: str
    account_id: int
    account: str
    text: str
    number: Decimal | None
    at: dt.datetime
    ref: int


@dataclass(frozen=True, slots=True)
class AgendaRow:
    """A meeting, a renewal (`number` is its ARR) or something that others owe us."""

    kind: str
    account_id: int
    account: str
    text: str
    number: Decimal | None
    on: dt.date | None
    at: dt.datetime | None
    health: Decimal | None
    state: str
    band: str


@dataclass(frozen=True, slots=True)
class Agenda:
    meetings: list[AgendaRow]
    renewals: list[AgendaRow]
    waiting: list[AgendaRow]


def last_working_day(day: dt.date) -> dt.date:
    """Yesterday, or the Friday before a Monday or Sunday."""
    back = {0: 3, 6: 2}.get(day.weekday(), 1)
    return day - dt.timedelta(days=back)


def _start_of(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


def _change(rows: QuerySet[Any], *, kind: Any, path: str = "account__", **columns: Any) -> QuerySet[Any]:
    given = {
        "row_kind": Cast(kind if hasattr(kind, "resolve_expression") else Value(kind), TextField()),
        "row_account": F(f"{path}id"),
        "row_name": Cast(F(f"{path}name"), TextField()),
        "row_text": Value("", output_field=TextField()),
        "row_number": Cast(Value(None), DecimalField(max_digits=12, decimal_places=2)),
        "row_ref": F("pk"),
    }
    made = rows.annotate(**{**given, **columns}).values_list(*CHANGE_NAMES)
    return made.order_by("-row_at", "row_ref")[:CHANGES_EACH]


def _number(name: str) -> Cast:
    return Cast(F(name), DecimalField(max_digits=12, decimal_places=2))


def read_changes(*, book: AccountQuerySet, since: dt.datetime) -> list[Change]:
    """Health moves of 5 points and more, answers, other feedback, tickets and replies, newest first; one query."""
    until = now()
    moved = book.filter(summary__health_at__range=(since, until)).filter(
        Q(summary__health_delta__gte=MOVE) | Q(summary__health_delta__lte=-MOVE)
    )
    reply = Q(direction=Touchpoint.Direction.IN, occurred_at__range=(since, until))
    parts = [
        _change(
            Response.objects.counted().filter(account__in=book, submitted_at__range=(since, until), score__isnull=False),
            kind="answer",
            row_number=_number("score"),
            row_text=Cast(Coalesce(F("contact__name"), Value("")), TextField()),
            row_at=F("submitted_at"),
        ),
        _change(
            Feedback.objects.filter(account__in=book, received_at__range=(since, until), response__isnull=True),
            kind="feedback",
            row_text=Left(Cast("text", TextField()), 120),
            row_at=F("received_at"),
        ),
        _change(
            Ticket.objects.filter(account__in=book, opened_at__range=(since, until)),
            kind="ticket",
            row_text=Cast(F("subject"), TextField()),
            row_number=Cast(
                Case(*(When(priority=f"p{n}", then=Value(n)) for n in (1, 2, 3)), default=Value(4)),
                DecimalField(max_digits=12, decimal_places=2),
            ),
            row_at=F("opened_at"),
        ),
        _change(
            Touchpoint.objects.by_people().filter(reply, account__in=book),
            kind="reply",
            row_text=Cast(F("subject"), TextField()),
            row_at=F("occurred_at"),
        ),
    ]
    first = _change(moved, kind="health", path="", row_number=_number("summary__health_delta"), row_at=F("summary__health_at"))
    rows: Iterable[tuple[Any, ...]] = first.union(*parts, all=True)
    return sorted((Change(*row) for row in rows), key=lambda change: change.at, reverse=True)[:CHANGES_SHOWN]


def _agenda(rows: QuerySet[Any], *, kind: str, path: str, **columns: Any) -> QuerySet[Any]:
    given = {
        "row_kind": Cast(Value(kind), TextField()),
        "row_account": F(f"{path}id"),
        "row_name": Cast(F(f"{path}name"), TextField()),
        "row_text": Value("", output_field=TextField()),
        "row_number": F(f"{path}summary__arr"),
        "row_on": Cast(Value(None), DateField()),
        "row_at": Cast(Value(None), DateTimeField()),
        "row_health": F(f"{path}summary__health"),
        "row_state": Cast(Coalesce(F(f"{path}summary__health_state"), Value("")), TextField()),
        "row_band": Cast(Coalesce(F(f"{path}summary__health_band"), Value("")), CharField()),
    }
    return rows.annotate(**{**given, **columns}).values_list(*AGENDA_NAMES)


def _longest_each(rows: Iterable[AgendaRow]) -> list[AgendaRow]:
    """Of each account what has been owed longest."""
    found: dict[int, AgendaRow] = {}
    for row in sorted(rows, key=lambda row: row.at or now()):
        found.setdefault(row.account_id, row)
    return list(found.values())


def read_agenda(*, book: AccountQuerySet) -> Agenda:
    """Meetings of today, renewals of the next 90 days and what others owe us; one query."""
    day = today()
    begin = _start_of(day)
    meetings = _agenda(
        Touchpoint.objects.filter(
            account__in=book, kind=Touchpoint.Kind.MEETING, occurred_at__range=(begin, begin + dt.timedelta(days=1))
        ),
        kind="meeting",
        path="account__",
        row_text=Cast(F("subject"), TextField()),
        row_at=F("occurred_at"),
    )
    until = day + dt.timedelta(days=RENEWAL_WINDOW_DAYS)
    renewals = _agenda(
        book.filter(summary__renews_on__range=(day, until)), kind="renewal", path="", row_on=F("summary__renews_on")
    )
    replies = _agenda(
        Touchpoint.objects.filter(account__in=book, awaiting_reply_since__isnull=False, replied_at__isnull=True),
        kind="waiting",
        path="account__",
        row_text=Cast(F("subject"), TextField()),
        row_at=F("awaiting_reply_since"),
    )
    promised = _agenda(
        Insight.objects.filter(account__in=book, state=Insight.State.ACCEPTED),
        kind="promise",
        path="account__",
        row_text=Cast(F("department__name"), TextField()),
        row_on=F("promised_on"),
        row_at=F("decided_at"),
    )
    rows: Iterable[tuple[Any, ...]] = meetings.order_by("row_at")[:20].union(
        renewals.order_by("row_on", "pk")[:RENEWALS_SHOWN],
        replies.order_by("row_at", "pk")[: 5 * WAITING_SHOWN],
        promised.order_by("row_on", "pk")[:WAITING_SHOWN],
        all=True,
    )
    found = [AgendaRow(*row) for row in rows]
    return Agenda(
        meetings=[row for row in found if row.kind == "meeting"],
        renewals=[row for row in found if row.kind == "renewal"],
        waiting=_longest_each(row for row in found if row.kind in {"waiting", "promise"})[:WAITING_SHOWN],
    )
