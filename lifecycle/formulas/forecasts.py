"""Arithmetic of forecasts: chances, weighted sums, and how good a call was."""

from collections.abc import Iterable
from decimal import Decimal

# Chance of renewal that a category stands for where nobody named one; lifecycle.models.Renewal.Category.
CATEGORY_CHANCE = {"commit": Decimal("0.95"), "likely": Decimal("0.75"), "risk": Decimal("0.40"), "lost": Decimal(0)}
# From this distance on the CSM's and the model's chance are said to disagree.
DISAGREEMENT = Decimal("0.25")
# Which category a health band suggests while nobody has called.
BAND_CATEGORY = {"critical": "risk", "risk": "risk", "watch": "likely", "good": "likely", "great": "commit"}


def chance_of(*, category: str, csm_percent: int | None, model: Decimal | None) -> Decimal:
    """The chance (0 to 1) that sums are weighted by: the CSM's call, else the model's, else the category's."""
    if csm_percent is not None:
        return Decimal(csm_percent) / 100
    return model if model is not None else CATEGORY_CHANCE[category]


def disagreement(*, csm_percent: int | None, model: Decimal | None) -> Decimal | None:
    """CSM's chance minus the model's (-1 to 1) from `DISAGREEMENT` on; None when they agree or one is silent."""
    if csm_percent is None or model is None:
        return None
    gap = Decimal(csm_percent) / 100 - model
    return gap if abs(gap) >= DISAGREEMENT else None


def brier(calls: Iterable[tuple[float, bool]]) -> float | None:
    """Mean of (chance - outcome)^2: 0 is perfect, 0.25 is a coin, 1 is always wrong; None without calls. Brier 1950."""
    errors = [(chance - (1.0 if came else 0.0)) ** 2 for chance, came in calls]
    return sum(errors) / len(errors) if errors else None


def outcome_word(*, state: str, due: Decimal, final: Decimal | None) -> str:
    """How it came out: lost, downsell, flat, upsell; "" while open or void."""
    if state == "lost":
        return "lost"
    if state != "won" or final is None:
        return ""
    if final == due:
        return "flat"
    return "upsell" if final > due else "downsell"
