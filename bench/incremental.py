"""What a thousand changed accounts of a hundred thousand cost, against the full pass of the same day.

The database is that of the bench of the full recompute; both work is done by one worker with parallel query off.
"""

import datetime as dt
import os
import statistics

from bench._engine import ACCOUNTS, DAY, made, run_apart
from bench.results import keep, show

REPEATS = 5
GOAL = 0.02


def run(scale: float) -> None:
    """100,000 accounts times `scale`, of which one in a hundred changed."""
    accounts = max(int(ACCOUNTS * scale), 200)
    database = made(accounts)
    day = DAY + dt.timedelta(days=30 + int(os.environ.get("BENCH_DAYS", "0")))
    run_apart(database, "mark_run", day=day)
    full = run_apart(database, "work", day=day)
    times = []
    for _ in range(REPEATS):
        marked = run_apart(database, "mark_some", day=day)["accounts"]
        times.append(float(run_apart(database, "work", day=day)["seconds"]))
    changed = round(statistics.median(times), 3)
    share = round(changed / full["seconds"], 4)
    keep(
        "incremental",
        {
            "accounts": accounts,
            "changed": marked,
            "full_s": full["seconds"],
            "changed_s": changed,
            "share": share,
            "goal": GOAL,
        },
    )
    show(
        ["", "accounts", "seconds", "of the full pass"],
        [
            ["full pass", accounts, full["seconds"], "100 %"],
            ["changed accounts", marked, changed, f"{100 * share:.2f} %"],
        ],
    )
