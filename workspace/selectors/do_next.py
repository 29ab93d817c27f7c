"""What to do next: open tasks that are due and what the facts suggest, in one list."""

import datetime as dt
from typing import Any

from django.db.models import (
    DateField,
    DateTimeField,
    DecimalField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Concat

from accounts.models import Touchpoint
from accounts.models.accounts import AccountQuerySet
from lifecycle.models import Task
from team.clock import now, today
from team.models import User
from voc.models import Insight
from workspace.formulas import urgency as formula
from workspace.formulas.lines import Candidate
from workspace.selectors.book import Standing, standings_of

PER_SOURCE = 60
SUGGESTION_RESTS_DAYS = 14
RANK = DecimalField(max_digits=16, decimal_places=4)
NAMES = ("line_kind", "line_ref", "line_account", "line_title", "line_why", "line_on", "line_made_at", "line_rank")


def suggestion_key(account_id: int) -> str:
    """The `dedupe_key` of the task that a suggestion becomes: one suggestion per account at a time."""
    return f"suggestion:{account_id}"


def _line(rows: QuerySet[Any], *, kind: str, account: str = "account_id", **columns: Any) -> QuerySet[Any]:
    """The same columns from every source; `account` is the column that holds the account's id."""
    given = {
        "line_kind": Value(kind, output_field=TextField()),
        "line_ref": F("pk"),
        "line_account": F(account),
        "line_title": Value("", output_field=TextField()),
        "line_why": Value("", output_field=TextField()),
        "line_on": Cast(Value(None), DateField()),
        "line_made_at": Cast(Value(None), DateTimeField()),
        "line_rank": Cast(Value(None), RANK),
    }
    made: QuerySet[Any] = rows.annotate(**{**given, **columns}).values_list(*NAMES)
    return made


def _tasks(user: User, day: dt.date) -> QuerySet[Any]:
    due = Q(due_on__lte=day) | Q(snoozed_until__lte=day)
    rows = Task.objects.owned_by(user).at_hand().awake(day).filter(due).order_by("-rank", "due_on", "id")
    return _line(
        rows,
        kind="task",
        line_title=Cast(F("title"), TextField()),
        line_why=Cast(F("why"), TextField()),
        line_on=F("due_on"),
        line_made_at=F("created_at"),
        line_rank=F("rank"),
    )[:PER_SOURCE]


def _silent_for_long() -> Q:
    """Longer without a two-way touch than one and a half times the rhythm of the segment."""
    rhythm = Coalesce(F("segment__touch_every_days"), formula.DEFAULT_RHYTHM_DAYS)
    patience = ExpressionWrapper(
        Value(dt.timedelta(days=formula.SILENCE_FACTOR)) * rhythm, output_field=DurationField()
    )
    return Q(summary__last_touch_at__lt=ExpressionWrapper(Value(now()) - patience, output_field=DateTimeField()))


def suggested(book: AccountQuerySet, day: dt.date) -> AccountQuerySet:
    """Accounts whose facts ask for attention and that nobody has a task for; those with the most ARR first."""
    until = day + dt.timedelta(days=formula.RENEWAL_WINDOW_DAYS)
    weak = Q(summary__health__lt=formula.LOW_HEALTH) | Q(summary__health__isnull=True)
    wanted = (
        Q(summary__renews_on__range=(day, until)) & weak
        | Q(summary__health_delta__lte=-formula.STEEP_FALL)
        | _silent_for_long()
        | Q(summary__last_touch_at__isnull=True)
    )
    rested = now() - dt.timedelta(days=SUGGESTION_RESTS_DAYS)
    taken = Task.objects.filter(account=OuterRef("pk")).filter(
        Q(state=Task.State.OPEN)
        | Q(
            state=Task.State.DONE,
            done_at__gte=rested,
            dedupe_key=Concat(Value("suggestion:"), Cast(OuterRef("pk"), TextField())),
        )
    )
    # The row of the summary is demanded, so that the index by ARR is walked and the first ones that fit are enough.
    live = book.filter(status__in=["customer", "trial"], summary__isnull=False).filter(wanted).filter(~Exists(taken))
    return live.order_by("-summary__arr", "-summary__account_id")


def _suggestions(book: AccountQuerySet, day: dt.date) -> QuerySet[Any]:
    return _line(suggested(book, day), kind="account", account="id")[:PER_SOURCE]


def _insights(user: User, book: AccountQuerySet, day: dt.date) -> QuerySet[Any]:
    """Acted on, so the customer must hear it; and undecided ones of the own departments."""
    awake = Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=day)
    to_tell = Insight.objects.filter(awake, account__in=book, state=Insight.State.ACTED_ON)
    mine = Insight.objects.triage().filter(awake, department__memberships__user=user)
    rows = (to_tell | mine.filter(account__in=book)) if user.role == "csm" else mine
    return _line(
        Insight.objects.filter(pk__in=rows.values("pk")),
        kind="insight",
        line_title=Cast(F("title"), TextField()),
        line_why=Cast(F("state"), TextField()),
        line_on=Cast(F("due_at"), DateField()),
        line_made_at=F("created_at"),
    ).order_by("priority", "due_at", "pk")[:PER_SOURCE]


def _asks(book: AccountQuerySet, day: dt.date) -> QuerySet[Any]:
    rows = Touchpoint.objects.filter(account__in=book, got_it_at__isnull=True, due_on__lt=day).exclude(asks_for="")
    return _line(
        rows.order_by("-due_on", "id"),
        kind="ask",
        line_title=Cast(F("asks_for"), TextField()),
        line_on=F("due_on"),
        line_made_at=F("occurred_at"),
    )[:PER_SOURCE]


def read_candidates(*, user: User, book: AccountQuerySet) -> list[Candidate]:
    """Everything that may stand in "Do next", unordered; two queries whatever the size of the book."""
    day = today()
    parts = [_suggestions(book, day), _insights(user, book, day)]
    if user.role == "csm":
        parts.append(_asks(book, day))
    rows: list[tuple[Any, ...]] = list(_tasks(user, day).union(*parts, all=True))
    known = standings_of(account for _kind, _ref, account, *_rest in rows)
    return [_candidate(row, known[row[2]]) for row in rows]


def _candidate(row: tuple[Any, ...], standing: Standing) -> Candidate:
    kind, ref, account_id, title, why, on, made_at, rank = row
    return Candidate(
        kind=kind,
        ref=ref,
        account_id=account_id,
        **{name: getattr(standing, name) for name in Standing.__slots__},
        title=title,
        why=why,
        on=on,
        made_at=made_at,
        rank=rank,
    )
