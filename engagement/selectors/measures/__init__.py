"""The registry of measures: each has a definition in words, one set-based reading, and rows that reproduce it."""

from engagement.selectors.measures.education import EDUCATION
from engagement.selectors.measures.journey import JOURNEY
from engagement.selectors.measures.kinds import Evidence, Measure, Source, Tally, Totals, Unit
from engagement.selectors.measures.knowledge import KNOWLEDGE
from engagement.selectors.measures.plans import PLANS
from engagement.selectors.measures.proofs import PROOFS
from engagement.selectors.measures.readiness import READINESS
from engagement.selectors.measures.tickets import TICKETS
from engagement.selectors.measures.touches import TOUCHES
from engagement.selectors.measures.usage import USAGE
from engagement.selectors.measures.voice import VOICE
from engagement.selectors.measures.words import WHAT, value_words

SOURCES: tuple[Source, ...] = (
    *(USAGE, TICKETS, TOUCHES, PROOFS, KNOWLEDGE),
    *(VOICE, JOURNEY, PLANS, READINESS, EDUCATION),
)
MEASURES: dict[str, Measure] = {measure.code: measure for source in SOURCES for measure in source.measures}
# Whose question reads a measure.
SOURCE_OF: dict[str, Source] = {measure.code: source for source in SOURCES for measure in source.measures}

__all__ = [
    "MEASURES",
    "SOURCES",
    "SOURCE_OF",
    "WHAT",
    "Evidence",
    "Measure",
    "Source",
    "Tally",
    "Totals",
    "Unit",
    "value_words",
]
