"""Time to first byte of the three pages that people live in, with 20 and with 20,000 accounts, side by side.

Each size has its own database, made by `manage.py demo` and kept for the next run (BENCH_FRESH=1 makes it anew), and
its own gunicorn with one worker. Requests go to both in turn, so that whatever else the machine does hits both alike.
"""

import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.results import keep, show

ROOT = Path(__file__).parent.parent
SMALL, LARGE = 20, 20_000
PEOPLE = ("csm@example.com", "manager@example.com")
PAGES = {"today": "/", "account list": "/accounts/", "account page": "/accounts/{account}/"}
WARM_UP, ROUNDS = 5, 50
SEED = 7


@dataclass
class Site:
    """One size: its database, its server, who is logged in, and what was measured."""

    accounts: int
    port: int
    who: dict[str, dict[str, Any]] = field(default_factory=dict)
    times: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    sizes: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def database(self) -> str:
        return f"bench_{self.accounts}"

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DATABASE_NAME": self.database,
            "PORT": str(self.port),
            "HOST": "127.0.0.1",
            "WEB_CONCURRENCY": "1",
            "BASE_URL": f"http://127.0.0.1:{self.port}",
        }


def _manage(site: Site, *words: str, database: str = "") -> str:
    command = [sys.executable, "manage.py", *words]
    environment = {**site.environment, "DATABASE_NAME": database or site.database}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"manage.py {' '.join(words)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def _fill(site: Site) -> float:
    """Make the database if it is missing, old or asked for anew; returns the seconds that the demo world took."""
    _manage(site, "createdb")
    if os.environ.get("BENCH_FRESH") != "1":
        state = _manage(site, "shell", "--no-imports", "-c", _STATE)
        if state.strip().splitlines()[-1] == str(site.accounts):
            return 0.0
    _manage(site, "shell", "--no-imports", "-c", _DROP.format(site.database), database="postgres")
    _manage(site, "createdb")
    _manage(site, "migrate", "--verbosity", "0")
    started = time.monotonic()
    _manage(site, "demo", "--accounts", str(site.accounts), "--seed", str(SEED))
    return time.monotonic() - started


_DROP = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute('DROP DATABASE IF EXISTS "{}" WITH (FORCE)')
"""
# How many accounts a database has; -1 when its tables are missing or of another version.
_STATE = """
from django.db import connection, utils
from django.db.migrations.executor import MigrationExecutor
from accounts.models import Account
executor = MigrationExecutor(connection)
is_old = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
try:
    print(-1 if is_old else Account.objects.count())
except utils.ProgrammingError:
    print(-1)
"""


def _ask_within(site: Site) -> None:
    """Query counts, sessions and the account to open, from inside the application."""
    for mail in PEOPLE:
        command = [sys.executable, "-m", "bench.counting", mail, *PAGES.values()]
        done = subprocess.run(command, cwd=ROOT, env=site.environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"counting queries failed:\n{done.stderr[-2000:]}")
        site.who[mail] = json.loads(done.stdout.strip().splitlines()[-1])


@contextmanager
def _served(site: Site) -> Iterator[None]:
    """A real gunicorn over the site's database, stopped at the end whatever happens."""
    command = [sys.executable, "-m", "gunicorn", "--config", "python:config.gunicorn", "--access-logfile", "/dev/null"]
    server = subprocess.Popen(
        [*command, "config.wsgi"], cwd=ROOT, env=site.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(site.port, server)
        yield
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    for _attempt in range(300):
        if server.poll() is not None:
            raise SystemExit(f"gunicorn ended with {server.returncode}")
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("gunicorn did not listen within 30 seconds")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _first_byte(connection: http.client.HTTPConnection, url: str, session: str) -> tuple[float, int]:
    """Milliseconds until the answer's head is there, and its compressed size."""
    headers = {"Cookie": f"sessionid={session}", "Accept-Encoding": "gzip", "Accept": "text/html"}
    started = time.perf_counter()
    try:
        connection.request("GET", url, headers=headers)
        answer = connection.getresponse()
    except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
        # The server closes idle connections after five seconds; the clock starts again on a new one.
        connection.close()
        connection.connect()
        started = time.perf_counter()
        connection.request("GET", url, headers=headers)
        answer = connection.getresponse()
    passed = (time.perf_counter() - started) * 1000
    body = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{url} answered {answer.status}")
    return passed, len(body)


def _measure(sites: list[Site]) -> None:
    """Warm up, then ask both sizes in turn."""
    connections = {site.port: http.client.HTTPConnection("127.0.0.1", site.port, timeout=60) for site in sites}
    for mail in PEOPLE:
        for name, path in PAGES.items():
            for number in range(WARM_UP + ROUNDS):
                for site in sites:
                    seen = site.who[mail]
                    url = path.replace("{account}", str(seen["account"]))
                    passed, size = _first_byte(connections[site.port], url, seen["session"])
                    if number >= WARM_UP:
                        site.times.setdefault((mail, name), []).append(passed)
                        site.sizes[mail, name] = size
    for connection in connections.values():
        connection.close()


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def _report(small: Site, large: Site, seconds: dict[int, float]) -> None:
    rows: list[list[object]] = []
    figures: list[dict[str, object]] = []
    for mail in PEOPLE:
        for name, path in PAGES.items():
            one: dict[str, object] = {"page": name, "as": mail.partition("@")[0]}
            medians = []
            for site in (small, large):
                times = site.times[mail, name]
                medians.append(statistics.median(times))
                one[str(site.accounts)] = {
                    "median_ms": round(medians[-1], 1),
                    "p95_ms": round(_p95(times), 1),
                    "queries": site.who[mail]["queries"][path],
                    "html_bytes_gzip": site.sizes[mail, name],
                }
            one["ratio"] = round(medians[1] / medians[0], 2)
            figures.append(one)
            rows.append([f"{name} ({one['as']})", *_cells(one, small), *_cells(one, large), f"{one['ratio']}x"])
    at = [f"{site.accounts:,}" for site in (small, large)]
    head = ["time to first byte, ms"]
    for words in at:
        head += [f"median {words}", "p95", "queries"]
    show([*head, "ratio"], rows)
    keep("pages", {"rounds": ROUNDS, "sizes": [small.accounts, large.accounts], "pages": figures, "demo_s": seconds})


def _cells(one: dict[str, Any], site: Site) -> list[object]:
    found = one[str(site.accounts)]
    return [found["median_ms"], found["p95_ms"], found["queries"]]


def run(scale: float) -> None:
    """Measure both sizes in one run; `scale` multiplies the large one."""
    small, large = Site(SMALL, _free_port()), Site(max(int(LARGE * scale), 100), _free_port())
    seconds: dict[int, float] = {}
    for site in (small, large):
        print(f"  {site.accounts:,} accounts ...", flush=True)
        seconds[site.accounts] = round(_fill(site), 1)
        _ask_within(site)
    with ExitStack() as stack:
        for site in (small, large):
            stack.enter_context(_served(site))
        _measure([small, large])
    _report(small, large, seconds)
