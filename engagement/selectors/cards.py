"""The parts of a health card: frozen, ready to show."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from engagement.formulas import PartKind
from engagement.formulas.judging import COUNTED, Standing
from ui.charts import Figure

# Which of both past scores of a day is shown: what the engine wrote then, or what is judged of it now.
RECORDED, NOW = "recorded", "now"

KIND_WORDS: dict[str, Promise] = {
    PartKind.DATA: _("changed"),
    PartKind.OBSERVED: _("newly observed"),
    PartKind.STALE: _("no longer observed"),
    PartKind.MODEL: _("the scorecard changed"),
    PartKind.OVERRIDE: _("above the formula"),
}

STANDING_WORDS: dict[int, Promise] = {
    Standing.MISSING: _("not observed"),
    Standing.STALE: _("gone stale"),
    Standing.FRESH: _("observed"),
    Standing.UNKNOWN: _("not known: counts 0"),
    Standing.KNOWN: _("known"),
}


@dataclass(frozen=True)
class MeasureLine:
    """One measure of a component: raw value in words, points 0 to 100, and what it weighs in the whole, 0 to 1."""

    code: str
    label: str
    value: str
    points: Decimal | None
    share: float
    standing: Standing
    observed_on: dt.date | None
    url: str
    is_money: bool = False

    @property
    def standing_words(self) -> str:
        return str(STANDING_WORDS[self.standing])

    @property
    def counts(self) -> bool:
        return self.standing in COUNTED


@dataclass(frozen=True)
class ComponentLine:
    """Actual against desired; `gap` is in points of the score; `change` since 28 days ago. None: unobserved."""

    code: str
    label: str
    actual: Decimal | None
    desired: Decimal
    gap: Decimal | None
    change: Decimal | None
    weight: Decimal
    driver: str
    measures: tuple[MeasureLine, ...]
    judged: "JudgedLine | None" = None


@dataclass(frozen=True)
class JudgedLine:
    """A judgement by hand that counts in the score; `component` is empty for the whole score."""

    pk: int
    component: str
    label: str
    value: Decimal
    reason: str
    by: str
    valid_until: dt.date


@dataclass(frozen=True)
class Above:
    """What stands above the formula: its own number, each exception that held with the number after it, and what people
    judged."""

    formula: Decimal | None
    rules: tuple[tuple[str, Decimal], ...]
    judged: tuple[JudgedLine, ...]


@dataclass(frozen=True)
class MovePart:
    kind: str
    label: str
    points: Decimal
    url: str = ""

    @property
    def size(self) -> Decimal:
        return abs(self.points)

    @property
    def kind_words(self) -> str:
        return str(KIND_WORDS[self.kind])


@dataclass(frozen=True)
class Move:
    """Why the score moved since a day: the parts add up to `total` exactly. `before` None: there was no number."""

    since: dt.date | None
    before: Decimal | None
    after: Decimal | None
    parts: tuple[MovePart, ...]
    until: dt.date | None = None
    figure: Figure | None = None
    small_figure: Figure | None = None

    @property
    def total(self) -> Decimal:
        return (self.after or Decimal(0)) - (self.before or Decimal(0))


@dataclass(frozen=True)
class HealthCard:
    """Everything that the account page says about health. Without a score yet `as_of` is None."""

    account_id: int
    value: Decimal | None = None
    state: str = "unobserved"
    band: str = ""
    tone: str = ""
    delta: Decimal | None = None
    coverage: Decimal = Decimal(0)
    attainment: Decimal | None = None
    as_of: dt.date | None = None
    computed_at: dt.datetime | None = None
    is_waiting: bool = False
    scorecard: str = ""
    scorecard_id: int | None = None
    components: tuple[ComponentLine, ...] = ()
    history: Figure | None = None
    move: Move | None = None
    above: Above | None = None
    basis: str = RECORDED
    is_judged_again: bool = False

    @property
    def unobserved(self) -> tuple[ComponentLine, ...]:
        return tuple(line for line in self.components if line.actual is None)

    @property
    def missing(self) -> tuple[MeasureLine, ...]:
        """Measures that are not observed or have gone stale, heaviest first: what would raise the coverage."""
        lines = [line for component in self.components for line in component.measures if not line.counts]
        return tuple(sorted(lines, key=lambda line: -line.share))
