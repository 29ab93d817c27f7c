"""What takes long is worked out by a worker, shown when it is done, and kept."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.selectors.condition_names import condition_catalogue
from lifecycle.http.trials import SMALL_PLAYBOOK, SMALL_RULE
from lifecycle.models import Criterion, Playbook, Stage, Trial, Trigger
from lifecycle.selectors.criteria import next_stages, rule_of
from lifecycle.selectors.plays import dry_run
from lifecycle.selectors.replays import replay_rule
from lifecycle.selectors.trials import keep_dry_run, keep_replay, read_dry_run, read_replay
from lifecycle.services import trials
from lifecycle.tasks.trials import sweep_trials
from team.models import User
from tests.lifecycle.makers_journeys import make_data_criterion, make_visit, stage_of
from tests.lifecycle.makers_plays import make_playbook
from tests.makers import make_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_manager(manager: User) -> Client:
    client = Client()
    client.force_login(manager)
    return client


def make_busy_playbook(*owners: User, number: int = SMALL_PLAYBOOK + 1) -> Playbook:
    """Off, with a trigger each on accounts of these people in turn: too many for a request."""
    playbook = make_playbook(is_on=False, on_from=None)
    moment = timezone.now() - dt.timedelta(days=20)
    accounts = [make_account(csm=owner, name=f"Of {owner.email} {n}") for owner in owners for n in range(3)]
    Trigger.objects.bulk_create(
        Trigger(account=accounts[n % len(accounts)], kind="stage_entered", key=str(n), happened_at=moment)
        for n in range(number)
    )
    return playbook


def make_busy_stage(csm: User) -> Stage:
    """A rule that all of its accounts meet: too many for a request."""
    stage = stage_of("onboarding")
    Criterion.objects.filter(stage__journey=stage.journey).delete()
    make_data_criterion(stage, "account.status", "eq", "customer")
    for _number in range(SMALL_RULE + 1):
        make_visit(make_account(csm=csm), "onboarding", days=30)
    return stage


def test_a_few_triggers_are_answered_at_once(as_csm: Client, csm: User) -> None:
    playbook = make_busy_playbook(csm, number=5)
    page = as_csm.get(reverse("playbook_dry_run", args=[playbook.pk])).content.decode()
    assert "<progress" not in page
    assert "By CSM" in page
    assert not Trial.objects.exists()


def test_many_are_asked_for_once_and_shown_when_the_worker_is_done(as_csm: Client, csm: User, stranger: User) -> None:
    playbook = make_busy_playbook(csm, stranger)
    url = reverse("playbook_dry_run", args=[playbook.pk])
    page = as_csm.get(url).content.decode()
    assert re.search(r'<progress max="100" value="0"', page)
    assert f'hx-get="{url}"' in page
    assert f'href="{url}"' in page
    as_csm.get(url)
    trial = Trial.objects.get()
    assert (trial.state, trial.asked_by, trial.version) == ("waiting", csm, playbook.version)
    assert trials.work_on_trial(trial_id=trial.pk)
    page = as_csm.get(url).content.decode()
    assert "<progress" not in page
    assert f"Of {csm.email}" in page
    assert f"Of {stranger.email}" not in page
    # What it found does not depend on who asked.
    assert Trial.objects.get().result["total"] == 6


def test_a_guess_of_the_browser_starts_nothing(as_csm: Client, csm: User) -> None:
    playbook = make_busy_playbook(csm)
    url = reverse("playbook_dry_run", args=[playbook.pk])
    assert as_csm.get(url, headers={"Sec-Purpose": "prefetch"}).status_code == 200
    assert not Trial.objects.exists()


def test_it_is_worked_out_anew_on_request_and_the_last_one_is_kept(as_csm: Client, csm: User) -> None:
    playbook = make_busy_playbook(csm)
    for _time in range(2):
        as_csm.post(reverse("playbook_try", args=[playbook.pk]))
        as_csm.post(reverse("playbook_try", args=[playbook.pk]))
        trials.work_on_trial(trial_id=Trial.objects.open().get().pk)
    assert Trial.objects.get().state == "done"
    # Another wording has a trial of its own.
    Playbook.objects.filter(pk=playbook.pk).update(version=2)
    as_csm.get(reverse("playbook_dry_run", args=[playbook.pk]))
    assert list(Trial.objects.order_by("pk").values_list("version", "state")) == [(1, "done"), (2, "waiting")]


def test_a_trial_of_a_changed_playbook_is_dropped(csm: User) -> None:
    playbook = make_busy_playbook(csm)
    trial = trials.ask_for_trial(actor=csm, subject=playbook)
    Playbook.objects.filter(pk=playbook.pk).update(version=2)
    assert not trials.work_on_trial(trial_id=trial.pk)
    assert not Trial.objects.exists()


def test_the_result_reads_as_it_was(csm: User, stranger: User) -> None:
    playbook = make_busy_playbook(csm, stranger)
    run = dry_run(playbook=playbook)
    read = read_dry_run(keep_dry_run(run))
    assert (read.total, read.heard, read.triggers, read.per_csm, read.steps) == (
        run.total,
        run.heard,
        run.triggers,
        run.per_csm,
        run.steps,
    )
    assert [(row.account_id, row.started_at, row.csm) for row in read.rows] == [
        (row.account_id, row.started_at, row.csm) for row in run.rows
    ]


def test_a_worker_tells_how_far_it_is_and_stops_when_another_took_over(csm: User, monkeypatch: Any) -> None:
    monkeypatch.setattr(trials, "TELL_EVERY_SECONDS", 0.0)
    trial = trials.ask_for_trial(actor=csm, subject=make_busy_playbook(csm))
    lease = timezone.now() + trials.LEASE
    Trial.objects.filter(pk=trial.pk).update(state="working", lease_until=lease)
    trial.refresh_from_db()
    telling = trials._Telling(trial)
    telling(30, 100)
    trial.refresh_from_db()
    assert trial.done == 30
    Trial.objects.filter(pk=trial.pk).update(lease_until=lease + dt.timedelta(hours=1))
    with pytest.raises(trials.LostLease):
        telling(40, 100)


def test_a_trial_that_kills_its_workers_fails_and_says_so(as_csm: Client, csm: User) -> None:
    playbook = make_busy_playbook(csm)
    trial = trials.ask_for_trial(actor=csm, subject=playbook)
    lost = timezone.now() - dt.timedelta(minutes=1)
    Trial.objects.filter(pk=trial.pk).update(state="working", lease_until=lost, attempts=3)
    assert trials.trials_to_work_on(moment=timezone.now()) == [trial.pk]
    assert not trials.work_on_trial(trial_id=trial.pk)
    page = as_csm.get(reverse("playbook_dry_run", args=[playbook.pk])).content.decode()
    assert "three times" in page
    assert reverse("playbook_try", args=[playbook.pk]) in page


def test_nobody_works_on_what_another_holds(csm: User) -> None:
    trial = trials.ask_for_trial(actor=csm, subject=make_busy_playbook(csm))
    Trial.objects.filter(pk=trial.pk).update(state="working", lease_until=timezone.now() + trials.LEASE)
    assert not trials.work_on_trial(trial_id=trial.pk)
    assert sweep_trials() == 0
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=3)):
        assert trials.trials_to_work_on(moment=timezone.now()) == [trial.pk]


def test_the_page_of_a_trial_needs_few_queries(as_csm: Client, csm: User) -> None:
    playbook = make_busy_playbook(csm)
    url = reverse("playbook_dry_run", args=[playbook.pk])
    as_csm.get(url)
    with CaptureQueriesContext(connection) as waiting:
        as_csm.get(url)
    trials.work_on_trial(trial_id=Trial.objects.get().pk)
    with CaptureQueriesContext(connection) as finished:
        as_csm.get(url)
    assert len(finished) <= len(waiting) + 4


def test_switching_on_waits_for_the_trial_without_holding_anybody_up(as_manager: Client, csm: User) -> None:
    playbook = make_busy_playbook(csm)
    url = reverse("playbook_switch", args=[playbook.pk])
    page = as_manager.get(url, headers={"HX-Request": "true"}).content.decode()
    assert 'hx-select="#switch-words"' in page
    trials.work_on_trial(trial_id=Trial.objects.get().pk)
    page = as_manager.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "it would have started <b>3</b> plays" in page


def test_a_rule_with_many_stays_is_replayed_by_a_worker(as_manager: Client, csm: User) -> None:
    stage = make_busy_stage(csm)
    url = reverse("stage_rule", args=[stage.pk])
    page = as_manager.get(url).content.decode()
    assert "<progress" in page
    assert "Switch the rule on" not in page
    trial = Trial.objects.get()
    assert (trial.stage, trial.version) == (stage, stage.journey.version)
    assert trials.work_on_trial(trial_id=trial.pk)
    page = as_manager.get(url, headers={"HX-Request": "true", "HX-Target": "replay"}).content.decode()
    assert "Switch the rule on" in page
    assert "<html" not in page
    as_manager.post(reverse("stage_rule_try", args=[stage.pk]))
    assert "<progress" in as_manager.get(url).content.decode()


def test_a_replay_reads_as_it_was(csm: User, manager: User) -> None:
    stage = make_busy_stage(csm)
    replay = replay_rule(rule_of(stage, next_stages().get(stage.pk), condition_catalogue()))
    assert replay.total > SMALL_RULE
    assert read_replay(keep_replay(replay), manager) == replay


def test_a_rule_that_broke_meanwhile_says_so(csm: User) -> None:
    stage = make_busy_stage(csm)
    trial = trials.ask_for_trial(actor=csm, subject=stage)
    Criterion.objects.filter(stage=stage).delete()
    assert not trials.work_on_trial(trial_id=trial.pk)
    assert "at least one" in Trial.objects.get().error
