"""Effects: intervals that cover, claims that are rarely wrong, measured once from facts and contracts."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Account, Subscription, SubscriptionVersion
from accounts.services.facts import FactRow, declare_fact, push_facts
from lifecycle.formulas.effects import (
    LEAST_PER_SIDE,
    Side,
    difference_of_means,
    difference_of_shares,
    student_quantile,
    wilson,
)
from lifecycle.formulas.plans import is_held_out
from lifecycle.models import Play, Playbook
from lifecycle.selectors.plays import effect_of
from lifecycle.services.plays.measuring import forget_effects, measure_effects
from team.clock import now
from team.models import User
from tests.lifecycle.makers_plays import make_playbook
from tests.makers import make_account

SEEDS = 1_000


def side(values: np.ndarray) -> Side:
    return Side(len(values), float(values.mean()), float(values.var(ddof=1)))


def judge_means(effect: float) -> tuple[float, float]:
    """Share of 1,000 seeds in which the interval covers the planted effect, and in which an effect is claimed."""
    covered = claimed = 0
    for seed in range(SEEDS):
        rng = np.random.default_rng([7, seed])
        # Unlike sizes and spreads: what Welch is for.
        treated = rng.normal(3 + effect, 12, 160)
        held_out = rng.normal(3, 7, 35)
        found = difference_of_means(side(treated), side(held_out))
        assert found
        covered += found.low <= effect <= found.high
        claimed += found.is_claimed
    return covered / SEEDS, claimed / SEEDS


def judge_shares(effect: float) -> tuple[float, float]:
    covered = claimed = 0
    for seed in range(SEEDS):
        rng = np.random.default_rng([13, seed])
        found = difference_of_shares(int(rng.binomial(300, 0.82 + effect)), 300, int(rng.binomial(70, 0.82)), 70)
        assert found
        covered += found.low <= effect <= found.high
        claimed += found.is_claimed
    return covered / SEEDS, claimed / SEEDS


@pytest.mark.parametrize("judge", [judge_means, judge_shares])
@pytest.mark.parametrize("effect", [0.0, 0.1])
def test_the_interval_covers_the_planted_effect_and_none_is_rarely_claimed(judge, effect: float) -> None:  # type: ignore[no-untyped-def]
    planted = effect * 40 if judge is judge_means else effect
    covered, claimed = judge(planted)
    assert 0.93 <= covered <= 0.97
    if not effect:
        assert claimed <= 0.05


def test_a_large_effect_is_claimed() -> None:
    assert judge_means(9.0)[1] > 0.95


def test_below_the_floor_nothing_is_said() -> None:
    few = Side(LEAST_PER_SIDE - 1, 5.0, 1.0)
    many = Side(500, 0.0, 1.0)
    assert difference_of_means(few, many) is None
    assert difference_of_means(Side(50, 1.0, 0.0), Side(50, 0.0, 0.0)) is None
    assert difference_of_shares(5, LEAST_PER_SIDE - 1, 50, 100) is None


def test_quantiles_are_those_of_the_tables() -> None:
    for freedom, value in ((19, 2.0930), (30, 2.0423), (120, 1.9799)):
        assert abs(student_quantile(0.975, freedom) - value) < 0.0003
    assert abs(student_quantile(0.99, 19) - 2.5395) < 0.0005


@given(n=st.integers(1, 500), share=st.floats(0, 1), level=st.sampled_from([0.8, 0.95, 0.98]))
def test_the_share_lies_in_its_interval(n: int, share: float, level: float) -> None:
    hits = round(n * share)
    low, high = wilson(hits, n, level)
    assert 0 <= low <= hits / n + 1e-12
    assert hits / n - 1e-12 <= high <= 1


@given(st.integers(1, 10**9), st.integers(1, 10**9), st.integers(0, 50), st.integers(0, 50))
def test_who_is_held_out_stays_held_out_when_the_share_grows(playbook: int, account: int, one: int, other: int) -> None:
    small, large = sorted((one, other))
    assert is_held_out(playbook, account, large) or not is_held_out(playbook, account, small)


def test_the_hash_holds_out_its_share() -> None:
    held = sum(is_held_out(3, account, 20) for account in range(20_000))
    assert abs(held / 20_000 - 0.2) < 0.01


def started(playbook: Playbook, account: Account, state: str = "done", days_ago: int = 40) -> Play:
    at = now() - dt.timedelta(days=days_ago)
    return Play.objects.create(playbook=playbook, account=account, state=state, started_at=at, finished_at=at)


@pytest.mark.django_db
def test_what_it_should_move_is_measured_before_and_after(csm: User) -> None:
    declare_fact(owner="engagement", name="health", label="Health")
    playbook = make_playbook(effect_fact="health", effect_days=30)
    account, unknown = make_account(csm=csm), make_account(csm=csm)
    play, blind = started(playbook, account), started(playbook, unknown)
    young = started(playbook, make_account(csm=csm), days_ago=10)
    for days_ago, value in ((60, 40), (41, 50), (39, 55), (11, 70), (9, 90)):
        push_facts(owner="engagement", rows=[FactRow(account.pk, "health", value, now() - dt.timedelta(days=days_ago))])
    assert measure_effects() == 2
    assert measure_effects() == 0
    play.refresh_from_db()
    assert (play.effect_before, play.effect_after) == (Decimal(50), Decimal(70))
    blind.refresh_from_db()
    assert blind.effect_measured_at
    assert blind.effect_before is None
    young.refresh_from_db()
    assert young.effect_measured_at is None
    assert forget_effects(playbook=playbook) == 2
    assert measure_effects() == 2


@pytest.mark.django_db
def test_retention_is_a_paid_contract_on_the_day(csm: User) -> None:
    playbook = make_playbook(effect_fact="retention", effect_days=30)
    day = now().date()
    cases: dict[str, tuple[Decimal | None, Decimal | None]] = {
        "stays": (Decimal(1), Decimal(1)),
        "ended": (Decimal(1), Decimal(0)),
        "cancelled": (Decimal(1), Decimal(0)),
        "trial": (None, Decimal(0)),
        "none": (None, Decimal(0)),
    }
    plays = {}
    for case in cases:
        account = make_account(csm=csm, name=case)
        plays[case] = started(playbook, account)
        if case == "none":
            continue
        contract = Subscription.objects.create(
            account=account,
            plan="Pro",
            arr=1000,
            starts_on=day - dt.timedelta(days=300),
            ends_on=day - dt.timedelta(days=20) if case == "ended" else None,
            is_trial=case == "trial",
        )
        versions = [(300, "active"), (15, "cancelled")] if case == "cancelled" else [(300, "active")]
        for days_ago, status in versions:
            SubscriptionVersion.objects.create(
                subscription=contract,
                account=account,
                effective_on=day - dt.timedelta(days=days_ago),
                arr=1000,
                currency="USD",
                status=status,
                is_trial=case == "trial",
            )
    assert measure_effects() == 5
    for case, expected in cases.items():
        plays[case].refresh_from_db()
        assert (plays[case].effect_before, plays[case].effect_after) == expected, case


@pytest.mark.django_db
def test_an_effect_compares_the_first_starts_of_both_sides(csm: User) -> None:
    playbook = make_playbook(effect_fact="health", holdout_percent=20)
    assert "Too early" in effect_of(playbook).words
    rng = np.random.default_rng(3)
    for number in range(60):
        state = "held_out" if number < 25 else "done"
        account = make_account(csm=csm)
        play = started(playbook, account, state)
        change = rng.normal(0 if state == "held_out" else 10, 2)
        Play.objects.filter(pk=play.pk).update(effect_before=50, effect_after=50 + change, effect_measured_at=now())
        # A second start and one by hand count no more.
        later = started(playbook, account, state, days_ago=5)
        Play.objects.filter(pk=later.pk).update(effect_before=50, effect_after=0, effect_measured_at=now())
    by_hand = started(playbook, make_account(csm=csm))
    Play.objects.filter(pk=by_hand.pk).update(
        effect_before=50, effect_after=0, effect_measured_at=now(), started_by=csm
    )
    effect = effect_of(playbook)
    assert (effect.n_treated, effect.n_held_out, effect.is_enough, effect.is_claimed) == (35, 25, True, True)
    assert effect.low is not None
    assert effect.high is not None
    assert effect.low < 10 < effect.high
    assert not effect.is_share
