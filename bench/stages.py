"""The stage sweep and the journey board at 100,000 accounts times `SCALE`.

The world is written by SQL into its own database: every account in the second of five stages, half of them over the
target, one in ten ready for the rule. Three sweeps are timed: what moves, what stalls, and one that finds nothing.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
ACCOUNTS = 100_000


def _manage(database: str, *words: str, show_output: bool = False) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env={**os.environ, "DATABASE_NAME": database},
        capture_output=not show_output,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"manage.py {' '.join(words)} failed:\n{done.stdout or ''}{done.stderr or ''}")


def run(scale: float) -> None:
    """Makes the database, measures in a process of its own, and drops what it made."""
    accounts = max(int(ACCOUNTS * scale), 100)
    database = f"bench_stages_{accounts}"
    _manage(database, "createdb")
    _manage(database, "migrate", "--verbosity", "0")
    _manage(database, "flush", "--no-input", "--verbosity", "0")
    code = f"from bench._stages import measure; measure({accounts})"
    _manage(database, "shell", "--no-imports", "-c", code, show_output=True)
