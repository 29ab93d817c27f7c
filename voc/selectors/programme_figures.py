"""The figures that stage goals of the roll-out are measured by, over the accounts in its scope."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Count, DurationField, Exists, ExpressionWrapper, F, FloatField, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Extract
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from lifecycle.models import Cause
from team.clock import now
from team.models import User
from voc.formulas.intervals import Interval, share_interval
from voc.models import (
    DepartmentRule,
    Feedback,
    Initiative,
    Insight,
    InsightRead,
    InsightStep,
    Invitation,
    ProgrammeGoal,
    ThemeWeek,
)
from voc.models.programme import week_of
from voc.selectors.loop_times import HORIZON_DAYS, Percentiles

Stage = ProgrammeGoal.Stage
QUARTER = dt.timedelta(days=90)
HALF_YEAR = dt.timedelta(days=180)
YEAR = dt.timedelta(days=365)
DECIDERS = ("decision_maker", "executive")
TOP_THEMES = 10


@dataclass(frozen=True, slots=True)
class Known:
    """A figure as it stands: shares in percent with their interval, others plain; `n` is what it rests on."""

    value: float | None
    n: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """Who asks, and which accounts count."""

    user: User
    accounts: QuerySet[Account]

    def insights(self, since: dt.timedelta) -> QuerySet[Insight]:
        """Insights of accounts in scope that began within so long; without those that another one took in."""
        rows = Insight.objects.visible_to(self.user).filter(account__in=self.accounts, created_at__gte=now() - since)
        return rows.exclude(state=Insight.State.MERGED).order_by()


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that a goal can be set for. `unit`: %, days, or nothing."""

    key: str
    stage: str
    label: Promise
    hint: Promise
    unit: str
    read: Callable[[Scope], Known]
    is_less_better: bool = False

    def is_reached(self, known: Known, target: float) -> bool:
        """Whether the goal stands."""
        if known.value is None:
            return False
        return known.value <= target if self.is_less_better else known.value >= target


def _share(found: Interval) -> Known:
    value, low, high = (None if end is None else 100 * end for end in (found.value, found.low, found.high))
    return Known(value, found.n, low, high)


def _heard(scope: Scope, since: dt.timedelta, personas: tuple[str, ...] = ()) -> Known:
    said = Feedback.objects.filter(account__isnull=False, received_at__gte=now() - since)
    if personas:
        said = said.filter(persona__in=personas)
    rows = scope.accounts.filter(status=Account.Status.CUSTOMER).order_by()
    return _share(share_interval(rows.filter(pk__in=said.values("account")).count(), rows.count()))


def _heard_lately(scope: Scope) -> Known:
    return _heard(scope, QUARTER)


def _deciders_heard(scope: Scope) -> Known:
    return _heard(scope, HALF_YEAR, DECIDERS)


def _answered(scope: Scope) -> Known:
    asked = Invitation.objects.filter(account__in=scope.accounts, created_at__gte=now() - QUARTER)
    asked = asked.exclude(state__in=[Invitation.State.SUPPRESSED, Invitation.State.RECALLED])
    found = asked.aggregate(n=Count("pk"), hits=Count("pk", filter=Q(state=Invitation.State.ANSWERED)))
    return _share(share_interval(found["hits"], found["n"]))


def with_reading(rows: QuerySet[Insight]) -> QuerySet[Insight]:
    """With `is_read` (by somebody of its department) and `is_acted` (a person did something with it)."""
    reads = InsightRead.objects.filter(insight=OuterRef("pk"), user__memberships__department=OuterRef("department"))
    steps = InsightStep.objects.filter(insight=OuterRef("pk"), actor__isnull=False)
    return rows.annotate(is_read=Exists(reads), is_acted=Exists(steps))


def _read(scope: Scope) -> Known:
    rows = with_reading(scope.insights(QUARTER))
    found = rows.aggregate(n=Count("pk"), hits=Count("pk", filter=Q(is_read=True) | Q(is_acted=True)))
    return _share(share_interval(found["hits"], found["n"]))


def _in_time(scope: Scope) -> Known:
    judged = Q(due_at__isnull=False) & (Q(decided_at__isnull=False) | Q(due_at__lt=now()))
    found = scope.insights(QUARTER).aggregate(
        n=Count("pk", filter=judged), hits=Count("pk", filter=judged & Q(decided_at__lte=F("due_at")))
    )
    return _share(share_interval(found["hits"], found["n"]))


def _closed(scope: Scope) -> Known:
    horizon = dt.timedelta(days=HORIZON_DAYS)
    rows = scope.insights(HALF_YEAR).filter(created_at__lte=now() - horizon)
    closed = Q(state=Insight.State.VERIFIED, verified_at__lte=F("created_at") + horizon)
    found = rows.aggregate(n=Count("pk"), hits=Count("pk", filter=closed))
    return _share(share_interval(found["hits"], found["n"]))


def _days_to_close(scope: Scope) -> Known:
    closed = scope.insights(HALF_YEAR).filter(state=Insight.State.VERIFIED, verified_at__isnull=False)
    passed = ExpressionWrapper(F("verified_at") - F("created_at"), output_field=DurationField())
    days = Extract(passed, "epoch", output_field=FloatField()) / 86400.0
    found = closed.aggregate(n=Count("pk"), days=Percentiles(days))
    return Known(found["days"][0] if found["days"] else None, found["n"])


def _themes_answered(scope: Scope) -> Known:
    """Of the ten themes with most negative pieces in the quarter, those with an initiative or a department's rule."""
    since = week_of((now() - QUARTER).date())
    worst = list(
        ThemeWeek.objects.filter(theme__isnull=False, theme__retired_at__isnull=True, week__gte=since)
        .values("theme")
        .annotate(sour=Sum("negative"))
        .filter(sour__gt=0)
        .order_by("-sour", "theme")
        .values_list("theme", flat=True)[:TOP_THEMES]
    )
    begun = Initiative.objects.filter(theme__in=worst).exclude(state=Initiative.State.DROPPED)
    ruled = DepartmentRule.objects.filter(theme__in=worst, state=DepartmentRule.State.IN_FORCE)
    hits = set(begun.values_list("theme", flat=True)) | set(ruled.values_list("theme", flat=True))
    return _share(share_interval(len(hits), len(worst)))


def _causes_named(scope: Scope) -> Known:
    rows = Cause.objects.visible_to(scope.user).filter(account__in=scope.accounts, created_at__gte=now() - YEAR)
    found = rows.aggregate(n=Count("pk"), hits=Count("pk", filter=~Q(kind="")))
    return _share(share_interval(found["hits"], found["n"]))


def _shipped(scope: Scope) -> Known:
    rows = Initiative.objects.visible_to(scope.user).filter(shipped_on__gte=(now() - YEAR).date())
    n = rows.filter(state=Initiative.State.SHIPPED).count()
    return Known(float(n), n)


FIGURES: dict[str, Figure] = {
    figure.key: figure
    for figure in (
        Figure(
            "heard",
            Stage.LISTEN,
            _("Accounts heard"),
            _("Said something in the last 90 days, over any channel."),
            "%",
            _heard_lately,
        ),
        Figure(
            "deciders_heard",
            Stage.LISTEN,
            _("Accounts whose deciders were heard"),
            _("A decision maker or executive sponsor said something in 180 days."),
            "%",
            _deciders_heard,
        ),
        Figure(
            "response_rate",
            Stage.LISTEN,
            _("Response rate"),
            _("Of those asked by mail in the last 90 days."),
            "%",
            _answered,
        ),
        Figure(
            "read",
            Stage.ACT,
            _("Insights read by their department"),
            _("Opened or worked on by somebody of it, of the last 90 days."),
            "%",
            _read,
        ),
        Figure(
            "in_time",
            Stage.ACT,
            _("Decided in time"),
            _("Of insights of the last 90 days that were due or decided."),
            "%",
            _in_time,
        ),
        Figure(
            "closed_30",
            Stage.ACT,
            _("Closed within 30 days"),
            _("The customer or their behaviour said that it is solved; of insights 30 to 180 days old."),
            "%",
            _closed,
        ),
        Figure(
            "days_to_close",
            Stage.ACT,
            _("Days until closed, median"),
            _("Of those closed, of the last 180 days."),
            "days",
            _days_to_close,
            is_less_better=True,
        ),
        Figure(
            "themes_answered",
            Stage.ANALYSE,
            _("Worst themes with an answer"),
            _("Of the ten themes with most negative feedback: an initiative or a rule of a department stands for it."),
            "%",
            _themes_answered,
        ),
        Figure(
            "causes_named",
            Stage.ANALYSE,
            _("Losses and missed goals with a cause"),
            _("Of those of the last 365 days."),
            "%",
            _causes_named,
        ),
        Figure("shipped", Stage.ANALYSE, _("Initiatives shipped"), _("In the last 365 days."), "", _shipped),
    )
}
