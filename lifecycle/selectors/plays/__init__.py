"""What can be asked about playbooks and plays."""

from lifecycle.selectors.plays.dry_run import DryCsm, DryRow, DryRun, DryStep, count_heard, dry_run
from lifecycle.selectors.plays.effects import Effect, effect_of, effects_of

__all__ = ["DryCsm", "DryRow", "DryRun", "DryStep", "Effect", "count_heard", "dry_run", "effect_of", "effects_of"]
