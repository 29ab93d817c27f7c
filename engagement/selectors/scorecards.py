"""Published scorecards, as rows to show and as numbers to judge by."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Prefetch, QuerySet

from accounts.models import Account
from accounts.selectors.literals import literal
from engagement.formulas import (
    Band,
    ComponentRule,
    Effect,
    ExceptionRule,
    MeasureRule,
    Model,
    RawTest,
    Scale,
    build_model,
    read_scale,
)
from engagement.formulas.exceptions import OPERATORS
from engagement.formulas.pictures import scale_path, scale_point
from engagement.models import Component, Scorecard, ScorecardComponent, ScorecardException, ScorecardMeasure
from engagement.selectors.measures import Measure, value_words
from engagement.selectors.measures.registry import registry
from engagement.selectors.moments import Moment
from team.clock import now, today
from ui import formats
from ui.tones import tone_of_band

T = TypeVar("T")
# Segment (None: all) and kind of stage (empty: all) of a scorecard.
Place = tuple[int | None, str]

# Which scorecard is nearest to each account? Its segment, its present stage, and why it bought.
PLACES = """
SELECT a.id, a.segment_id,
       CASE WHEN %(stages)s THEN coalesce((
           SELECT s.kind FROM lifecycle_stagevisit v JOIN lifecycle_stage s ON s.id = v.stage_id
           WHERE v.account_id = a.id AND v.entered_at <= %(cutoff)s AND (v.left_at IS NULL OR v.left_at > %(cutoff)s)
           ORDER BY v.product_id IS NOT NULL, v.entered_at DESC, v.id DESC LIMIT 1), '') ELSE '' END,
       CASE WHEN %(live)s OR a.intent_reviewed_on <= %(as_of)s THEN a.intent ELSE '' END
FROM accounts_account a
WHERE a.id = ANY(%(accounts)s::bigint[]) AND a.deleted_at IS NULL ORDER BY a.id
"""


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
    by_intent: tuple[tuple[str, Decimal], ...] = ()


def model_of(scorecard: Scorecard) -> Model:
    """The scorecard as numbers; measures that nobody knows any more take no part."""
    known = registry()
    return build_model(
        version=scorecard.pk,
        components=[
            ComponentRule(
                code=rule.component,
                weight=rule.weight,
                desired=rule.desired,
                by_intent=tuple(
                    (intent, Decimal(str(desired))) for intent, desired in sorted(rule.desired_by_intent.items())
                ),
            )
            for rule in scorecard.components.all()
        ],
        measures=[
            MeasureRule(
                code=rule.measure,
                component=rule.component,
                weight=rule.weight,
                scale=read_scale(rule.scale),
                valid_days=rule.valid_days,
                is_knowledge=known[rule.measure].is_knowledge,
            )
            for rule in scorecard.measures.all()
            if rule.measure in known
        ],
        bands=[Band(slug=band.slug, floor=band.floor) for band in scorecard.bands.all()],
        exceptions=[
            ExceptionRule(
                key=rule.pk,
                tests=tuple(
                    RawTest(measure, operator, float(number))
                    for measure, operator, number in rule.tests
                    if operator in OPERATORS
                ),
                effect=Effect(rule.effect),
                tenths=int((rule.value * 10).to_integral_value(ROUND_HALF_UP)),
            )
            for rule in scorecard.exceptions.all()
        ],
    )


def published_models() -> dict[Place, Model]:
    """The models in force by place; `(None, "")` is the default (five queries, whatever the number of scorecards)."""
    cards = _complete().filter(published_at__isnull=False, retired_at=None)
    return {(card.segment_id, card.stage_kind): model_of(card) for card in cards}


def models_for(account_ids: Sequence[int], moment: Moment | None = None) -> dict[int, Model]:
    """The model that each living account is judged by: that of its segment and stage, its segment, its stage, or all.

    The stage is that of the open visit (of the account as a whole before one of a product, the newest first), the
    desired states are those of its intent; both as of the moment (none: now). Six queries, however many accounts.
    """
    models = published_models()
    has_stages = any(kind for _segment, kind in models)
    when: dict[str, Any] = moment.parameters if moment else {"live": True, "cutoff": now(), "as_of": today()}
    with connection.cursor() as cursor:
        cursor.execute(PLACES, {**when, "accounts": literal(account_ids), "stages": has_stages})
        found = cursor.fetchall()
    chosen: dict[tuple[int | None, str, str], Model] = {}
    for _account, segment, kind, intent in found:
        if (segment, kind, intent) not in chosen:
            chosen[segment, kind, intent] = nearest(models, segment, kind).for_intent(intent)
    return {account: chosen[segment, kind, intent] for account, segment, kind, intent in found}


def nearest(models: Mapping[Place, T], segment: int | None, kind: str) -> T:
    """What is in force for a segment and a kind of stage. Raises KeyError where not even a default is published."""
    for place in ((segment, kind), (segment, ""), (None, kind)):
        if place in models:
            return models[place]
    return models[None, ""]


def scorecards(pks: Iterable[int]) -> dict[int, Scorecard]:
    """Scorecards with all their parts, by id (five queries)."""
    return {card.pk: card for card in _complete().filter(pk__in=set(pks))}


def published_scorecards() -> Sequence[Scorecard]:
    """What is in force now: the default first, then one per segment that has its own (five queries)."""
    cards = _complete().filter(published_at__isnull=False, retired_at=None).select_related("segment", "published_by")
    return sorted(cards, key=lambda card: (card.segment_id is not None, card.segment.position if card.segment else 0))


def describe(scorecard: Scorecard) -> tuple[ComponentInModel, ...]:
    """The parts of a complete scorecard in the order of the eight components."""
    known = registry()
    model = model_of(scorecard)
    whole = int(model.weights.sum())
    rules = {rule.component: rule for rule in scorecard.components.all()}
    described = []
    for component in Component:
        if component not in rules:
            continue
        measures = tuple(
            MeasureInModel(
                measure=known[rule.measure],
                rule=rule,
                share=model.share_of(rule.measure),
                scale=picture_of(known[rule.measure], read_scale(rule.scale)),
            )
            for rule in scorecard.measures.all()
            if rule.component == component and rule.measure in known
        )
        described.append(
            ComponentInModel(
                component=component,
                weight=rules[component].weight,
                desired=rules[component].desired,
                share=sum(entry.share for entry in measures) if whole else 0.0,
                measures=measures,
                by_intent=tuple(
                    (str(intent.label), Decimal(str(rules[component].desired_by_intent[intent.value])))
                    for intent in Account.Intent
                    if intent.value in rules[component].desired_by_intent
                ),
            )
        )
    return tuple(described)


def _complete() -> QuerySet[Scorecard]:
    return Scorecard.objects.prefetch_related(
        Prefetch("components", ScorecardComponent.objects.order_by("pk")),
        Prefetch("measures", ScorecardMeasure.objects.order_by("pk")),
        Prefetch("exceptions", ScorecardException.objects.order_by("position", "pk")),
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
    """The scorecard by id (five queries once per process)."""
    scorecard = _complete().get(pk=scorecard_id)
    return PublishedCard(
        name=str(scorecard),
        version=str(scorecard) if scorecard.segment_id or scorecard.stage_kind else f"v{scorecard.number}",
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
