"""The eighteen definitions: each opens by its own figures, eases before it closes, and says what it found."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engagement.formulas.risk_words import HELD_AGAINST, against_limits, say_risk
from engagement.formulas.risks import DEFINITIONS, FIGURES, find_risk
from engagement.models import RiskKind
from lifecycle.formulas.trigger_kinds import RISKS

# What opens each kind, and nothing else is known.
OPENS: dict[str, dict[str, float]] = {
    "single_threaded": {"contacts_touched": 1, "two_way": 3},
    "champion_left": {"champion_left_days": 20, "champions": 0},
    "zombie": {"say": -0.5, "do": 0.5},
    "silent": {"silence": 50, "cadence": 30, "attempts": 3, "channels": 2},
    "reference_refused": {"reference_refused_days": 20, "references_refused": 1},
    "usage_drop": {"usage_fall": 0.5, "events_before": 100},
    "licence_underuse": {"licence_use": 0.1, "customer_days": 400},
    "ticket_pressure": {"blockers": 5},
    "payment_overdue": {"overdue_days": 20},
    "stage_stalled": {"stage_on_time": 2.2},
    "goal_off_track": {"goals_known": 0, "goals_late": 0, "customer_days": 400},
    "detractor_unanswered": {"detractor_days": 4},
    "no_executive": {"executive_touch": 300},
    "handover_gap": {"handover_gaps": 4, "customer_days": 40},
    "renewal_unforecast": {"unforecast_days": 40},
    "promise_broken": {"promise_late_days": 20},
    "education_gap": {"courses": 0, "people": 4, "customer_days": 400},
    "say_do_conflict": {"say": 0.5, "do": -0.5},
}


def batch(figures: dict[str, float]) -> dict[str, np.ndarray]:
    return {name: np.array([figures.get(name, np.nan)]) for name in FIGURES}


def shipped(kind: str) -> dict[str, np.ndarray]:
    return {one.name: np.array([one.default]) for one in DEFINITIONS[kind].thresholds}


def judge(kind: str, figures: dict[str, float], *, is_on: bool = True) -> tuple[bool, bool, int]:
    found = find_risk(DEFINITIONS[kind], batch(figures), shipped(kind), np.array([is_on]))
    return bool(found.opens[0]), bool(found.stays[0]), int(found.severity[0])


def test_model_triggers_and_definitions_name_the_same_kinds() -> None:
    assert list(DEFINITIONS) == list(RiskKind.values) == [kind for kind, _words in RISKS] == list(OPENS)


@pytest.mark.parametrize("kind", list(OPENS))
def test_each_kind_opens_by_its_own_figures_and_never_where_nothing_is_known(kind: str) -> None:
    opens, stays, severity = judge(kind, OPENS[kind])
    assert opens
    assert stays
    assert 1 <= severity <= 3
    assert judge(kind, {})[:2] == (False, False)
    assert judge(kind, OPENS[kind], is_on=False)[:2] == (False, False)


@pytest.mark.parametrize("kind", list(OPENS))
def test_each_kind_says_what_it_found_and_holds_it_against_its_thresholds(kind: str) -> None:
    figure = {name: OPENS[kind].get(name, float("nan")) for name in FIGURES}
    assert say_risk(kind, figure)
    limits = {one.name: one.default for one in DEFINITIONS[kind].thresholds}
    names = {one.name for one in DEFINITIONS[kind].thresholds}
    assert set(HELD_AGAINST.get(kind, {})) <= names
    against_limits(kind, figure, limits)


def test_a_figure_at_the_edge_stays_open_and_does_not_open() -> None:
    assert judge("ticket_pressure", {"blockers": 4})[0]
    opens, stays, _severity = judge("licence_underuse", {"licence_use": 0.26, "customer_days": 400})
    assert (opens, stays) == (False, True)
    assert judge("licence_underuse", {"licence_use": 0.3, "customer_days": 400})[:2] == (False, False)


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(list(OPENS)),
    st.dictionaries(st.sampled_from(FIGURES), st.floats(-2, 400, allow_nan=False), max_size=10),
)
def test_whatever_opens_stays(kind: str, figures: dict[str, float]) -> None:
    opens, stays, _severity = judge(kind, figures)
    assert stays or not opens


def test_silence_is_measured_in_the_rhythm_of_the_segment() -> None:
    known = OPENS["silent"]
    assert not judge("silent", {**known, "cadence": 90})[0], "fifty days are nothing for a quarterly rhythm"
    assert not judge("silent", {**known, "channels": 1})[0], "one channel may be out of order"
    assert judge("silent", {**known, "silence": 95})[2] == 3


def test_a_yes_after_the_refusal_ends_it() -> None:
    assert not judge("reference_refused", {**OPENS["reference_refused"], "reference_yes_days": 5})[0]
    assert judge("reference_refused", {**OPENS["reference_refused"], "reference_yes_days": 50})[0]


def test_a_heavy_user_without_a_future_is_a_zombie() -> None:
    assert judge("zombie", {"has_no_future": 1})[0]


def test_defaults_lie_within_their_bounds() -> None:
    for definition in DEFINITIONS.values():
        for one in definition.thresholds:
            assert one.low <= one.default <= one.high, (definition.kind, one.name)
            assert one.tech is None or one.low <= one.tech <= one.high
