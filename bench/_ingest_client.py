"""The field's own client against the running server, while processes are killed and the database goes away."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from django.db import OperationalError, connection
from segment.analytics.client import Client  # type: ignore[import-untyped]

from bench._ingest_world import World, counted, free_port, served, start_storing, wait_until
from bench.results import show
from config import stack
from config.stack import postgres
from engagement.models import Event
from engagement.services.keys import key_text


def send_by_client(
    *, write_key: str, port: int, events: int, fault: Callable[[int], None], people: Sequence[str], group: str
) -> list[object]:
    """Track so many events with the client as it comes from the index; `fault(n)` is called as they are queued.

    Returns what the client gave up on: it must be nothing.
    """
    lost: list[object] = []
    client = Client(
        write_key,
        host=f"http://127.0.0.1:{port}",
        max_queue_size=events + 10,
        upload_interval=0.2,
        upload_size=100,
        timeout=10,
        thread=2,
        max_retries=50,
        on_error=lambda error, items: lost.append((str(error), len(items))),
    )
    for number in range(events):
        fault(number)
        client.track(people[number % len(people)], "Report opened", {"number": number}, context={"groupId": group})
    client.flush()
    client.join()
    return lost


def send_with_faults(world: World, events: int) -> dict[str, Any]:
    """The bench's part: three kills of a storing process and two restarts of the database on the way."""
    port, before = free_port(), Event.objects.count()
    workers = [start_storing(), start_storing()]
    faults = {
        events // 5: lambda: _kill(workers),
        events // 3: lambda: _restart_postgres("fast"),
        events // 2: lambda: _kill(workers),
        2 * events // 3: lambda: _restart_postgres("crash"),
        4 * events // 5: lambda: _kill(workers),
    }
    began = time.perf_counter()
    running: list[threading.Thread] = []
    one_at_a_time = threading.Lock()

    def strike(number: int) -> None:
        with one_at_a_time:
            faults[number]()

    def fault(number: int) -> None:
        if number % 100 == 0:
            time.sleep(0.01)
        if number in faults:
            running.append(threading.Thread(target=strike, args=(number,)))
            running[-1].start()

    try:
        with served(port):
            lost = send_by_client(
                write_key=key_text(world.key),
                port=port,
                events=events,
                fault=fault,
                people=[f"user_{n}" for n in range(50)],
                group="org_1",
            )
            for each in running:
                each.join()
            connection.close()
            wait_until(lambda: Event.objects.count() >= before + events, "the last event")
    finally:
        for worker in workers:
            worker.terminate()
    took = time.perf_counter() - began
    stored = Event.objects.count() - before
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT message_id) FROM engagement_event WHERE account_id = %s", [_account()])
        distinct = cursor.fetchone()[0]
    show(
        ["the field's client", "sent", "stored", "twice", "given up", "seconds"],
        [["3 kills, 2 restarts", events, stored, stored - min(distinct, stored), len(lost), f"{took:.0f}"]],
    )
    if stored != events or lost or counted() < events:
        raise SystemExit(f"{stored} of {events} events are stored; the client gave up on {lost}")
    return {"client_sent": events, "client_stored": stored, "client_seconds": round(took)}


def _account() -> int:
    found: int = Event.objects.filter(feature__name="Report opened").values_list("account_id", flat=True)[0]
    return found


def _kill(workers: list[subprocess.Popen[str]]) -> None:
    """kill -9 of one storing process; another takes its place, as the supervisor would have it."""
    victim = workers.pop(0)
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    try:
        workers.append(start_storing())
    except (AssertionError, OperationalError):
        workers.append(start_storing())


def _restart_postgres(how: str) -> None:
    """Stop the embedded server, by a signal that lets it close or by one that does not, and start it again."""
    pid = postgres.running_pid(stack.data_folder())
    if how == "crash" and pid:
        os.kill(pid, signal.SIGQUIT)
        time.sleep(1)
    else:
        stack.stop({"postgres"})
    time.sleep(1)
    stack.ensure(redis_too=False)
