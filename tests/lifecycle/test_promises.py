"""Promises, and what time, merges and purges do to the whole plan."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Fact
from accounts.services.merges import merge_accounts
from lifecycle.models import Goal, GoalReading, Handover, Promise, SharedPlan, Task, Trigger
from lifecycle.selectors.goals import promises_of
from lifecycle.services import goals as services
from lifecycle.services.goals.facts import FACTS, push_plan_facts
from lifecycle.services.goals.purge import purge_goals, purge_promises
from lifecycle.services.goals.sweep import sweep_plans
from team.clock import now, today
from team.models import ActionLog, Notice, User
from team.services.undo import undo_action
from tests.lifecycle.makers_goals import make_goal, make_plan, make_promise
from tests.makers import make_account

DAY = dt.date(2026, 6, 1)


def undo_newest(user: User) -> bool:
    return undo_action(actor=user, action=ActionLog.objects.filter(actor=user).latest("pk"))


def facts_of(account_id: int) -> dict[str, Decimal | None]:
    rows = Fact.objects.current().filter(account=account_id).select_related("definition")
    return {row.definition.name: row.number for row in rows}


@pytest.mark.django_db
def test_a_promise_is_made_told_kept_and_taken_back(csm: User, manager: User) -> None:
    account = make_account(csm=csm)
    given = services.promise(
        actor=manager, account=account, words="A migration plan", due_on=today() + dt.timedelta(days=5), owner=csm
    )
    assert Notice.objects.get(user=csm, kind="promise").text.endswith("A migration plan")
    with pytest.raises(ValidationError, match="shows"):
        services.settle_promise(actor=csm, given=given, state="kept", evidence="")
    assert services.settle_promise(actor=csm, given=given, state="kept", evidence="Mail of 3 May")
    assert services.settle_promise(actor=csm, given=given, state="broken", evidence="No") is None
    assert facts_of(account.pk)["promises_kept"] == 1
    assert undo_newest(csm)
    given.refresh_from_db()
    assert (given.state, given.settled_on, given.evidence) == ("open", None, "")
    assert facts_of(account.pk)["promises_kept"] == 0


@pytest.mark.django_db
def test_a_promise_of_one_origin_is_made_once(csm: User) -> None:
    account = make_account(csm=csm)
    made = [
        services.promise(
            account=account, words="x", due_on=today(), owner=csm, origin="insight", origin_ref="insight:7"
        )
        for _ in range(2)
    ]
    assert made[0] == made[1] and Promise.objects.count() == 1


@pytest.mark.django_db
def test_only_a_person_breaks_a_promise(csm: User) -> None:
    account = make_account(csm=csm)
    given = make_promise(account, due_in=-3)
    sweep_plans()
    sweep_plans()
    (late,) = Trigger.objects.filter(kind="promise_late")
    assert late.payload["days"] == 3
    (line,) = promises_of(account)
    assert (line.word, line.days_late) == ("late", 3)
    assert facts_of(account.pk) | {"promises_late": 1, "promises_broken": 0} == facts_of(account.pk)
    services.settle_promise(actor=csm, given=given, state="broken", evidence="They waited for nothing")
    assert Trigger.objects.filter(kind="promise_broken").count() == 1
    assert facts_of(account.pk)["promises_broken"] == 1


# All at once


@pytest.mark.django_db
def test_time_makes_goals_late_once_for_each_day(csm: User) -> None:
    account = make_account(csm=csm)
    goal = make_goal(account, starts_on=today() - dt.timedelta(days=90), due_on=today() + dt.timedelta(days=10))
    make_goal(account)
    sweep_plans()
    assert sweep_plans()["triggers"] == 0
    (late,) = Trigger.objects.filter(kind="goal_late")
    assert late.payload["goal"] == goal.pk
    facts = facts_of(account.pk)
    assert [facts[name] for name in ("goals_open", "goals_off_track", "goals_unknown")] == [2, 1, 0]


@pytest.mark.django_db
def test_facts_are_written_when_they_change_and_are_declared(csm: User) -> None:
    account = make_account(csm=csm)
    make_account(csm=csm)
    make_goal(account, agreed_on=today())
    assert push_plan_facts() > 0
    assert push_plan_facts() == 0
    assert set(facts_of(account.pk)) <= set(FACTS)
    assert Fact.objects.exclude(account=account).count() == 0
    Goal.objects.update(deleted_at=now())
    push_plan_facts(account_ids=[account.pk])
    facts = facts_of(account.pk)
    assert [facts[name] for name in ("goals_open", "goals_agreed", "goal_progress")] == [0, 0, None]


@pytest.mark.django_db
def test_a_merge_carries_the_plan_and_leaves_the_links(csm: User) -> None:
    keep, drop = make_account(csm=csm), make_account(csm=csm)
    Handover.objects.create(account=keep, notes="ours")
    Handover.objects.create(account=drop, notes="theirs")
    goal, given = make_goal(drop), make_promise(drop)
    plan = make_plan(drop, by=csm)
    merge_accounts(actor=csm, keep=keep, drop=drop)
    assert {row.account_id for row in (Goal.objects.get(pk=goal.pk), Promise.objects.get(pk=given.pk))} == {keep.pk}
    assert Handover.objects.get(account=keep).notes == "ours"
    assert SharedPlan.objects.get(pk=plan.pk).account_id == drop.pk
    assert undo_action(actor=csm, action=ActionLog.objects.filter(inverse__service="accounts.undo_merge").latest("pk"))
    assert Goal.objects.get(pk=goal.pk).account_id == drop.pk


@pytest.mark.django_db
def test_a_merge_brings_the_only_handover_along(csm: User) -> None:
    keep, drop = make_account(csm=csm), make_account(csm=csm)
    Handover.objects.create(account=drop, notes="theirs")
    merge_accounts(actor=csm, keep=keep, drop=drop)
    assert Handover.objects.get(account=keep).notes == "theirs"


@pytest.mark.django_db
def test_what_was_deleted_long_ago_goes_for_good(csm: User) -> None:
    account = make_account(csm=csm)
    goal, given = make_goal(account), make_promise(account)
    GoalReading.objects.create(goal=goal, value=1, observed_at=now())
    task = Task.objects.create(owner=csm, account=account, title="x", goal=goal)
    Goal.objects.update(deleted_at=now() - dt.timedelta(days=31))
    Promise.objects.update(deleted_at=now())
    before = now() - dt.timedelta(days=30)
    assert (purge_goals(before=before, limit=10), purge_promises(before=before, limit=10)) == (1, 0)
    assert not Goal.everything.filter(pk=goal.pk).exists() and Promise.everything.filter(pk=given.pk).exists()
    task.refresh_from_db()
    assert task.goal_id is None
