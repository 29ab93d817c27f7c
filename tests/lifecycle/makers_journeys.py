"""Makers of journeys, criteria and visits."""

import datetime as dt
from typing import Any

from accounts.models import Account, AccountSummary
from lifecycle.models import Criterion, Journey, Stage, StageVisit
from lifecycle.services.defaults import ensure_default_journey
from team.clock import now


def stage_of(kind: str, journey: Journey | None = None) -> Stage:
    """The stage of the default journey, or of the given one."""
    return Stage.objects.present().get(journey=journey or ensure_default_journey(), kind=kind)


def make_visit(account: Account, kind: str, *, days: int, left_days: int | None = None, **fields: Any) -> StageVisit:
    """A visit that began so many days ago, and ended `left_days` ago or is open."""
    visit = StageVisit.objects.create(
        account=account,
        stage=fields.pop("stage", None) or stage_of(kind),
        entered_at=now() - dt.timedelta(days=days),
        left_at=None if left_days is None else now() - dt.timedelta(days=left_days),
        outcome=fields.pop("outcome", "" if left_days is None else "onward"),
        **fields,
    )
    if visit.left_at is None:
        AccountSummary.objects.filter(account=account).update(
            stage=visit.stage.name, stage_entered_on=visit.entered_at.date()
        )
    return visit


def make_data_criterion(stage: Stage, name: str, operator: str, value: object, **fields: Any) -> Criterion:
    kind = "fact" if name.startswith("fact.") else "field"
    condition = {"name": name, "operator": operator, "value": value}
    words = fields.pop("words", f"{name} {operator} {value}")
    return Criterion.objects.create(stage=stage, kind=kind, condition=condition, words=words, **fields)


def only_data(stage: Stage) -> None:
    """Drop the checklist that the default stage brings."""
    stage.criteria.all().delete()


def switch_on(stage: Stage) -> None:
    Stage.objects.filter(pk=stage.pk).update(is_advanced_by_rule=True, rule_from=now())
