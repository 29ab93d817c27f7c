"""Many workers at once, and workers that are killed: one open play per reason, nothing twice, nothing lost."""

import time

import pytest
from django.db.models import Count

from lifecycle.models import AccountMail, Play, PlayStepRun, Task, Trigger
from lifecycle.services.plays.running import run_due_plays
from lifecycle.services.plays.starting import start_play, sweep_triggers
from lifecycle.services.triggers import TriggerRow, record_triggers
from outbox.models import Message
from team.clock import now
from team.models import User
from tests.forking import forked
from tests.lifecycle.makers_mails import make_template
from tests.lifecycle.makers_plays import make_playbook
from tests.makers import make_account, make_contact
from tests.team.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)

HOOK = {"url": "https://hooks.example/x"}
WORKERS = 8


def run_all() -> None:
    """A worker's life."""
    while run_due_plays(limit=7):
        continue


def test_eight_workers_and_repeated_triggers_start_one_play(csm: User) -> None:
    accounts = [make_account(csm=csm) for _ in range(20)]
    alone = make_playbook(("task", "call", {}), quiet_days=7)
    left = make_playbook(("task", "call", {}), quiet_days=7, holdout_percent=50)
    rows = [
        TriggerRow(account.pk, "stage_entered", f"bell:{number}", now()) for account in accounts for number in range(15)
    ]
    record_triggers(rows=rows)
    results = at_once(WORKERS, sweep_triggers)
    assert not [result for result in results if isinstance(result, Exception)]
    while sweep_triggers().handled:
        continue
    assert not Trigger.objects.filter(handled_at=None).exists()
    for playbook in (alone, left):
        per_account = Play.objects.filter(playbook=playbook).values("account").annotate(n=Count("pk"))
        assert [row["n"] for row in per_account] == [1] * 20
    assert Play.objects.filter(playbook=left, state="held_out").exists()
    errors = [result for result in at_once(WORKERS, run_due_plays) if isinstance(result, Exception)]
    assert not errors
    while run_due_plays():
        continue
    assert Task.objects.count() == Play.objects.open().count() == PlayStepRun.objects.count()


def test_eight_people_who_start_the_same_get_one(csm: User) -> None:
    account, playbook = make_account(csm=csm), make_playbook(trigger_kind="")
    started = at_once(WORKERS, lambda: start_play(playbook=playbook, account=account, actor=csm))
    assert not [result for result in started if isinstance(result, Exception)]
    assert len([play for play in started if play]) == 1
    assert Play.objects.count() == 1


@pytest.mark.slow
def test_killed_workers_leave_nothing_out_and_nothing_twice(csm: User) -> None:
    playbook = make_playbook(
        ("webhook", "tell", HOOK),
        ("mail", "write", {"template": make_template().slug, "wanted_action": "answer"}),
        ("webhook", "again", HOOK),
        ("task", "call", {}),
        is_trusted=True,
    )
    plays = 40
    for _number in range(plays):
        account = make_account(csm=csm)
        make_contact(account, persona="champion")
        assert start_play(playbook=playbook, account=account, actor=csm)
    for share in (0.15, 0.4, 0.7):
        with forked(run_all):
            until = time.monotonic() + 60
            while PlayStepRun.objects.count() < plays * 4 * share and time.monotonic() < until:
                time.sleep(0.005)
        # Its lease runs out; another goes on where it stood.
        Play.objects.open().update(leased_until=None)
    assert 0 < PlayStepRun.objects.count() < plays * 4, "killed in the middle"
    while run_due_plays():
        continue
    assert not Play.objects.exclude(state="running", at_step="call").exists()
    assert PlayStepRun.objects.count() == plays * 4
    for rows in (
        Message.objects.filter(channel="webhook").values("subject_ref", "payload__step"),
        Message.objects.filter(channel="mail").values("subject_ref"),
        AccountMail.objects.filter(state="sent").values("account"),
        Task.objects.values("account"),
    ):
        assert set(rows.annotate(n=Count("pk")).order_by().values_list("n", flat=True)) == {1}
    assert Message.objects.filter(channel="webhook").count() == 2 * plays
    assert Task.objects.count() == AccountMail.objects.count() == plays
