"""Tasks, stages and triggers: does it, refuses, run twice equals once, and can be undone."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from accounts.models import AccountChange, AccountSummary
from lifecycle.models import Journey, Stage, StageVisit, Task, Trigger
from lifecycle.services import stages, tasks
from lifecycle.services.defaults import ensure_default_journey
from lifecycle.services.triggers import TriggerRow, record_trigger, record_triggers
from team.clock import now, today
from team.models import ActionLog, Notice, User
from team.services.undo import CannotUndo, undo_action
from tests.makers import make_account

pytestmark = pytest.mark.django_db


def test_the_default_journey_has_five_stages_and_is_made_once() -> None:
    first, second = ensure_default_journey(), ensure_default_journey()
    assert first == second
    assert [stage.kind for stage in first.stages.all()] == ["closed_won", "onboarding", "first_value", "ebr", "renewal"]
    assert Journey.objects.count() == 1


def test_a_trigger_is_recorded_once(csm: User) -> None:
    account = make_account(csm=csm)
    assert record_trigger(account=account, kind="answer", key="response:1", payload={"score": 3})
    assert not record_trigger(account=account, kind="answer", key="response:1", payload={"score": 9})
    assert Trigger.objects.get().payload == {"score": 3}


def test_many_triggers_are_recorded_once_and_in_one_query(csm: User, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    account, other = make_account(csm=csm), make_account(csm=csm)
    rows = [TriggerRow(account.pk, "band_changed", f"day:{n}", now()) for n in range(20)]
    record_trigger(account=account, kind="band_changed", key="day:3")
    with django_assert_num_queries(1):
        assert record_triggers(rows=[*rows, TriggerRow(other.pk, "band_changed", "day:3", now())]) == 20
    assert record_triggers(rows=rows) == 0
    assert Trigger.objects.count() == 21


def test_the_first_due_task_is_the_accounts_next_step(csm: User) -> None:
    account = make_account(csm=csm)
    tasks.create_task(actor=csm, owner=csm, account=account, title="Later", due_on=today() + dt.timedelta(9))
    soon = tasks.create_task(actor=csm, owner=csm, account=account, title="Sooner", due_on=today())
    assert AccountSummary.objects.get(account=account).next_step == "Sooner"
    tasks.complete_task(actor=csm, task=soon)
    assert AccountSummary.objects.get(account=account).next_step == "Later"
    assert AccountChange.objects.filter(account=account, reason="task").count() == 3


def test_a_task_needs_words(csm: User) -> None:
    with pytest.raises(tasks.TaskRefused):
        tasks.create_task(actor=csm, owner=csm, title="   ")


def test_a_reason_makes_one_open_task(csm: User) -> None:
    first = tasks.create_task(actor=None, owner=csm, title="Call", dedupe_key="risk:1")
    assert tasks.create_task(actor=None, owner=csm, title="Call again", dedupe_key="risk:1") == first
    with pytest.raises(IntegrityError), transaction.atomic():
        Task.objects.create(owner=csm, title="Past the service", dedupe_key="risk:1")


def test_a_task_for_somebody_else_tells_them(csm: User, manager: User) -> None:
    task = tasks.create_task(actor=manager, owner=csm, title="Call Acme")
    assert Notice.objects.get(user=csm).text == "New task: Call Acme"
    tasks.edit_task(actor=manager, task=task, owner=manager)
    assert not Notice.objects.filter(user=manager).exists()


def test_done_twice_is_done_once_and_can_be_undone(csm: User) -> None:
    task = tasks.create_task(actor=csm, owner=csm, title="Call")
    action = tasks.complete_task(actor=csm, task=task)
    assert action is not None
    assert tasks.complete_task(actor=csm, task=task) is None
    assert undo_action(actor=csm, action=action)
    assert Task.objects.open().get().done_at is None
    assert not undo_action(actor=csm, action=action)


def test_a_done_task_stays_done_when_its_reason_came_back(csm: User) -> None:
    task = tasks.create_task(actor=csm, owner=csm, title="Call", dedupe_key="risk:1")
    action = tasks.complete_task(actor=csm, task=task)
    tasks.create_task(actor=csm, owner=csm, title="Call", dedupe_key="risk:1")
    assert action is not None
    with pytest.raises(CannotUndo):
        undo_action(actor=csm, action=action)


def test_a_snooze_hides_until_its_day_and_can_be_undone(csm: User) -> None:
    task = tasks.create_task(actor=csm, owner=csm, title="Call", due_on=today())
    action = tasks.snooze_task(actor=csm, task=task, until=today() + dt.timedelta(7), reason="On holiday")
    assert not Task.objects.awake(today()).exists()
    assert Task.objects.awake(today() + dt.timedelta(7)).exists()
    assert action is not None
    undo_action(actor=csm, action=action)
    assert Task.objects.awake(today()).get().snooze_reason == ""


def test_an_edit_changes_moves_the_next_step_and_can_be_undone(csm: User) -> None:
    old, new = make_account(csm=csm), make_account(csm=csm)
    task = tasks.create_task(actor=csm, owner=csm, account=old, title="Call", due_on=today())
    action = tasks.edit_task(actor=csm, task=task, account=new, due_on=today() + dt.timedelta(2), title="Visit")
    assert [old.summary.next_step for old in (AccountSummary.objects.get(account=a).account for a in (old, new))] == [
        "",
        "Visit",
    ]
    assert tasks.edit_task(actor=csm, task=task, title="Visit") is None
    assert action is not None
    undo_action(actor=csm, action=action)
    task.refresh_from_db()
    assert (task.title, task.due_on, task.account) == ("Call", today(), old)


def test_a_stranger_cannot_undo_by_the_service_alone(csm: User, stranger: User) -> None:
    task = tasks.create_task(actor=csm, owner=csm, title="Call")
    tasks.complete_task(actor=csm, task=task)
    assert not tasks.reopen_task(actor=stranger, task_id=task.pk)
    assert not tasks.undo_create_task(actor=stranger, task_id=task.pk)
    assert not tasks.restore_task(actor=stranger, task_id=task.pk, columns={"title": "Mine"})


def stage(kind: str) -> Stage:
    return ensure_default_journey().stages.get(kind=kind)


def test_entering_a_stage_closes_the_one_before_and_tells_everybody(csm: User) -> None:
    account = make_account(csm=csm)
    at = now() - dt.timedelta(days=40)
    stages.enter_stage(account=account, stage=stage("closed_won"), at=at, actor=csm)
    visit = stages.enter_stage(
        account=account, stage=stage("onboarding"), at=at + dt.timedelta(days=10), evidence={"by": "hand"}
    )
    assert StageVisit.objects.open().get() == visit
    summary = AccountSummary.objects.get(account=account)
    assert (summary.stage, summary.stage_entered_on) == ("Onboarding", (at + dt.timedelta(days=10)).date())
    assert list(Trigger.objects.order_by("id").values_list("kind", flat=True)) == [
        "stage_entered",
        "stage_left",
        "stage_entered",
    ]
    left = Trigger.objects.get(kind="stage_left").payload
    assert left == {"stage": "closed_won", "to": "onboarding", "days": 10, "outcome": "onward"}
    assert AccountChange.objects.filter(account=account, reason="stage").count() == 2


def test_entering_the_same_stage_again_changes_nothing(csm: User) -> None:
    account = make_account(csm=csm)
    first = stages.enter_stage(account=account, stage=stage("renewal"))
    assert stages.enter_stage(account=account, stage=stage("renewal")) == first
    assert StageVisit.objects.count() == 1
    assert Trigger.objects.count() == 1


def test_a_stage_is_not_entered_before_the_present_one_began(csm: User) -> None:
    account = make_account(csm=csm)
    stages.enter_stage(account=account, stage=stage("onboarding"))
    with pytest.raises(stages.StageRefused):
        stages.enter_stage(account=account, stage=stage("renewal"), at=now() - dt.timedelta(days=3))


def test_a_move_can_be_undone_until_the_next_one(csm: User) -> None:
    account = make_account(csm=csm)
    stages.enter_stage(account=account, stage=stage("closed_won"), at=now() - dt.timedelta(days=5), actor=csm)
    stages.enter_stage(account=account, stage=stage("onboarding"), actor=csm)
    first, second = ActionLog.objects.order_by("id")
    with pytest.raises(CannotUndo):
        undo_action(actor=csm, action=first)
    undo_action(actor=csm, action=second)
    assert StageVisit.objects.get().left_at is None
    assert AccountSummary.objects.get(account=account).stage == "Closed Won"
