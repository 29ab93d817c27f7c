"""Journeys are changed: their stages, criteria and rules. Each change counts up the journey's version."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from accounts.models import Segment
from accounts.selectors.condition_names import condition_catalogue
from lifecycle.models import Criterion, Journey, Stage, StageVisit
from lifecycle.selectors.criteria import next_stages, rule_of
from lifecycle.services.defaults import DEFAULT_STAGES, add_stages
from lifecycle.services.stages.bulk import BATCH, Move, claim_accounts, move_visits
from team.clock import now
from team.models import User


def _count_up(journey_id: int) -> None:
    Journey.objects.filter(pk=journey_id).update(version=F("version") + 1)


@transaction.atomic
def save_journey(
    *,
    journey: Journey | None,
    name: str,
    segment: Segment | None,
    intent: str,
    description: str = "",
    is_active: bool = True,
    copy_from: Journey | None = None,
) -> Journey:
    """Make or change a journey; a new one gets the stages of `copy_from`, else the five usual ones.

    Raises:
        ValidationError: when another journey in use is for the same segment and intent
            (`one_active_journey_per_segment_and_intent`).
    """
    values: dict[str, Any] = {
        "name": name,
        "segment": segment,
        "intent": intent,
        "description": description,
        "is_active": is_active,
    }
    try:
        with transaction.atomic():
            if journey is None:
                saved = Journey.objects.create(**values)
            else:
                saved = journey
                for key, value in values.items():
                    setattr(saved, key, value)
                saved.save(update_fields=list(values))
    except IntegrityError as error:
        raise ValidationError(
            {"intent": _("Another journey in use is for the same segment and intent; take that one out of use first.")}
        ) from error
    if journey is not None:
        _count_up(saved.pk)
    elif copy_from is not None:
        _copy_stages(copy_from, saved)
    else:
        add_stages(journey=saved, stages=DEFAULT_STAGES)
    return saved


def _copy_stages(source: Journey, target: Journey) -> None:
    for stage in Stage.objects.present().filter(journey=source).prefetch_related("criteria"):
        criteria = [one for one in stage.criteria.all() if one.removed_at is None]
        # A copied rule is off: nobody has replayed it on the accounts of the new journey.
        made = Stage.objects.create(
            journey=target,
            kind=stage.kind,
            name=stage.name,
            position=stage.position,
            target_days=stage.target_days,
        )
        Criterion.objects.bulk_create(
            Criterion(
                stage=made,
                side=one.side,
                kind=one.kind,
                words=one.words,
                condition=one.condition,
                position=one.position,
                is_required=one.is_required,
            )
            for one in criteria
        )


@transaction.atomic
def save_stage(*, journey: Journey, stage: Stage | None, name: str, kind: str, target_days: int) -> Stage:
    """Make a stage at the end of the journey, or change one."""
    Journey.objects.select_for_update().get(pk=journey.pk)
    if stage is None:
        last = Stage.objects.present().filter(journey=journey).aggregate(last=Max("position"))["last"]
        stage = Stage(journey=journey, position=(last or 0) + 1)
    stage.name, stage.kind, stage.target_days = name, kind, target_days
    stage.save()
    _count_up(journey.pk)
    return stage


@transaction.atomic
def move_stage(*, stage: Stage, is_up: bool) -> bool:
    """Change places with the stage before or after; False at the end. Rules of both and of the one before go off."""
    Journey.objects.select_for_update().get(pk=stage.journey_id)
    stages = list(Stage.objects.present().filter(journey=stage.journey_id))
    place = next((number for number, one in enumerate(stages) if one.pk == stage.pk), None)
    other = None if place is None else place - 1 if is_up else place + 1
    if place is None or other is None or not 0 <= other < len(stages):
        return False
    one, two = stages[place], stages[other]
    spare = max(row.position for row in stages) + 1
    # `one_stage_per_position` is checked at once: step aside first.
    for pk, position in ((one.pk, spare), (two.pk, one.position), (one.pk, two.position)):
        Stage.objects.filter(pk=pk).update(position=position)
    touched = {one.pk, two.pk} | {stages[number].pk for number in (min(place, other) - 1,) if number >= 0}
    Stage.objects.filter(pk__in=touched).update(is_advanced_by_rule=False, rule_from=None)
    _count_up(stage.journey_id)
    return True


@transaction.atomic
def remove_stage(*, actor: User, stage: Stage, to: Stage | None) -> int:
    """Take a stage out of its journey; open visits go to `to`. Returns how many went. Past visits stay as they were.

    Raises:
        ValidationError: when accounts stand there and nobody said where they go, or it is the last stage.
    """
    Journey.objects.select_for_update().get(pk=stage.journey_id)
    others = Stage.objects.present().filter(journey=stage.journey_id).exclude(pk=stage.pk)
    if not others.exists():
        raise ValidationError(_("A journey keeps at least one stage; take the journey out of use instead."))
    waiting = StageVisit.objects.open().filter(stage=stage)
    if to is None and waiting.exists():
        raise ValidationError({"to": _("Say where the accounts go that stand in this stage.")})
    if to is not None and not others.filter(pk=to.pk).exists():
        raise ValidationError({"to": _("Choose another stage of the same journey.")})
    moved = 0
    while to is not None and (ids := list(waiting.values_list("account_id", flat=True)[:BATCH])):
        claimed = claim_accounts(ids)
        if not claimed:
            raise ValidationError(_("Some of the accounts are being moved right now; try again in a moment."))
        visits = waiting.filter(account__in=claimed).select_related("stage")
        reason = _("The stage %(stage)s was removed") % {"stage": stage.name}
        evidence = {"by": str(actor), "removed_stage": stage.name}
        moves = [Move(visit, to, StageVisit.Outcome.MOVED, evidence, reason) for visit in visits]
        moved += move_visits(moves=moves, at=now(), actor_id=actor.pk)
    before = others.filter(position__lt=stage.position).order_by("-position").first()
    Stage.objects.filter(pk__in=[stage.pk, *([before.pk] if before else [])]).update(
        is_advanced_by_rule=False, rule_from=None
    )
    Stage.objects.filter(pk=stage.pk).update(removed_at=now())
    _count_up(stage.journey_id)
    return moved


@transaction.atomic
def save_criterion(
    *,
    stage: Stage,
    criterion: Criterion | None,
    words: str,
    side: str,
    condition: dict[str, Any] | None,
    is_required: bool,
) -> Criterion:
    """Make or change a criterion: a box without a condition, else data. The rule that it decides goes off."""
    if criterion is None:
        last = Criterion.objects.filter(stage=stage).aggregate(last=Max("position"))["last"]
        criterion = Criterion(stage=stage, position=(last or 0) + 1)
    criterion.words, criterion.side, criterion.is_required = words, side, is_required
    criterion.condition = condition or {}
    criterion.kind = kind_of(condition)
    criterion.save()
    switch_off_rules(stage)
    return criterion


def kind_of(condition: dict[str, Any] | None) -> str:
    """The kind of criterion that a condition makes; none is a box to tick."""
    if not condition:
        return Criterion.Kind.CHECK
    if str(condition["operator"]).startswith("days_"):
        return Criterion.Kind.DATE
    return Criterion.Kind.FACT if str(condition["name"]).startswith("fact.") else Criterion.Kind.FIELD


@transaction.atomic
def remove_criterion(*, criterion: Criterion) -> bool:
    """Take it out; ticks stay with the visits that they were made for. The rule that it decides goes off."""
    removed = Criterion.objects.filter(pk=criterion.pk, removed_at=None).update(removed_at=now())
    switch_off_rules(criterion.stage)
    return removed == 1


def switch_off_rules(stage: Stage) -> None:
    """A rule whose criteria changed was not replayed: the stage's own and that of the stage before go off."""
    before = (
        Stage.objects.present()
        .filter(journey=stage.journey_id, position__lt=stage.position)
        .order_by("-position")
        .values_list("pk", flat=True)[:1]
    )
    Stage.objects.filter(pk__in=[stage.pk, *before]).update(is_advanced_by_rule=False, rule_from=None)
    _count_up(stage.journey_id)


@transaction.atomic
def switch_rule(*, stage: Stage, is_on: bool, version: int) -> bool:
    """Let the rule move accounts from now on, or stop it. `version`: of the journey whose replay the person saw.

    Raises:
        ValidationError: when the rule cannot run, or the journey was changed after the replay.
    """
    journey = Journey.objects.select_for_update().get(pk=stage.journey_id)
    if is_on:
        rule = rule_of(stage, next_stages().get(stage.pk), condition_catalogue())
        if rule.problem:
            raise ValidationError(rule.problem)
        if version != journey.version:
            raise ValidationError(_("The journey was changed since this replay; look at it again."))
    changed = Stage.objects.filter(pk=stage.pk).exclude(is_advanced_by_rule=is_on)
    return changed.update(is_advanced_by_rule=is_on, rule_from=now() if is_on else None) == 1
