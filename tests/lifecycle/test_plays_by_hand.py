"""Plays that people start, stop, skip and hurry; held-out accounts; playbooks that the system switches off."""

import datetime as dt
from typing import Any

import pytest

from accounts.models import Ticket
from accounts.services.facts import FactRow, declare_fact, push_facts
from lifecycle.models import Play, Playbook, PlayStepRun, Task, Trigger
from lifecycle.services.plays import stopping
from lifecycle.services.plays.running import run_due_plays
from lifecycle.services.plays.starting import PlayRefused, start_play, sweep_triggers
from lifecycle.services.plays.sweeping import record_time_triggers
from outbox.models import Message
from team.clock import now, today
from team.models import Absence, ActionLog, Notice, User
from team.services.undo import undo_action
from tests.lifecycle.makers_plays import make_playbook, ring, run_all
from tests.makers import make_account

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


def test_stopping_a_play_cancels_what_it_opened(csm: User) -> None:
    make_playbook()
    account = make_account(csm=csm)
    ring(account)
    run_all()
    play = Play.objects.get()
    with pytest.raises(PlayRefused):
        stopping.stop_play(actor=csm, play=play, reason=" ")
    assert stopping.stop_play(actor=csm, play=play, reason="Merged with another")
    assert not stopping.stop_play(actor=csm, play=play, reason="Again")
    play.refresh_from_db()
    assert (play.state, play.stopped_reason) == ("stopped", "Merged with another")
    assert Task.objects.get().state == "cancelled"
    assert run_due_plays() == 0


def test_skipping_leaves_out_the_step_whose_turn_it_is(csm: User) -> None:
    make_playbook(("task", "call", {}), ("task", "later", {"offset_days": 5}), ("task", "last", {}))
    ring(make_account(csm=csm))
    run_all()
    play = Play.objects.get()
    assert stopping.skip_step(actor=csm, play=play, reason="Not now", step_key="call")
    run_all()
    assert not stopping.skip_step(actor=csm, play=play, reason="Not now", step_key="call")
    assert Task.objects.get().state == "cancelled"
    # The next step is days ahead: it can be left out before it begins.
    assert stopping.skip_step(actor=csm, play=play, reason="Nor this", step_key="later")
    run_all()
    assert runs(play) == [("call", "skipped"), ("later", "skipped"), ("last", "waiting")]


def test_the_next_step_can_be_done_now(csm: User) -> None:
    make_playbook(("task", "call", {"offset_days": 9}))
    ring(make_account(csm=csm))
    run_all()
    play = Play.objects.get()
    assert not Task.objects.exists()
    assert stopping.hurry_step(actor=csm, play=play)
    run_all()
    assert Task.objects.get().run.play == play  # type: ignore[union-attr]
    assert not stopping.hurry_step(actor=csm, play=play)


def test_a_start_by_hand_is_never_held_out_and_can_be_undone(csm: User) -> None:
    account = make_account(csm=csm)
    playbook = make_playbook(holdout_percent=50, trigger_kind="", is_on=False)
    play = start_play(playbook=playbook, account=account, actor=csm)
    assert play
    assert start_play(playbook=playbook, account=account, actor=csm) is None
    run_all()
    assert Task.objects.open().count() == 1
    assert undo_action(actor=csm, action=ActionLog.objects.get(inverse__service="lifecycle.undo_start_play"))
    assert Play.objects.get().state == "stopped"
    assert not Task.objects.open().exists()


def test_an_archived_playbook_or_one_without_steps_does_not_start(csm: User) -> None:
    account = make_account(csm=csm)
    archived = make_playbook(archived_at=now())
    empty = Playbook.objects.create(slug="empty", name="Empty")
    for playbook in (archived, empty):
        with pytest.raises(PlayRefused):
            start_play(playbook=playbook, account=account, actor=csm)


def test_held_out_accounts_are_left_alone_always_the_same_ones(csm: User) -> None:
    playbook = make_playbook(("webhook", "tell", {"url": "https://hooks.example/x"}), holdout_percent=50)
    accounts = [make_account(csm=csm) for _ in range(40)]
    for _round in range(2):
        for account in accounts:
            ring(account)
        run_all()
    held = set(Play.objects.filter(state="held_out").values_list("account", flat=True))
    done = set(Play.objects.filter(state="done").values_list("account", flat=True))
    assert held | done == {account.pk for account in accounts}
    assert not held & done
    assert 8 <= len(held) <= 32
    assert not PlayStepRun.objects.filter(play__state="held_out").exists()
    assert Message.objects.count() == Play.objects.filter(playbook=playbook, state="done").count()


def test_work_of_an_absent_owner_goes_to_the_deputy(csm: User, stranger: User) -> None:
    Absence.objects.create(user=csm, deputy=stranger, starts_on=today(), ends_on=today() + dt.timedelta(days=3))
    make_playbook()
    ring(make_account(csm=csm))
    run_all()
    assert Play.objects.get().owner == stranger
    assert Task.objects.get().owner == stranger
    # Both see what is open.
    assert Task.objects.visible_to(csm).exists()
    assert Task.objects.owned_by(stranger).exists()


def test_a_playbook_that_starts_itself_is_stopped_and_named(csm: User, admin: User) -> None:
    hook = {"url": "https://hooks.example/x"}
    first = make_playbook(("webhook", "tell", hook), name="First", trigger_kind="play_finished")
    second = make_playbook(("webhook", "tell", hook), name="Second", trigger_kind="play_finished")
    for playbook, other in ((first, second), (second, first)):
        playbook.trigger_match = [{"name": "playbook", "operator": "eq", "value": other.slug}]
        playbook.save()
    account = make_account(csm=csm)
    start_play(playbook=first, account=account, actor=csm)
    result = run_all()
    assert result.switched_off == 1
    assert list(Play.objects.order_by("pk").values_list("playbook__name", "depth")) == [("First", 0), ("Second", 1)]
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.is_on, second.is_on) == (False, True)
    assert "First → Second → First" in first.stopped_reason
    notice = Notice.objects.get(user=admin)
    assert "First" in notice.text
    assert "First → Second → First" in notice.text


def test_a_playbook_that_asks_for_something_gone_is_switched_off(csm: User, admin: User) -> None:
    playbook = make_playbook(conditions=[{"name": "fact.forgotten", "operator": "gte", "value": 1}])
    ring(make_account(csm=csm))
    assert sweep_triggers().switched_off == 1
    playbook.refresh_from_db()
    assert "fact.forgotten" in playbook.stopped_reason
    assert Notice.objects.filter(user=admin, kind="playbook").count() == 1


def test_a_play_of_a_deleted_account_ends(csm: User) -> None:
    account = make_account(csm=csm)
    make_playbook(("task", "call", {"offset_days": 1}))
    ring(account)
    run_all()
    account.deleted_at = now()
    account.save()
    Play.objects.update(wakes_at=now())
    run_due_plays()
    assert Play.objects.get().state == "stopped"


def test_a_play_that_kills_its_workers_is_stopped(csm: User) -> None:
    make_playbook()
    ring(make_account(csm=csm))
    sweep_triggers()
    Play.objects.update(attempts=5)
    run_due_plays()
    play = Play.objects.get()
    assert play.state == "stopped"
    assert not Task.objects.exists()


def test_renewals_and_closed_tickets_are_recorded_by_time(csm: User) -> None:
    make_playbook(
        trigger_kind="renewal_in_days",
        trigger_match=[{"name": "days", "operator": "eq", "value": 75}],
    )
    account, far = make_account(csm=csm), make_account(csm=csm)
    account.summary.renews_on = today() + dt.timedelta(days=75)
    account.summary.save()
    far.summary.renews_on = today() + dt.timedelta(days=300)
    far.summary.save()
    Ticket.objects.create(account=far, opened_at=now() - dt.timedelta(hours=5), closed_at=now(), satisfaction=4)
    assert record_time_triggers() == 2
    assert record_time_triggers() == 0
    assert Trigger.objects.get(kind="renewal_in_days").payload["days"] == 75
    assert Trigger.objects.get(kind="ticket_closed").payload["hours"] == 5
    assert run_all().started == 1
