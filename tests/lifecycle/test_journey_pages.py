"""The journey pages: the board's numbers, what stalls on top, own books only; moves and ticks from the plan."""

import datetime as dt
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, AccountSummary, Segment
from lifecycle.models import Cause, CriterionTick, StageVisit
from lifecycle.selectors.journey_board import BoardFilter, read_board, weighted_median
from lifecycle.selectors.journey_flow import read_flow, read_predictability, read_time_to_value
from team.clock import today
from team.models import User
from tests.lifecycle.makers_journeys import make_visit, stage_of
from tests.makers import make_account

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def board_of(user: User, **wanted: Any) -> dict[str, tuple[int, int]]:
    """Count and late ones per column."""
    board = read_board(user=user, wanted=BoardFilter(**wanted), journey=None)
    return {column.key: (column.count, column.late) for column in board.columns if column.count}


def test_the_board_counts_the_book_and_puts_the_latest_on_top(csm: User, stranger: User, manager: User) -> None:
    top = Segment.objects.create(slug="top", name="Top")
    for days in (10, 46, 200):
        account = make_account(csm=csm, name=f"Account of {days}", segment=top if days == 10 else None)
        AccountSummary.objects.filter(account=account).update(arr=100)
        make_visit(account, "onboarding", days=days)
    make_visit(make_account(csm=stranger), "renewal", days=5)
    gone = make_account(csm=csm, status="churned")
    make_visit(gone, "onboarding", days=400)
    assert board_of(csm) == {"onboarding": (3, 2)}
    assert board_of(manager) == {"onboarding": (3, 2), "renewal": (1, 0)}
    assert board_of(manager, segment_id=top.pk) == {"onboarding": (1, 0)}
    assert board_of(manager, csm_id=stranger.pk) == {"renewal": (1, 0)}
    column = read_board(user=csm, wanted=BoardFilter(), journey=None).columns[1]
    assert [card.account.name for card in column.cards] == ["Account of 200", "Account of 46", "Account of 10"]
    assert [card.tone for card in column.cards] == ["is-very-late", "is-late", ""]
    assert (column.median, int(column.arr), column.target) == (46, 300, "45")


def test_the_median_counts_how_often() -> None:
    assert weighted_median([(10, 3), (20, 1), (90, 1)]) == 10
    assert weighted_median([(10, 1), (20, 1), (90, 3)]) == 90
    assert weighted_median([]) is None


def test_the_board_asks_the_same_number_of_queries_for_one_and_for_many(as_csm: Client, csm: User) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert as_csm.get("/journey/").status_code == 200
        return len(queries)

    make_visit(make_account(csm=csm), "onboarding", days=9)
    count()
    one = count()
    for days in range(20):
        make_visit(make_account(csm=csm), "renewal", days=days)
    assert count() == one


def test_pages_show_mine_in_part_or_whole_and_refuse_unknown_filters(as_csm: Client, csm: User, stranger: User) -> None:
    cache.clear()
    make_visit(make_account(csm=csm, name="Mine Ltd"), "onboarding", days=90)
    make_visit(make_account(csm=stranger, name="Theirs Ltd"), "onboarding", days=90)
    for address in ("/journey/", "/journey/flow/", "/journey/predictability/"):
        whole = as_csm.get(address).content.decode()
        assert "<html" in whole
        assert "Theirs Ltd" not in whole
        part = as_csm.get(address, headers=HTMX).content.decode()
        assert "<html" not in part
        assert as_csm.get(address + "?segment=nobody").status_code == 404
        assert as_csm.get(address + "?csm=1%20or%201").status_code == 404
        assert as_csm.get(address + "?months=7").status_code == 404
        assert as_csm.post(address).status_code == 405
    assert "Mine Ltd" in as_csm.get("/journey/").content.decode()


def test_the_flow_counts_how_stays_ended(manager: User) -> None:
    for outcome in ("onward", "onward", "lost", "back"):
        make_visit(make_account(), "onboarding", days=60, left_days=20, outcome=outcome)
    make_visit(make_account(), "onboarding", days=900, left_days=800)
    since = today() - dt.timedelta(days=365)
    lines = {line.kind: line for line in read_flow(user=manager, wanted=BoardFilter(), since=since)}
    found = lines["onboarding"]
    assert (found.onward, found.lost, found.back, found.median, found.entered) == (2, 1, 1, 40, 4)


def test_open_stays_are_no_failures_and_the_wrong_fit_can_be_left_out(manager: User) -> None:
    for _ in range(10):
        make_visit(make_account(), "onboarding", days=60, left_days=30)
    for _ in range(10):
        make_visit(make_account(), "onboarding", days=10)
    for _ in range(5):
        lost = make_account(status="churned")
        make_visit(lost, "onboarding", days=60, left_days=40, outcome="lost")
        Cause.objects.create(
            account=lost, about="loss", kind="wrong_customer", evidence="Too small for it", movement_on=today()
        )
    (line,) = read_predictability(user=manager, wanted=BoardFilter(), since=None)
    assert (line.found.n, line.found.passages, line.found.losses, line.wrong) == (25, 10, 5, 5)
    # By hand: 10 open stays leave at day 10; of the 15 watched further, 5 are lost at day 20 and 10 go on at day 30.
    assert line.share.value == pytest.approx(10 / 15)
    assert line.fitting_share.value == pytest.approx(1)


def test_time_to_value_runs_from_closed_won_to_the_end_of_first_value(manager: User) -> None:
    for days in (50, 60, 100):
        account = make_account()
        make_visit(account, "closed_won", days=200, left_days=190)
        make_visit(account, "first_value", days=190, left_days=200 - days)
    make_visit(make_account(), "closed_won", days=20)
    placed_late = make_account()
    make_visit(placed_late, "ebr", days=20)
    (line,) = read_time_to_value(user=manager, wanted=BoardFilter(), since=None)
    assert (line.reached, line.under_way, line.median, line.p90) == (3, 1, 60, 100)


def test_the_dialog_names_what_is_missing_and_takes_a_reason(as_csm: Client, csm: User) -> None:
    account = make_account(csm=csm)
    visit = make_visit(account, "closed_won", days=9)
    address = f"/accounts/{account.pk}/stage/"
    shown = as_csm.get(address, headers=HTMX).content.decode()
    missing = visit.stage.criteria.order_by("position").first()
    assert missing is not None
    assert missing.words in shown
    target = {"stage": stage_of("onboarding").pk}
    refused = as_csm.post(address, target, headers=HTMX)
    assert refused.status_code == 422
    assert "Not met yet" in refused.content.decode()
    assert as_csm.post(address, {**target, "reason": "They start alone"}, headers=HTMX).status_code in {200, 204}
    assert StageVisit.objects.open().get().evidence["override"] == "They start alone"
    assert as_csm.post(address, {"stage": visit.stage_id}, headers=HTMX).status_code == 422, "back needs a reason"


def test_a_box_is_ticked_and_taken_back_on_the_plan(as_csm: Client, csm: User) -> None:
    account = make_account(csm=csm)
    visit = make_visit(account, "closed_won", days=9)
    box = visit.stage.criteria.order_by("position")[0]
    address = f"/visits/{visit.pk}/criteria/{box.pk}/"
    as_csm.post(address, {"is_done": "1"}, headers=HTMX)
    assert CriterionTick.objects.get().ticked_by == csm
    assert "1 of 2 met" in as_csm.get(f"/accounts/{account.pk}/plan/").content.decode()
    as_csm.post(address, {"is_done": "0"}, headers=HTMX)
    assert not CriterionTick.objects.exists()
    other = stage_of("renewal").criteria.first()
    assert other is not None
    StageVisit.objects.filter(pk=visit.pk).update(left_at=visit.entered_at, outcome="onward")
    assert as_csm.post(address, {"is_done": "1"}).status_code == 404, "a stay that is over takes no ticks"


def test_a_criterion_on_data_is_made_in_the_editor(manager: User) -> None:
    browser = Client()
    browser.force_login(manager)
    stage = stage_of("onboarding")
    form = {"words": "Large enough", "side": "exit", "is_data": "data", "is_required": "on"}
    address = f"/stages/{stage.pk}/criteria/new/"
    assert browser.post(address, form).status_code == 422
    condition = {"condition-0-name": "account.arr", "condition-0-operator": "gte", "condition-0-value": "5000"}
    assert browser.post(address, {**form, **condition}).status_code == 302
    made = stage.criteria.get(words="Large enough")
    assert made.condition == {"name": "account.arr", "operator": "gte", "value": 5000}
    assert "ARR is at least 5,000" in browser.get(f"/journeys/{stage.journey_id}/").content.decode()
    assert Account.objects.count() == 0
    page = browser.get(f"/stages/{stage.pk}/rule/").content.decode()
    assert "It would have moved nobody" in page
