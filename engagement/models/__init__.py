"""Usage, measures, scorecards and scores."""

from engagement.models.scorecards import Band, Component, Scorecard, ScorecardComponent, ScorecardMeasure
from engagement.models.scores import RecomputeRun, Score
from engagement.models.usage import Feature, UsageDay, UsageRecord, UserDay

__all__ = [
    "Band",
    "Component",
    "Feature",
    "RecomputeRun",
    "Score",
    "Scorecard",
    "ScorecardComponent",
    "ScorecardMeasure",
    "UsageDay",
    "UsageRecord",
    "UserDay",
]
