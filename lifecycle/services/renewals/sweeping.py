"""Everything that time does to renewals."""

from lifecycle.services.renewals.closing import apply_outcomes
from lifecycle.services.renewals.making import make_renewals, settle_renewals, take_checkpoints


def sweep_renewals() -> dict[str, int]:
    """Settle, apply, make, keep; each part is a transaction of its own, safe to repeat and to miss."""
    return {
        "applied": apply_outcomes(),
        "settled": settle_renewals(),
        "made": make_renewals(),
        "checkpoints": take_checkpoints(),
    }
