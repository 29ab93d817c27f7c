"""R-39: scores are pure, bounded, independent of order, and every move is the sum of its parts."""

import itertools
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engagement.formulas import (
    Band,
    ComponentRule,
    MeasureRule,
    Model,
    PartKind,
    ScaleError,
    State,
    attain,
    build_model,
    judge,
    read_scale,
    split_moves,
)
from engagement.formulas.judging import NOTHING, Standing

BANDS = [Band("low", Decimal(0)), Band("middle", Decimal(40)), Band("high", Decimal(70))]
LINE = read_scale([[0, 0], [100, 100]])

weights = st.decimals(min_value="0.01", max_value="100", places=2)
raw_values = st.one_of(st.just(float("nan")), st.floats(-50, 150, allow_nan=False).map(lambda value: round(value, 4)))


@st.composite
def scales(draw: st.DrawFn) -> list[list[float]]:
    raw = sorted(draw(st.lists(st.integers(-100, 200), min_size=2, max_size=5, unique=True)))
    return [[float(one), float(draw(st.integers(0, 100)))] for one in raw]


@st.composite
def models(draw: st.DrawFn, version: int = 1) -> Model:
    components = [
        ComponentRule(code, draw(weights), Decimal(draw(st.integers(0, 100))))
        for code in "abcd"[: draw(st.integers(1, 4))]
    ]
    measures = [
        MeasureRule(
            code=f"m{number}",
            component=draw(st.sampled_from(components)).code,
            weight=draw(weights),
            scale=read_scale(draw(scales())),
            valid_days=draw(st.one_of(st.none(), st.integers(1, 60))),
            is_knowledge=draw(st.booleans()),
        )
        for number in range(draw(st.integers(1, 8)))
    ]
    return build_model(version=version, components=components, measures=measures, bands=BANDS)


@st.composite
def batches(draw: st.DrawFn, model: Model) -> tuple[np.ndarray, np.ndarray]:
    rows = draw(st.integers(1, 4))
    width = len(model.measures)
    raw = draw(st.lists(st.lists(raw_values, min_size=width, max_size=width), min_size=rows, max_size=rows))
    age = draw(st.lists(st.lists(st.integers(0, 70), min_size=width, max_size=width), min_size=rows, max_size=rows))
    return np.array(raw, dtype=np.float64), np.array(age, dtype=np.float64)


def simple_model(*observed: str, knowledge: str = "0") -> Model:
    """One component per measure, each on a straight scale, weighted as given; knowledge when it has weight."""
    components = [ComponentRule(f"c{number}", Decimal(weight), Decimal(80)) for number, weight in enumerate(observed)]
    measures = [MeasureRule(f"m{number}", f"c{number}", Decimal(1), LINE, 30) for number in range(len(observed))]
    if Decimal(knowledge):
        components.append(ComponentRule("k", Decimal(knowledge), Decimal(80)))
        measures.append(MeasureRule("known", "k", Decimal(1), LINE, None, is_knowledge=True))
    return build_model(version=1, components=components, measures=measures, bands=BANDS)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_scores_are_bounded_and_pure(data: st.DataObject) -> None:
    model = data.draw(models())
    raw, age = data.draw(batches(model))
    first, second = judge(model, raw, age), judge(model, raw.copy(), age.copy())
    for name in ("points", "scores", "states", "coverage", "bands", "components", "attainment"):
        assert np.array_equal(getattr(first, name), getattr(second, name))
    assert ((first.scores == NOTHING) | ((first.scores >= 0) & (first.scores <= 1000))).all()
    assert ((first.coverage >= 0) & (first.coverage <= 1000)).all()
    assert ((first.scores == NOTHING) == (first.states == State.UNOBSERVED)).all()
    assert ((first.bands == NOTHING) == (first.scores == NOTHING)).all()


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_neither_the_order_of_measures_nor_of_accounts_changes_a_digit(data: st.DataObject) -> None:
    model = data.draw(models())
    raw, age = data.draw(batches(model))
    judged = judge(model, raw, age)
    columns = data.draw(st.permutations(range(len(model.measures))))
    rows = data.draw(st.permutations(range(len(raw))))
    shuffled = build_model(
        version=1,
        components=list(reversed(model.components)),
        measures=[model.measures[column] for column in columns],
        bands=list(reversed(BANDS)),
    )
    again = judge(shuffled, raw[np.ix_(rows, columns)], age[np.ix_(rows, columns)])
    assert np.array_equal(judged.scores[list(rows)], again.scores)
    assert np.array_equal(judged.coverage[list(rows)], again.coverage)
    assert np.array_equal(judged.bands[list(rows)], again.bands)


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_an_account_is_judged_the_same_alone_and_in_a_batch(data: st.DataObject) -> None:
    model = data.draw(models())
    raw, age = data.draw(batches(model))
    judged = judge(model, raw, age)
    for row in range(len(raw)):
        alone = judge(model, raw[row : row + 1], age[row : row + 1])
        assert alone.scores[0] == judged.scores[row]


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_the_parts_of_a_move_add_up_exactly(data: st.DataObject) -> None:
    model = data.draw(models())
    raw, age = data.draw(batches(model))
    later_raw, later_age = data.draw(batches(model))
    rows = min(len(raw), len(later_raw))
    old, new = judge(model, raw[:rows], age[:rows]), judge(model, later_raw[:rows], later_age[:rows])
    ledgers = split_moves(
        weights=model.weights,
        old_points=old.points,
        old_present=old.present,
        new_points=new.points,
        new_present=new.present,
        old_tenths=old.scores,
        new_tenths=new.scores,
        is_new_model=np.zeros(rows, dtype=np.bool_),
    )
    for row, parts in enumerate(ledgers):
        assert sum(part.tenths for part in parts) == max(new.scores[row], 0) - max(old.scores[row], 0)
        assert PartKind.MODEL not in {part.kind for part in parts}
        for part in parts:
            had = old.present[row, part.column] and old.scores[row] != NOTHING
            has = new.present[row, part.column] and new.scores[row] != NOTHING
            assert part.kind == (PartKind.DATA if had and has else PartKind.STALE if had else PartKind.OBSERVED)


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_a_move_under_a_new_scorecard_and_overrides_adds_up_too(data: st.DataObject) -> None:
    old_model, new_model = data.draw(models(version=1)), data.draw(models(version=2))
    raw, age = data.draw(batches(old_model))
    old = judge(old_model, raw, age)
    rows, width = len(raw), len(new_model.measures)
    later = np.array(
        data.draw(st.lists(st.lists(raw_values, min_size=width, max_size=width), min_size=rows, max_size=rows))
    )
    new = judge(new_model, later, np.zeros_like(later))
    common = min(width, len(old_model.measures))
    old_present = np.zeros((rows, width), dtype=np.bool_)
    old_present[:, :common] = old.present[:, :common]
    old_points = np.zeros((rows, width), dtype=np.int64)
    for column in range(common):
        old_points[:, column] = new_model.measures[column].scale.hundredths(raw[:, column])
    shifts = np.array(data.draw(st.lists(st.integers(-20, 20), min_size=rows, max_size=rows)), dtype=np.float64)
    capped = np.where(new.scores == NOTHING, NOTHING, np.clip(new.scores + shifts.astype(np.int64) * 10, 0, 1000))
    ledgers = split_moves(
        weights=new_model.weights,
        old_points=old_points,
        old_present=old_present,
        new_points=new.points,
        new_present=new.present,
        old_tenths=old.scores,
        new_tenths=capped,
        is_new_model=np.ones(rows, dtype=np.bool_),
        new_formula=new.scores,
    )
    for row, parts in enumerate(ledgers):
        assert sum(part.tenths for part in parts) == max(capped[row], 0) - max(old.scores[row], 0)


@settings(max_examples=60, deadline=None)
@given(scales(), st.floats(-500, 500, allow_nan=False))
def test_points_lie_between_the_corners(pairs: list[list[float]], raw: float) -> None:
    points = read_scale(pairs).hundredths(np.array([raw]))[0]
    heights = [pair[1] * 100 for pair in pairs]
    assert min(heights) - 1 <= points <= max(heights) + 1


def test_a_worked_example() -> None:
    # W 60 over x (w 1) and y (w 2), W 40 over k: e = 20, 40, 40. y has gone stale, k is not known.
    model = build_model(
        version=1,
        components=[ComponentRule("a", Decimal(60), Decimal(80)), ComponentRule("b", Decimal(40), Decimal(70))],
        measures=[
            MeasureRule("x", "a", Decimal(1), LINE),
            MeasureRule("y", "a", Decimal(2), LINE, valid_days=30),
            MeasureRule("k", "b", Decimal(1), LINE, is_knowledge=True),
        ],
        bands=BANDS,
    )
    assert model.weights.tolist() == [20_000_000, 40_000_000, 40_000_000]
    judged = judge(model, np.array([[50.0, 90.0, np.nan]]), np.array([[0.0, 31.0, 0.0]]))
    assert judged.standing[0].tolist() == [Standing.FRESH, Standing.STALE, Standing.UNKNOWN]
    assert judged.scores[0] == 167  # 20 * 50 / (20 + 40) = 16.67
    assert judged.coverage[0] == 333  # 20 / 60: knowledge is left out
    assert judged.states[0] == State.HOLLOW
    assert judged.components[0].tolist() == [500, 0]
    assert judged.attainment[0] == 375  # (60 * 50/80 + 40 * 0/70) / 100


@pytest.mark.parametrize(
    ("seen", "unseen", "state"),
    [
        ("60", "40", State.SCORED),
        ("59.99", "40.01", State.HOLLOW),
        ("30", "70", State.HOLLOW),
        ("29.99", "70.01", State.UNOBSERVED),
    ],
)
def test_the_states_at_the_exact_thresholds(seen: str, unseen: str, state: State) -> None:
    model = simple_model(seen, unseen, knowledge="50")
    judged = judge(model, np.array([[80.0, np.nan, 100.0]]), np.zeros((1, 3)))
    assert judged.states[0] == state
    assert judged.coverage[0] == int(Decimal(seen) * 10)
    assert (judged.scores[0] == NOTHING) == (state == State.UNOBSERVED)


def test_an_observation_counts_on_its_last_valid_day_and_not_after() -> None:
    model = simple_model("100")
    assert judge(model, np.array([[80.0]]), np.array([[30.0]])).states[0] == State.SCORED
    assert judge(model, np.array([[80.0]]), np.array([[31.0]])).states[0] == State.UNOBSERVED


def test_knowledge_alone_is_never_a_score() -> None:
    model = build_model(
        version=1,
        components=[ComponentRule("k", Decimal(1), Decimal(80))],
        measures=[MeasureRule("known", "k", Decimal(1), LINE, is_knowledge=True)],
        bands=BANDS,
    )
    assert judge(model, np.array([[100.0]]), np.zeros((1, 1))).states[0] == State.UNOBSERVED


@pytest.mark.parametrize(
    ("points", "band"), [(0, "low"), (39.9, "low"), (40, "middle"), (69.9, "middle"), (70, "high")]
)
def test_a_floor_belongs_to_its_band(points: float, band: str) -> None:
    model = simple_model("100")
    judged = judge(model, np.array([[points]]), np.zeros((1, 1)))
    assert model.bands[judged.bands[0]].slug == band


def test_attainment_leaves_out_what_is_unobserved_and_caps_what_is_over_reached() -> None:
    model = simple_model("50", "50")
    assert attain(model, np.array([[1000, NOTHING], [400, 800], [NOTHING, NOTHING]])).tolist() == [1000, 750, NOTHING]


def test_a_new_scorecard_is_named_in_the_ledger_and_data_is_not_blamed() -> None:
    model = simple_model("50", "50")
    (parts,) = split_moves(
        weights=model.weights,
        old_points=np.array([[5000, 9000]]),
        old_present=np.array([[True, True]]),
        new_points=np.array([[5000, 9000]]),
        new_present=np.array([[True, True]]),
        old_tenths=np.array([600]),
        new_tenths=np.array([700]),
        is_new_model=np.array([True]),
    )
    assert [(part.kind, part.tenths) for part in parts] == [(PartKind.MODEL, 100)]


def test_each_kind_of_part_on_a_worked_move() -> None:
    # Before: a 80, b 40 (mean 60). After: b gone stale (+20), c at 50 newly seen (-15), a down to 70 (-5): 60.
    model = simple_model("1", "1", "1")
    (parts,) = split_moves(
        weights=model.weights,
        old_points=np.array([[8000, 4000, 0]]),
        old_present=np.array([[True, True, False]]),
        new_points=np.array([[7000, 0, 5000]]),
        new_present=np.array([[True, False, True]]),
        old_tenths=np.array([600]),
        new_tenths=np.array([600]),
        is_new_model=np.array([False]),
    )
    assert {(part.kind, part.column, part.tenths) for part in parts} == {
        (PartKind.STALE, 1, 200),
        (PartKind.OBSERVED, 2, -150),
        (PartKind.DATA, 0, -50),
    }


@pytest.mark.parametrize(
    "pairs", [[], [[0, 0]], [[0, 0], [0, 100]], [[1, 0], [0, 100]], [[0, 0], [1, 101]], [[0, -1], [1, 5]], [[0], [1]]]
)
def test_a_scale_that_maps_nothing_is_refused(pairs: list[list[float]]) -> None:
    with pytest.raises(ScaleError):
        read_scale(pairs)


def test_a_measure_without_its_component_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown component"):
        build_model(version=1, components=[], measures=[MeasureRule("x", "a", Decimal(1), LINE)], bands=BANDS)


def test_effective_weights_share_out_the_component() -> None:
    for first, second in itertools.product(("1", "2.5"), ("1", "7")):
        model = build_model(
            version=1,
            components=[ComponentRule("a", Decimal(25), Decimal(80))],
            measures=[MeasureRule("x", "a", Decimal(first), LINE), MeasureRule("y", "a", Decimal(second), LINE)],
            bands=BANDS,
        )
        assert abs(int(model.weights.sum()) - 25_000_000) <= 1
