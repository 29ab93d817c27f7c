"""Where an account stands on its journey."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet, Subquery
from django.utils import timezone

from accounts.models import Account
from lifecycle.models import Journey, Stage, StageVisit
from lifecycle.selectors.criteria import Catalogue, CriterionState, judge_criteria
from team.clock import today

JourneyKey = tuple[int | None, str]


@dataclass(frozen=True, slots=True)
class StageStep:
    """One stage of an account's journey: `state` is done, current, skipped or ahead; days are whole days spent."""

    stage: Stage
    state: str
    entered_at: dt.datetime | None
    left_at: dt.datetime | None
    days: int | None
    is_next: bool = False

    @property
    def is_over_target(self) -> bool:
        return self.state == "current" and self.days is not None and self.days > self.stage.target_days


@dataclass(frozen=True)
class JourneyCard:
    """What the account's plan shows: the steps, the open visit with its criteria, earlier moves worth knowing.

    `is_elsewhere`: another journey is meant for accounts like this one.
    """

    journey: Journey | None
    steps: list[StageStep]
    visit: StageVisit | None
    states: list[CriterionState]
    back_steps: list[StageVisit]
    prescribed: Journey | None

    @property
    def is_elsewhere(self) -> bool:
        return self.journey is not None and self.prescribed is not None and self.journey != self.prescribed

    @property
    def prescribed_key(self) -> str:
        return str(self.prescribed.pk) if self.prescribed else ""

    @property
    def met(self) -> int:
        return sum(state.is_met for state in self.states)

    @property
    def is_ready(self) -> bool:
        """Everything required is met, so that the account can go on."""
        return bool(self.states) and not any(state.is_missing for state in self.states)


def days_between(start: dt.datetime, end: dt.datetime | None) -> int:
    """Whole calendar days of a visit, up to today while it is open."""
    last = timezone.localdate(end) if end else today()
    return max((last - timezone.localdate(start)).days, 0)


def journeys_by_rule() -> dict[JourneyKey, Journey]:
    """Journeys in use by (segment, intent); one query."""
    return {(journey.segment_id, journey.intent): journey for journey in Journey.objects.filter(is_active=True)}


def pick_journey(journeys: Mapping[JourneyKey, Journey], *, segment_id: int | None, intent: str) -> Journey | None:
    """The most specific: segment and intent, then segment, then intent, then the default."""
    keys = ((segment_id, intent), (segment_id, ""), (None, intent), (None, ""))
    return next((journeys[key] for key in keys if key in journeys), None)


def prescribed_journey(account: Account) -> Journey | None:
    """The journey for accounts of this segment and intent, wherever this one is now; one query."""
    return _fitting(account).first()


def _fitting(account: Account) -> QuerySet[Journey]:
    """Journeys in use that the account could follow, in the order of `pick_journey`."""
    fits = Q(segment=account.segment_id) | Q(segment=None)
    rows = Journey.objects.filter(fits, is_active=True, intent__in={account.intent, ""})
    return rows.order_by(F("segment").asc(nulls_last=True), "-intent")


def journey_for(account: Account) -> Journey | None:
    """The journey that the account follows: that of its open visit, else the prescribed one. At most two queries."""
    current = Journey.objects.filter(
        stages__visits__account=account, stages__visits__product=None, stages__visits__left_at=None
    ).first()
    return current or prescribed_journey(account)


def journey_of(account: Account) -> list[StageStep]:
    """The stages of the account's journey with the visits; at most four queries."""
    journey = journey_for(account)
    return _steps(journey, _visits(account), Stage.objects.present().filter(journey=journey)) if journey else []


def journey_card(
    account: Account, *, journey: Journey | None = None, catalogue: Catalogue | None = None
) -> JourneyCard:
    """Everything that the plan shows of the journey, or of another one it could follow; at most six queries.

    Four with the catalogue of conditions at hand, where the prescribed journey has stages.
    """
    visits = _visits(account)
    visit = next((one for one in visits if one.left_at is None), None)
    journey = journey or (visit.stage.journey if visit else None)
    stages = _stages_of(account, journey)
    prescribed = next((stage.journey for stage in stages if stage.is_prescribed), None) or prescribed_journey(account)
    journey = journey or prescribed
    steps = _steps(journey, visits, [one for one in stages if one.journey_id == journey.pk]) if journey else []
    following = None
    if visit and journey == visit.stage.journey:
        following = next((step.stage for step in steps if step.stage.position > visit.stage.position), None)
    states = judge_criteria(visit=visit, following=following, catalogue=catalogue) if visit else []
    back_steps = [one for one in reversed(visits) if one.is_back_step]
    return JourneyCard(journey, steps, visit, states, back_steps, prescribed)


def _visits(account: Account) -> list[StageVisit]:
    rows = StageVisit.objects.whole().filter(account=account)
    return list(rows.select_related("stage__journey", "moved_by").order_by("entered_at", "id"))


def _stages_of(account: Account, journey: Journey | None) -> list[Any]:
    """The present stages of a journey and of the prescribed one, which say so as `is_prescribed`; one query."""
    prescribed = Q(journey=Subquery(_fitting(account).values("pk")[:1]))
    rows = Stage.objects.present().filter(prescribed | Q(journey=journey) if journey else prescribed)
    is_prescribed = ExpressionWrapper(prescribed, output_field=BooleanField())
    return list(rows.annotate(is_prescribed=is_prescribed).select_related("journey"))


def _steps(journey: Journey, visits: list[StageVisit], stages: Iterable[Stage]) -> list[StageStep]:
    """Present stages of the journey; a visit to another journey's stage of the same kind shows there too."""
    stages = list(stages)
    own = {visit.stage_id: visit for visit in visits}
    by_kind = {visit.stage.kind: visit for visit in visits if visit.stage.journey_id != journey.pk}
    last = {stage.pk: own.get(stage.pk) or by_kind.get(stage.kind) for stage in stages}
    current = next((visit.stage_id for visit in visits if visit.left_at is None), None)
    at = next((stage.position for stage in stages if stage.pk == current), None)
    steps = [_step(stage, last[stage.pk], at) for stage in stages]
    following = next((number for number, step in enumerate(steps) if step.stage.position > (at or 0)), 0)
    return [replace(step, is_next=number == following) for number, step in enumerate(steps)]


def _step(stage: Stage, visit: StageVisit | None, at: int | None) -> StageStep:
    if visit is None:
        return StageStep(stage, "skipped" if at and stage.position < at else "ahead", None, None, None)
    if visit.left_at is not None and at and stage.position > at:
        # The account was further once and stepped back.
        return StageStep(stage, "ahead", None, None, None)
    state = "current" if visit.left_at is None else "done"
    return StageStep(stage, state, visit.entered_at, visit.left_at, days_between(visit.entered_at, visit.left_at))
