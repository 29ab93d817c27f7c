"""Figures of the analysis: what moved NPS, Pareto, comparisons like with like, the loop's rate and time, themes."""

import datetime as dt
import math
from decimal import Decimal

import numpy as np
import pytest
from django.core.cache import cache
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats  # type: ignore[import-untyped]

from accounts.models import AccountGrant, AccountSummary, Segment
from team.clock import now
from team.models import User
from tests.makers import make_account, make_contact, make_department, make_user
from tests.voc.makers import make_nps
from tests.voc.makers_analysis import make_closed, make_said, make_theme
from voc.formulas.means import Mean, compare_means, mean_of
from voc.formulas.nps_moves import Side, moves_of
from voc.formulas.pareto import pareto
from voc.formulas.standardised import Stratum, compare_standardised
from voc.models import Insight, Response
from voc.selectors.loop_times import read_loop_times
from voc.selectors.nps_moves import read_nps_moves
from voc.selectors.recurring import read_recurring
from voc.selectors.theme_affected import read_affected
from voc.selectors.theme_trends import read_themes, read_trend
from voc.services.theme_weeks import sweep_theme_weeks

pytestmark = pytest.mark.django_db
GROUPS = st.dictionaries(
    st.sampled_from("abcdef"),
    st.tuples(st.integers(1, 300), st.floats(-1, 1)).map(lambda row: Side(row[0], 100 * row[0] * row[1])),
    min_size=1,
)


@pytest.fixture(autouse=True)
def fresh() -> None:
    cache.clear()


@given(GROUPS, GROUPS)
def test_the_parts_add_up_to_the_change_exactly(before: dict[str, Side], after: dict[str, Side]) -> None:
    moves = moves_of(before, after)
    assert moves is not None
    figures = [
        sum(s.worth for s in sides.values()) / sum(s.weight for s in sides.values()) for sides in (before, after)
    ]
    assert moves.change == pytest.approx(figures[1] - figures[0], abs=1e-9)
    assert math.fsum(part.total for part in moves.parts) == pytest.approx(moves.change, abs=1e-9)
    assert moves.mix + moves.within == pytest.approx(moves.change, abs=1e-9)
    assert {part.key for part in moves.parts} == {*before, *after}


def test_the_mix_alone_and_the_words_alone_are_told_apart() -> None:
    same = moves_of({"a": Side(10, 500), "b": Side(10, -500)}, {"a": Side(30, 1500), "b": Side(10, -500)})
    assert same is not None and same.within == pytest.approx(0)
    assert same.mix == pytest.approx(25)
    said = moves_of({"a": Side(10, 500), "b": Side(10, -500)}, {"a": Side(10, 900), "b": Side(10, -500)})
    assert said is not None and said.mix == pytest.approx(0)
    assert {part.key: part.within for part in said.parts} == {"a": pytest.approx(20), "b": pytest.approx(0)}
    assert moves_of({}, {"a": Side(1, 1)}) is None


@given(st.lists(st.tuples(st.text(max_size=3), st.floats(-5, 1e6)), max_size=12))
def test_a_pareto_is_ordered_and_ends_at_the_whole(rows: list[tuple[str, float]]) -> None:
    found = pareto(rows)
    assert len(found) == sum(amount > 0 for _name, amount in rows)
    assert [one.amount for one in found] == sorted((one.amount for one in found), reverse=True)
    if found:
        assert found[-1].cumulative == pytest.approx(1)
        vital = [one for one in found if one.is_vital]
        assert vital == list(found[: len(vital)])
        assert vital[-1].cumulative >= 0.8 - 1e-9
        assert len(vital) == 1 or vital[-2].cumulative < 0.8


def test_like_is_compared_with_like_and_unlike_ones_are_left_out() -> None:
    # Inside each stratum both sides keep the same share; the crude difference would be 30 points.
    found = compare_standardised([Stratum(80, 72, 20, 18), Stratum(20, 8, 80, 32), Stratum(5, 5, 0, 0)])
    assert found is not None
    assert found.difference == pytest.approx(0)
    assert (found.n, found.others, found.left_out) == (100, 100, 5)
    assert not found.is_clear
    assert compare_standardised([Stratum(19, 19, 500, 10)]) is None


def test_the_interval_of_a_standardised_difference_covers_the_truth() -> None:
    rng = np.random.default_rng(11)
    held = 0
    for _ in range(400):
        strata = []
        for kept, others, n, m in ((0.9, 0.85, 40, 90), (0.7, 0.65, 25, 60)):
            strata.append(Stratum(n, int(rng.binomial(n, kept)), m, int(rng.binomial(m, others))))
        found = compare_standardised(strata)
        assert found is not None
        held += found.low <= 0.05 <= found.high
    assert 0.93 <= held / 400 <= 0.99


def test_two_means_are_compared_as_by_welch() -> None:
    one, two = [1.0, 2.0, 3.0, 4.0], [3.0, 5.0, 7.0, 9.0, 11.0]
    found = compare_means(mean_of(one), mean_of(two))
    known = stats.ttest_ind(two, one, equal_var=False)
    low, high = known.confidence_interval()
    assert found.value == pytest.approx(4.5)
    assert found.p == pytest.approx(known.pvalue, rel=1e-3)
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-2)
    assert not compare_means(Mean(1, 3.0, None), mean_of([1, 2])).is_told


def test_a_loop_is_closed_by_the_customer_alone_and_in_time_by_the_department(csm: User, manager: User) -> None:
    account = make_account(csm=csm, segment=Segment.objects.create(slug="top", name="Top"))
    make_closed(account, age_days=50, closed_after=10, theme="bugs")
    make_closed(account, age_days=50, closed_after=40, theme="speed")
    make_closed(account, age_days=40, theme="pricing", state="told", decided_at=now() - dt.timedelta(days=30))
    make_closed(account, age_days=5, theme="value")
    make_closed(account, age_days=200, closed_after=3, theme="support")
    make_closed(account, age_days=6, theme="other", state="merged", merged_into=Insight.objects.first())
    found = read_loop_times(manager, days=90)
    assert (found.all.n, found.all.closed.value, found.all.told) == (4, 0.5, 1)
    assert (found.all.in_30.n, found.all.in_30.value) == pytest.approx((3, 1 / 3))
    assert (found.all.in_sla.n, found.all.in_sla.value) == (4, 0.5)
    assert found.all.close == pytest.approx((25, 37))
    assert found.all.decide[0] == pytest.approx(5)
    assert [loop.name for loop in found.tables["segment"]] == ["Top"]
    assert sum(row.total for row in found.open) == 2
    assert [row.state for row in found.open] == ["New", "Customer told"]
    assert found.half_days.value == 40
    assert read_loop_times(csm, days=90).all.n == 4
    assert read_loop_times(make_user(role="csm"), days=90).all.n == 0


def test_small_groups_stay_unseen_for_departments(csm: User, manager: User, member: User) -> None:
    for number in range(8):
        make_closed(make_account(csm=csm), age_days=9, theme="bugs" if number < 6 else "speed")
    told = read_loop_times(member, days=90)
    assert told.all.n == 8
    assert told.tables["theme"] == []  # the second group would be what is missing from eight
    assert told.hidden > 0
    assert len(read_loop_times(manager, days=90).tables["theme"]) == 2


def test_a_book_is_counted_as_the_worker_counts_everything(csm: User, manager: User) -> None:
    account, theme = make_account(csm=csm), make_theme()
    AccountSummary.objects.filter(account=account).update(arr=70_000)
    for weeks_ago in range(1, 30):
        for _ in range(2 if weeks_ago > 8 else 8):
            make_said(account, theme, weeks_ago=weeks_ago)
            make_said(account, weeks_ago=weeks_ago, label="positive")
    make_said(account, theme, weeks_ago=0)
    sweep_theme_weeks()
    own, every = read_themes(csm, weeks=52), read_themes(manager, weeks=52)
    assert own.all.tallies == every.all.tallies
    assert own.lines[0].trend.tallies == every.lines[0].trend.tallies
    assert own.lines[0].amount == every.lines[0].amount == Decimal(70_000)
    assert (own.lines[0].accounts, own.accounts) == (1, 1)
    assert own.lines[0].trend.now == 8 * 8 + 2 * 5
    assert own.lines[0].trend.is_changed
    # As a share of everything nothing changed; everything itself grew fourfold.
    assert own.lines[0].trend.turns == ()
    assert [turn.point.ratio for turn in own.all.turns] == [pytest.approx(4)]
    trend, line = read_trend(manager, theme, weeks=26)
    assert trend.running == 1
    assert line.accounts == 1
    assert read_themes(make_user(role="csm"), weeks=52).lines == ()


def test_departments_read_no_sum_of_fewer_than_five_accounts(csm: User, member: User) -> None:
    theme, product = make_theme(), make_department("product")
    for number in range(5):
        account = make_account(csm=csm)
        AccountSummary.objects.filter(account=account).update(arr=10_000)
        AccountGrant.objects.create(account=account, department=product, reason="x", source_ref=f"i:{number}")
        if number < 4:
            make_said(account, theme, weeks_ago=2)
    few = read_themes(member).lines[0]
    assert few.is_few and few.amount == 0 and "5" in few.arr
    affected = read_affected(member, theme)
    assert affected.is_hidden and affected.measures == ()
    make_said(account, theme, weeks_ago=2)
    line = read_themes(member).lines[0]
    assert not line.is_few and line.amount == 50_000


def test_those_affected_are_set_against_the_others(csm: User, manager: User) -> None:
    theme = make_theme()
    for number in range(12):
        account = make_account(csm=csm)
        sour = number < 6
        AccountSummary.objects.filter(account=account).update(
            nps=2 if sour else 10, health_delta=-9 if sour and number else number % 3, health=50 + number
        )
        if sour:
            make_said(account, theme, weeks_ago=3)
    make_said(account, theme, weeks_ago=3, label="positive")
    found = read_affected(manager, theme)
    assert (found.accounts, found.others) == (6, 6)
    nps = found.measures[0]
    assert (nps.theirs, nps.others, nps.difference.is_clear) == (-100, 100, True)
    assert found.say_do is not None
    assert (found.say_do.unhappy_falling, found.say_do.unhappy_steady, found.say_do.happy_falling) == (5, 1, 0)
    assert found.measures[-1].words == "too few to say"


def test_what_moved_nps_adds_up_and_says_where_there_is_no_evidence(csm: User, manager: User) -> None:
    version = make_nps(csm)
    account = make_account(csm=csm)
    contact = make_contact(account)
    rows = []
    for segment, early, late in (("Top", [10] * 20, [2] * 20), ("Small", [9, 3] * 10, [9, 3] * 10)):
        for days_ago, scores in ((120, early), (20, late)):
            at = now() - dt.timedelta(days=days_ago)
            fields = {"version": version, "account": account, "contact": contact, "segment": segment, "persona": "user"}
            rows += [Response(**fields, state="confirmed", score=score, submitted_at=at) for score in scores]
    Response.objects.bulk_create(rows)
    found = read_nps_moves(manager, days=90)
    assert found.before.value == 50
    assert found.after.value == -50
    table = next(one for one in found.tables if one.name == "segment")
    assert table.mix + table.within == pytest.approx(-100)
    words = {row.name: row.words for row in table.rows}
    assert words == {"Top": "they say worse things", "Small": "no evidence that they say something else"}
    assert read_nps_moves(make_user(role="csm"), days=90).tables == ()


def test_sour_themes_are_ranked_by_what_was_said(csm: User, manager: User) -> None:
    account = make_account(csm=csm)
    for slug, times in (("bugs", 8), ("pricing", 2)):
        for _ in range(times):
            make_said(account, make_theme(slug), weeks_ago=2)
    make_said(account, make_theme("value"), weeks_ago=2, label="positive")
    sweep_theme_weeks()
    found = read_recurring(manager)
    assert [(one.name, one.cumulative) for one in found.themes] == [("Bugs", 0.8), ("Pricing", 1.0)]
    assert read_recurring(make_user(role="csm")).themes == ()
