"""Survival: by hand, against a simulated truth, and never outside of 0 to 1."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.formulas.survival import CENSORED, LOST, ONWARD, days_until, incidence, incidence_of, share_by

SEEDS = 1_000


def test_without_censoring_it_is_the_plain_share() -> None:
    found = incidence_of([(10, ONWARD, 6), (20, LOST, 2), (30, ONWARD, 2)])
    assert share_by(found, 9).value == 0
    assert share_by(found, 10).value == pytest.approx(0.6)
    assert share_by(found, 25).value == pytest.approx(0.6)
    assert share_by(found, 400).value == pytest.approx(0.8), "everybody has been observed to the end"
    assert days_until(found, 0.5).value == 10
    assert days_until(found, 0.9).value is None
    # The binomial standard error, as it must be without censoring.
    assert found.deviation[0] == pytest.approx((0.6 * 0.4 / 10) ** 0.5)
    assert found.deviation[-1] == pytest.approx((0.8 * 0.2 / 10) ** 0.5)


def test_an_open_stay_is_no_failure() -> None:
    """By hand: 2 of 4 move on at day 5; one open stay of 7 days leaves the race; the last moves on at day 9."""
    found = incidence_of([(5, ONWARD, 2), (7, CENSORED, 1), (9, ONWARD, 1)])
    assert share_by(found, 5).value == pytest.approx(0.5)
    assert share_by(found, 9).value == pytest.approx(1.0)
    open_end = incidence_of([(5, ONWARD, 2), (7, CENSORED, 2)])
    assert share_by(open_end, 90).value is None, "nobody was observed for that long"


def test_nothing_observed_says_nothing() -> None:
    found = incidence_of([])
    assert (found.n, share_by(found, 5).value, days_until(found, 0.5).value) == (0, None, None)
    assert not found.is_enough


@given(
    st.lists(
        st.tuples(st.integers(0, 400), st.sampled_from([CENSORED, ONWARD, LOST]), st.integers(1, 9)),
        min_size=1,
        max_size=30,
    ),
    st.integers(0, 500),
)
def test_shares_are_shares_and_counts_weigh(stays: list[tuple[int, int, int]], day: int) -> None:
    found = incidence_of(stays)
    one_by_one = incidence_of([(days, kind, 1) for days, kind, count in stays for _ in range(count)])
    assert np.allclose(found.share, one_by_one.share)
    assert np.allclose(found.deviation, one_by_one.deviation)
    assert np.all(np.diff(found.share) >= -1e-12)
    estimate = share_by(found, day)
    if estimate.value is not None and estimate.low is not None and estimate.high is not None:
        assert -1e-12 <= estimate.low <= estimate.value + 1e-9
        assert estimate.value - 1e-9 <= estimate.high <= 1 + 1e-12


def simulate(seed: int, n: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Constant hazards: on after 60 days on average, lost after 240, watched for up to 200 days; in whole days.

    Rounding up keeps the share by a whole day d as it is in the exact times: T <= d.
    """
    random = np.random.default_rng(seed)
    on, lost, watched = random.exponential(60, n), random.exponential(240, n), random.uniform(10, 200, n)
    first = np.minimum(np.minimum(on, lost), watched)
    kinds = np.where(first == watched, CENSORED, np.where(first == on, ONWARD, LOST))
    # A stay that is still open after 12.4 days was seen for 12 whole days.
    days = np.where(kinds == CENSORED, np.floor(first), np.ceil(first))
    return days, kinds


def true_share(day: float) -> float:
    """P(on by `day`) of constant hazards 1/60 and 1/240."""
    total = 1 / 60 + 1 / 240
    return float((1 / 60) / total * (1 - np.exp(-total * day)))


def test_intervals_hold_the_simulated_truth_in_95_of_100() -> None:
    by_30 = by_90 = median = 0
    share_30, share_90 = true_share(30), true_share(90)
    total = 1 / 60 + 1 / 240
    true_median = -np.log(1 - 0.5 * total / (1 / 60)) / total
    for seed in range(SEEDS):
        found = incidence(*simulate(seed))
        for day, truth in ((30, share_30), (90, share_90)):
            estimate = share_by(found, day)
            assert estimate.low is not None and estimate.high is not None
            hit = estimate.low <= truth <= estimate.high
            by_30, by_90 = by_30 + (hit and day == 30), by_90 + (hit and day == 90)
        half = days_until(found, 0.5)
        assert half.low is not None
        # Whole days: a day that is named stands for the day that ends there.
        median += half.low - 1 <= true_median and (half.high is None or true_median <= half.high)
    for hits in (by_30, by_90):
        assert 0.93 <= hits / SEEDS <= 0.97, f"{hits} of {SEEDS}"
    assert 0.93 <= median / SEEDS <= 0.985, f"{median} of {SEEDS}; whole days widen it a little"


def test_leaving_out_censored_stays_would_miss_the_truth() -> None:
    """The test above can fail: dropping open stays, as a plain funnel does, overstates the share."""
    hits = 0
    for seed in range(200):
        days, kinds = simulate(seed)
        estimate = share_by(incidence(days[kinds != CENSORED], kinds[kinds != CENSORED]), 30)
        assert estimate.low is not None and estimate.high is not None
        hits += estimate.low <= true_share(30) <= estimate.high
    assert hits / 200 < 0.8
