"""A full recompute at scale, beside DuckDB on the same usage rows in the same run.

100,000 accounts with 30 million usage-day rows of 90 days times SCALE, filled by SQL and kept for the next run. Told
are reading all usage measures, and the whole pass on days that have a score before them, by one worker and by two, with
parallel query off: first the scores (all sources, scoring, ledger, writing), then with say and do, risks and use cases,
which the same pass brings up to date.
"""

import datetime as dt
import os
import statistics
import time
from typing import Any

from bench._engine import ACCOUNTS, DAY, made, run_apart, yardstick
from bench.results import keep, show

REPEATS = 3
GOALS = {"reading": 4, "pass": 15, "rss_mb": 1024, "two_workers": 1.6}


def _best(runs: list[dict[str, Any]]) -> float:
    return round(statistics.median(float(run["seconds"]) for run in runs), 2)


def run(scale: float) -> None:
    """100,000 accounts times `scale`."""
    accounts = max(int(ACCOUNTS * scale), 200)
    began = time.perf_counter()
    database = made(accounts)
    filled = time.perf_counter() - began
    duck = yardstick(database, accounts)
    reading = {
        workers: [run_apart(database, "read_usage", workers=workers) for _ in range(REPEATS)] for workers in (1, 2)
    }
    # The first day has no score before it: it makes the base. Each pass is a day of its own.
    passes = {}
    for turn, (name, workers) in enumerate((("first", 2), ("one worker", 1), ("two workers", 2))):
        day = DAY + dt.timedelta(days=turn + int(os.environ.get("BENCH_DAYS", "0")))
        run_apart(database, "mark_run", day=day)
        passes[name] = run_apart(database, "work", workers=workers, day=day)
    read_one, read_two = _best(reading[1]), _best(reading[2])
    one, two = passes["one worker"]["seconds"], passes["two workers"]["seconds"]
    scores_one, scores_two = (
        round(passes[name]["seconds"] - passes[name]["on_top_s"], 2) for name in ("one worker", "two workers")
    )
    figures = {
        "accounts": accounts,
        "usage_days": duck["usage_days"],
        "user_days": duck["user_days"],
        "fill_s": round(filled, 1),
        "goals": GOALS,
        "duckdb_s": duck["seconds"],
        "reading": {"one_worker_s": read_one, "two_workers_s": read_two},
        "reading_to_duckdb": round(min(read_one, read_two) / duck["seconds"], 2),
        "passes": passes,
        "scores_s": {"one_worker": scores_one, "two_workers": scores_two},
        "scores_to_duckdb": round(scores_two / duck["seconds"], 2),
        "pass_to_duckdb": round(two / duck["seconds"], 2),
        "pass_to_duckdb_one_worker": round(one / duck["seconds"], 2),
        "two_workers_to_one": round(one / two, 2),
        "rss_mb": max(entry["rss_mb"] for entry in passes.values()),
    }
    keep("recompute", figures)
    show(
        ["", "seconds", "to DuckDB", "accounts/s", "MB"],
        [
            ["DuckDB, two threads", duck["seconds"], 1, round(accounts / duck["seconds"]), duck["rss_mb"]],
            ["usage, one worker", read_one, round(read_one / duck["seconds"], 2), round(accounts / read_one), ""],
            ["usage, two workers", read_two, round(read_two / duck["seconds"], 2), round(accounts / read_two), ""],
            ["scores, one worker", scores_one, round(scores_one / duck["seconds"], 2), "", ""],
            ["scores, two workers", scores_two, round(scores_two / duck["seconds"], 2), "", ""],
            *(
                [
                    f"whole pass, {name}",
                    entry["seconds"],
                    round(entry["seconds"] / duck["seconds"], 2),
                    round(accounts / entry["seconds"]),
                    entry["rss_mb"],
                ]
                for name, entry in passes.items()
            ),
        ],
    )
    print(f"two workers are {figures['two_workers_to_one']} times as fast as one")
