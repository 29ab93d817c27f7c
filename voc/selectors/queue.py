"""The department queue: what waits for a decision, what was decided, what it rests on."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import BooleanField, Count, ExpressionWrapper, F, OrderBy, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.formulas.bands import arr_band
from accounts.models import Account
from team.clock import now, today
from team.models import Department, Role, User
from ui.formats import compact_money
from ui.hooks import default_currency
from voc.models import Feedback, Insight, InsightStep

TABS = ("triage", "accepted", "snoozed", "closed")
SHOWN = 100
SIMILAR = 5
SOON_DAYS = 90


@dataclass(frozen=True)
class QueueRow:
    """One insight as the queue shows it. `arr` is a sum, or a band for department members."""

    insight: Insight
    arr: str
    sources: list[str]
    is_late: bool

    @property
    def tone(self) -> str:
        """The colour of its count: how urgent it is, or praise."""
        if self.insight.is_praise:
            return "good"
        return {1: "critical", 2: "risk", 3: "watch"}.get(self.insight.priority, "")

    @property
    def mentions_words(self) -> str:
        """How often it was said."""
        return f"{self.insight.mentions}×"

    @property
    def priority_words(self) -> str:
        """Its urgency in words: never by colour alone."""
        if self.insight.is_praise:
            return _("Praise")
        return _("Priority %(n)s of 4") % {"n": self.insight.priority}


@dataclass(frozen=True)
class StepLine:
    """One line of the decision log."""

    step: InsightStep
    who: str
    tone: str


@dataclass(frozen=True)
class Queue:
    """One tab of one department's queue. `counts` are those of all tabs."""

    department: Department | None
    tab: str
    rows: list[QueueRow]
    counts: dict[str, int]
    is_cut: bool


@dataclass(frozen=True)
class Evidence:
    """What an insight rests on."""

    row: QueueRow
    quotes: list[Feedback]
    similar: list[QueueRow]
    renews_soon: bool


def departments_for(user: User) -> list[Department]:
    """The queues that a person may open: the own ones; all for everybody who is no department member."""
    rows = Department.objects.all()
    return list(rows if user.role != Role.MEMBER else rows.filter(pk__in=user.department_ids()))


def in_tab(rows: QuerySet[Insight], tab: str) -> QuerySet[Insight]:
    """The insights of one tab, most pressing first."""
    condition = TAB_CONDITIONS[tab](today())
    return rows.filter(condition).order_by(*TAB_ORDERS.get(tab, PRESSING), "id")


def _triage(day: dt.date) -> Q:
    asleep = Q(snoozed_until__gt=day)
    return Q(state__in=[Insight.State.NEW, Insight.State.TRIAGED, Insight.State.REOPENED]) & ~asleep


TAB_CONDITIONS: dict[str, Callable[[dt.date], Q]] = {
    "triage": _triage,
    "accepted": lambda day: Q(state__in=[Insight.State.ACCEPTED, Insight.State.ACTED_ON, Insight.State.TOLD]),
    "snoozed": lambda day: (
        Q(snoozed_until__gt=day) & Q(state__in=[Insight.State.NEW, Insight.State.TRIAGED, Insight.State.REOPENED])
    ),
    "closed": lambda day: Q(state__in=Insight.CLOSED),
}


PRESSING = ("priority", OrderBy(F("due_at"), nulls_last=True))
TAB_ORDERS: dict[str, tuple[str | OrderBy, ...]] = {
    # A promise that is due comes before the customer who has been told and has the word.
    "accepted": (
        OrderBy(ExpressionWrapper(Q(state=Insight.State.TOLD), BooleanField())),
        OrderBy(F("promised_on"), nulls_last=True),
        "priority",
    ),
    "snoozed": ("snoozed_until", "priority"),
    "closed": ("-updated_at",),
}


def read_queue(*, user: User, department: Department | None, tab: str) -> Queue:
    """One tab of a department's queue (None: all departments), with the counts of every tab. Two queries."""
    visible = Insight.objects.visible_to(user)
    if department is not None:
        visible = visible.filter(department=department)
    counted = visible.order_by().aggregate(
        **{name: Count("pk", filter=make(today()), distinct=True) for name, make in TAB_CONDITIONS.items()}
    )
    found = list(with_parts(in_tab(visible, tab))[: SHOWN + 1])
    return Queue(department, tab, [row_of(one, user) for one in found[:SHOWN]], counted, len(found) > SHOWN)


def with_parts(rows: QuerySet[Insight]) -> QuerySet[Insight]:
    """What a row shows, in the same query."""
    return rows.select_related("account__summary", "theme", "department", "owner").annotate(
        source_names=ArrayAgg("feedback__source", distinct=True, default=[])
    )


def row_of(insight: Insight, user: User) -> QueueRow:
    """A queue row; `insight` comes from `with_parts`."""
    labels = dict(Feedback.Source.choices)
    names = [str(labels[name]).lower() for name in getattr(insight, "source_names", []) if name in labels]
    return QueueRow(insight, arr_words(insight.account, user), names, is_late(insight))


def is_late(insight: Insight) -> bool:
    """The time to decide has passed, or the day of what was promised."""
    if insight.state == Insight.State.ACCEPTED:
        return insight.promised_on is not None and insight.promised_on < today()
    is_open = insight.decided_at is None and insight.state not in Insight.CLOSED
    return is_open and insight.due_at is not None and insight.due_at < now()


def arr_words(account: Account, user: User) -> str:
    """SECURITY: department members see a span, never the sum."""
    arr: Decimal = account.summary.arr
    return arr_band(arr, default_currency()) if user.role == Role.MEMBER else compact_money(arr, default_currency())


def read_evidence(*, insight: Insight, user: User) -> Evidence:
    """Quotes, newest first, and open insights on the same theme elsewhere, as far as the user may see both."""
    quotes = (
        Feedback.objects.filter(of_insight_or_visible(insight, user), quoted_in__insight=insight)
        .select_related("contact", "account")
        .order_by("-received_at", "-id")
    )
    similar = Insight.objects.none()
    if insight.theme_id:
        similar = Insight.objects.visible_to(user).open().filter(theme=insight.theme_id).exclude(pk=insight.pk)
    rows = [row_of(one, user) for one in with_parts(similar).order_by("priority", "id")[:SIMILAR]]
    renews_on = insight.account.summary.renews_on
    soon = renews_on is not None and 0 <= (renews_on - today()).days <= SOON_DAYS
    return Evidence(row_of(insight, user), list(quotes[:20]), rows, soon)


def of_insight_or_visible(insight: Insight, user: User) -> Q:
    """Rows of the insight's own account, or of one that the user sees.

    SECURITY: an insight that took in another one holds words of several customers.
    """
    visible = Q(account__in=Account.objects.visible_to(user))
    return Q(account=insight.account_id, account__deleted_at__isnull=True) | visible


def read_steps(insight: Insight) -> list[StepLine]:
    """The decision log, newest first; one query."""
    tones = {Insight.State.VERIFIED: "good", Insight.State.REOPENED: "critical"}
    steps = insight.steps.select_related("actor", "contact").order_by("-happened_at", "-id")
    return [
        StepLine(step, str(step.actor or step.contact or _("by itself")), tones.get(Insight.State(step.state), ""))
        for step in steps
    ]


def mergeable(*, insight: Insight, user: User) -> QuerySet[Insight]:
    """Open insights of the department into which this one can go: the same theme and account first."""
    return (
        Insight.objects.visible_to(user)
        .open()
        .filter(department=insight.department_id)
        .exclude(pk=insight.pk)
        .select_related("account")
        .annotate(is_same_theme=Q(theme=insight.theme_id), is_same_account=Q(account=insight.account_id))
        .order_by("-is_same_theme", "-is_same_account", "priority", "id")
    )
