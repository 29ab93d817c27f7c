"""Accounts judged per second: all of them once, by one process and by two that share the marks.

The database is made by `manage.py demo` and kept for the next run; BENCH_DATABASE names one that is there already.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from bench.results import keep, show

ROOT = Path(__file__).parent.parent
ACCOUNTS = 2_000
SEED = 7
SECONDS = re.compile(r"changes judged in ([\d.]+) s")
COUNT = "from accounts.models import Account; print(Account.objects.count())"
MARK = "from engagement.services.runs import start_run; print(start_run(actor=None).total)"


def _manage(database: str, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env={**os.environ, "DATABASE_NAME": database},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"manage.py {' '.join(words)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def _shell(database: str, code: str) -> int:
    return int(_manage(database, "shell", "--no-imports", "-c", code).strip().splitlines()[-1])


def _judge(database: str, workers: int) -> tuple[int, float]:
    """Mark every account, let the workers clear the marks; the seconds are the longest worker's, without its start."""
    marked = _shell(database, MARK)
    running = [
        subprocess.Popen(
            [sys.executable, "manage.py", "recompute"],
            cwd=ROOT,
            env={**os.environ, "DATABASE_NAME": database},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(workers)
    ]
    said = [worker.communicate()[0] for worker in running]
    found = [SECONDS.search(text) for text in said]
    if not all(found):
        raise SystemExit(f"a worker failed:\n{''.join(said)}")
    return marked, max(float(match[1]) for match in found if match)


def _made(accounts: int) -> str:
    """A database with so many accounts."""
    database = f"bench_recompute_{accounts}"
    _manage(database, "createdb")
    _manage(database, "migrate", "--verbosity", "0")
    if _shell(database, COUNT) != accounts:
        _manage(database, "demo", "--accounts", str(accounts), "--seed", str(SEED))
    return database


def run(scale: float) -> None:
    """2,000 accounts times `scale`."""
    database = os.environ.get("BENCH_DATABASE") or _made(max(int(ACCOUNTS * scale), 10))
    accounts = _shell(database, COUNT)
    figures = {}
    for workers in (1, 2):
        marked, seconds = _judge(database, workers)
        figures[f"{workers} processes" if workers > 1 else "1 process"] = {
            "accounts": marked,
            "seconds": round(seconds, 2),
            "accounts_per_second": round(marked / max(seconds, 0.1)),
        }
    keep("recompute", {"accounts": accounts, "judged": figures})
    show(
        ["", "accounts", "seconds", "accounts/s"],
        [[name, row["accounts"], row["seconds"], row["accounts_per_second"]] for name, row in figures.items()],
    )
