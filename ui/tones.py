"""The five tones of the health scale, and which one a number has."""

from collections.abc import Sequence
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Tone = Literal["critical", "risk", "watch", "good", "great"]

TONES: tuple[Tone, ...] = ("critical", "risk", "watch", "good", "great")

TONE_WORDS: dict[str, Promise] = {
    "critical": _("Critical"),
    "risk": _("At risk"),
    "watch": _("Watch"),
    "good": _("Good"),
    "great": _("Great"),
}

# Lower bounds of risk, watch, good and great where no scorecard says otherwise.
DEFAULT_BOUNDS: tuple[float, float, float, float] = (40, 60, 70, 80)


def tone_of(score: float | None, bounds: Sequence[float] = DEFAULT_BOUNDS) -> Tone | None:
    """The tone of a score from 0 to 100; None when there is no score."""
    if score is None:
        return None
    return TONES[sum(score >= bound for bound in bounds)]


def tone_of_band(position: int, bands: int) -> Tone:
    """Spread any number of bands (worst is 0) over the five tones, ends on ends.

    Raises:
        ValueError: when there are fewer than two bands or the position is outside of them.
    """
    if bands < 2 or not 0 <= position < bands:
        raise ValueError(f"band {position} of {bands} does not exist")
    return TONES[round(position * (len(TONES) - 1) / (bands - 1))]
