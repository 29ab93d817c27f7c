"""Draws, margins, turns."""

import datetime as dt
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from voc.formulas.lots import EPOCH, is_in_share, last_turn, turn_of
from voc.formulas.nps import nps_of
from voc.formulas.sampling import Person, answers_for, draw, expected_rate, margin

PEOPLE = st.lists(
    st.builds(
        Person,
        contact_id=st.integers(1, 500),
        account_id=st.integers(1, 12),
        email=st.sampled_from(["", *(f"p{number}@x.example" for number in range(60))]),
        is_free=st.booleans(),
    ),
    max_size=80,
    unique_by=lambda one: one.contact_id,
)


@given(
    people=PEOPLE,
    seed=st.integers(1, 99),
    sample_size=st.none() | st.integers(1, 30),
    per_account=st.none() | st.integers(1, 4),
)
def test_a_draw_keeps_its_limits_and_asks_an_address_once(
    people: list[Person], seed: int, sample_size: int | None, per_account: int | None
) -> None:
    drawn = draw(people, seed=seed, sample_size=sample_size, per_account=per_account)
    free = [one for one in drawn if one.is_free]
    mails = [one.email.lower() for one in drawn if one.email]
    assert len(mails) == len(set(mails))
    assert sample_size is None or len(free) <= sample_size
    if per_account is not None:
        assert max(Counter(one.account_id for one in free).values(), default=0) <= per_account
    assert draw(list(reversed(people)), seed=seed, sample_size=sample_size, per_account=per_account) == drawn
    if sample_size is None and per_account is None:
        assert {one.email.lower() for one in people} >= set(mails)
        assert len([one for one in drawn if not one.email]) == len([one for one in people if not one.email])


def test_who_may_not_be_asked_takes_nobodys_place() -> None:
    people = [Person(number, 1, f"{number}@x.example", is_free=number % 2 == 0) for number in range(1, 101)]
    drawn = draw(people, seed=7, sample_size=20, per_account=None)
    assert sum(one.is_free for one in drawn) == 20


def test_another_seed_draws_others() -> None:
    people = [Person(number, number, f"{number}@x.example") for number in range(1, 1001)]
    first, second = ({one.contact_id for one in draw(people, seed=seed, sample_size=100)} for seed in (1, 2))
    assert 1 <= len(first & second) <= 30


@given(answers=st.integers(1, 5000), population=st.integers(1, 100_000))
def test_more_answers_never_widen_the_margin(answers: int, population: int) -> None:
    width = margin(answers, population)
    more = margin(answers + 10, population)
    assert width is not None and more is not None and 0 <= more <= width <= 100
    assert margin(population, population) == 0


def test_the_margin_is_that_of_the_interval_on_the_results() -> None:
    result = nps_of([10] * 250 + [8] * 150 + [3] * 100)
    assert result.low is not None and result.high is not None
    expected = margin(500, 10_000_000)
    assert expected is not None and abs(expected - (result.high - result.low) / 2) < 0.2


def test_the_number_of_answers_for_a_margin_is_the_smallest() -> None:
    wanted = answers_for(10, 4000)
    width, before = margin(wanted, 4000), margin(wanted - 1, 4000)
    assert width is not None and before is not None and width <= 10 < before
    assert margin(0, 10) is None


def test_a_thin_history_is_drawn_towards_the_usual_rate() -> None:
    assert expected_rate(0, 0) == 0.30
    assert 0.30 < expected_rate(10, 8) < 0.8
    assert abs(expected_rate(10_000, 1_000) - 0.1) < 0.01


@given(contact=st.integers(1, 10**9), every=st.integers(1, 1000), ahead=st.integers(0, 9000))
def test_everybody_has_one_turn_in_each_round(contact: int, every: int, ahead: int) -> None:
    day = EPOCH + dt.timedelta(days=ahead)
    number, on = last_turn(contact_id=contact, every_days=every, day=day)
    assert on <= day < on + dt.timedelta(days=every)
    assert last_turn(contact_id=contact, every_days=every, day=on + dt.timedelta(days=every))[0] == number + 1


def test_turns_and_shares_are_spread() -> None:
    turns = Counter(turn_of(contact_id=number, every_days=90) for number in range(1, 9001))
    assert (min(turns.values()), max(turns.values())) == (100, 100)
    assert 850 <= sum(is_in_share(seed=3, number=number, share=10) for number in range(10_000)) <= 1150
    assert all(is_in_share(seed=3, number=number, share=100) for number in range(500))
