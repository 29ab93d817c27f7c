"""Intervals, measures, comparisons: against independent implementations, and what must hold for all numbers."""

import math
import random
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import special  # type: ignore[import-untyped]

from voc.formulas.comparisons import compare, compare_shares, holm
from voc.formulas.drivers import Candidate, find_drivers
from voc.formulas.intervals import mean_interval, share_interval, student_quantile, student_tails
from voc.formulas.measures import SCALES, Scale, measure, scale_of
from voc.formulas.nps import nps_of

NPS, CSAT, CES = SCALES["nps"], SCALES["csat"], SCALES["ces"]


def independent_nps(scores: list[int], asked: int | None) -> tuple[float, float, float]:
    """NPS and its interval from the definition, answer by answer in whole fractions.

    Three answers are added, worth +1, 0 and -1 in the shares 1/4, 1/2, 1/4; each weighs as much as the part of the
    audience that did not answer. The variance is the mean square of each answer's distance from the shrunk figure.
    """
    n = len(scores)
    worths = [Fraction(1) if score in (9, 10) else Fraction(0) if score in (7, 8) else Fraction(-1) for score in scores]
    weight = Fraction(1)
    if asked is not None and asked > 1:
        weight = Fraction(max(asked, n) - n, max(asked, n) - 1)
    added = [(Fraction(1), 3 * weight / 4), (Fraction(0), 3 * weight / 2), (Fraction(-1), 3 * weight / 4)]
    everybody = [(worth, Fraction(1)) for worth in worths] + added
    size = sum(share for _worth, share in everybody)
    centre = sum(worth * share for worth, share in everybody) / size
    spread = sum(share * (worth - centre) ** 2 for worth, share in everybody) / size
    half = 1.959964 * math.sqrt(spread * weight / size)
    value = sum(worths) / n
    low = max(-1.0, min(float(centre) - half, float(value)))
    high = min(1.0, max(float(centre) + half, float(value)))
    return 100 * float(value), 100 * low, 100 * high


def test_nps_and_its_interval_equal_an_independent_implementation_on_a_thousand_samples() -> None:
    rng = random.Random(20260101)
    for _ in range(1000):
        n = rng.choice([1, 2, 3, 5, 8, 15, 40, 150, 600])
        lean = rng.uniform(-4, 4)
        scores = [min(10, max(0, round(rng.gauss(7 + lean, 2.5)))) for _ in range(n)]
        asked = rng.choice([None, n, n + rng.randint(1, 5), n * rng.randint(2, 20)])
        expected = independent_nps(scores, asked)
        found = nps_of(scores, asked=asked)
        assert (found.value, found.low, found.high) == pytest.approx(expected, abs=1e-9)
        counts = {score: scores.count(score) for score in set(scores)}
        same = measure(NPS, counts, population=asked)
        assert (same.value, same.low, same.high) == pytest.approx(expected, abs=1e-9)


def test_known_intervals_come_out() -> None:
    """Figures of the literature: 500 answers 50/30/20 and 8 promoters of 8; Wilson 8 of 10."""
    found = measure(NPS, {10: 250, 8: 150, 0: 100})
    assert (found.value, found.low, found.high) == pytest.approx((30.0, 23.0, 36.6), abs=0.06)
    alone = measure(NPS, {10: 8})
    assert (alone.value, alone.low, alone.high) == pytest.approx((100.0, 39.0, 100.0), abs=0.5)
    share = share_interval(8, 10)
    assert (share.low, share.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)


@given(freedom=st.integers(1, 400), t=st.floats(0, 40))
def test_the_tails_of_students_t_equal_those_of_scipy(freedom: int, t: float) -> None:
    assert student_tails(t, freedom) == pytest.approx(2 * special.stdtr(freedom, -t), rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("freedom", [1, 2, 5, 29, 1000])
def test_the_quantile_of_students_t_equals_that_of_scipy(freedom: int) -> None:
    assert student_quantile(freedom) == pytest.approx(special.stdtrit(freedom, 0.975), rel=1e-7)


counts = st.dictionaries(st.integers(1, 5), st.integers(1, 60), min_size=1)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(counts)
def test_every_interval_holds_its_value_and_stays_on_the_scale(found: dict[int, int]) -> None:
    for scale in (NPS, CSAT, CES, scale_of("rating", 5)):
        result = measure(scale, found)
        assert result.value is not None
        if result.low is not None and result.high is not None:
            assert scale.span[0] <= result.low <= result.value + 1e-9
            assert result.value - 1e-9 <= result.high <= scale.span[1]
        assert sum(result.parts) == result.n


def test_one_answer_has_a_mean_and_no_interval() -> None:
    found = measure(CES, {6: 1})
    assert (found.value, found.low, found.high) == (6.0, None, None)
    assert mean_interval(0, 0, 0, bounds=(1, 7)).value is None


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(counts, counts)
def test_turning_a_comparison_around_turns_its_sign(first: dict[int, int], second: dict[int, int]) -> None:
    for scale in (NPS, CSAT, CES):
        one, two = compare(scale, first, second), compare(scale, second, first)
        if one.value is None or two.value is None or one.p is None or two.p is None:
            continue
        assert one.value == pytest.approx(-two.value)
        assert one.p == pytest.approx(two.p)
        assert one.low is not None
        assert one.high is not None
        assert one.low - 1e-9 <= one.value <= one.high + 1e-9


def test_welch_equals_a_worked_example() -> None:
    """Two groups of marks with unequal spread, from the formula itself."""
    first, second = {2: 2, 3: 4, 4: 2}, {4: 3, 6: 2, 7: 2, 1: 1}
    found = compare(CES, first, second)
    n, m = 8, 8
    mean_1, mean_2 = 3.0, 39 / 8
    var_1 = 4 / 7
    var_2 = sum(k * (x - mean_2) ** 2 for x, k in second.items()) / 7
    error = math.sqrt(var_1 / n + var_2 / m)
    freedom = error**4 / ((var_1 / n) ** 2 / 7 + (var_2 / m) ** 2 / 7)
    assert found.value == pytest.approx(mean_2 - mean_1)
    assert found.p == pytest.approx(2 * special.stdtr(freedom, -(mean_2 - mean_1) / error), rel=1e-4)


def test_a_false_alarm_comes_in_about_one_of_twenty_equal_pairs() -> None:
    rng = random.Random(7)
    weights = [1, 1, 1, 1, 1, 2, 3, 8, 10, 8, 9]
    alarms = 0
    for _ in range(1000):
        groups = [rng.choices(range(11), weights, k=40) for _ in range(2)]
        one, two = ({score: group.count(score) for score in set(group)} for group in groups)
        alarms += compare(NPS, one, two).is_clear
    assert 25 <= alarms <= 75


def test_too_few_answers_say_nothing() -> None:
    found = compare(NPS, {10: 1}, {0: 50})
    assert not found.is_told
    assert found.value is None
    assert not compare_shares((0, 0), (1, 1)).is_told


def test_holm_grows_and_never_shrinks_a_p() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_keeps_the_order(ps: list[float]) -> None:
    found = holm(ps)
    for one in range(len(ps)):
        assert ps[one] <= found[one] <= 1
        for two in range(len(ps)):
            assert ps[one] >= ps[two] or found[one] <= found[two]


def test_a_driver_is_found_and_noise_is_not() -> None:
    rng = random.Random(3)

    def some(good: float) -> dict[int, int]:
        drawn = [10 if rng.random() < good else 3 for _ in range(120)]
        return {score: drawn.count(score) for score in set(drawn)}

    noise = [Candidate(f"n{number}", "noise", "x", some(0.5), some(0.5)) for number in range(20)]
    planted = Candidate("planted", "Slow answers", "theme", some(0.2), some(0.7))
    few = Candidate("few", "Rare", "theme", {0: 3}, some(0.7))
    found = find_drivers(NPS, [*noise, planted, few])
    assert found[0].key == "planted"
    assert [driver.key for driver in found if driver.is_clear] == ["planted"]
    assert "few" not in {driver.key for driver in found}
    assert find_drivers(NPS, []) == []


def test_scales_know_their_ends() -> None:
    assert scale_of("rating", 7) == Scale("rating", 1, 7)
    assert CES.tone(7) == "good"
    assert CES.tone(1) == "critical"
    assert NPS.worth(8) == 0
