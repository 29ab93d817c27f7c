"""Revenue over time, read from the ledger of movements."""

from lifecycle.selectors.movements.cohorts import cohorts
from lifecycle.selectors.movements.retaining import retention
from lifecycle.selectors.movements.scope import Scope, Span
from lifecycle.selectors.movements.waterfalls import arr_on, waterfall

__all__ = ["Scope", "Span", "arr_on", "cohorts", "retention", "waterfall"]
