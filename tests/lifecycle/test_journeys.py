"""The editor: journeys, stages, criteria, rules; and the replay of a rule on history."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Account
from accounts.selectors.condition_names import condition_catalogue
from accounts.services.facts import FactRow, push_facts
from lifecycle.models import Criterion, CriterionTick, Journey, Stage, StageVisit
from lifecycle.selectors.criteria import Rule, next_stages, rule_of
from lifecycle.selectors.replays import replay_rule
from lifecycle.services import journeys
from lifecycle.services.defaults import ensure_default_journey, ensure_starter_journeys
from team.clock import now
from team.models import User
from tests.lifecycle.makers_journeys import make_data_criterion, make_visit, only_data, stage_of, switch_on
from tests.makers import make_account

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def rule_for(stage: Stage) -> Rule:
    return rule_of(stage, next_stages().get(stage.pk), condition_catalogue())


def kinds(journey: Journey) -> list[str]:
    return list(Stage.objects.present().filter(journey=journey).values_list("kind", flat=True))


def test_four_starters_by_intent_are_made_once_and_their_criteria_can_be_judged() -> None:
    assert ensure_starter_journeys() == 4
    assert ensure_starter_journeys() == 0
    assert set(Journey.objects.values_list("intent", flat=True)) == set(Account.Intent.values)
    catalogue = condition_catalogue()
    following = next_stages()
    for stage in Stage.objects.present():
        problem = rule_of(stage, following.get(stage.pk), catalogue).problem
        assert bool(problem) == (stage.pk not in following), f"{stage.journey}: {stage}: {problem}"


def test_a_new_journey_copies_stages_and_criteria_and_no_rule() -> None:
    default = ensure_default_journey()
    make_data_criterion(stage_of("onboarding"), "account.arr", "gt", 5)
    switch_on(stage_of("onboarding"))
    made = journeys.save_journey(journey=None, name="Pilots", segment=None, intent="pilot", copy_from=default)
    assert kinds(made) == kinds(default)
    copied = stage_of("onboarding", made)
    assert copied.criteria.count() == stage_of("onboarding").criteria.count()
    assert not copied.is_advanced_by_rule
    with pytest.raises(ValidationError, match="same segment and intent"):
        journeys.save_journey(journey=None, name="Second", segment=None, intent="pilot")
    assert Journey.objects.filter(intent="pilot").count() == 1


def test_stages_change_places_and_touched_rules_go_off() -> None:
    journey = ensure_default_journey()
    for stage in Stage.objects.all():
        switch_on(stage)
    assert journeys.move_stage(stage=stage_of("first_value"), is_up=True)
    assert kinds(journey) == ["closed_won", "first_value", "onboarding", "ebr", "renewal"]
    on = set(Stage.objects.filter(is_advanced_by_rule=True).values_list("kind", flat=True))
    assert on == {"ebr", "renewal"}
    assert not journeys.move_stage(stage=stage_of("closed_won"), is_up=True)


def test_a_stage_with_accounts_asks_where_they_go(csm: User) -> None:
    account = make_account(csm=csm)
    make_visit(account, "onboarding", days=9)
    stage = stage_of("onboarding")
    with pytest.raises(ValidationError, match="where the accounts go"):
        journeys.remove_stage(actor=csm, stage=stage, to=None)
    assert journeys.remove_stage(actor=csm, stage=stage, to=stage_of("first_value")) == 1
    assert kinds(ensure_default_journey()) == ["closed_won", "first_value", "ebr", "renewal"]
    visit = StageVisit.objects.open().get()
    assert (visit.stage.kind, visit.moved_by, visit.is_back_step) == ("first_value", csm, False)
    assert StageVisit.objects.get(outcome="moved").stage == stage, "the past stays as it was"


def test_a_changed_criterion_switches_its_rules_off() -> None:
    stage = stage_of("first_value")
    for one in (stage_of("onboarding"), stage):
        switch_on(one)
    version = stage.journey.version
    made = journeys.save_criterion(
        stage=stage, criterion=None, words="Live", side="entry", condition=None, is_required=True
    )
    assert made.kind == "check"
    assert not Stage.objects.filter(is_advanced_by_rule=True).exists()
    assert Journey.objects.get(pk=stage.journey_id).version == version + 1
    switch_on(stage)
    assert journeys.remove_criterion(criterion=made)
    assert not Stage.objects.filter(is_advanced_by_rule=True).exists()
    assert Criterion.objects.get(pk=made.pk).removed_at is not None


def test_a_rule_is_switched_on_only_as_it_was_replayed() -> None:
    stage = stage_of("onboarding")
    with pytest.raises(ValidationError, match="changed since"):
        journeys.switch_rule(stage=stage, is_on=True, version=stage.journey.version - 1)
    assert journeys.switch_rule(stage=stage, is_on=True, version=stage.journey.version)
    stage.refresh_from_db()
    assert stage.is_advanced_by_rule
    assert stage.rule_from is not None
    assert journeys.switch_rule(stage=stage, is_on=False, version=0)
    only_data(stage)
    with pytest.raises(ValidationError, match="at least one"):
        journeys.switch_rule(stage=stage, is_on=True, version=stage.journey.version)
    with pytest.raises(ValidationError, match="no stage after"):
        journeys.switch_rule(stage=stage_of("renewal"), is_on=True, version=stage.journey.version)


def test_a_replay_tells_whom_the_rule_would_have_moved_when_and_what_became_of_them(csm: User) -> None:
    stage = stage_of("onboarding")
    only_data(stage)
    make_data_criterion(stage, "fact.users", "gte", 5)
    box = Criterion.objects.create(stage=stage, words="Goals are agreed")
    agrees, earlier, waits, wrong, by_hand, never = (make_account(csm=csm) for _ in range(6))
    visits = {
        agrees: make_visit(agrees, "onboarding", days=60, left_days=40),
        earlier: make_visit(earlier, "onboarding", days=60, left_days=10),
        waits: make_visit(waits, "onboarding", days=60),
        wrong: make_visit(wrong, "onboarding", days=60, left_days=20, outcome="lost"),
        by_hand: make_visit(by_hand, "onboarding", days=60, left_days=30),
        never: make_visit(never, "onboarding", days=60),
    }
    for account, days, users in (
        (agrees, 40.5, 7),
        (earlier, 40.5, 7),
        (waits, 5.5, 7),
        (wrong, 50.5, 7),
        (never, 9, 2),
    ):
        rows = [
            FactRow(account.pk, "users", 1, now() - 80 * DAY),
            FactRow(account.pk, "users", users, now() - days * DAY),
        ]
        push_facts(owner="engagement", rows=rows)
    for account in (agrees, earlier, waits, wrong, by_hand):
        CriterionTick.objects.create(visit=visits[account], criterion=box, ticked_by=csm, ticked_at=now() - 59 * DAY)
    found = replay_rule(rule_for(stage))
    words = {row.account: row.word for row in found.rows}
    assert words == {agrees: "agrees", earlier: "earlier", waits: "waits", wrong: "wrong"}
    assert next(row.days_earlier for row in found.rows if row.account == earlier) == 30
    assert (found.total, found.waiting, found.wrong, found.unforeseen, found.stays) == (4, 1, 1, 1, 6)
    CriterionTick.objects.filter(visit=visits[agrees]).update(ticked_at=now() - 38 * DAY)
    words = {row.account: row.word for row in replay_rule(rule_for(stage)).rows}
    assert agrees not in words, "the box was ticked only after people had moved it"
