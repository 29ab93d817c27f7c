"""A scorecard as numbers, ready for a batch."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

import numpy as np

from engagement.formulas.exceptions import ExceptionRule
from engagement.formulas.scales import Flags, Floats, Integers, Scale

MILLIONTHS = 1_000_000
NEVER_STALE = float("inf")


@dataclass(frozen=True)
class ComponentRule:
    """`by_intent`: the desired state (0 to 100) for reasons why they bought that ask for another."""

    code: str
    weight: Decimal
    desired: Decimal
    by_intent: tuple[tuple[str, Decimal], ...] = ()


@dataclass(frozen=True)
class MeasureRule:
    """`is_knowledge`: what the vendor should know; not knowing it is 0 points, never a gap in the data."""

    code: str
    component: str
    weight: Decimal
    scale: Scale
    valid_days: int | None = None
    is_knowledge: bool = False


@dataclass(frozen=True)
class Band:
    """A range of the score; `floor` is its lower end, included."""

    slug: str
    floor: Decimal


@dataclass(frozen=True, eq=False)
class Model:
    """One version of the scorecard. `weights`: the effective weights e_m in millionths, in the order of `measures`.

    `intent` is the reason why they bought that the desired states are for; empty where it makes no difference.
    """

    version: int
    components: tuple[ComponentRule, ...]
    measures: tuple[MeasureRule, ...]
    bands: tuple[Band, ...]
    weights: Integers
    members: Flags
    is_knowledge: Flags
    valid_days: Floats
    exceptions: tuple[ExceptionRule, ...] = ()
    intent: str = ""

    def for_intent(self, intent: str) -> "Model":
        """The same model with the desired states of an intent; itself where that asks for nothing else."""
        if not any(code == intent for rule in self.components for code, _desired in rule.by_intent):
            return self
        wanted = tuple(
            replace(rule, desired=dict(rule.by_intent).get(intent, rule.desired)) for rule in self.components
        )
        return replace(self, components=wanted, intent=intent)

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(measure.code for measure in self.measures)

    def share_of(self, code: str) -> float:
        """What part of the whole weight a measure has when everything is known, 0 to 1."""
        return float(self.weights[self.codes.index(code)] / self.weights.sum())


def build_model(
    *,
    version: int,
    components: Sequence[ComponentRule],
    measures: Sequence[MeasureRule],
    bands: Sequence[Band],
    exceptions: Sequence[ExceptionRule] = (),
) -> Model:
    """Work out the effective weights: e_m = W_c * w_m / sum of w in c (design.md, section 6), in whole millionths.

    A component without a measure takes no part. Raises ValueError for a measure of a component that is not there.
    """
    rules = {component.code: component for component in components}
    for measure in measures:
        if measure.component not in rules:
            raise ValueError(f"measure {measure.code} belongs to the unknown component {measure.component}")
    used = tuple(rule for rule in components if any(measure.component == rule.code for measure in measures))
    sums: dict[str, Fraction] = {rule.code: Fraction(0) for rule in used}
    for measure in measures:
        sums[measure.component] += Fraction(measure.weight)
    weights = [
        round(
            Fraction(rules[measure.component].weight) * Fraction(measure.weight) / sums[measure.component] * MILLIONTHS
        )
        for measure in measures
    ]
    return Model(
        version=version,
        components=used,
        measures=tuple(measures),
        bands=tuple(sorted(bands, key=lambda band: band.floor)),
        weights=np.array(weights, dtype=np.int64),
        members=np.array(
            [[measure.component == rule.code for rule in used] for measure in measures], dtype=np.bool_
        ).reshape(len(measures), len(used)),
        is_knowledge=np.array([measure.is_knowledge for measure in measures], dtype=np.bool_),
        valid_days=np.array(
            [NEVER_STALE if measure.valid_days is None else measure.valid_days for measure in measures],
            dtype=np.float64,
        ),
        exceptions=tuple(exceptions),
    )
