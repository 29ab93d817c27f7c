"""Plays: start once per reason, do their steps in order, wait, branch, are held out, stopped, skipped and woken."""

import datetime as dt
from typing import Any

import pytest

from accounts.models import Segment
from accounts.services.facts import FactRow, declare_fact, push_facts
from lifecycle.models import AccountMail, Play, PlayStepRun, Task, Trigger
from lifecycle.services.plays.sweeping import close_orphaned_runs
from lifecycle.services.plays.waking import finish_run
from lifecycle.services.tasks import cancel_task, complete_task
from outbox.models import Message
from team.clock import now
from team.models import Notice, User
from tests.lifecycle.makers_mails import make_template
from tests.lifecycle.makers_plays import at, make_playbook, ring, run_all
from tests.makers import make_account, make_contact

pytestmark = pytest.mark.django_db

MONDAY = dt.datetime(2025, 3, 3, 10, 30, tzinfo=dt.UTC)
HEALTHY = {"name": "fact.health", "operator": "gte", "value": 70}


@pytest.fixture(autouse=True)
def known_facts(db: None) -> None:
    """The catalogue as it is once scores were computed."""
    declare_fact(owner="engagement", name="health", label="Health")
    declare_fact(owner="engagement", name="health_coverage", label="Coverage")


def know_health(account: Any, value: float) -> None:
    push_facts(owner="engagement", rows=[FactRow(account.pk, "health", value, now())])


def runs(play: Play) -> list[tuple[str, str]]:
    return list(play.runs.order_by("pk").values_list("step_key", "state"))


def test_a_trigger_starts_a_play_and_its_task_waits_for_a_person(csm: User) -> None:
    account = make_account(csm=csm)
    playbook = make_playbook(("task", "call", {"kind": "call", "effort_minutes": 15, "due_days": 3}), purpose="Because")
    ring(account, payload={"stage": "ebr"})
    with at(MONDAY + dt.timedelta(days=1)):
        Trigger.objects.update(happened_at=MONDAY)
        result = run_all()
    assert (result.handled, result.started) == (1, 1)
    play, task = Play.objects.get(), Task.objects.get()
    assert (play.playbook, play.owner, play.state) == (playbook, csm, "running")
    assert (task.owner, task.kind, task.effort_minutes) == (csm, "call", 15)
    assert task.due_on == dt.date(2025, 3, 7)
    assert task.why == f"{playbook.name}: Because"
    complete_task(actor=csm, task=task)
    run_all()
    play.refresh_from_db()
    assert play.state == "done"
    assert play.finished_at
    assert runs(play) == [("call", "done")]
    assert Trigger.objects.get(kind="play_finished").cause == play


def test_a_play_starts_only_on_what_it_listens_to(csm: User) -> None:
    make_playbook(
        trigger_match=[{"name": "stage", "operator": "eq", "value": "ebr"}],
        conditions=[HEALTHY],
    )
    other, weak, gone, right = (make_account(csm=csm) for _ in range(4))
    gone.status = "churned"
    gone.save()
    for account in (other, gone, right):
        know_health(account, 80)
    know_health(weak, 50)
    ring(other, payload={"stage": "renewal"})
    for account in (weak, gone, right):
        ring(account, payload={"stage": "ebr"})
    ring(right, kind="band_changed")
    assert run_all().started == 1
    assert Play.objects.get().account == right
    assert not Trigger.objects.filter(handled_at=None).exists()


def test_a_switched_on_playbook_does_not_start_on_the_past(csm: User) -> None:
    make_playbook(on_from=now())
    ring(make_account(csm=csm), happened_at=now() - dt.timedelta(minutes=1))
    assert run_all().started == 0


def test_segments_intents_and_an_observed_score_are_asked_for(csm: User) -> None:
    large = Segment.objects.create(slug="large", name="Large")
    playbook = make_playbook(intents=["rollout"], needs_observed_score=True)
    playbook.segments.add(large)
    right = make_account(csm=csm, segment=large, intent="rollout")
    others = [
        make_account(csm=csm, intent="rollout"),
        make_account(csm=csm, segment=large),
        make_account(csm=csm, segment=large, intent="rollout"),
    ]
    for account in (right, *others[:2]):
        push_facts(owner="engagement", rows=[FactRow(account.pk, "health_coverage", 0.8, now())])
    for account in (right, *others):
        ring(account)
    run_all()
    assert [play.account for play in Play.objects.all()] == [right]


def test_quiet_days_keep_a_playbook_from_coming_back_too_soon(csm: User) -> None:
    account = make_account(csm=csm)
    make_playbook(("webhook", "tell", {"url": "https://hooks.example/x"}), quiet_days=30)
    for day, started in ((0, 1), (29, 0), (31, 1)):
        with at(MONDAY + dt.timedelta(days=day)):
            ring(account)
            assert run_all().started == started, day


def test_one_play_per_account_or_one_per_event(csm: User) -> None:
    account = make_account(csm=csm)
    alone, each = make_playbook(), make_playbook(reason_scope="key")
    for _number in range(3):
        ring(account)
    run_all()
    assert Play.objects.filter(playbook=alone).count() == 1
    assert Play.objects.filter(playbook=each).count() == 3


def test_steps_follow_each_other_in_business_days_of_the_owner(csm: User) -> None:
    csm.time_zone = "Europe/Copenhagen"
    csm.save()
    friday = dt.datetime(2025, 3, 7, 15, 0, tzinfo=dt.UTC)
    hook = {"url": "https://hooks.example/x"}
    make_playbook(("webhook", "one", hook), ("webhook", "two", {**hook, "offset_days": 2}))
    with at(friday):
        ring(make_account(csm=csm))
        run_all()
        assert runs(Play.objects.get()) == [("one", "done")]
    # Two business days after Friday is Tuesday; work starts there at 9:00, which is 8:00 UTC.
    assert Play.objects.get().wakes_at == dt.datetime(2025, 3, 11, 8, 0, tzinfo=dt.UTC)
    with at(dt.datetime(2025, 3, 11, 7, 59, tzinfo=dt.UTC)):
        run_all()
        assert Play.objects.get().state == "running"
    with at(dt.datetime(2025, 3, 11, 8, 1, tzinfo=dt.UTC)):
        run_all()
    assert Play.objects.get().state == "done"
    assert Message.objects.filter(channel="webhook").count() == 2


def test_a_wait_ends_when_its_condition_holds_or_its_days_are_over(csm: User) -> None:
    make_playbook(("wait", "healthy", {"condition": HEALTHY, "at_most_days": 5}))
    better, same = make_account(csm=csm), make_account(csm=csm)
    with at(MONDAY):
        ring(better)
        ring(same)
        run_all()
    with at(MONDAY + dt.timedelta(days=1)):
        run_all()
    with at(MONDAY + dt.timedelta(days=1, hours=1)):
        know_health(better, 75)
        run_all()
        assert Play.objects.get(account=better).state == "running", "it is looked at in the morning"
    with at(MONDAY + dt.timedelta(days=2)):
        run_all()
    assert Play.objects.get(account=better).state == "done"
    assert Play.objects.get(account=same).state == "running"
    with at(MONDAY + dt.timedelta(days=7)):
        run_all()
    results = {run.play.account: run.result["held"] for run in PlayStepRun.objects.select_related("play__account")}
    assert results == {better: True, same: False}


def test_a_branch_goes_on_elsewhere_when_its_condition_does_not_hold(csm: User) -> None:
    hook = {"url": "https://hooks.example/x"}
    make_playbook(
        ("branch", "ask", {"condition": HEALTHY, "otherwise": "third"}),
        ("webhook", "second", hook),
        ("webhook", "third", hook),
    )
    good, bad = make_account(csm=csm), make_account(csm=csm)
    know_health(good, 90)
    know_health(bad, 10)
    ring(good)
    ring(bad)
    run_all()
    assert runs(Play.objects.get(account=good)) == [("ask", "done"), ("second", "done"), ("third", "done")]
    assert runs(Play.objects.get(account=bad)) == [("ask", "done"), ("third", "done")]


def test_a_branch_that_leads_back_stops_the_play(csm: User) -> None:
    hook = {"url": "https://hooks.example/x"}
    make_playbook(("webhook", "one", hook), ("branch", "ask", {"condition": HEALTHY, "otherwise": "one"}))
    ring(make_account(csm=csm))
    run_all()
    play = Play.objects.get()
    assert play.state == "stopped"
    assert "leads back" in play.stopped_reason


def test_a_mail_step_waits_in_the_review_box_and_a_trusted_one_goes_out(csm: User) -> None:
    template = make_template()
    step = ("mail", "write", {"template": template.slug, "to": "champion", "wanted_action": "book a call"})
    make_playbook(step)
    make_playbook(step, is_trusted=True, trigger_kind="band_changed")
    careful, trusting = make_account(csm=csm), make_account(csm=csm)
    for account in (careful, trusting):
        make_contact(account, persona="champion", name="Ada Lovelace")
    ring(careful)
    ring(trusting, kind="band_changed")
    run_all()
    assert {mail.account: mail.state for mail in AccountMail.objects.all()} == {careful: "review", trusting: "sent"}
    assert Play.objects.get(account=careful).state == "running"
    assert Play.objects.get(account=trusting).state == "done"
    assert AccountMail.objects.get(account=careful).asks_for == "book a call"


def test_a_step_that_cannot_be_done_fails_with_its_reason_and_the_play_goes_on(csm: User) -> None:
    make_playbook(
        ("mail", "write", {"template": make_template().slug, "to": "executive", "wanted_action": "answer"}),
        ("task", "call", {}),
    )
    ring(make_account(csm=csm))
    run_all()
    play = Play.objects.get()
    assert runs(play) == [("write", "failed"), ("call", "waiting")]
    assert "executive" in play.runs.get(step_key="write").result["reason"]
    assert Notice.objects.filter(user=csm, kind="play").count() == 1


def test_a_cancelled_task_skips_its_step(csm: User) -> None:
    make_playbook(("task", "call", {}), ("task", "again", {}))
    ring(make_account(csm=csm))
    run_all()
    assert cancel_task(actor=csm, task=Task.objects.get(), reason="They called us")
    run_all()
    play = Play.objects.get()
    assert runs(play) == [("call", "skipped"), ("again", "waiting")]


def test_a_task_that_went_without_a_word_is_found_by_the_sweep(csm: User) -> None:
    make_playbook()
    ring(make_account(csm=csm))
    run_all()
    assert close_orphaned_runs() == 0
    Task.objects.update(deleted_at=now())
    assert close_orphaned_runs() == 1
    run_all()
    assert Play.objects.get().state == "done"


def test_a_run_is_finished_once(csm: User) -> None:
    make_playbook()
    ring(make_account(csm=csm))
    run_all()
    run = PlayStepRun.objects.get()
    assert finish_run(run_id=run.pk, result={"by": "x"})
    assert not finish_run(run_id=run.pk, state="skipped")
    assert PlayStepRun.objects.get().state == "done"
    with pytest.raises(ValueError, match="closed"):
        finish_run(run_id=run.pk, state="waiting")
