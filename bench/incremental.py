"""What a thousand changed accounts of a hundred thousand cost, against the full pass of the same day.

The database is that of the bench of the full recompute; one worker does both, with parallel query off.
"""

import datetime as dt
import os
import statistics

from bench._engine import ACCOUNTS, DAY, made, run_apart
from bench.results import keep, show

GOAL = 0.02


def run(scale: float) -> None:
    """100,000 accounts times `scale`, of which one in a hundred changed."""
    accounts = max(int(ACCOUNTS * scale), 200)
    database = made(accounts)
    day = DAY + dt.timedelta(days=30 + int(os.environ.get("BENCH_DAYS", "0")))
    run_apart(database, "mark_run", day=day)
    found = run_apart(database, "pass_and_changed", day=day)
    changed = round(statistics.median(found["changed_s"]), 3)
    share = round(changed / found["full_s"], 4)
    keep(
        "incremental",
        {
            "accounts": accounts,
            "changed": found["changed"],
            "full_s": found["full_s"],
            "changed_s": changed,
            "share": share,
            "goal": GOAL,
        },
    )
    show(
        ["", "accounts", "seconds", "of the full pass"],
        [
            ["full pass", accounts, found["full_s"], "100 %"],
            ["changed accounts", found["changed"], changed, f"{100 * share:.2f} %"],
        ],
    )
