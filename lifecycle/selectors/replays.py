"""A stage's rule on history: whom it would have moved on, when, and what really became of them."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import Account
from accounts.selectors.conditions import matching
from lifecycle.models import CriterionTick, Stage, StageVisit
from lifecycle.models.journeys import StageVisitQuerySet
from lifecycle.selectors.criteria import Rule
from team.clock import now

WINDOW_DAYS = 90
# Up to so many stays each day is looked at, beyond that each week.
DAILY_UP_TO = 2_000
MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class ReplayRow:
    """One stay that the rule would have ended. `word`: agrees, earlier (than a person), waits (still there), wrong."""

    account: Account
    entered_on: dt.date
    would_on: dt.date
    left_on: dt.date | None
    now_in: str
    word: str

    @property
    def days_earlier(self) -> int | None:
        return (self.left_on - self.would_on).days if self.left_on else None


@dataclass(frozen=True)
class Replay:
    """What the rule would have done in the window. `unforeseen`: stays that people ended and the rule would not."""

    days: int
    step: int
    stays: int
    rows: list[ReplayRow]
    total: int
    waiting: int
    wrong: int
    unforeseen: int
    ready_now: int
    median_earlier: float | None


def _no_progress(done: int, total: int) -> None:
    """For those who do not show how far it is."""


def replay_rule(rule: Rule, *, days: int = WINDOW_DAYS, progress: Callable[[int, int], None] = _no_progress) -> Replay:
    """Run the rule on each day (each week where stays are many) of the last `days`, with what was known then.

    Facts come from their history, boxes from the time of their ticks, fields from the audit. One query per moment,
    over the stays that were open then. `progress` is told (done, total).
    """
    end = now()
    overlapping = _stays(rule, days, end)
    stays = overlapping.count()
    step = 1 if stays <= DAILY_UP_TO else 7
    found: dict[int, dt.datetime] = {}
    for back in range(days // step, -1, -1):
        at = end - dt.timedelta(days=back * step)
        # Who left since the moment before is looked at once more: the last condition may have come on that day.
        since = at - dt.timedelta(days=step)
        fresh = overlapping.filter(Q(left_at=None) | Q(left_at__gt=since), entered_at__lte=at)
        fresh = fresh.filter(account__in=Account.objects.filter(matching(rule.conditions, at=at)))
        for check in rule.checks:
            ticks = CriterionTick.objects.filter(visit=OuterRef("pk"), criterion=check, ticked_at__lte=at)
            fresh = fresh.filter(Exists(ticks))
        for pk in fresh.values_list("pk", flat=True):
            found.setdefault(pk, at)
        progress(days // step - back + 1, days // step + 1)
    return _weigh(rule.stage, found, days=days, step=step, stays=stays)


def count_stays(rule: Rule, *, most: int, days: int = WINDOW_DAYS) -> int:
    """How many stays a replay would look at, counted up to `most`; one query."""
    return _stays(rule, days, now())[:most].count()


def _stays(rule: Rule, days: int, end: dt.datetime) -> StageVisitQuerySet:
    open_since = Q(left_at=None) | Q(left_at__gte=end - dt.timedelta(days=days))
    return StageVisit.objects.whole().filter(
        open_since, stage=rule.stage, entered_at__lte=end, account__deleted_at=None
    )


def _weigh(stage: Stage, found: dict[int, dt.datetime], *, days: int, step: int, stays: int) -> Replay:
    start = now() - dt.timedelta(days=days)
    visits = StageVisit.objects.filter(pk__in=found).select_related("account__summary")
    # Whoever stepped back into the stage after that was moved on too early.
    returns = StageVisit.objects.filter(stage=stage, is_back_step=True, entered_at__gte=start)
    back = dict(returns.values_list("account").annotate(number=Count("pk")))
    rows = []
    for visit in visits:
        left_on = timezone.localdate(visit.left_at) if visit.left_at else None
        would_on = min(timezone.localdate(found[visit.pk]), left_on or timezone.localdate(found[visit.pk]))
        ended_badly = visit.outcome in {StageVisit.Outcome.BACK, StageVisit.Outcome.LOST}
        if ended_badly or visit.account_id in back:
            word = "wrong"
        elif left_on is None:
            word = "waits"
        else:
            word = "earlier" if (left_on - would_on).days > step else "agrees"
        rows.append(
            ReplayRow(
                account=visit.account,
                entered_on=timezone.localdate(visit.entered_at),
                would_on=would_on,
                left_on=left_on,
                now_in=visit.account.summary.stage,
                word=word,
            )
        )
    order = {"wrong": 0, "waits": 1, "earlier": 2, "agrees": 3}
    rows.sort(key=lambda row: (order[row.word], row.would_on, row.account.name))
    earlier = [row.days_earlier for row in rows if row.days_earlier is not None and row.word != "wrong"]
    by_hand = StageVisit.objects.whole().filter(
        stage=stage, left_at__gte=start, outcome=StageVisit.Outcome.ONWARD, account__deleted_at=None
    )
    return Replay(
        days=days,
        step=step,
        stays=stays,
        rows=rows[:MOST_ROWS],
        total=len(rows),
        waiting=sum(row.word == "waits" for row in rows),
        wrong=sum(row.word == "wrong" for row in rows),
        unforeseen=by_hand.exclude(pk__in=found).count(),
        ready_now=sum(row.left_on is None for row in rows),
        median_earlier=median(earlier) if earlier else None,
    )
