"""The field's own client, as it comes from the index, against a running server that loses workers and its database."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from django.db import connection

from bench._ingest_client import send_by_client
from bench._ingest_world import free_port, served, start_storing, wait_until
from config.environment import database_from
from config.stack import database_url
from engagement.models import Event, EventBatch, UsageDay
from engagement.services.keys import key_text
from tests.engagement.ingesting import make_key, sums, sums_of_events
from tests.makers import make_account, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
EVENTS = int(os.environ.get("CLIENT_EVENTS", "2000"))


@pytest.fixture
def own_database(monkeypatch: pytest.MonkeyPatch) -> str:
    """The processes of the test work in the test's database."""
    name = str(connection.settings_dict["NAME"])
    monkeypatch.setenv("DATABASE_NAME", name)
    return name


@contextlib.contextmanager
def away(name: str) -> Iterator[None]:
    """The database takes no connections and loses those that it has, as while its server starts again."""
    found = database_from(database_url())
    beside = psycopg2.connect(
        dbname="postgres",
        user=found["USER"],
        host=found["HOST"],
        port=found["PORT"] or None,
        password=found["PASSWORD"],
    )
    beside.autocommit = True
    try:
        with beside.cursor() as cursor:
            cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            try:
                yield
            finally:
                cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    finally:
        beside.close()


def test_everything_is_stored_once_whatever_dies(own_database: str, tmp_path: Path) -> None:
    account, key = make_account(csm=make_user()), make_key()
    port, workers = free_port(), [start_storing()]
    connection.close()

    def kill() -> None:
        workers[-1].send_signal(signal.SIGKILL)
        workers[-1].wait()
        workers.append(start_storing())

    def break_off() -> None:
        with away(own_database):
            time.sleep(1)

    faults = {EVENTS // 4: kill, EVENTS // 2: break_off}
    running = []

    def fault(number: int) -> None:
        if number % 20 == 0:
            time.sleep(0.005)
        if number in faults:
            running.append(threading.Thread(target=faults[number]))
            running[-1].start()

    try:
        with served(port, workers=1):
            lost = send_by_client(
                write_key=key_text(key),
                port=port,
                events=EVENTS,
                fault=fault,
                people=["ann", "bo", "cy"],
                group=str(account.pk),
            )
            for each in running:
                each.join()
            wait_until(lambda: Event.objects.count() >= EVENTS, "the last event", 60)
            wait_until(lambda: not EventBatch.objects.filter(state="waiting").exists(), "the last request", 60)
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    assert lost == []
    assert sorted(each["number"] for each in Event.objects.values_list("properties", flat=True)) == list(range(EVENTS))
    assert sum(UsageDay.objects.values_list("events", flat=True)) == EVENTS
    assert sums() == sums_of_events()
