"""Usage, measures, scorecards, scores, risks, and what customers say against what they do."""

from engagement.models.catalogue import FeatureWork, MergedDay
from engagement.models.events import (
    Event,
    EventBatch,
    EventIdentity,
    EventKind,
    MappedEvent,
    QuarantinedEvent,
    QuarantineWork,
    SeenMessage,
    WriteKey,
)
from engagement.models.measures import CustomMeasure, MeasureValue
from engagement.models.risks import Risk, RiskKind, RiskRule, SayDo
from engagement.models.scorecards import (
    Band,
    Component,
    ManualJudgement,
    Scorecard,
    ScorecardComponent,
    ScorecardException,
    ScorecardMeasure,
)
from engagement.models.scores import RecomputeChunk, RecomputeRun, Score
from engagement.models.usage import AccountDay, Feature, FeatureUse, ProductUser, UsageDay, UsageRecord, UserDay
from engagement.models.use_cases import UseCase, UseCaseCriterion, UseCaseState

__all__ = [
    "AccountDay",
    "Band",
    "Component",
    "CustomMeasure",
    "Event",
    "EventBatch",
    "EventIdentity",
    "EventKind",
    "Feature",
    "FeatureUse",
    "FeatureWork",
    "ManualJudgement",
    "MappedEvent",
    "MeasureValue",
    "MergedDay",
    "ProductUser",
    "QuarantineWork",
    "QuarantinedEvent",
    "RecomputeChunk",
    "RecomputeRun",
    "Risk",
    "RiskKind",
    "RiskRule",
    "SayDo",
    "Score",
    "Scorecard",
    "ScorecardComponent",
    "ScorecardException",
    "ScorecardMeasure",
    "SeenMessage",
    "UsageDay",
    "UsageRecord",
    "UseCase",
    "UseCaseCriterion",
    "UseCaseState",
    "UserDay",
    "WriteKey",
]
