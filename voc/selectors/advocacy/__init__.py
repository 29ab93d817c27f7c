"""What the advocacy desk reads: what speaks for and against asking, whom one would ask, how often they say yes."""

from voc.selectors.advocacy.candidates import Candidates, find_candidates
from voc.selectors.advocacy.card import AdvocacyCard, advocacy_of
from voc.selectors.advocacy.checks import Check, read_check
from voc.selectors.advocacy.desk import askable_accounts, is_marketer, may_open_desk, people_to_ask
from voc.selectors.advocacy.rates import read_quarters

__all__ = [
    "AdvocacyCard",
    "Candidates",
    "Check",
    "advocacy_of",
    "askable_accounts",
    "find_candidates",
    "is_marketer",
    "may_open_desk",
    "people_to_ask",
    "read_check",
    "read_quarters",
]
