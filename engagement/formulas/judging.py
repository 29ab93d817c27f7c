"""Scores, coverage, states, bands, components and attainment of a batch."""

from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum

import numpy as np

from engagement.formulas.exceptions import apply_rules
from engagement.formulas.models import Model
from engagement.formulas.scales import Flags, Floats, Integers

# Coverage below which a score is drawn hollow, and below which there is no number (design.md, section 6), in percent.
HOLLOW_BELOW = 60
UNOBSERVED_BELOW = 30
NOTHING = -1


class State(IntEnum):
    """How much of what can be observed was observed."""

    UNOBSERVED = 0
    HOLLOW = 1
    SCORED = 2


class Standing(IntEnum):
    """What became of one measure of one account."""

    MISSING = 0
    STALE = 1
    FRESH = 2
    UNKNOWN = 3
    KNOWN = 4


# Measures that take part in the score.
COUNTED = frozenset({Standing.FRESH, Standing.UNKNOWN, Standing.KNOWN})


@dataclass(frozen=True, eq=False)
class Judgement:
    """A judged batch. Points in hundredths, scores and components in tenths, shares in thousandths; -1: no value.

    `formula` is the number that the measures alone give; `rules` (accounts x exceptions) the number after each
    exception that held. `scores` is what stands in the end.
    """

    points: Integers
    standing: Integers
    present: Flags
    scores: Integers
    states: Integers
    coverage: Integers
    bands: Integers
    components: Integers
    attainment: Integers
    formula: Integers
    rules: Integers


def judge(model: Model, raw: Floats, age: Floats, *, manual: Integers | None = None) -> Judgement:
    """Judge a batch: `raw` values (NaN: not known) and their `age` in days, accounts x measures.

    score = sum(e_m s_m) / sum(e_m) over the measures that are present and fresh; knowledge measures are always
    present, with 0 points where nothing is known. coverage = sum(e_m present and fresh) / sum(e_m) over the others.

    `manual` (accounts x components + 1, hundredths, -1: none) is what people judged. A component's value replaces its
    actual state and counts with the component's whole weight. The exceptions follow, in order. The last column is the
    whole score: it stands above everything. Coverage is what it is without people: an unobserved account gets a number
    from a judgement of the whole alone, and that number is hollow.
    """
    known = ~np.isnan(raw)
    fresh = known & (np.nan_to_num(age, nan=0.0) <= model.valid_days)
    present = fresh | model.is_knowledge
    points = np.zeros(raw.shape, dtype=np.int64)
    for column, measure in enumerate(model.measures):
        points[:, column] = measure.scale.hundredths(raw[:, column])
    points[~fresh] = 0
    standing = np.where(
        model.is_knowledge,
        np.where(fresh, Standing.KNOWN, Standing.UNKNOWN),
        np.where(fresh, Standing.FRESH, np.where(known, Standing.STALE, Standing.MISSING)),
    ).astype(np.int64)

    weights = np.where(present, model.weights, 0)
    masses, sums = _by_component(model, weights), _by_component(model, weights * points)
    formula = _mean_tenths(sums.sum(axis=1), masses.sum(axis=1))
    observable = int(model.weights[~model.is_knowledge].sum())
    seen = np.where(fresh & ~model.is_knowledge, model.weights, 0).sum(axis=1)
    states = np.full(len(raw), State.SCORED, dtype=np.int64)
    states[seen * 100 < observable * HOLLOW_BELOW] = State.HOLLOW
    states[(seen * 100 < observable * UNOBSERVED_BELOW) | (formula == NOTHING) | (observable == 0)] = State.UNOBSERVED
    formula[states == State.UNOBSERVED] = NOTHING

    scores = formula.copy()
    if manual is not None:
        given = manual[:, :-1]
        whole = np.broadcast_to(_by_component(model, model.weights[None, :]), masses.shape)
        masses = np.where(given != NOTHING, whole, masses)
        sums = np.where(given != NOTHING, whole * given, sums)
        scores = np.where(formula == NOTHING, NOTHING, _mean_tenths(sums.sum(axis=1), masses.sum(axis=1)))
    scores, rules = apply_rules(model.exceptions, codes=model.codes, raw=raw, there=fresh, scores=scores)
    if manual is not None:
        judged = manual[:, -1] != NOTHING
        scores = np.where(judged, (manual[:, -1] + 5) // 10, scores)
        rules[judged] = NOTHING
        states[judged & (states == State.UNOBSERVED)] = State.HOLLOW
    components = _mean_tenths(sums, masses)
    return Judgement(
        points=points,
        standing=standing,
        present=present,
        scores=scores,
        states=states,
        # Rounded down: a share that stands below a threshold is never shown as having reached it.
        coverage=seen * 1000 // max(observable, 1),
        bands=bands_of(model, scores),
        components=components,
        attainment=attain(model, components),
        formula=formula,
        rules=rules,
    )


def _by_component(model: Model, values: Integers) -> Integers:
    """Sums over the measures of each component."""
    return np.stack([values[:, model.members[:, index]].sum(axis=1) for index in range(len(model.components))], axis=1)


def attain(model: Model, components: Integers) -> Integers:
    """sum(W_c * min(1, actual_c / desired_c)) / sum(W_c) over the components with an actual value, in thousandths."""
    weights = np.array([float(rule.weight) for rule in model.components])
    desired = np.array([float(rule.desired) for rule in model.components])
    actual = components / 10
    reached = np.where(desired > 0, np.minimum(1.0, actual / np.where(desired > 0, desired, 1.0)), 1.0)
    there = components != NOTHING
    total = np.where(there, weights, 0.0).sum(axis=1)
    share = np.where(there, weights * reached, 0.0).sum(axis=1) / np.where(total > 0, total, 1.0)
    return np.where(total > 0, np.floor(share * 1000 + 0.5), NOTHING).astype(np.int64)


def gap_of(*, weight: Decimal, desired: Decimal, actual: Decimal, total: Decimal) -> Decimal:
    """W_c * (desired_c - actual_c) / sum of W: how many points of the score lie between here and the desired state."""
    return weight * (desired - actual) / total


def _mean_tenths(numerator: Integers, denominator: Integers) -> Integers:
    """Weighted mean of hundredths, rounded half up to tenths, in whole numbers; -1 where there is no weight."""
    divisor = np.where(denominator > 0, denominator * 10, 1)
    return np.where(denominator > 0, (2 * numerator + divisor) // (2 * divisor), NOTHING).astype(np.int64)


def bands_of(model: Model, scores: Integers) -> Integers:
    """Index of the band of each score (0 is the lowest); -1 without a number."""
    floors = np.array([int(band.floor * 10) for band in model.bands], dtype=np.int64)
    found = np.searchsorted(floors, scores, side="right") - 1
    return np.where(scores == NOTHING, NOTHING, np.maximum(found, 0)).astype(np.int64)
