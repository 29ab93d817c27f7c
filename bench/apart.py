"""Benches that fill a database of their own by SQL and measure in a process of their own, with Django."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def manage(database: str, *words: str, show_output: bool = False) -> None:
    """A management command against a database; stops the bench with its output when it fails."""
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


def measure_apart(*, database: str, code: str) -> None:
    """Empty the database (made when it is missing) and run the code in it."""
    manage(database, "createdb")
    manage(database, "migrate", "--verbosity", "0")
    manage(database, "flush", "--no-input", "--verbosity", "0")
    manage(database, "shell", "--no-imports", "-c", code, show_output=True)
