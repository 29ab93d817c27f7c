"""Moves by people, by rules and by time: evidence, reasons, once each, whoever sweeps beside."""

import datetime as dt
import threading

import pytest
from django.db import close_old_connections, connection

from accounts.models import Account, AccountSummary, Fact, Segment
from accounts.services.facts import FactRow, push_facts
from lifecycle.models import Criterion, Journey, Stage, StageVisit, Trigger
from lifecycle.selectors.journeys import journey_card, journey_for, journey_of
from lifecycle.services import stages
from lifecycle.services.defaults import ensure_default_journey
from team.clock import now, today
from team.models import ActionLog, User
from team.services.undo import undo_action
from tests.lifecycle.makers_journeys import make_data_criterion, make_visit, only_data, stage_of, switch_on
from tests.makers import make_account

DAY = dt.timedelta(days=1)


@pytest.fixture
def account(csm: User) -> Account:
    return make_account(csm=csm)


@pytest.mark.django_db
def test_a_step_back_needs_a_reason_and_is_kept_as_one(csm: User, account: Account) -> None:
    make_visit(account, "first_value", days=20)
    with pytest.raises(stages.StageRefused, match="reason"):
        stages.enter_stage(account=account, stage=stage_of("onboarding"), actor=csm)
    visit = stages.step_back(actor=csm, account=account, stage=stage_of("onboarding"), reason="Half of them left")
    assert (visit.is_back_step, visit.reason, visit.moved_by) == (True, "Half of them left", csm)
    assert StageVisit.objects.get(outcome="back").stage.kind == "first_value"
    with pytest.raises(stages.StageRefused, match="earlier"):
        stages.step_back(actor=csm, account=account, stage=stage_of("ebr"), reason="No")


@pytest.mark.django_db
def test_the_next_cycle_is_no_step_back(account: Account) -> None:
    make_visit(account, "renewal", days=20)
    assert not stages.enter_stage(account=account, stage=stage_of("ebr")).is_back_step


@pytest.mark.django_db
def test_what_is_required_and_not_met_is_said_and_can_be_overridden(csm: User, account: Account) -> None:
    visit = make_visit(account, "closed_won", days=5)
    handover, kick_off = visit.stage.criteria.order_by("position")
    stages.tick_criterion(actor=csm, visit=visit, criterion=handover, note="Deck of 3 May")
    with pytest.raises(stages.StageRefused) as refused:
        stages.move_account(actor=csm, account=account, stage=stage_of("onboarding"))
    assert kick_off.words in str(refused.value)
    assert handover.words not in str(refused.value)
    moved = stages.move_account(actor=csm, account=account, stage=stage_of("onboarding"), reason="They start alone")
    assert moved.evidence["unmet"] == [kick_off.words]
    assert moved.evidence["override"] == "They start alone"
    assert moved.evidence["met"][0]["evidence"] == "Carla Smith: Deck of 3 May"


@pytest.mark.django_db
def test_a_move_can_be_undone_with_its_facts(csm: User, account: Account) -> None:
    make_visit(account, "closed_won", days=5)
    stages.move_account(actor=csm, account=account, stage=stage_of("onboarding"), reason="Now")
    assert Fact.objects.current().get(definition__name="stage").text == "onboarding"
    assert undo_action(actor=csm, action=ActionLog.objects.latest("pk"))
    visit = StageVisit.objects.get()
    assert (visit.left_at, visit.outcome, visit.stage.kind) == (None, "", "closed_won")
    assert Fact.objects.current().get(definition__name="stage").text == "closed_won"


@pytest.mark.django_db
def test_the_journey_is_the_most_specific_until_a_visit_binds(account: Account) -> None:
    default = ensure_default_journey()
    top = Segment.objects.create(slug="top", name="Top")
    Account.objects.filter(pk=account.pk).update(segment=top, intent="pilot")
    account.refresh_from_db()
    by_intent = Journey.objects.create(name="Pilots", intent="pilot")
    assert journey_for(account) == by_intent
    by_segment = Journey.objects.create(name="Top", segment=top)
    assert journey_for(account) == by_segment
    both = Journey.objects.create(name="Top pilots", segment=top, intent="pilot")
    assert journey_for(account) == both
    make_visit(account, "onboarding", days=3)
    assert journey_for(account) == default
    assert [step.state for step in journey_of(account)] == ["skipped", "current", "ahead", "ahead", "ahead"]
    assert journey_card(account).is_elsewhere


@pytest.mark.django_db
def test_a_rule_moves_who_meets_it_and_keeps_why(csm: User) -> None:
    stage = stage_of("onboarding")
    only_data(stage)
    make_data_criterion(stage, "fact.active_users", "gte", 5, words="Five people work in it")
    box = Criterion.objects.create(stage=stage, words="Goals are agreed")
    ready, unticked, few = (make_account(csm=csm) for _ in range(3))
    for account, users in ((ready, 9), (unticked, 9), (few, 2)):
        visit = make_visit(account, "onboarding", days=10)
        push_facts(owner="engagement", rows=[FactRow(account.pk, "active_users", users, now() - DAY)])
        if account is not unticked:
            stages.tick_criterion(actor=csm, visit=visit, criterion=box)
    assert stages.advance_by_rules() == 0, "the rule is off"
    switch_on(stage)
    assert stages.advance_by_rules() == 1
    moved = StageVisit.objects.get(account=ready, left_at=None)
    assert (moved.stage.kind, moved.is_by_rule, moved.moved_by) == ("first_value", True, None)
    assert moved.evidence["met"] == [
        {"criterion": box.pk, "words": "Goals are agreed", "evidence": "Carla Smith"},
        {
            "criterion": stage.criteria.get(kind="fact").pk,
            "words": "Five people work in it",
            "evidence": "9",
        },
    ]
    assert AccountSummary.objects.get(account=ready).stage == "First Value"
    assert Trigger.objects.filter(account=ready).values_list("kind", flat=True).order_by("kind").distinct().count() == 2
    assert stages.advance_by_rules() == 0, "twice is once"


@pytest.mark.django_db
def test_entry_criteria_of_the_next_stage_count_too(csm: User, account: Account) -> None:
    stage = stage_of("onboarding")
    only_data(stage)
    make_data_criterion(stage, "account.status", "eq", "customer")
    make_data_criterion(stage_of("first_value"), "account.tags", "contains", "live", side="entry")
    make_visit(account, "onboarding", days=10)
    switch_on(stage)
    assert stages.advance_by_rules() == 0
    Account.objects.filter(pk=account.pk).update(tags=["live"])
    assert stages.advance_by_rules() == 1


@pytest.mark.django_db
def test_an_account_moves_one_stage_per_sweep_and_none_by_an_empty_rule(account: Account) -> None:
    for kind in ("closed_won", "onboarding", "first_value"):
        stage = stage_of(kind)
        only_data(stage)
        if kind != "first_value":
            make_data_criterion(stage, "account.status", "eq", "customer")
        switch_on(stage)
    make_visit(account, "closed_won", days=10)
    assert [stages.advance_by_rules() for _ in range(3)] == [1, 1, 0]
    assert StageVisit.objects.open().get().stage.kind == "first_value"


@pytest.mark.django_db
def test_an_unreadable_condition_stops_its_rule_alone(account: Account) -> None:
    stage = stage_of("closed_won")
    only_data(stage)
    make_data_criterion(stage, "fact.no_longer_there", "gt", 3)
    switch_on(stage)
    make_visit(account, "closed_won", days=10)
    assert stages.advance_by_rules() == 0


@pytest.mark.django_db
def test_a_stay_over_its_target_stalls_once(account: Account) -> None:
    visit = make_visit(account, "onboarding", days=46)
    in_time = make_visit(make_account(), "onboarding", days=45)
    assert stages.mark_stalled() == 1
    assert stages.mark_stalled() == 0
    trigger = Trigger.objects.get(kind="stage_stalled")
    assert (trigger.key, trigger.payload) == (f"visit:{visit.pk}", {"stage": "onboarding", "days": 46, "target": 45})
    assert Fact.objects.current().get(definition__name="journey_late").number == 1
    Stage.objects.filter(pk=visit.stage_id).update(target_days=90)
    assert stages.mark_stalled() == 0
    assert Fact.objects.current().get(definition__name="journey_late").number == 0
    Stage.objects.filter(pk=visit.stage_id).update(target_days=30)
    assert stages.mark_stalled() == 2
    assert Trigger.objects.filter(kind="stage_stalled", account=visit.account).count() == 1
    assert Trigger.objects.filter(kind="stage_stalled", account=in_time.account).count() == 1


@pytest.mark.django_db
def test_a_lost_customer_leaves_the_journey(account: Account) -> None:
    make_visit(account, "first_value", days=50)
    Account.objects.filter(pk=account.pk).update(status="churned")
    account.churn_events.create(source="crm", external_id="1", churned_on=today() - 9 * DAY)
    assert stages.close_lost() == 1
    assert stages.close_lost() == 0
    visit = StageVisit.objects.get()
    assert visit.left_at is not None
    assert (visit.outcome, visit.left_at.date()) == ("lost", today() - 9 * DAY)
    assert AccountSummary.objects.get(account=account).stage == ""


@pytest.mark.django_db
def test_new_customers_begin_and_old_ones_wait_for_a_person() -> None:
    ensure_default_journey()
    pilots = Journey.objects.create(name="Pilots", intent="pilot")
    Stage.objects.create(journey=pilots, kind="onboarding", name="Set-up", position=1)
    new = make_account(signed_on=today() - 5 * DAY)
    pilot = make_account(signed_on=today() - 5 * DAY, intent="pilot")
    make_account(signed_on=today() - 500 * DAY)
    make_account(status="prospect", signed_on=None)
    assert stages.start_journeys() == 2
    assert stages.start_journeys() == 0
    assert StageVisit.objects.get(account=new).stage.kind == "closed_won"
    assert StageVisit.objects.get(account=pilot).stage.name == "Set-up"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_eight_sweeps_at_once_move_each_account_once(csm: User) -> None:
    stage = stage_of("closed_won")
    only_data(stage)
    make_data_criterion(stage, "account.status", "eq", "customer")
    switch_on(stage)
    for _ in range(40):
        make_visit(make_account(csm=csm), "closed_won", days=100)
    barrier, moved, errors = threading.Barrier(8), [], []

    def work() -> None:
        close_old_connections()
        try:
            barrier.wait()
            for _ in range(3):
                moved.append(stages.sweep_stages())
        except Exception as error:  # noqa: BLE001 whatever goes wrong in a thread is told by the test
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sum(one["advanced"] for one in moved) == 40
    assert StageVisit.objects.open().filter(stage__kind="onboarding").count() == 40
    assert StageVisit.objects.count() == 80
    assert Trigger.objects.filter(kind="stage_entered").count() == 40


@pytest.mark.django_db
def test_a_customer_without_a_running_contract_leaves_on_its_last_day(account: Account) -> None:
    make_visit(account, "ebr", days=50)
    kept = make_account()
    make_visit(kept, "ebr", days=50)
    for owner, ends_on in ((account, today() - 3 * DAY), (kept, None), (kept, today() - 3 * DAY)):
        status = "active" if ends_on is None else "ended"
        owner.subscriptions.create(starts_on=today() - 400 * DAY, ends_on=ends_on, status=status, arr=10)
    assert stages.close_lost() == 1
    visit = StageVisit.objects.get(account=account)
    assert visit.left_at is not None
    assert (visit.outcome, visit.left_at.date()) == ("lost", today() - 3 * DAY)
