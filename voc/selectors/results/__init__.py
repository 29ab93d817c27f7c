"""What a survey brought: read for one person, small groups unseen where they must be."""

from voc.selectors.results.listing import Strip, read_strip, surveys_with_counts
from voc.selectors.results.overview import (
    Overview,
    Rates,
    Reading,
    invitation_condition,
    read_overview,
    read_rates,
    read_survey,
)
from voc.selectors.results.scope import Scope, scope_of

__all__ = [
    "Overview",
    "Rates",
    "Reading",
    "Scope",
    "Strip",
    "invitation_condition",
    "read_overview",
    "read_rates",
    "read_strip",
    "read_survey",
    "scope_of",
    "surveys_with_counts",
]
