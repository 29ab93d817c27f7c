"""Databases, processes and the yardstick of the benches of the engine."""

import datetime as dt
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.apart import ROOT, manage

ACCOUNTS = 100_000
DAY = dt.date(2026, 6, 30)
SERIAL = "-c max_parallel_workers_per_gather=0"

# The same aggregates as the usage measures read, from the rows themselves.
QUESTIONS = (
    f"""SELECT account_id, max(day) AS last_on,
               sum(events) FILTER (WHERE day > DATE '{DAY}' - 28) AS latest,
               sum(events) FILTER (WHERE day <= DATE '{DAY}' - 28 AND day > DATE '{DAY}' - 56) AS before,
               sum(events) FILTER (WHERE day > DATE '{DAY}' - 28 AND feature_id <= 4) AS core,
               count(DISTINCT feature_id) FILTER (WHERE day > DATE '{DAY}' - 90 AND feature_id <= 8) AS used
        FROM usage_day WHERE day <= DATE '{DAY}' GROUP BY account_id ORDER BY account_id""",  # noqa: S608 constants
    f"""SELECT account_id, max(day) AS last_on,
               count(DISTINCT user_key) FILTER (WHERE day > DATE '{DAY}' - 28) AS active
        FROM user_day WHERE day <= DATE '{DAY}' GROUP BY account_id ORDER BY account_id""",  # noqa: S608 constants
)


def made(accounts: int) -> str:
    """A database with so many accounts, filled when it is not there yet."""
    database = os.environ.get("BENCH_DATABASE") or f"bench_recompute_{accounts}"
    manage(database, "createdb")
    manage(database, "migrate", "--verbosity", "0")
    if run_apart(database, "counts")["accounts"] != accounts:
        manage(database, "flush", "--no-input", "--verbosity", "0")
        manage(database, "shell", "--no-imports", "-c", f"from bench._recompute import fill; fill({accounts})")
    return database


def run_apart(database: str, what: str, *, workers: int = 1, day: dt.date = DAY) -> dict[str, Any]:
    """Run a function of bench._recompute in so many processes at once, on a day; what they tell, together.

    They begin at the same word; `seconds` go from the first beginning to the last end.
    """
    environment = {**os.environ, "DATABASE_NAME": database, "DATA_DATE": day.isoformat(), "PGOPTIONS": SERIAL}
    running = [
        subprocess.Popen(
            [
                *(sys.executable, "manage.py", "shell", "--no-imports", "-c"),
                f"from bench import _recompute; _recompute.{what}({part}, {workers})",
            ],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for part in range(workers)
    ]
    for process in running:
        assert process.stdout is not None
        if process.stdout.readline().strip() != "ready":
            raise SystemExit(f"{what} failed:\n{process.communicate()[0]}")
    told = []
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in running:
        words = process.communicate()[0].strip().splitlines()
        if process.returncode or not words:
            raise SystemExit(f"{what} failed")
        told.append(json.loads(words[-1]))
    found: dict[str, Any] = {**told[0], "rss_mb": max(entry["rss_mb"] for entry in told)}
    if "ended" in found:
        seconds = max(entry["ended"] for entry in told) - min(entry["started"] for entry in told)
        found = {"seconds": round(seconds, 3), "rss_mb": found["rss_mb"]}
        found |= {"accounts": sum(entry["accounts"] for entry in told)} if "accounts" in told[0] else {}
        if on_top := [sum(entry["on_top"].values()) for entry in told if "on_top" in entry]:
            found["on_top_s"] = round(statistics.mean(on_top), 3)
    return found


def yardstick(database: str, accounts: int) -> dict[str, Any]:
    """DuckDB on the same rows: a native file, two threads, the answers as arrays; the median of three."""
    file = Path(tempfile.gettempdir()) / f"{database}.duckdb"
    if not file.exists():
        with tempfile.TemporaryDirectory() as folder:
            manage(
                database, "shell", "--no-imports", "-c", f"from bench._recompute import pass_on; pass_on({folder!r})"
            )
            _duck(f"fill({str(file)!r}, {folder!r})")
    return _duck(f"ask({str(file)!r})")


def _duck(call: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", f"from bench._engine import *; {call}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"DuckDB failed:\n{done.stdout}{done.stderr}")
    words = done.stdout.strip().splitlines()
    return dict(json.loads(words[-1])) if words else {}


def fill(file: str, folder: str) -> None:
    """The rows into a native file."""
    import duckdb  # noqa: PLC0415 for benches alone

    with duckdb.connect(file, config={"threads": 2}) as duck:
        duck.execute("SET enable_progress_bar = false")
        duck.execute("CREATE TABLE usage_day (account_id BIGINT, feature_id BIGINT, day DATE, events INTEGER)")
        duck.execute("CREATE TABLE user_day (account_id BIGINT, user_key VARCHAR, day DATE)")
        for table in ("usage_day", "user_day"):
            duck.execute(f"COPY {table} FROM '{folder}/{table}.csv' (HEADER false)")


def ask(file: str) -> None:
    """Ask three times; tell the median."""
    import resource  # noqa: PLC0415 for benches alone

    import duckdb  # noqa: PLC0415

    with duckdb.connect(file, read_only=True, config={"threads": 2}) as duck:
        duck.execute("SET enable_progress_bar = false")
        times = []
        for _ in range(3):
            started = time.perf_counter()
            for question in QUESTIONS:
                duck.execute(question).fetchnumpy()
            times.append(time.perf_counter() - started)
        counts = [duck.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0] for table in ("usage_day", "user_day")]  # noqa: S608
    print(
        json.dumps(
            {
                "seconds": round(statistics.median(times), 3),
                "usage_days": counts[0],
                "user_days": counts[1],
                "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            }
        )
    )
