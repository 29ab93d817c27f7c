"""What changed since the last working day, and what the calendar of the book holds."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    DateField,
    DateTimeField,
    DecimalField,
    F,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Left
from django.utils import timezone

from accounts.models import Account, Ticket, Touchpoint
from accounts.models.accounts import AccountQuerySet
from engagement.models import Risk
from lifecycle.selectors.calendars import meetings_on
from team.clock import now, today
from team.models import User
from voc.models import Feedback, Insight, Response
from workspace.selectors.book import standings_of

MOVE = 5
CHANGES_EACH = 12
CHANGES_SHOWN = 20
RENEWALS_SHOWN = 8
MEETINGS_SHOWN = 20
CHANGES = ("health", "risk", "answer", "feedback", "ticket", "reply")
WAITING_SHOWN = 8
CALENDAR = "calendar"  # the source of touchpoints that were meetings of a calendar
NUMBER = DecimalField(max_digits=12, decimal_places=2)
RENEWAL_WINDOW_DAYS = 90
NAMES = ("row_kind", "row_account", "row_text", "row_number", "row_on", "row_at", "row_ref")


@dataclass(frozen=True, slots=True)
class DayRow:
    """Something that happened, or that the calendar holds.

    `number` is a health move, a survey score, a priority or ARR, by kind.
    """

    kind: str
    account_id: int | None
    account: str
    text: str
    number: Decimal | None
    on: dt.date | None
    at: dt.datetime | None
    health: Decimal | None
    state: str
    band: str
    ref: int


@dataclass(frozen=True, slots=True)
class Day:
    """What changed, newest first, and what today and the next weeks hold."""

    changes: list[DayRow]
    meetings: list[DayRow]  # from calendars, and others that were logged; `number` is 1 where it was logged
    renewals: list[DayRow]
    waiting: list[DayRow]


def last_working_day(day: dt.date) -> dt.date:
    """Yesterday, or the Friday before a Monday or Sunday."""
    back = {0: 3, 6: 2}.get(day.weekday(), 1)
    return day - dt.timedelta(days=back)


def _start_of(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


def _rows(rows: QuerySet[Any], *, kind: str, account: str = "account_id", **columns: Any) -> QuerySet[Any]:
    """The same columns from every source; `account` is the column that holds the account's id."""
    given = {
        "row_kind": Cast(Value(kind), TextField()),
        "row_account": F(account),
        "row_text": Value("", output_field=TextField()),
        "row_number": Cast(Value(None), NUMBER),
        "row_on": Cast(Value(None), DateField()),
        "row_at": Cast(Value(None), DateTimeField()),
        "row_ref": F("pk"),
    }
    made: QuerySet[Any] = rows.annotate(**{**given, **columns}).values_list(*NAMES)
    return made


def _change(rows: QuerySet[Any], *, kind: str, account: str = "account_id", **columns: Any) -> QuerySet[Any]:
    return _rows(rows, kind=kind, account=account, **columns).order_by("-row_at", "row_ref")[:CHANGES_EACH]


def _number(name: str) -> Cast:
    return Cast(F(name), NUMBER)


def _changes(book: AccountQuerySet, since: dt.datetime) -> list[QuerySet[Any]]:
    """Health moves of 5 points and more, risks, answers, other feedback, tickets and replies."""
    until = now()
    moved = book.filter(summary__health_at__range=(since, until)).filter(
        Q(summary__health_delta__gte=MOVE) | Q(summary__health_delta__lte=-MOVE)
    )
    answered = Response.objects.counted().filter(
        account__in=book, submitted_at__range=(since, until), score__isnull=False
    )
    opened = Risk.objects.open().filter(account__in=book, opened_on__gte=timezone.localdate(since))
    reply = Q(direction=Touchpoint.Direction.IN, occurred_at__range=(since, until))
    return [
        _change(
            moved,
            kind="health",
            account="id",
            row_number=_number("summary__health_delta"),
            row_at=F("summary__health_at"),
        ),
        _change(
            Response.objects.filter(pk__in=answered.order_by("-submitted_at", "pk").values("pk")[:CHANGES_EACH]),
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
            opened,
            kind="risk",
            row_text=Cast(F("words"), TextField()),
            row_number=_number("severity"),
            row_at=Cast(F("opened_on"), DateTimeField()),
        ),
        _change(
            Ticket.objects.filter(account__in=book, opened_at__range=(since, until)),
            kind="ticket",
            row_text=Cast(F("subject"), TextField()),
            row_number=Cast(
                Case(*(When(priority=f"p{n}", then=Value(n)) for n in (1, 2, 3)), default=Value(4)),
                NUMBER,
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


def _longest_each(rows: Iterable[DayRow]) -> list[DayRow]:
    """Of each account what has been owed longest."""
    found: dict[int | None, DayRow] = {}
    for row in sorted(rows, key=lambda row: row.at or now()):
        found.setdefault(row.account_id, row)
    return list(found.values())


def _with_shown_account(rows: QuerySet[Any], user: User) -> QuerySet[Any]:
    """SECURITY: a meeting stays its person's own when its account goes to a colleague; the account is named no more."""
    visible = When(account__in=Account.objects.visible_to(user), then=F("account_id"))
    named: QuerySet[Any] = rows.annotate(shown_account=Case(visible, default=None, output_field=BigIntegerField()))
    return named


def _agenda(user: User, book: AccountQuerySet, day: dt.date) -> list[QuerySet[Any]]:
    """The user's meetings of today, renewals of the next 90 days, replies and answers that others owe us."""
    begin = _start_of(day)
    until = day + dt.timedelta(days=RENEWAL_WINDOW_DAYS)
    today_long = (begin, begin + dt.timedelta(days=1))
    met = Touchpoint.objects.filter(account__in=book, kind=Touchpoint.Kind.MEETING, occurred_at__range=today_long)
    met = met.exclude(source=CALENDAR)
    unanswered = Touchpoint.objects.filter(
        account__in=book, awaiting_reply_since__isnull=False, replied_at__isnull=True
    )
    accepted = Insight.objects.filter(account__in=book, state=Insight.State.ACCEPTED)
    promised = Insight.objects.filter(pk__in=accepted.order_by("promised_on", "pk").values("pk")[:WAITING_SHOWN])
    subject: dict[str, Any] = {"row_text": Cast(F("subject"), TextField())}
    return [
        _rows(
            _with_shown_account(meetings_on(user, day).select_related(None), user),
            kind="meeting",
            account="shown_account",
            row_at=F("starts_at"),
            row_text=Cast(F("title"), TextField()),
            row_number=Case(When(logged_at__isnull=True, then=Cast(Value(0), NUMBER)), default=Cast(Value(1), NUMBER)),
        ).order_by("row_at", "pk")[:MEETINGS_SHOWN],
        _rows(met, kind="met", row_at=F("occurred_at"), **subject).order_by("row_at", "pk")[:MEETINGS_SHOWN],
        _rows(
            book.filter(summary__renews_on__range=(day, until)),
            kind="renewal",
            account="id",
            row_on=F("summary__renews_on"),
        ).order_by("row_on", "pk")[:RENEWALS_SHOWN],
        _rows(unanswered, kind="waiting", row_at=F("awaiting_reply_since"), **subject).order_by("row_at", "pk")[
            : 5 * WAITING_SHOWN
        ],
        _rows(
            promised,
            kind="promise",
            row_text=Cast(F("department__name"), TextField()),
            row_on=F("promised_on"),
            row_at=F("decided_at"),
        ),
    ]


def _with_standing(found: list[tuple[Any, ...]]) -> list[DayRow]:
    """Rows with the name and the standing of their account (one query); ARR where the row has no number of its own."""
    known = standings_of(account for _kind, account, *_rest in found)
    made = []
    for kind, account, text, number, on, at, ref in found:
        one = known[account]
        shown = one.arr if number is None else number
        made.append(DayRow(kind, account, one.account, text, shown, on, at, one.health, one.state, one.band, ref))
    return made


def read_day(*, user: User, book: AccountQuerySet, since: dt.datetime) -> Day:
    """Everything of Today beside "Do next"; two queries whatever the size of the book."""
    first, *rest = [*_changes(book, since), *_agenda(user, book, today())]
    found = _with_standing(list(first.union(*rest, all=True)))

    def of(*kinds: str) -> list[DayRow]:
        return [row for row in found if row.kind in kinds]

    changed = sorted(of(*CHANGES), key=lambda row: row.at or since, reverse=True)
    return Day(
        changes=changed[:CHANGES_SHOWN],
        meetings=sorted(of("meeting", "met"), key=lambda row: (row.at or since, row.ref)),
        renewals=of("renewal"),
        waiting=_longest_each(of("waiting", "promise"))[:WAITING_SHOWN],
    )
