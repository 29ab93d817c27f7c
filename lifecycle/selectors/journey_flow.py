"""The flow through the stages, the time to first value, and how predictable each passage is."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Max, Min, Q, QuerySet
from django.db.models.functions import Coalesce, TruncDate

from accounts.models import Segment
from lifecycle.formulas.stage_moves import ORDER
from lifecycle.formulas.survival import (
    CENSORED,
    LOST,
    ONWARD,
    Estimate,
    Incidence,
    days_until,
    incidence_of,
    share_by,
)
from lifecycle.models import Cause, Stage, StageVisit
from lifecycle.selectors.journey_board import BoardFilter
from team.clock import today
from team.models import User

Stays = dict[tuple[int | None, str], list[tuple[float, int, int]]]
_KINDS = {StageVisit.Outcome.ONWARD: ONWARD, StageVisit.Outcome.LOST: LOST}


@dataclass(frozen=True, slots=True)
class FlowLine:
    """One kind of stage in a span of time: how many entered, moved on, stepped back, were lost; and median days."""

    kind: str
    name: str
    entered: int
    onward: int
    back: int
    lost: int
    median: int | None


@dataclass(frozen=True, slots=True)
class ValueLine:
    """Time to first value of one segment, in days: of those who got there the median and the 90th in 100."""

    segment: str
    reached: int
    under_way: int
    lost: int
    median: float | None
    p90: float | None
    half: Estimate


@dataclass(frozen=True, slots=True)
class PassageLine:
    """How predictable one passage is in one segment: with all accounts, and without those that were the wrong fit."""

    segment: str
    kind: str
    name: str
    target: int
    found: Incidence
    share: Estimate
    days: Estimate
    fitting: Incidence
    fitting_share: Estimate
    wrong: int

    @property
    def lost_share(self) -> float | None:
        return self.found.losses / self.found.n if self.found.n else None


def _visits(user: User, wanted: BoardFilter) -> QuerySet[StageVisit]:
    """Visits of whole accounts, of those who left too: leaving them out would flatter every number."""
    rows = StageVisit.objects.visible_to(user).whole()
    if wanted.segment_id:
        rows = rows.filter(account__segment=wanted.segment_id)
    if wanted.csm_id:
        rows = rows.filter(account__csm=wanted.csm_id)
    if wanted.intent:
        rows = rows.filter(account__intent=wanted.intent)
    return rows.filter(stage__journey=wanted.journey_id) if wanted.journey_id else rows


def read_flow(*, user: User, wanted: BoardFilter, since: dt.date | None) -> list[FlowLine]:
    """The kinds of stage in order, with what happened since; three queries."""
    visits = _visits(user, wanted).order_by()
    span = Q(left_at__date__gte=since) if since else Q(left_at__isnull=False)
    entered_span = Q(entered_at__date__gte=since) if since else Q()
    ended: Any = visits.filter(span).values("stage__kind", "outcome").annotate(number=Count("pk"))
    counts: dict[tuple[str, str], int] = {(row["stage__kind"], row["outcome"]): row["number"] for row in ended}
    begun: Any = visits.filter(entered_span).values("stage__kind").annotate(number=Count("pk"))
    entered = {row["stage__kind"]: row["number"] for row in begun}
    stayed = _stays(visits.filter(span, outcome=StageVisit.Outcome.ONWARD))
    names = dict(Stage.Kind.choices)
    lines = []
    for kind in ORDER:
        days = [
            (int(day), number) for (_segment, own), rows in stayed.items() if own == kind for day, _k, number in rows
        ]
        lines.append(
            FlowLine(
                kind=kind,
                name=str(names[Stage.Kind(kind)]),
                entered=entered.get(kind, 0),
                onward=counts.get((kind, "onward"), 0),
                back=counts.get((kind, "back"), 0),
                lost=counts.get((kind, "lost"), 0),
                median=percentile(days, 0.5),
            )
        )
    return lines


def read_funnel(*, user: User, wanted: BoardFilter, since: dt.date | None) -> list[tuple[str, int]]:
    """Of the accounts that entered Closed Won since: how many have reached each kind of stage, or one after it."""
    visits = _visits(user, wanted).order_by()
    begun = visits.filter(stage__kind=Stage.Kind.CLOSED_WON)
    if since:
        begun = begun.filter(entered_at__date__gte=since)
    furthest: Any = visits.filter(account__in=begun.values("account")).values("stage__kind")
    counts = {row["stage__kind"]: row["number"] for row in furthest.annotate(number=Count("account", distinct=True))}
    # Who skipped a stage has reached it too.
    return [(kind, max(counts.get(later, 0) for later in ORDER[place:])) for place, kind in enumerate(ORDER)]


def percentile(pairs: Sequence[tuple[int, int]], part: float) -> int | None:
    """The smallest value that at least that part of all do not exceed."""
    needed = sum(number for _, number in pairs) * part
    seen = 0
    for value, number in sorted(pairs):
        seen += number
        if seen >= needed and seen:
            return value
    return None


def _stays(visits: QuerySet[StageVisit]) -> Stays:
    """Stays by segment and kind as (days, how it ended, number); one query of a few thousand rows at any size."""
    rows: Any = (
        visits.order_by()
        .values(
            "account__segment",
            "stage__kind",
            "outcome",
            days=Coalesce(TruncDate("left_at"), today()) - TruncDate("entered_at"),
        )
        .annotate(number=Count("pk"))
    )
    found: Stays = defaultdict(list)
    for row in rows:
        key = (row["account__segment"], row["stage__kind"])
        # A step back, and a change of the journey, end the watching without an answer.
        found[key].append((max(row["days"].days, 0), _KINDS.get(row["outcome"], CENSORED), row["number"]))
    return found


def read_predictability(*, user: User, wanted: BoardFilter, since: dt.date | None) -> list[PassageLine]:
    """Every passage of every segment with enough stays to speak of; four queries."""
    visits = _visits(user, wanted)
    if since:
        visits = visits.filter(entered_at__date__gte=since)
    unfit = Cause.objects.filter(kind=Cause.Kind.WRONG_CUSTOMER).values("account")
    every = _stays(visits)
    wrong = _stays(visits.filter(account__in=unfit))
    targets = _targets(wanted)
    names = dict(Stage.Kind.choices)
    lines = []
    for pk, segment in _segments():
        for kind in ORDER:
            stays, unfitting = every.get((pk, kind), []), wrong.get((pk, kind), [])
            if not stays:
                continue
            target = targets.get(kind, 30)
            found, fitting = incidence_of(stays), incidence_of(_less(stays, unfitting))
            lines.append(
                PassageLine(
                    segment=segment,
                    kind=kind,
                    name=str(names[Stage.Kind(kind)]),
                    target=target,
                    found=found,
                    share=share_by(found, target),
                    days=days_until(found, 0.5),
                    fitting=fitting,
                    fitting_share=share_by(fitting, target),
                    wrong=sum(number for _days, _kind, number in unfitting),
                )
            )
    return lines


def _segments() -> list[tuple[int | None, str]]:
    return [*Segment.objects.values_list("pk", "name"), (None, "–")]


def _targets(wanted: BoardFilter) -> dict[str, int]:
    """The target of each kind: that of the journey asked for, else the default journey's, else the largest."""
    stages = Stage.objects.present().order_by(F("journey__segment").asc(nulls_first=True), "journey__intent")
    if wanted.journey_id:
        stages = stages.filter(journey=wanted.journey_id)
    found: dict[str, int] = {}
    for kind, days in stages.values_list("kind", "target_days"):
        found.setdefault(kind, days)
    return found


def _less(
    stays: Iterable[tuple[float, int, int]], without: Iterable[tuple[float, int, int]]
) -> list[tuple[float, int, int]]:
    left: dict[tuple[float, int], int] = defaultdict(int)
    for days, kind, number in stays:
        left[days, kind] += number
    for days, kind, number in without:
        left[days, kind] -= number
    return [(days, kind, number) for (days, kind), number in left.items() if number > 0]


def read_time_to_value(*, user: User, wanted: BoardFilter, since: dt.date | None) -> list[ValueLine]:
    """Days from closed won to the day on which the stage First Value was passed, by segment.

    Closed won is the entry into that stage, else into the first one visited. Two queries.
    """
    visits = _visits(user, wanted).order_by()
    passed = Q(stage__kind=Stage.Kind.FIRST_VALUE, outcome=StageVisit.Outcome.ONWARD)
    later = Q(stage__kind__in=(Stage.Kind.EBR, Stage.Kind.RENEWAL))
    rows: Any = (
        visits.values("account_id", "account__segment")
        .annotate(
            begun=Coalesce(Min("entered_at", filter=Q(stage__kind=Stage.Kind.CLOSED_WON)), Min("entered_at")),
            reached=Min("left_at", filter=passed),
            lost=Max("left_at", filter=Q(outcome=StageVisit.Outcome.LOST)),
            beyond=Min("entered_at", filter=later),
        )
        .values_list(
            "account__segment", TruncDate("begun"), TruncDate("reached"), TruncDate("lost"), TruncDate("beyond")
        )
    )
    stays: dict[int | None, list[tuple[float, int, int]]] = defaultdict(list)
    for segment, begun, reached, lost, beyond in rows.iterator(chunk_size=5000):
        # Who was placed behind first value by a person has no beginning to count from.
        if (since and begun < since) or (beyond and beyond <= begun):
            continue
        end = reached or beyond
        kind = ONWARD if end else LOST if lost else CENSORED
        stays[segment].append((max(((end or lost or today()) - begun).days, 0), kind, 1))
    lines = []
    for pk, segment in _segments():
        if not stays[pk]:
            continue
        days = [(int(day), number) for day, kind, number in stays[pk] if kind == ONWARD]
        lines.append(
            ValueLine(
                segment=segment,
                reached=len(days),
                under_way=sum(kind == CENSORED for _day, kind, _n in stays[pk]),
                lost=sum(kind == LOST for _day, kind, _n in stays[pk]),
                median=percentile(days, 0.5),
                p90=percentile(days, 0.9),
                half=days_until(incidence_of(stays[pk]), 0.5),
            )
        )
    return lines


def loss_reasons(*, user: User, since: dt.date | None) -> list[tuple[str, int]]:
    """The recorded causes of losses, the most frequent first; one query."""
    rows = Cause.objects.filter(about=Cause.About.LOSS, account__in=_visits(user, BoardFilter()).values("account"))
    rows = rows.exclude(kind="")
    if since:
        rows = rows.filter(movement_on__gte=since)
    counts: Any = rows.order_by().values("kind").annotate(number=Count("pk")).order_by("-number", "kind")
    names = dict(Cause.Kind.choices)
    return [(str(names[Cause.Kind(row["kind"])]), row["number"]) for row in counts]
