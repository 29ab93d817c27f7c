"""Senders, servers and events of the bench of ingestion."""

import contextlib
import datetime as dt
import http.client
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
import uuid
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from django.db import connection

from accounts.models import Account, AccountExternalId
from engagement.models import WriteKey
from engagement.services.keys import key_text, make_write_key

ROOT = Path(__file__).parent.parent
ACCOUNTS = 1000
USERS = 20
FEATURES = 40


class World:
    """A thousand accounts, large and small, with twenty users each; forty features, some used often."""

    def __init__(self) -> None:
        accounts = Account.objects.bulk_create(Account(name=f"Account {n}") for n in range(ACCOUNTS))
        AccountExternalId.objects.bulk_create(
            AccountExternalId(account=account, source="app", external_id=f"org_{n}")
            for n, account in enumerate(accounts)
        )
        self.key: WriteKey = make_write_key(name="App", source="app", events_per_second=10_000_000)
        self.dice = random.Random(5)
        self.account_shares = [1 / (n + 5) for n in range(ACCOUNTS)]
        self.feature_shares = [1 / (n + 1) for n in range(FEATURES)]

    def calls(self, number: int, *, days: int = 1) -> list[dict[str, Any]]:
        """Track calls as the field's client writes them, spread over so many days in order of time."""
        now = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=5)
        start = now - dt.timedelta(days=days) if days > 1 else now.replace(hour=0, minute=1)
        step = (now - start) / number
        accounts = self.dice.choices(range(ACCOUNTS), self.account_shares, k=number)
        features = self.dice.choices(range(FEATURES), self.feature_shares, k=number)
        return [
            {
                "type": "track",
                "event": f"Feature {feature} used",
                "userId": f"user_{account}_{self.dice.randrange(USERS)}",
                "messageId": str(uuid.uuid4()),
                "timestamp": (start + n * step).isoformat(),
                "context": {"groupId": f"org_{account}", "library": {"name": "analytics-python", "version": "2.4.0"}},
                "integrations": {},
                "properties": {"plan": "pro", "rows": n % 997, "source": "toolbar", "seconds": (n % 89) / 10},
            }
            for n, (account, feature) in enumerate(zip(accounts, features, strict=True))
        ]

    @property
    def login(self) -> dict[str, str]:
        return {
            "Authorization": "Basic " + b64encode(f"{key_text(self.key)}:".encode()).decode(),
            "Content-Type": "application/json",
        }


def bodies_of(calls: Sequence[dict[str, Any]], size: int = 100) -> list[bytes]:
    """Requests of so many calls each."""
    return [json.dumps({"batch": calls[at : at + size]}).encode() for at in range(0, len(calls), size)]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@contextlib.contextmanager
def served(port: int, *, workers: int = 2) -> Iterator[None]:
    """A real gunicorn."""
    environment = {**os.environ, "PORT": str(port), "HOST": "127.0.0.1", "WEB_CONCURRENCY": str(workers), "DEBUG": "1"}
    environment |= {"BASE_URL": f"http://127.0.0.1:{port}", "EVENTS_MOST_WAITING": "1000000"}
    command = [sys.executable, "-m", "gunicorn", "--config", "python:config.gunicorn", "--access-logfile", "/dev/null"]
    child = subprocess.Popen([*command, "config.wsgi"], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield
    finally:
        child.terminate()
        child.wait(timeout=30)


def start_storing() -> subprocess.Popen[str]:
    """A process that stores events."""
    child = subprocess.Popen(
        [sys.executable, "manage.py", "store_events"], cwd=ROOT, env=dict(os.environ), stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    with child.stdout as words:
        assert words.readline().strip() == "ready"
    return child


@contextlib.contextmanager
def storing(number: int) -> Iterator[list[subprocess.Popen[str]]]:
    """So many processes that store events."""
    children = [start_storing() for _ in range(number)]
    try:
        yield children
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.wait(timeout=60)


def send(port: int, path: str, bodies: Sequence[bytes], headers: dict[str, str], *, lines: int) -> list[float]:
    """Send every body once over so many lines; seconds of each answer. Ends the bench at one that is not 200."""
    times: list[float] = []
    left = iter(bodies)
    lock = threading.Lock()
    wrong: list[int] = []

    def sender() -> None:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        while not wrong:
            with lock:
                body = next(left, None)
            if body is None:
                return
            started = time.perf_counter()
            line.request("POST", path, body, headers)
            answer = line.getresponse()
            answer.read()
            times.append(time.perf_counter() - started)
            if answer.status != 200:
                wrong.append(answer.status)

    threads = [threading.Thread(target=sender) for _ in range(lines)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise SystemExit(f"the server answered {wrong[0]}")
    return times


def send_steadily(
    port: int, bodies: Sequence[bytes], headers: dict[str, str], *, gap: float, lines: int
) -> list[float]:
    """Send a body every `gap` seconds, at its time whether or not the last answer is there; seconds of each answer
    from the moment at which it was due."""
    times: list[float] = []
    began = time.perf_counter()

    def sender(first: int) -> None:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for at in range(first, len(bodies), lines):
            due = began + at * gap
            time.sleep(max(0.0, due - time.perf_counter()))
            line.request("POST", "/v1/batch", bodies[at], headers)
            answer = line.getresponse()
            answer.read()
            times.append(time.perf_counter() - due)
            assert answer.status == 200
        line.close()

    threads = [threading.Thread(target=sender, args=(first,)) for first in range(lines)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def counted() -> int:
    """Events that the sums hold."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(sum(events), 0) FROM engagement_accountday")
        found: int = cursor.fetchone()[0]
    return found


def wait_until(is_so: Callable[[], bool], what: str, seconds: float = 900) -> None:
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > until:
            raise SystemExit(f"waited {seconds} s for {what}")
        time.sleep(0.05)
