"""Published scorecards, as rows to show and as numbers to judge by."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Prefetch, QuerySet

from engagement.formulas import Band, ComponentRule, MeasureRule, Model, build_model, read_scale
from engagement.models import Component, Scorecard, ScorecardComponent, ScorecardMeasure
from engagement.selectors.measures import MEASURES, Measure


@dataclass(frozen=True)
class MeasureInModel:
    """A measure with its rule in one scorecard; `share` is its part of the whole weight, 0 to 1."""

    measure: Measure
    rule: ScorecardMeasure
    share: float


@dataclass(frozen=True)
class ComponentInModel:
    component: Component
    weight: Decimal
    desired: Decimal
    share: float
    measures: tuple[MeasureInModel, ...]


def model_of(scorecard: Scorecard) -> Model:
    """The scorecard as numbers; measures that this version of Perennial does not know take no part."""
    return build_model(
        version=scorecard.pk,
        components=[
            ComponentRule(code=rule.component, weight=rule.weight, desired=rule.desired) for rule in scorecard.components.all()
        ],
        measures=[
            MeasureRule(
                code=rule.measure,
                component=rule.component,
                weight=rule.weight,
                scale=read_scale(rule.scale),
                valid_days=rule.valid_days,
                is_knowledge=MEASURES[rule.measure].is_knowledge,
            )
            for rule in scorecard.measures.all()
            if rule.measure in MEASURES
        ],
        bands=[Band(slug=band.slug, floor=band.floor) for band in scorecard.bands.all()],
    )


def published_models() -> dict[int | None, Model]:
    """The models in force by segment id; None is the default (four queries, whatever the number of segments)."""
    return {card.segment_id: model_of(card) for card in _complete().filter(published_at__isnull=False, retired_at=None)}


def scorecards(pks: Iterable[int]) -> dict[int, Scorecard]:
    """Scorecards with all their parts, by id (four queries)."""
    return {card.pk: card for card in _complete().filter(pk__in=set(pks))}


def published_scorecards() -> Sequence[Scorecard]:
    """What is in force now: the default first, then one per segment that has its own (four queries)."""
    cards = _complete().filter(published_at__isnull=False, retired_at=None).select_related("segment", "published_by")
    return sorted(cards, key=lambda card: (card.segment_id is not None, card.segment.position if card.segment else 0))


def describe(scorecard: Scorecard) -> tuple[ComponentInModel, ...]:
    """The parts of a complete scorecard in the order of the eight components, without a query."""
    model = model_of(scorecard)
    whole = int(model.weights.sum())
    rules = {rule.component: rule for rule in scorecard.components.all()}
    described = []
    for component in Component:
        if component not in rules:
            continue
        measures = tuple(
            MeasureInModel(measure=MEASURES[rule.measure], rule=rule, share=model.share_of(rule.measure))
            for rule in scorecard.measures.all()
            if rule.component == component and rule.measure in MEASURES
        )
        described.append(
            ComponentInModel(
                component=component,
                weight=rules[component].weight,
                desired=rules[component].desired,
                share=sum(entry.share for entry in measures) if whole else 0.0,
                measures=measures,
            )
        )
    return tuple(described)


def _complete() -> QuerySet[Scorecard]:
    return Scorecard.objects.prefetch_related(
        Prefetch("components", ScorecardComponent.objects.order_by("pk")),
        Prefetch("measures", ScorecardMeasure.objects.order_by("pk")),
        "bands",
    )
