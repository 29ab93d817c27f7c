"""Listening coverage: counted by a sweep, planned by people."""

from voc.services.coverage.planning import plan_cell
from voc.services.coverage.tallying import tally_coverage

__all__ = ["plan_cell", "tally_coverage"]
