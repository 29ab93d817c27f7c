"""The dry run decides as the engine does."""

import datetime as dt
import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.services.facts import FactRow, declare_fact, push_facts
from lifecycle.formulas.plans import WorkClock
from lifecycle.models import Play, Playbook, Task, Trigger
from lifecycle.selectors.plays import dry_run
from lifecycle.selectors.plays.owners import WorkClocks
from lifecycle.services.plays.running import run_due_plays
from lifecycle.services.plays.starting import sweep_triggers
from lifecycle.services.tasks import complete_task
from team.models import User
from tests.lifecycle.makers_plays import at, csm_in, make_playbook, ring
from tests.makers import make_account

pytestmark = pytest.mark.django_db

END = dt.datetime(2025, 6, 12, 16, 40, tzinfo=dt.UTC)
START = END - dt.timedelta(days=89)
HOOK = {"url": "https://hooks.example/x"}


@pytest.fixture(autouse=True)
def known_facts(db: None) -> None:
    declare_fact(owner="engagement", name="health", label="Health")


def health(operator: str, value: int) -> dict[str, object]:
    return {"name": "fact.health", "operator": operator, "value": value}


def tricky_playbook() -> Playbook:
    """Waits, branches, tasks, quiet days, a hold-out and conditions, all at once."""
    return make_playbook(
        ("webhook", "tell", HOOK),
        ("wait", "better", {"condition": health("gte", 60), "at_most_days": 4, "offset_days": 1}),
        ("branch", "ask", {"condition": health("gte", 60), "otherwise": "rescue"}),
        ("webhook", "praise", HOOK),
        ("branch", "enough", {"condition": health("gte", 85), "otherwise": "rescue"}),
        ("webhook", "close", {**HOOK, "offset_days": 2}),
        ("task", "rescue", {"due_days": 3}),
        ("branch", "late", {"condition": health("lt", 30), "otherwise": ""}),
        ("webhook", "alarm", {**HOOK, "offset_days": 4}),
        trigger_kind="stage_left",
        trigger_match=[{"name": "days", "operator": "lt", "value": 8}],
        conditions=[health("lt", 75)],
        quiet_days=16,
        holdout_percent=20,
        on_from=START,
    )


def drive(
    triggers: dict[dt.datetime, list[Trigger]], facts: dict[dt.datetime, list[FactRow]], clocks: WorkClocks
) -> None:
    """The real engine until END, with the clock at each moment when something happens or is due, and at no other."""
    pending = sorted(set(facts) | set(triggers))
    while True:
        ahead = (pending[0] if pending else None, _next_wake(), _next_task(clocks))
        moment = min((moment for moment in ahead if moment), default=None)
        if moment is None or moment > END:
            return
        with at(moment):
            if pending and pending[0] == moment:
                pending.pop(0)
                push_facts(owner="engagement", rows=facts.get(moment, []))
                Trigger.objects.bulk_create(triggers.get(moment, []))
            for task in _open_tasks():
                if _ends(task, clocks) <= moment:
                    complete_task(actor=task.owner, task=task)
            sweep_triggers()
            while run_due_plays():
                continue


def _next_wake() -> dt.datetime | None:
    return (
        Play.objects.open()
        .filter(wakes_at__isnull=False)
        .order_by("wakes_at")
        .values_list("wakes_at", flat=True)
        .first()
    )


def _ends(task: Task, clocks: WorkClocks) -> dt.datetime:
    """When people do it: on the morning of its day, or at once when that is over."""
    clock: WorkClock = clocks.of(task.owner_id)
    assert task.due_on
    assert task.run
    return max(clock.opening(task.due_on), task.run.due_at)


def _open_tasks() -> list[Task]:
    return list(Task.objects.open().select_related("run", "owner"))


def _next_task(clocks: WorkClocks) -> dt.datetime | None:
    return min((_ends(task, clocks) for task in _open_tasks()), default=None)


@pytest.mark.slow
def test_dry_run_and_real_run_agree_on_a_thousand_triggers() -> None:
    rng = random.Random(20)
    people = [csm_in(zone, number) for number, zone in enumerate(("UTC", "America/New_York"))]
    accounts = [make_account(csm=rng.choice(people)) for _ in range(16)]
    playbook = tricky_playbook()
    # Facts change at forty moments, triggers ring at sixty: at odd times, not at the engine's hours.
    facts: dict[dt.datetime, list[FactRow]] = {}
    for _ in range(40):
        moment = START + dt.timedelta(seconds=rng.randrange(int((END - START).total_seconds())))
        facts[moment] = [FactRow(a.pk, "health", rng.randrange(101), moment) for a in rng.sample(accounts, 8)]
    first = START - dt.timedelta(days=1)
    facts[first] = [FactRow(account.pk, "health", rng.randrange(101), first) for account in accounts[:13]]
    triggers: dict[dt.datetime, list[Trigger]] = {}
    moments = [START + dt.timedelta(seconds=rng.randrange(int((END - START).total_seconds()))) for _ in range(60)]
    for number in range(1_000):
        at_moment = moments[number % 60]
        row = Trigger(account=rng.choice(accounts), kind="stage_left", key=str(number), happened_at=at_moment)
        row.payload = {"days": rng.randrange(10)}
        triggers.setdefault(at_moment, []).append(row)
    drive(triggers, facts, WorkClocks())
    real = {
        (play.account_id, play.started_at): (
            play.state,
            [(run.step_key, run.due_at, run.finished_at) for run in play.runs.order_by("pk")],
        )
        for play in Play.objects.prefetch_related("runs")
    }
    with at(END):
        dry = dry_run(playbook=playbook, days=90)
    assert not dry.is_rounded
    told = {}
    for would in dry.rows:
        state = "held_out" if would.is_held_out else "done" if would.finished_at else "running"
        told[would.account_id, would.started_at] = (
            state,
            [(key, begun, ended) for key, begun, ended, _held in would.steps],
        )
    assert dry.triggers == 1_000
    assert dry.total > 50
    assert dry.held_out > 0
    assert {state for state, _steps in real.values()} == {"done", "held_out", "running"}
    assert {key for _state, steps in real.values() for key, _b, _e in steps} == {
        step.key for step in playbook.steps.all()
    }
    assert told == real


def test_a_dry_run_says_who_would_get_what(csm: User) -> None:
    playbook = make_playbook(
        ("task", "call", {}), ("mail", "write", {"wanted_action": "x", "offset_days": 60}), is_on=False
    )
    with at(END - dt.timedelta(days=20)):
        ring(make_account(csm=csm))
        ring(make_account())
    with at(END - dt.timedelta(days=100)):
        ring(make_account(csm=csm))
    with at(END):
        told = dry_run(playbook=playbook)
    assert (told.total, told.held_out, told.heard, told.triggers) == (2, 0, 2, 2)
    assert [(row.csm_id, row.plays, row.tasks, row.mails) for row in told.per_csm] == [
        (None, 1, 1, 0),
        (csm.pk, 1, 1, 0),
    ]
    assert [(step.key, step.reached, step.finished) for step in told.steps] == [("call", 2, 2), ("write", 0, 0)]
    assert not Play.objects.exists()


def minutes_of(csm: User, number: int, start: dt.datetime) -> None:
    """A trigger each minute on one account whose health is known to be 80."""
    account = make_account(csm=csm)
    with at(start - dt.timedelta(days=10)):
        push_facts(owner="engagement", rows=[FactRow(account.pk, "health", 80, start - dt.timedelta(days=10))])
    Trigger.objects.bulk_create(
        Trigger(account=account, kind="stage_entered", key=str(n), happened_at=start + dt.timedelta(minutes=n))
        for n in range(number)
    )


def test_too_many_moments_are_rounded_and_it_is_said(csm: User) -> None:
    tickets = {"name": "account.open_tickets", "operator": "lt", "value": 3}
    playbook = make_playbook(conditions=[health("gte", 50), tickets])
    minutes_of(csm, 1_600, END - dt.timedelta(days=50))
    with at(END):
        told = dry_run(playbook=playbook)
    assert told.is_rounded
    assert told.heard == 1_600


def test_moments_between_which_nothing_changed_are_asked_at_once(csm: User) -> None:
    playbook = make_playbook(conditions=[health("gte", 50)])
    minutes_of(csm, 1_600, END - dt.timedelta(days=50))
    with at(END), CaptureQueriesContext(connection) as asked:
        told = dry_run(playbook=playbook)
    assert not told.is_rounded
    assert told.heard == 1_600
    assert len(asked) < 25


def test_a_condition_on_days_is_asked_each_day(csm: User) -> None:
    signed = {"name": "account.signed_on", "operator": "days_ago_gte", "value": 20}
    playbook = make_playbook(conditions=[signed], quiet_days=0)
    account = make_account(csm=csm, signed_on=(END - dt.timedelta(days=40)).date())
    Trigger.objects.bulk_create(
        Trigger(account=account, kind="stage_entered", key=str(n), happened_at=END - dt.timedelta(days=n, hours=1))
        for n in range(1, 40)
    )
    with at(END):
        told = dry_run(playbook=playbook)
    assert told.heard == 20


def test_a_dry_run_of_a_broken_playbook_says_what_is_wrong() -> None:
    playbook = make_playbook(conditions=[{"name": "fact.gone", "operator": "is_set"}])
    assert "fact.gone" in dry_run(playbook=playbook).problem
