"""The parts of the bench of freshness; runs in a process of its own, with Django."""

import contextlib
import datetime as dt
import http.client
import json
import os
import statistics
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator

from django.db import connection

from accounts.models import Account, AccountExternalId
from bench._ingest_world import ROOT, World, bodies_of, counted, free_port, send, send_steadily, served, storing
from bench._ingest_world import wait_until as wait
from bench.results import keep, show
from engagement.services.events.partitions import keep_months
from engagement.services.recompute import recompute_everyone
from engagement.services.usage import UsageRow, record_usage
from team.clock import today

PER_SECOND = 1000
GOAL = 10.0
# What the schedule rings for every two seconds.
JUDGE = """
import time
from engagement.tasks.scores import claim_and_recompute
while True:
    started = time.monotonic()
    claim_and_recompute()
    time.sleep(max(0.0, 2 - (time.monotonic() - started)))
"""
# The usage trend of one account's score in force.
TREND = "SELECT inputs->'usage_trend'->>0 FROM engagement_score WHERE account_id = %s AND is_current"


def measure(seconds: float) -> None:
    """Send, probe, and keep the figures."""
    keep_months()
    world = World()
    probes = _make_probes(int(seconds))
    recompute_everyone()
    port = free_port()
    bodies = bodies_of(world.calls(int(seconds * PER_SECOND)))
    waits: list[float] = []
    with served(port), storing(1), judging():
        known = counted()
        send(port, "/v1/batch", bodies_of(world.calls(2000)), world.login, lines=4)
        wait(lambda: counted() == known + 2000, "the warm-up")
        answers: list[float] = []
        sender = threading.Thread(
            target=lambda: answers.extend(send_steadily(port, bodies, world.login, gap=100 / PER_SECOND, lines=4))
        )
        sender.start()
        _probe(port, world, probes, waits, time.perf_counter() + seconds)
        sender.join()
    cuts = statistics.quantiles(waits, n=100)
    p99 = statistics.quantiles(answers, n=100)[98]
    show(
        ["an event in the score", "probes", "p50 s", "p95 s", "longest s", "goal p95", "answers p99 ms"],
        [
            [
                f"{PER_SECOND} events/s for {seconds:.0f} s",
                *(len(waits), f"{cuts[49]:.1f}", f"{cuts[94]:.1f}", f"{max(waits):.1f}", GOAL, round(1000 * p99)),
            ]
        ],
    )
    keep(
        "freshness",
        {
            "seconds": round(seconds),
            "probes": len(waits),
            "p50_s": round(cuts[49], 2),
            "p95_s": round(cuts[94], 2),
            "longest_s": round(max(waits), 2),
            "answers_p99_ms": round(1000 * p99),
        },
    )


def _make_probes(number: int) -> list[int]:
    """Accounts that nobody else sends for, with a little use five weeks ago."""
    accounts = Account.objects.bulk_create(Account(name=f"Probe {n}") for n in range(number))
    AccountExternalId.objects.bulk_create(
        AccountExternalId(account=account, source="app", external_id=f"probe_{n}") for n, account in enumerate(accounts)
    )
    day = today() - dt.timedelta(days=35)
    record_usage(
        rows=[
            UsageRow(
                account_id=one.pk,
                feature="Feature 1 used",
                day=day,
                row_key=f"probe-{one.pk}",
                source="bench",
                events=50,
            )
            for one in accounts
        ]
    )
    return [account.pk for account in accounts]


@contextlib.contextmanager
def judging() -> Iterator[None]:
    """A process that judges what changed, as the schedule rings."""
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", JUDGE]
    child = subprocess.Popen(command, cwd=ROOT, env=dict(os.environ), stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        child.kill()
        child.wait()


def _probe(port: int, world: World, probes: list[int], waits: list[float], until: float) -> None:
    """One event a second, each of another account; looks at all that are under way every tenth of a second."""
    before = {pk: _trend(pk) for pk in probes}
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    sent: dict[int, float] = {}
    next_at = time.perf_counter()
    left = list(enumerate(probes))
    while sent or (left and time.perf_counter() < until):
        if left and next_at <= time.perf_counter() < until:
            number, pk = left.pop(0)
            sent[pk] = time.perf_counter()
            line.request("POST", "/v1/batch", _event(number), world.login)
            answer = line.getresponse()
            answer.read()
            assert answer.status == 200
            next_at += 1
        for pk in [pk for pk in sent if _trend(pk) != before[pk]]:
            waits.append(time.perf_counter() - sent.pop(pk))
        if sent and time.perf_counter() - min(sent.values()) > 120:
            raise SystemExit("an event was not in the score after two minutes")
        time.sleep(0.1)


def _event(number: int) -> bytes:
    call = {
        "type": "track",
        "event": "Feature 1 used",
        "userId": f"probe_{number}",
        "messageId": str(uuid.uuid4()),
        "timestamp": dt.datetime.now(dt.UTC).isoformat(),
        "context": {"groupId": f"probe_{number}"},
    }
    return json.dumps({"batch": [call]}).encode()


def _trend(pk: int) -> str | None:
    with connection.cursor() as cursor:
        cursor.execute(TREND, [pk])
        row = cursor.fetchone()
    return row[0] if row else None
