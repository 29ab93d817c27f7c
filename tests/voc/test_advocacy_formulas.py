"""The figures of the advocacy desk: warnings, ranking, the rate of yes and its trend."""

import datetime as dt
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc.formulas.advocacy import (
    Likely,
    Quarter,
    Standing,
    fill_quarters,
    judge_trend,
    quarter_of,
    rank,
    together,
    warn,
)

FINE = Standing(last_score=10, said_days=20, sentiment=0.6, sentiment_n=5, health=80.0, band="great", budget_left=9)
DAY = dt.date(2026, 11, 22)


def codes(**changed: object) -> set[str]:
    fields = {name: getattr(FINE, name) for name in Standing.__slots__}
    return {one.code for one in warn(Standing(**{**fields, **changed}))}


def test_nothing_speaks_against_a_happy_healthy_account() -> None:
    assert warn(FINE) == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"last_score": 6}, "critic"),
        ({"last_score": None}, "unheard"),
        ({"said_days": 366}, "stale_say"),
        ({"sentiment": -0.3}, "sour"),
        ({"band": "risk"}, "at_risk"),
        ({"health": None, "band": ""}, "unobserved"),
        ({"delta": -12.0}, "falling"),
        ({"urgent": 1, "tickets": 3}, "urgent_tickets"),
        ({"tickets": 3}, "tickets"),
        ({"late_promises": 1}, "late_promises"),
        ({"insights": 2}, "insights"),
        ({"refused_days": 30}, "refused"),
        ({"asked_days": 30}, "asked_lately"),
        ({"renews_in": 20}, "renewal"),
        ({"budget_left": 0}, "budget"),
        ({"contact_reason": "Mail to this address bounces"}, "contact"),
        ({"has_left": True}, "has_left"),
    ],
)
def test_each_thing_warns_alone_and_in_words(changed: dict[str, object], code: str) -> None:
    assert codes(**changed) == {code}


def test_what_is_long_ago_or_rests_on_few_words_does_not_warn() -> None:
    assert codes(refused_days=181, asked_days=91, renews_in=61, sentiment=-0.9, sentiment_n=2) == set()


def test_the_best_stands_first_with_its_reasons() -> None:
    good = Likely(1, 10, "great", None, 3.0, goals_reached=1, yes=1)
    tired = Likely(2, 10, "great", None, 3.0, refused=2, tickets=9)
    order = rank([tired, good])
    assert [one.account_id for one, _points, _reasons in order] == [1, 2]
    assert all(points == sum(reason.points for reason in reasons) for _one, points, reasons in order)
    assert order[0][1] == 90


@given(st.dates(dt.date(1990, 1, 1), dt.date(2100, 1, 1)), st.integers(0, 40))
def test_quarters_begin_in_their_month_and_lie_three_months_apart(day: dt.date, back: int) -> None:
    first = quarter_of(day, back)
    assert first.day == 1
    assert first.month in {1, 4, 7, 10}
    assert quarter_of(first - dt.timedelta(days=1)) == quarter_of(day, back + 1)
    assert quarter_of(day) <= day


def test_quarters_without_a_request_are_there_with_zeros() -> None:
    filled = fill_quarters([Quarter(dt.date(2026, 1, 1), yes=2)], today=DAY, quarters=5)
    assert [one.name for one in filled] == ["2025 Q4", "2026 Q1", "2026 Q2", "2026 Q3", "2026 Q4"]
    assert [one.yes for one in filled] == [0, 2, 0, 0, 0]
    assert filled[0].rate.value is None


def quarters(*pairs: tuple[int, int]) -> list[Quarter]:
    """(yes, no) each, oldest first; the last one is running."""
    days = [quarter_of(DAY, back) for back in range(len(pairs) - 1, -1, -1)]
    return [Quarter(day, yes=yes, no=no) for day, (yes, no) in zip(days, pairs, strict=True)]


def test_fewer_yes_in_the_last_two_whole_quarters_is_a_fall_and_says_so() -> None:
    trend = judge_trend(quarters((8, 2), (8, 2), (8, 2), (8, 2), (3, 9), (2, 10), (0, 0)))
    assert trend.is_falling
    assert (trend.now.n, trend.before.n) == (24, 40)
    assert "Fewer say yes" in trend.words
    assert "of 24 requests" in trend.words
    assert "p < 0.001" in trend.words.replace("\xa0", " ")


def test_the_running_quarter_counts_for_nothing_yet() -> None:
    steady = ((5, 5),) * 6
    assert not judge_trend(quarters(*steady, (0, 50))).is_falling
    assert not judge_trend(quarters((5, 5), (0, 9))).difference.is_told


def test_more_yes_is_no_fall() -> None:
    trend = judge_trend(quarters((2, 8), (2, 8), (2, 8), (2, 8), (9, 1), (9, 1), (0, 0)))
    assert trend.difference.is_clear
    assert not trend.is_falling


def test_with_no_change_planted_few_of_many_worlds_claim_a_fall() -> None:
    rng = random.Random(5)
    claims = 0
    for _world in range(1000):
        drawn = []
        for _quarter in range(7):
            yes = sum(rng.random() < 0.5 for _ in range(20))
            drawn.append((yes, 20 - yes))
        claims += judge_trend(quarters(*drawn)).is_falling
    assert claims <= 50


def test_several_quarters_add_up() -> None:
    total = together([Quarter(DAY, yes=1, no=2), Quarter(DAY, stalled=3, none=4, waiting=5)])
    assert (total.yes, total.no, total.stalled, total.none, total.waiting, total.n) == (1, 2, 3, 4, 5, 10)
