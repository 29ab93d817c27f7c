"""Published scorecards, as rows to show and as numbers to judge by."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from django.db.models import Prefetch, QuerySet

from engagement.formulas import Band, ComponentRule, MeasureRule, Model, Scale, build_model, read_scale
from engagement.formulas.pictures import scale_path, scale_point
from engagement.models import Component, Scorecard, ScorecardComponent, ScorecardMeasure
from engagement.selectors.measures import MEASURES, Measure, value_words
from ui import formats
from ui.tones import tone_of_band


@dataclass(frozen=True)
class ScalePicture:
    """A scale as a small picture: the line, the corners in words, and where a value stands on it."""

    path: str
    corners: tuple[tuple[str, str], ...]
    dot: tuple[str, str] | None

    @property
    def words(self) -> str:
        return "; ".join(f"{raw}: {points}" for raw, points in self.corners)


def picture_of(measure: Measure, scale: Scale, raw: float | None = None, points: float = 0) -> ScalePicture:
    """The picture of a measure's scale, with a dot at a value where there is one."""
    return ScalePicture(
        path=scale_path(scale),
        corners=tuple(
            (value_words(measure.unit, at), formats.number(given))
            for at, given in zip(scale.raw, scale.points, strict=True)
        ),
        dot=None if raw is None else scale_point(scale, raw, points),
    )


@dataclass(frozen=True)
class MeasureInModel:
    """A measure with its rule in one scorecard; `share` is its part of the whole weight, 0 to 1."""

    measure: Measure
    rule: ScorecardMeasure
    share: float
    scale: ScalePicture


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
            ComponentRule(code=rule.component, weight=rule.weight, desired=rule.desired)
            for rule in scorecard.components.all()
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
            MeasureInModel(
                measure=MEASURES[rule.measure],
                rule=rule,
                share=model.share_of(rule.measure),
                scale=picture_of(MEASURES[rule.measure], read_scale(rule.scale)),
            )
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


@dataclass(frozen=True)
class CardComponent:
    """`shares`: each measure of the component with its part of the whole weight, 0 to 1."""

    component: Component
    weight: Decimal
    desired: Decimal
    shares: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class PublishedCard:
    """What pages say of a published scorecard; it never changes, so a process reads it once."""

    name: str
    version: str
    components: tuple[CardComponent, ...]
    bands: tuple[tuple[str, str, Decimal], ...]
    model: Model

    def band_of(self, slug: str) -> tuple[str, str]:
        """Name and tone of a band; empty for a score without a number."""
        for position, (found, name, _floor) in enumerate(self.bands):
            if found == slug:
                return name, tone_of_band(position, len(self.bands))
        return "", ""


@lru_cache(maxsize=256)
def published_card(scorecard_id: int) -> PublishedCard:
    """The scorecard by id (four queries once per process)."""
    scorecard = _complete().get(pk=scorecard_id)
    return PublishedCard(
        name=str(scorecard),
        version=f"v{scorecard.number}",
        components=tuple(
            CardComponent(
                component=entry.component,
                weight=entry.weight,
                desired=entry.desired,
                shares=tuple((inside.measure.code, inside.share) for inside in entry.measures),
            )
            for entry in describe(scorecard)
        ),
        bands=tuple((band.slug, band.name, band.floor) for band in scorecard.bands.all()),
        model=model_of(scorecard),
    )
