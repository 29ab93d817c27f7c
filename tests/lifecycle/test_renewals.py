"""Renewals: made once, called, closed with their effect on the contract, and taken back."""

import datetime as dt
from decimal import Decimal

import pytest
import time_machine
from django.core.exceptions import PermissionDenied

from accounts.models import AccountSummary, Subscription, SubscriptionVersion
from accounts.services.subscriptions import edit_subscription
from lifecycle.formulas.forecasts import brier, chance_of, disagreement, outcome_word
from lifecycle.models import ForecastLock, Renewal, RenewalCall, RenewalCheckpoint, Trigger
from lifecycle.selectors.forecasts import forecast_quality, read_lock
from lifecycle.selectors.renewals import months_from, read_board
from lifecycle.services.defaults import ensure_default_journey
from lifecycle.services.renewals.calling import ModelCall, RenewalRefused, make_call, take_model_calls
from lifecycle.services.renewals.closing import apply_outcomes, close_renewal
from lifecycle.services.renewals.forecasting import lock_forecast, set_target
from lifecycle.services.renewals.making import make_renewals, settle_renewals, take_checkpoints
from lifecycle.services.renewals.sweeping import sweep_renewals
from lifecycle.services.stages import enter_stage
from team.clock import today
from team.models import User
from team.selectors.install import one_install_per_request
from team.services.undo import undo_action
from tests.lifecycle.makers_renewals import make_contract, make_renewal
from tests.makers import make_account

pytestmark = pytest.mark.django_db


def test_what_is_due_within_180_days_is_made_once_and_the_rest_waits(csm: User) -> None:
    account = make_account(csm=csm)
    make_contract(account, due_in=179)
    make_contract(account, due_in=181)
    make_contract(account, due_in=30, is_trial=True)
    assert make_renewals() == 1
    assert make_renewals() == 0
    made = Renewal.objects.get()
    assert [made.owner, made.arr, made.forecast_arr, made.state] == [csm, Decimal(1000), Decimal(1000), "open"]
    assert Trigger.objects.filter(kind="renewal_opened").count() == 1


def test_the_first_category_follows_the_health_band(csm: User) -> None:
    account = make_account(csm=csm)
    AccountSummary.objects.filter(account=account).update(health_band="critical")
    assert make_renewal(account).category == "risk"


def test_a_call_is_kept_with_its_history_and_can_be_taken_back(csm: User) -> None:
    renewal = make_renewal(make_account(csm=csm))
    action = make_call(actor=csm, renewal=renewal, category="commit", chance_percent=90, note="Signed soon")
    assert [renewal.category, renewal.csm_chance] == ["commit", 90]
    assert action is not None
    undo_action(actor=csm, action=action)
    renewal.refresh_from_db()
    assert [renewal.category, renewal.csm_chance] == ["likely", None]
    assert [call.category for call in RenewalCall.objects.all()] == ["commit", "likely"]
    assert make_call(actor=csm, renewal=renewal, category="likely") is None


def test_the_category_lost_forecasts_nothing_and_leaving_it_takes_the_due_arr_again(csm: User) -> None:
    renewal = make_renewal(make_account(csm=csm))
    make_call(actor=csm, renewal=renewal, category="lost")
    assert renewal.forecast_arr == 0
    make_call(actor=csm, renewal=renewal, category="risk")
    assert renewal.forecast_arr == 1000


def test_nobody_calls_a_renewal_of_another_book(csm: User, stranger: User) -> None:
    renewal = make_renewal(make_account(csm=csm))
    with pytest.raises(PermissionDenied):
        make_call(actor=stranger, renewal=renewal, category="commit")


def test_an_outcome_changes_the_contract_on_the_due_day_not_before(csm: User) -> None:
    account = make_account(csm=csm)
    renewal = make_renewal(account, due_in=10)
    close_renewal(actor=csm, renewal=renewal, is_won=True, final_arr=Decimal(1500), reasons=["growth"])
    contract = Subscription.objects.get()
    assert [contract.arr, renewal.applied_at] == [Decimal(1000), None]
    assert apply_outcomes() == 0
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=11), tick=False):
        assert sweep_renewals()["applied"] == 1
        assert apply_outcomes() == 0
    contract.refresh_from_db()
    assert contract.arr == 1500
    assert contract.renews_on == renewal.due_on + dt.timedelta(days=365)
    newest = SubscriptionVersion.objects.order_by("-pk")[0]
    assert [newest.effective_on, newest.arr] == [renewal.due_on, Decimal(1500)]


def test_a_loss_on_a_day_that_has_passed_ends_the_contract_and_undo_brings_it_back(csm: User) -> None:
    account = make_account(csm=csm)
    renewal = make_renewal(account, due_in=-3)
    action = close_renewal(actor=csm, renewal=renewal, is_won=False, reasons=["price", "competitor"])
    contract = Subscription.objects.get()
    assert [contract.status, contract.ends_on, contract.renews_on] == ["ended", renewal.due_on, None]
    undo_action(actor=csm, action=action)
    renewal.refresh_from_db()
    contract.refresh_from_db()
    assert [renewal.state, contract.status, contract.ends_on] == ["open", "active", None]
    assert contract.renews_on == renewal.due_on
    assert settle_renewals() == 0


def test_an_outcome_needs_one_to_three_reasons_and_closes_once(csm: User) -> None:
    renewal = make_renewal(make_account(csm=csm))
    for reasons in ([], ["price", "budget", "support", "quality"]):
        with pytest.raises(RenewalRefused):
            close_renewal(actor=csm, renewal=renewal, is_won=False, reasons=reasons)
    close_renewal(actor=csm, renewal=renewal, is_won=False, reasons=["price"])
    with pytest.raises(RenewalRefused):
        close_renewal(actor=csm, renewal=renewal, is_won=True, reasons=["price"])
    with pytest.raises(RenewalRefused):
        make_call(actor=csm, renewal=renewal, category="commit")


def test_after_a_won_renewal_the_account_returns_to_the_review_stage(csm: User) -> None:
    account = make_account(csm=csm)
    stages = {stage.kind: stage for stage in ensure_default_journey().stages.all()}
    enter_stage(account=account, stage=stages["renewal"])
    close_renewal(actor=csm, renewal=make_renewal(account), is_won=True, reasons=["value"])
    assert account.stage_visits.open().get().stage.kind == "ebr"


def test_open_renewals_follow_their_contracts(csm: User) -> None:
    account = make_account(csm=csm)
    ended, moved, went_on = (make_contract(account, due_in=days) for days in (20, 30, -2))
    make_renewals()
    day = today()
    edit_subscription(actor=csm, subscription=ended, status="cancelled", ends_on=day)
    edit_subscription(actor=csm, subscription=moved, renews_on=day + dt.timedelta(days=40))
    edit_subscription(actor=csm, subscription=went_on, renews_on=day + dt.timedelta(days=360), arr=Decimal(1200))
    assert settle_renewals() == 3
    states = {one.subscription_id: (one.state, one.final_arr) for one in Renewal.objects.all()}
    assert states == {ended.pk: ("lost", 0), moved.pk: ("void", None), went_on.pk: ("won", 1200)}
    assert make_renewals() == 1


def test_an_open_renewal_takes_over_the_new_arr_while_nobody_has_forecast_otherwise(csm: User) -> None:
    account = make_account(csm=csm)
    renewal = make_renewal(account)
    edit_subscription(actor=csm, subscription=renewal.subscription, arr=Decimal(1300))
    settle_renewals()
    renewal.refresh_from_db()
    assert [renewal.arr, renewal.target_arr, renewal.forecast_arr] == [1300, 1300, 1300]
    make_call(actor=csm, renewal=renewal, category="likely", forecast_arr=Decimal(900))
    edit_subscription(actor=csm, subscription=renewal.subscription, arr=Decimal(1400))
    settle_renewals()
    renewal.refresh_from_db()
    assert [renewal.arr, renewal.forecast_arr] == [1400, 900]


def test_checkpoints_are_taken_once_at_180_and_at_90_days(csm: User) -> None:
    account = make_account(csm=csm)
    far, near, late = (make_renewal(account, due_in=days) for days in (170, 85, 10))
    assert take_checkpoints() == 2
    assert take_checkpoints() == 0
    kept = {(one.renewal_id, one.days_before) for one in RenewalCheckpoint.objects.all()}
    assert kept == {(far.pk, 180), (near.pk, 90)}
    assert late.pk not in {pk for pk, _days in kept}


def test_the_board_adds_up_and_shows_only_what_the_reader_sees(csm: User, stranger: User, manager: User) -> None:
    mine, theirs = make_account(csm=csm), make_account(csm=stranger)
    day = today().replace(day=1)
    open_one = make_renewal(mine, due_in=5, arr="1000")
    lost = make_renewal(mine, due_in=6, arr="500")
    make_renewal(theirs, due_in=7, arr="200")
    make_call(actor=csm, renewal=open_one, category="commit", chance_percent=80)
    close_renewal(actor=csm, renewal=lost, is_won=False, reasons=["price"])
    months = months_from(day, 3)
    board = read_board(user=csm, months=months)
    whole = board.total.total
    assert [whole.count, whole.due, whole.forecast, whole.weighted] == [2, 1500, 1000, 800]
    assert board.total.lost.due == 500
    assert read_board(user=manager, months=months).total.total.due == 1700
    assert read_board(user=manager, months=months, owner_id=stranger.pk).uncalled == 1


def test_the_boards_queries_are_flat(csm: User, manager: User, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    months = months_from(today(), 6)
    for count in (1, 8):
        for _ in range(count):
            make_renewal(make_account(csm=csm))
        with one_install_per_request(), django_assert_num_queries(6):
            assert read_board(user=manager, months=months).total.total.count


def test_a_locked_forecast_stays_and_shows_what_changed(csm: User, manager: User) -> None:
    renewal = make_renewal(make_account(csm=csm), due_in=5)
    lock = lock_forecast(actor=manager, starts_on=today(), ends_on=today() + dt.timedelta(days=30))
    assert [lock.total_due, lock.total_forecast] == [1000, 1000]
    make_call(actor=csm, renewal=renewal, category="risk", forecast_arr=Decimal(400))
    page = read_lock(ForecastLock.objects.get())
    assert [page.total_now, page.difference, len(page.changes)] == [400, -600, 1]
    with pytest.raises(RenewalRefused):
        lock_forecast(actor=manager, starts_on=today() + dt.timedelta(900), ends_on=today() + dt.timedelta(901))
    with pytest.raises(PermissionDenied):
        lock_forecast(actor=csm, starts_on=today(), ends_on=today())


def test_a_target_shows_the_gap(csm: User, manager: User) -> None:
    make_renewal(make_account(csm=csm), due_in=5)
    month = (today() + dt.timedelta(days=5)).replace(day=1)
    set_target(actor=manager, month=month, amount=Decimal(900))
    row = read_board(user=manager, months=[month]).months[0]
    assert [row.target, row.gap] == [900, Decimal("-150.00")]
    set_target(actor=manager, month=month, amount=None)
    assert read_board(user=manager, months=[month]).months[0].gap is None


def test_the_model_and_the_csm_are_measured_by_the_same_score(csm: User) -> None:
    renewal = make_renewal(make_account(csm=csm), due_in=95)
    make_call(actor=csm, renewal=renewal, category="commit", chance_percent=90)
    assert take_model_calls(rows=[ModelCall(renewal.pk, Decimal("0.4"))]) == 1
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=96), tick=False):
        close_renewal(actor=csm, renewal=renewal, is_won=True, reasons=["value"])
        best, worst = forecast_quality()
    assert [best.name, worst.name] == [csm.name, ""]
    assert list(best.scores[0]) == [90, pytest.approx(0.01), 1]
    assert list(worst.scores[2]) == [30, pytest.approx(0.36), 1]


def test_formulas_of_forecasts() -> None:
    assert chance_of(category="risk", csm_percent=None, model=None) == Decimal("0.40")
    assert chance_of(category="risk", csm_percent=70, model=Decimal("0.1")) == Decimal("0.7")
    assert disagreement(csm_percent=80, model=Decimal("0.5")) == Decimal("0.3")
    assert disagreement(csm_percent=80, model=Decimal("0.6")) is None
    assert brier([]) is None
    assert brier([(1.0, True), (0.5, False)]) == 0.125
    words = [outcome_word(state="won", due=Decimal(10), final=Decimal(final)) for final in (9, 10, 11)]
    assert words == ["downsell", "flat", "upsell"]
