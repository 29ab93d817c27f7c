"""Change points: steady noise is left alone, a doubling is found, survey waves are no change of a theme."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc.formulas.change_points import LEAST_WEEKS, MOST_CUTS, change_points


def test_steady_noise_is_cut_in_at_most_one_series_of_twenty() -> None:
    rng = np.random.default_rng(20)
    rates = np.geomspace(0.6, 80, 320)
    cut = sum(bool(change_points(rng.poisson(rate, 52).tolist())) for rate in rates)
    # 320 series at 5 %: 16 are expected, 28 are three standard deviations above.
    assert 0 < cut <= 28


@pytest.mark.parametrize("rate", [10, 40])
def test_a_doubling_is_found_where_it_happened(rate: int) -> None:
    rng = np.random.default_rng(rate)
    found, extra = 0, 0
    for _ in range(40):
        points = change_points([*rng.poisson(rate, 30).tolist(), *rng.poisson(2 * rate, 22).tolist()])
        near = [point for point in points if abs(point.place - 30) <= 3]
        found += bool(near) and 1.4 < (near[0].ratio or 0) < 2.9
        extra += len(points) - len(near)
    assert found >= 38
    assert extra <= 6


def test_a_month_of_doubled_noise_at_the_end_is_found() -> None:
    rng = np.random.default_rng(5)
    points = change_points([*rng.poisson(30, 40).tolist(), *rng.poisson(60, 5).tolist()])
    assert [abs(point.place - 40) <= 1 for point in points] == [True]


def test_a_wave_of_answers_is_no_change_of_a_theme() -> None:
    rng = np.random.default_rng(6)
    whole = [400 if week % 13 < 2 else 40 for week in range(52)]
    counts = rng.binomial(whole, 0.1).tolist()
    assert change_points(counts, whole) == ()
    assert change_points(counts)  # counted plainly, the waves would be news


def test_a_theme_that_was_never_there_before_has_no_ratio() -> None:
    (point,) = change_points([0] * 20 + [9] * 12)
    assert (point.place, point.before, point.after, point.ratio) == (20, 0.0, 9.0, None)


def test_pieces_without_any_exposure_are_refused() -> None:
    with pytest.raises(ValueError, match="exposure"):
        change_points([1] * 20, [0.0] * 20)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 60), max_size=40))
def test_the_points_lie_inside_in_order_and_apart_and_the_rates_are_those_between_them(counts: list[int]) -> None:
    points = change_points(counts)
    edges = [0, *(point.place for point in points), len(counts)]
    assert len(points) <= MOST_CUTS
    assert all(b - a >= LEAST_WEEKS for a, b in itertools.pairwise(edges)) or not points
    for point, start, end in zip(points, edges, edges[2:], strict=False):
        assert point.before == pytest.approx(np.mean(counts[start : point.place]))
        assert point.after == pytest.approx(np.mean(counts[point.place : end]))
        assert 0 < point.p <= 0.05
