"""Say, do and the nine fields: bounds, order, what is unobserved, and who is a zombie."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engagement.formulas import say_do as formula

NUMBERS = st.floats(-1, 1, allow_nan=False)
PIECES = st.lists(st.tuples(st.integers(0, 3), NUMBERS, st.floats(0, 400), st.sampled_from([0.5, 1.0])), max_size=20)


def say(pieces: list[tuple[int, float, float, float]], size: int = 4) -> list[float]:
    rows, values, ages, weights = zip(*pieces, strict=True) if pieces else ((), (), (), ())
    made: list[float] = formula.say_of(
        size=size,
        rows=np.array(rows, dtype=np.int64),
        values=np.array(values, dtype=float),
        weights=np.array(weights, dtype=float),
        ages=np.array(ages, dtype=float),
    ).tolist()
    return made


@settings(max_examples=60, deadline=None)
@given(PIECES)
def test_say_lies_within_what_was_said_and_is_unobserved_without_anything_in_180_days(
    pieces: list[tuple[int, float, float, float]],
) -> None:
    for row, found in enumerate(say(pieces)):
        heard = [value for place, value, age, _weight in pieces if place == row and age <= formula.SAY_DAYS]
        if not heard:
            assert math.isnan(found)
        else:
            assert min(heard) - 1e-9 <= found <= max(heard) + 1e-9


@settings(max_examples=40, deadline=None)
@given(PIECES, st.randoms(use_true_random=False))
def test_the_order_of_pieces_changes_nothing(pieces: list[tuple[int, float, float, float]], dice: object) -> None:
    shuffled = sorted(pieces, key=lambda _piece: dice.random())  # type: ignore[attr-defined]
    assert say(pieces) == pytest.approx(say(shuffled), abs=1e-9, nan_ok=True)


def test_what_was_said_ninety_days_ago_weighs_half() -> None:
    assert say([(0, 1.0, 0, 1.0), (0, -1.0, 90, 1.0)], 1)[0] == pytest.approx((1 - 0.5) / 1.5)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.just(math.nan), st.floats(0, 3)), min_size=6, max_size=6), st.floats(0, 60))
def test_do_lies_within_bounds_and_counts_only_the_last_thirty_days(values: list[float], age: float) -> None:
    codes = list(formula.DONE)
    deeds = formula.Deeds(
        {code: np.array([value]) for code, value in zip(codes, values, strict=True)},
        {code: np.array([age]) for code in codes},
    )
    found = formula.do_of(formula.parts_of(deeds))[0]
    if age > formula.DO_DAYS or all(math.isnan(value) for value in values):
        assert math.isnan(found)
    else:
        assert -1 <= found <= 1


@pytest.mark.parametrize("code", list(formula.DONE))
def test_more_is_never_worse_but_for_days_overdue(code: str) -> None:
    points = formula.on_scale(np.linspace(0, 40 if code == "overdue_days" else 2, 50), formula.DONE[code])
    steps = np.diff(points)
    assert (steps <= 1e-9).all() if code == "overdue_days" else (steps >= -1e-9).all()


CELLS = [
    (0.5, 0.5, "on_track", "advocate"),
    (0.5, 0.5, "off_track", "off_target"),
    (0.5, 0.5, "unknown", "off_target"),
    (0.5, -0.5, "on_track", "hollow_praise"),
    (0.5, None, "on_track", "unproven_praise"),
    (-0.5, 0.5, "on_track", "zombie"),
    (-0.5, -0.5, "on_track", "leaving"),
    (-0.5, None, "on_track", "grievance"),
    (None, 0.5, "on_track", "silent_user"),
    (None, -0.5, "on_track", "fading"),
    (None, None, "on_track", "dark"),
]


def field_of(said: float | None, done: float | None, goals: str, *, no_future: bool = False) -> str:
    numbers = [np.array([math.nan if one is None else one]) for one in (said, done)]
    return formula.fields_of(say=numbers[0], do=numbers[1], goals=[goals], has_no_future=np.array([no_future]))[0]


@pytest.mark.parametrize(("said", "done", "goals", "field"), CELLS)
def test_each_field_of_the_board(said: float | None, done: float | None, goals: str, field: str) -> None:
    assert field_of(said, done, goals) == field


def test_a_heavy_user_with_no_future_is_a_zombie_whatever_was_said() -> None:
    assert field_of(0.9, 0.6, "unknown", no_future=True) == "zombie"
    assert field_of(None, 0.6, "unknown", no_future=True) == "zombie"
    assert field_of(0.9, 0.1, "unknown", no_future=True) == "off_target", "a light user has left nothing behind"


@settings(max_examples=50, deadline=None)
@given(st.one_of(st.none(), NUMBERS), st.one_of(st.none(), NUMBERS), st.sampled_from(["off_track", "unknown"]))
def test_nobody_whose_goals_are_off_track_or_unknown_is_an_advocate(
    said: float | None, done: float | None, goals: str
) -> None:
    assert field_of(said, done, goals) != "advocate"


def test_the_word_for_goals() -> None:
    words = formula.goals_of(
        late=np.array([1, 0, 0, 0, 0]),
        on_track=np.array([2, 1, 0, 0, 0]),
        reached=np.array([0, 0, 1, 0, 0]),
        missed=np.array([0, 1, 1, 1, 0]),
    )
    assert words == ["off_track", "on_track", "on_track", "off_track", "unknown"]


def test_gaps_and_weakness() -> None:
    assert formula.gap_of(0.5, -0.5) == "gap"
    assert formula.gap_of(0.1, -0.5) == "mixed"
    assert formula.gap_of(0.5, 0.1) == "agree"
    assert formula.gap_of(None, 0.1) == "unknown"
    assert formula.is_weak(0.1, None)
    assert not formula.is_weak(0.2, -0.9)
