"""The department queue: what waits for a decision, what was decided, what it rests on."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils.translation import gettext as _

from accounts.formulas.bands import arr_band
from accounts.models import Account
from team.clock import now, today
from team.models import Department, Role, User
from ui.formats import compact_money, number
from ui.hooks import default_currency
from voc.formulas.priority import priority_sentence, reason_words
from voc.models import Feedback, Insight, InsightFeedback, InsightStep
from voc.models.insights import is_asleep

TABS = ("triage", "accepted", "snoozed", "closed")
# Beyond it a count says nothing that one acts on, and costs a scan.
MOST_COUNTED = 1000
MOST_QUOTES = 20
SIMILAR = 5
SOON_DAYS = 90
# SECURITY: a department may know what several customers pay together, never what one of them pays.
FEWEST_FOR_SUMS = 5


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

    @property
    def reasons(self) -> list[str]:
        """Why it is as urgent as it is."""
        return reason_words(self.insight.priority_reasons)

    @property
    def why(self) -> str:
        """Urgency and its reasons, in one sentence."""
        if self.insight.is_praise:
            return _("Praise")
        return priority_sentence(self.insight.priority, self.insight.priority_reasons)


@dataclass(frozen=True)
class StepLine:
    """One line of the decision log."""

    step: InsightStep
    who: str
    tone: str


@dataclass(frozen=True)
class Together:
    """Everybody who says the same. `arr` is empty where the reader may not know the sum."""

    accounts: int
    arr: str
    renew_soon: int


@dataclass(frozen=True)
class Evidence:
    """What an insight rests on."""

    row: QueueRow
    quotes: list[Feedback]
    similar: list[QueueRow]
    renews_soon: bool
    together: Together | None
    more_quotes: int


def departments_for(user: User) -> list[Department]:
    """The queues that a person may open: the own ones; all for everybody who is no department member."""
    rows = Department.objects.all()
    return list(rows if user.role != Role.MEMBER else rows.filter(pk__in=user.department_ids()))


def in_tab(rows: QuerySet[Insight], tab: str) -> QuerySet[Insight]:
    """The insights of one tab."""
    return rows.filter(TAB_CONDITIONS[tab](today()))


def _undecided(day: dt.date) -> Q:
    return Q(state__in=[Insight.State.NEW, Insight.State.TRIAGED, Insight.State.REOPENED])


TAB_CONDITIONS: dict[str, Callable[[dt.date], Q]] = {
    "triage": lambda day: _undecided(day) & ~is_asleep(day),
    "accepted": lambda day: Q(state__in=[Insight.State.ACCEPTED, Insight.State.ACTED_ON, Insight.State.TOLD]),
    "snoozed": lambda day: _undecided(day) & is_asleep(day),
    "closed": lambda day: Q(state__in=Insight.CLOSED),
}


def queue_of(user: User, department: Department | None) -> QuerySet[Insight]:
    """A department's insights (None: all departments) as far as the user may see them."""
    visible = Insight.objects.visible_to(user)
    return visible if department is None else visible.filter(department=department)


def count_tabs(rows: QuerySet[Insight]) -> dict[str, str]:
    """How many wait in each tab but the closed one, up to 1,000; one query each."""
    found = {}
    for tab in TABS[:-1]:
        n = in_tab(rows, tab).order_by().values("pk")[: MOST_COUNTED + 1].count()
        found[tab] = number(n) if n <= MOST_COUNTED else f"{number(MOST_COUNTED)}+"
    return found


def with_parts(rows: QuerySet[Insight]) -> QuerySet[Insight]:
    """What a row shows, in the same query."""
    sources = InsightFeedback.objects.filter(insight=OuterRef("pk")).order_by().values("insight")
    return rows.select_related("account__summary", "theme", "department", "owner", "rule", "ticket").annotate(
        source_names=Subquery(sources.values(names=ArrayAgg("feedback__source", distinct=True)))
    )


def row_of(insight: Insight, user: User) -> QueueRow:
    """A queue row; `insight` comes from `with_parts`."""
    labels = dict(Feedback.Source.choices)
    names = [str(labels[name]).lower() for name in getattr(insight, "source_names", None) or [] if name in labels]
    return QueueRow(insight, arr_words(insight.account, user), names, is_late(insight))


def is_late(insight: Insight) -> bool:
    """The time to decide has passed, or the day of what was promised."""
    if insight.state == Insight.State.ACCEPTED:
        return insight.promised_on is not None and insight.promised_on < today()
    is_open = insight.decided_at is None and insight.state not in Insight.CLOSED
    is_open = is_open and insight.waiting_since is None
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
    alike = Insight.objects.none()
    if insight.theme_id:
        alike = Insight.objects.visible_to(user).open().filter(theme=insight.theme_id, is_praise=insight.is_praise)
    others = alike.exclude(pk=insight.pk)
    rows = [row_of(one, user) for one in with_parts(others).order_by("priority", "id")[:SIMILAR]]
    renews_on = insight.account.summary.renews_on
    soon = renews_on is not None and 0 <= (renews_on - today()).days <= SOON_DAYS
    listed = list(quotes[: MOST_QUOTES + 1])
    more = quotes.count() - MOST_QUOTES if len(listed) > MOST_QUOTES else 0
    together = _together(alike, user) if rows else None
    return Evidence(row_of(insight, user), listed[:MOST_QUOTES], rows, soon, together, more)


def _together(alike: QuerySet[Insight], user: User) -> Together | None:
    """The accounts behind open insights of one theme. None for one account alone."""
    day = today()
    renews = Q(summary__renews_on__range=(day, day + dt.timedelta(days=SOON_DAYS)))
    found = Account.objects.filter(pk__in=alike.order_by().values("account")).aggregate(
        n=Count("pk"), arr=Sum("summary__arr"), soon=Count("pk", filter=renews)
    )
    if found["n"] <= 1:
        return None
    may_know = user.role != Role.MEMBER or found["n"] >= FEWEST_FOR_SUMS
    return Together(found["n"], compact_money(found["arr"] or 0, default_currency()) if may_know else "", found["soon"])


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
