"""The effect of an initiative: what was planted lies in the interval, what was not is rarely claimed."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc.formulas.effects import (
    LEAST_FOR_SHARES,
    LEAST_SETS,
    MOST_OTHERS,
    Effect,
    Unit,
    estimate_change,
    estimate_share,
    match_others,
    mean_with_interval,
)

SEEDS = 1_000
POOL, ASKED = 220, 40


def skewed_counts(seed: int, effect: float) -> Effect:
    """How often accounts complain, in 90 days before and after: few often, most rarely. The angriest ask, as people do
    when things are at their worst; whether they ask depends on nothing else that is not matched."""
    rng = np.random.default_rng([11, seed])
    group = rng.integers(0, 4, POOL)
    rate = 1.0 + (1 + group / 2) * rng.gamma(0.7, 1.0, POOL)
    before = rng.poisson(rate)
    odds = np.exp(0.5 * np.minimum(before, 6))
    asks = np.zeros(POOL, dtype=bool)
    asks[rng.choice(POOL, ASKED, replace=False, p=odds / odds.sum())] = True
    after = rng.poisson(0.9 * rate + np.where(asks, effect, 0.0))
    units = [Unit(*row) for row in zip(group.tolist(), before.tolist(), after.tolist(), strict=True)]
    return estimate_change(
        [unit for unit, is_asking in zip(units, asks, strict=True) if is_asking],
        [unit for unit, is_asking in zip(units, asks, strict=True) if not is_asking],
        seed=seed,
    )


def churned(seed: int, effect: float) -> Effect:
    """Who left: one in six of all, and so many more or fewer of those who asked."""
    rng = np.random.default_rng([13, seed])
    asked = rng.random(60) < 0.17 + effect
    others = rng.random(240) < 0.17
    groups = rng.integers(0, 3, 300).tolist()
    return estimate_share(
        [Unit(group, 0.0, float(left)) for group, left in zip(groups[:60], asked, strict=True)],
        [Unit(group, 0.0, float(left)) for group, left in zip(groups[60:], others, strict=True)],
        seed=seed,
    )


@pytest.mark.parametrize(("world", "effect"), [(skewed_counts, -0.6), (skewed_counts, 0.0), (churned, -0.1)])
def test_the_planted_effect_lies_in_the_interval_and_none_is_rarely_claimed(world, effect: float) -> None:  # type: ignore[no-untyped-def]
    covered = claimed = 0
    for seed in range(SEEDS):
        found = world(seed, effect).difference
        assert found is not None
        covered += found.low <= effect <= found.high
        claimed += found.is_claimed
    assert 0.93 <= covered / SEEDS <= 0.97
    if effect == 0:
        assert claimed / SEEDS <= 0.05


def test_without_matching_on_the_value_before_an_effect_would_appear() -> None:
    """What mends by itself is no effect: those who asked fell further than all others, the angriest of them too."""
    plain, matched = [], []
    for seed in range(60):
        rng = np.random.default_rng([17, seed])
        rate = rng.gamma(2.0, 1.5, 300)
        before, after = rng.poisson(rate), rng.poisson(rate)
        asks = before >= np.sort(before)[-40]
        change = after - before
        plain.append(change[asks].mean() - change[~asks].mean())
        asks &= rng.random(300) < 0.5
        units = [Unit(0, float(b), float(a)) for b, a in zip(before, after, strict=True)]
        found = estimate_change(
            [unit for unit, one in zip(units, asks, strict=True) if one],
            [unit for unit, one in zip(units, asks, strict=True) if not one],
        )
        if found.difference is not None:
            matched.append(found.difference.value)
    assert np.mean(plain) < -1
    assert abs(np.mean(matched)) < 0.5


def test_a_large_effect_is_claimed() -> None:
    found = [skewed_counts(seed, 4.0).difference for seed in range(30)]
    assert all(one is not None and one.is_claimed and one.value > 0 for one in found)


def test_too_few_say_nothing() -> None:
    assert mean_with_interval([1.0, 2.0] * ((LEAST_SETS - 1) // 2)) is None
    assert mean_with_interval([0.0] * 50) is None
    few = [Unit(0, 0.0, 1.0)] * (LEAST_FOR_SHARES - 1)
    found = estimate_share(few, [Unit(0, 0.0, 0.0)] * 400)
    assert (found.difference, found.n) == (None, LEAST_FOR_SHARES - 1)


def test_nobody_alike_is_left_out_and_counted() -> None:
    asked = [Unit("a", 1.0, 0.0), Unit("b", 1.0, 0.0), Unit("a", 900.0, 0.0)]
    found = estimate_change(asked, [Unit("a", 1.0, 1.0)] * 30)
    assert (found.n, found.left_out, found.others) == (1, 2, MOST_OTHERS)
    assert found.means == (1.0, 0.0, 1.0, 1.0)
    assert estimate_change([], []).means is None


def test_the_first_other_of_everybody_comes_before_the_second_of_anybody() -> None:
    sets = match_others([Unit(0, 1.0, 0.0)] * 3, [Unit(0, 1.0, 0.0)] * 4)
    assert sorted(len(beside) for _one, beside in sets) == [1, 1, 2]


units = st.builds(Unit, st.integers(0, 2), st.integers(0, 12).map(float), st.integers(0, 12).map(float))


@given(asked=st.lists(units, max_size=30), others=st.lists(units, max_size=60), seed=st.integers(0, 3))
def test_others_are_alike_near_and_used_once(asked: list[Unit], others: list[Unit], seed: int) -> None:
    named = [unit._replace(name=number) for number, unit in enumerate(others)]
    sets = match_others(asked, named, seed=seed)
    used = [other.name for _one, beside in sets for other in beside]
    assert len(used) == len(set(used))
    values = [unit.before for unit in (*asked, *others)]
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    for one, beside in sets:
        assert 1 <= len(beside) <= MOST_OTHERS
        assert all(other.alike == one.alike for other in beside)
        assert all(abs(other.before - one.before) <= 0.25 * spread + 1e-9 for other in beside)
    assert sets == match_others(asked, named, seed=seed)


@given(st.lists(st.floats(-1e6, 1e6), min_size=LEAST_SETS, max_size=60))
def test_the_mean_lies_in_its_interval(gaps: list[float]) -> None:
    found = mean_with_interval(gaps)
    if found is not None:
        assert found.low <= found.value <= found.high
        assert math.isclose(found.value, math.fsum(gaps) / len(gaps), rel_tol=1e-9, abs_tol=1e-9)
        assert not found.is_claimed or found.low > 0 or found.high < 0
