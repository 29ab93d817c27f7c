"""Where an account stands on its journey."""

import datetime as dt
from dataclasses import dataclass, replace

from django.db.models import F
from django.utils import timezone

from accounts.models import Account
from lifecycle.models import Journey, Stage, StageVisit
from team.clock import now


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


def journey_of(account: Account) -> list[StageStep]:
    """The stages of the account's journey (of its segment, or the default one) with the visits; two queries."""
    # The segment's own journey comes before the default one.
    stages = list(
        Stage.objects.filter(journey__is_active=True)
        .filter(journey__in=Journey.objects.filter(segment=account.segment_id) | Journey.objects.filter(segment=None))
        .select_related("journey")
        .order_by(F("journey__segment").asc(nulls_last=True), "position")
    )
    if stages:
        stages = [stage for stage in stages if stage.journey_id == stages[0].journey_id]
    visits: dict[int, StageVisit] = {}
    for visit in StageVisit.objects.filter(account=account, product=None).order_by("entered_at", "id"):
        visits[visit.stage_id] = visit
    current = next((visit.stage_id for visit in visits.values() if visit.left_at is None), None)
    at = next((stage.position for stage in stages if stage.pk == current), None)
    steps = [_step(stage, visits.get(stage.pk), at) for stage in stages]
    following = next((number for number, step in enumerate(steps) if step.stage.position > (at or 0)), 0)
    return [replace(step, is_next=number == following) for number, step in enumerate(steps)]


def _step(stage: Stage, visit: StageVisit | None, at: int | None) -> StageStep:
    if visit is None:
        return StageStep(stage, "skipped" if at and stage.position < at else "ahead", None, None, None)
    end = visit.left_at or now()
    days = max((timezone.localdate(end) - timezone.localdate(visit.entered_at)).days, 0)
    return StageStep(stage, "current" if visit.left_at is None else "done", visit.entered_at, visit.left_at, days)
