"""What stands above the formula: exceptions, judgements by hand, desired states by intent. Exact in the ledger."""

import dataclasses
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engagement.formulas import (
    ComponentRule,
    Effect,
    ExceptionRule,
    Judgement,
    MeasureRule,
    Model,
    PartKind,
    RawTest,
    State,
    build_model,
    judge,
    judge_stored,
    split_moves,
)
from engagement.formulas.exceptions import OPERATORS
from engagement.formulas.judging import NOTHING
from tests.engagement.test_formulas import BANDS, LINE, batches, models, simple_model


@st.composite
def ruled_models(draw: st.DrawFn, version: int = 1) -> Model:
    model = draw(models(version=version))
    rules = [
        ExceptionRule(
            key=number,
            tests=tuple(
                RawTest(draw(st.sampled_from(model.codes)), draw(st.sampled_from(sorted(OPERATORS))), float(at))
                for at in draw(st.lists(st.integers(-20, 120), min_size=1, max_size=2))
            ),
            effect=draw(st.sampled_from(Effect)),
            tenths=draw(st.integers(0, 1000)),
        )
        for number in range(draw(st.integers(0, 3)))
    ]
    return dataclasses.replace(model, exceptions=tuple(rules))


@st.composite
def judged_batches(draw: st.DrawFn, model: Model) -> tuple[np.ndarray, Judgement]:
    raw, age = draw(batches(model))
    width = len(model.components) + 1
    hundredths = st.one_of(st.just(NOTHING), st.just(NOTHING), st.integers(0, 10_000))
    manual = np.array([draw(st.lists(hundredths, min_size=width, max_size=width)) for _ in range(len(raw))])
    return manual, judge(model, raw, age, manual=manual)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_every_number_stays_within_its_bounds(data: st.DataObject) -> None:
    model = data.draw(ruled_models())
    _manual, judged = data.draw(judged_batches(model))
    assert ((judged.scores == NOTHING) | ((judged.scores >= 0) & (judged.scores <= 1000))).all()
    assert ((judged.components == NOTHING) | ((judged.components >= 0) & (judged.components <= 1000))).all()
    assert ((judged.attainment == NOTHING) | ((judged.attainment >= 0) & (judged.attainment <= 1000))).all()
    assert ((judged.scores == NOTHING) == (judged.states == State.UNOBSERVED)).all()
    assert ((judged.scores == NOTHING) == (judged.bands == NOTHING)).all()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_one_more_observation_never_lowers_coverage(data: st.DataObject) -> None:
    model = data.draw(ruled_models())
    raw, age = data.draw(batches(model))
    column = data.draw(st.integers(0, len(model.measures) - 1))
    richer, fresher = raw.copy(), age.copy()
    richer[:, column] = np.where(np.isnan(raw[:, column]), 50.0, raw[:, column])
    fresher[:, column] = 0.0
    before, after = judge(model, raw, age), judge(model, richer, fresher)
    assert (after.coverage >= before.coverage).all()
    assert (after.states >= before.states).all()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_judgement_by_hand_leaves_the_coverage_alone(data: st.DataObject) -> None:
    model = data.draw(ruled_models())
    raw, age = data.draw(batches(model))
    manual = np.full((len(raw), len(model.components) + 1), 7_000)
    plain, judged = judge(model, raw, age), judge(model, raw, age, manual=manual)
    assert np.array_equal(plain.coverage, judged.coverage)
    assert np.array_equal(plain.formula, judged.formula)
    assert (judged.scores == 700).all()
    manual[:, -1] = NOTHING
    assert np.array_equal(judge(model, raw, age, manual=manual).scores == NOTHING, plain.scores == NOTHING)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_moves_with_overrides_add_up_and_the_override_is_its_own_part(data: st.DataObject) -> None:
    model = data.draw(ruled_models())
    (_one, old), (_two, new) = data.draw(judged_batches(model)), data.draw(judged_batches(model))
    rows = min(len(old.scores), len(new.scores))
    ledgers = split_moves(
        weights=model.weights,
        old_points=old.points[:rows],
        old_present=old.present[:rows],
        new_points=new.points[:rows],
        new_present=new.present[:rows],
        old_tenths=old.scores[:rows],
        new_tenths=new.scores[:rows],
        is_new_model=np.zeros(rows, dtype=np.bool_),
        old_formula=old.formula[:rows],
        new_formula=new.formula[:rows],
    )
    for row, parts in enumerate(ledgers):
        before, after = max(old.scores[row], 0), max(new.scores[row], 0)
        assert sum(part.tenths for part in parts) == after - before
        override = sum(part.tenths for part in parts if part.kind == PartKind.OVERRIDE)
        assert override == (after - max(new.formula[row], 0)) - (before - max(old.formula[row], 0))


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_what_was_stored_gives_the_same_number(data: st.DataObject) -> None:
    model = data.draw(ruled_models())
    raw, age = data.draw(batches(model))
    width = len(model.components) + 1
    manual = np.array(
        [data.draw(st.lists(st.sampled_from([NOTHING, 2_500, 9_999]), min_size=width, max_size=width)) for _ in raw]
    )
    judged = judge(model, raw, age, manual=manual)
    places = [*(rule.code for rule in model.components), ""]
    inputs = [
        {
            code: [None if np.isnan(value) else float(value), int(points), None, int(standing)]
            for code, value, points, standing in zip(
                model.codes, raw[row], judged.points[row], judged.standing[row], strict=True
            )
            if standing
        }
        for row in range(len(raw))
    ]
    overrides = [
        {"judgements": {place: [1, int(given)] for place, given in zip(places, line, strict=True) if given != NOTHING}}
        for line in manual
    ]
    again = judge_stored(model, inputs, overrides)
    for name in ("points", "standing", "scores", "states", "coverage", "bands", "components", "attainment", "rules"):
        assert np.array_equal(getattr(judged, name), getattr(again, name)), name


def ruled(*rules: ExceptionRule) -> Model:
    return dataclasses.replace(simple_model("50", "50"), exceptions=rules)


CAP = ExceptionRule(1, (RawTest("m0", "<", 30.0),), Effect.CAP, 400)
FLOOR = ExceptionRule(2, (RawTest("m1", ">=", 90.0),), Effect.FLOOR, 550)
SET = ExceptionRule(3, (RawTest("m0", "=", 5.0), RawTest("m1", ">", 50.0)), Effect.SET, 120)


def test_rules_are_tried_in_order_and_each_leaves_its_number() -> None:
    raw = np.array([[20.0, 90.0], [20.0, 80.0], [80.0, 80.0], [5.0, 95.0]])
    judged = judge(ruled(CAP, FLOOR, SET), raw, np.zeros_like(raw))
    assert judged.formula.tolist() == [550, 500, 800, 500]
    assert judged.scores.tolist() == [550, 400, 800, 120]
    assert judged.rules.tolist() == [[400, 550, -1], [400, -1, -1], [-1, -1, -1], [400, 550, 120]]
    assert judge(ruled(FLOOR, CAP), raw, np.zeros_like(raw)).scores.tolist() == [400, 400, 800, 400]


def test_a_stale_missing_or_foreign_value_makes_a_test_fail() -> None:
    stale = judge(ruled(CAP), np.array([[20.0, 90.0]]), np.array([[31.0, 0.0]]))
    assert (stale.scores[0], stale.rules[0, 0]) == (900, NOTHING)
    missing = judge(ruled(CAP), np.array([[np.nan, 90.0]]), np.zeros((1, 2)))
    assert missing.rules[0, 0] == NOTHING
    foreign = ExceptionRule(9, (RawTest("elsewhere", "<", 1e9),), Effect.SET, 0)
    assert (
        judge(ruled(foreign, ExceptionRule(8, (), Effect.SET, 0)), np.array([[50.0, 50.0]]), np.zeros((1, 2))).scores[0]
        == 500
    )


def test_no_rule_gives_a_number_to_an_unobserved_account() -> None:
    model = dataclasses.replace(simple_model("20", "80"), exceptions=(FLOOR, SET, CAP))
    judged = judge(model, np.array([[5.0, np.nan]]), np.zeros((1, 2)))
    assert (judged.scores[0], judged.states[0]) == (NOTHING, State.UNOBSERVED)


def test_a_judged_component_counts_with_its_whole_weight() -> None:
    # Components weigh 60 (x 1, y 2) and 40. y is missing: the formula is (20 * 50 + 40 * 80) / 60 = 70.
    model = build_model(
        version=1,
        components=[ComponentRule("a", Decimal(60), Decimal(80)), ComponentRule("b", Decimal(40), Decimal(80))],
        measures=[
            MeasureRule("x", "a", Decimal(1), LINE),
            MeasureRule("y", "a", Decimal(2), LINE),
            MeasureRule("z", "b", Decimal(1), LINE),
        ],
        bands=BANDS,
    )
    raw = np.array([[50.0, np.nan, 80.0]])
    manual = np.array([[9_000, NOTHING, NOTHING]])
    judged = judge(model, raw, np.zeros_like(raw), manual=manual)
    assert (judged.formula[0], judged.scores[0]) == (700, 860)  # (60 * 90 + 40 * 80) / 100
    assert judged.components[0].tolist() == [900, 800]
    assert (judged.coverage[0], judged.states[0]) == (600, State.SCORED)


@pytest.mark.parametrize(("whole", "score", "state"), [(NOTHING, NOTHING, 0), (8_050, 805, 1), (4_996, 500, 1)])
def test_an_unobserved_account_gets_a_hollow_number_from_a_judgement_of_the_whole_alone(
    whole: int, score: int, state: int
) -> None:
    model = dataclasses.replace(simple_model("20", "80"), exceptions=(CAP,))
    judged = judge(model, np.array([[5.0, np.nan]]), np.zeros((1, 2)), manual=np.array([[NOTHING, 9_000, whole]]))
    assert (judged.scores[0], judged.states[0], judged.coverage[0]) == (score, state, 200)
    assert judged.rules[0, 0] == NOTHING


def test_the_desired_state_follows_the_intent() -> None:
    rule = ComponentRule("a", Decimal(1), Decimal(80), (("pilot", Decimal(50)),))
    model = build_model(version=1, components=[rule], measures=[MeasureRule("x", "a", Decimal(1), LINE)], bands=BANDS)
    assert model.for_intent("switched") is model
    pilot = model.for_intent("pilot")
    raw, age = np.array([[40.0]]), np.zeros((1, 1))
    assert (judge(model, raw, age).attainment[0], judge(pilot, raw, age).attainment[0]) == (500, 800)
    assert (judge(pilot, raw, age).scores[0], pilot.intent) == (400, "pilot")
