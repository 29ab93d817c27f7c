"""R-01: workers are killed in the middle of a recompute; afterwards every account has one right current score."""

import datetime as dt
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Count
from pytest_django import Settings

from accounts.models import Account, AccountChange, AccountSummary, Subscription, Ticket
from accounts.services.changes import mark_changed
from engagement.models import RecomputeChunk, Score
from engagement.services.recompute import claim_and_recompute, recompute_everyone
from engagement.services.runs import start_run
from engagement.services.usage import UsageRow, record_usage

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

DAY = dt.date(2026, 3, 1)
ACCOUNTS = 300
ROOT = Path(__file__).resolve().parents[2]
WORKER = """
import django; django.setup()
from engagement.services.recompute import claim_and_recompute
print("ready", flush=True)
input()
while claim_and_recompute(limit=5): pass
"""


@pytest.fixture
def book(settings: Settings) -> None:
    """Accounts with usage, tickets and contracts, all marked for a new judgement."""
    settings.DATA_DATE = DAY
    dice = random.Random(7)
    accounts = Account.objects.bulk_create([Account(name=f"Account {number}") for number in range(ACCOUNTS)])
    AccountSummary.objects.bulk_create([AccountSummary(account=account) for account in accounts])
    Subscription.objects.bulk_create(
        [
            Subscription(
                account=account, starts_on=DAY - dt.timedelta(days=300), seats=5, arr=900, is_auto_renewed=True
            )
            for account in accounts
        ]
    )
    noon = dt.datetime(2026, 2, 20, 12, tzinfo=dt.UTC)
    Ticket.objects.bulk_create(
        [
            Ticket(account=account, opened_at=noon, priority=dice.choice(["p1", "p3"]))
            for account in accounts
            if dice.random() < 0.8
        ]
    )
    record_usage(
        rows=[
            UsageRow(
                account_id=account.pk,
                feature=dice.choice(["reports", "export"]),
                day=DAY - dt.timedelta(days=dice.randint(0, 60)),
                row_key=f"{account.pk}-{number}",
                source="test",
                events=dice.randint(1, 50),
                user_key=dice.choice(["", "ann", "bo"]),
            )
            for account in accounts
            for number in range(4)
        ]
    )
    AccountChange.objects.all().delete()


@pytest.fixture
def workers() -> Iterator[list[subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []
    yield started
    for worker in started:
        if worker.poll() is None:
            worker.kill()
        worker.communicate()


def start_worker(workers: list[subprocess.Popen[str]]) -> subprocess.Popen[str]:
    """A process of its own on the test's database, with the test's day; it waits for a line before it claims."""
    environment = {
        **os.environ,
        "DATABASE_NAME": str(connection.settings_dict["NAME"]),
        "DATA_DATE": DAY.isoformat(),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER],
        cwd=ROOT,
        env=environment,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    workers.append(worker)
    return worker


def release(worker: subprocess.Popen[str]) -> None:
    assert worker.stdout is not None
    assert worker.stdin is not None
    assert worker.stdout.readline() == "ready\n"
    worker.stdin.write("go\n")
    worker.stdin.flush()


def wait_for(share: float) -> None:
    until = time.monotonic() + 60
    while Score.objects.current().count() < ACCOUNTS * share:
        assert time.monotonic() < until, "the workers stand still"
        time.sleep(0.01)


def accounts_without_exactly_one() -> int:
    """Accounts with no current score or with more than one."""
    right = Score.objects.current().values("account").annotate(n=Count("pk")).filter(n=1)
    return ACCOUNTS - right.count()


def snapshot() -> dict[int, tuple[object, ...]]:
    fields = ("account", "value", "coverage", "state", "band", "attainment", "inputs", "components")
    return {row[0]: row[1:] for row in Score.objects.current().values_list(*fields)}


def test_killed_workers_leave_one_right_score_per_account(book: None, workers: list[subprocess.Popen[str]]) -> None:
    # A third is marked by hand and so taken mark by mark; the run hands out everybody in stretches.
    marked = Account.objects.order_by("pk").values_list("pk", flat=True)[: ACCOUNTS // 3]
    mark_changed(account_ids=marked, reason="test")
    run = start_run(actor=None, size=5)
    for share in (0.2, 0.5, 0.8):
        pair = [start_worker(workers), start_worker(workers)]
        for worker in pair:
            release(worker)
        wait_for(share)
        killed = [worker for worker in pair if worker.poll() is None]
        for worker in killed:
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait()
        assert killed, "the workers were done before they could be killed"
        assert AccountChange.objects.exists() or share > 0.2
        assert RecomputeChunk.objects.exists()
    started = time.monotonic()
    while claim_and_recompute():
        pass
    assert time.monotonic() - started < 60
    assert accounts_without_exactly_one() == 0
    assert not AccountChange.objects.exists()
    assert not RecomputeChunk.objects.exists()
    run.refresh_from_db()
    assert (run.done, run.finished_at is not None) == (ACCOUNTS, True)
    converged = snapshot()

    Score.objects.all().delete()
    recompute_everyone()
    assert snapshot() == converged
    assert {state for _value, _coverage, state, *_rest in converged.values()} != {"unobserved"}


def test_without_the_index_the_check_finds_a_second_score(book: None) -> None:
    """The negative control: the same naive write is refused with the index, and found without it."""
    recompute_everyone()
    assert accounts_without_exactly_one() == 0
    naive = """
        INSERT INTO engagement_score (account_id, scorecard_id, is_current, is_rejudged, as_of, cutoff_at, computed_at,
                                      coverage, state, band, inputs, components, ledger, input_version)
        SELECT account_id, scorecard_id, true, false, as_of - 1, cutoff_at, computed_at, 0, 'unobserved', '',
               '{}', '{}', '{}', input_version
        FROM engagement_score ORDER BY id LIMIT 1
    """
    with connection.cursor() as cursor:
        with pytest.raises(IntegrityError, match="one_current_score"), transaction.atomic():
            cursor.execute(naive)
        with transaction.atomic():
            cursor.execute("DROP INDEX one_current_score")
            cursor.execute(naive)
            assert accounts_without_exactly_one() == 1
            transaction.set_rollback(True)
    assert accounts_without_exactly_one() == 0
