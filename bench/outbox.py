"""Invitations under faults: how many of 10,000 arrive once, twice or never when everything is killed (R-05).

Over servers of its own in a folder of its own: workers killed with -9, Redis emptied and killed, PostgreSQL crashed.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.results import keep, show
from config import stack

ROOT = Path(__file__).parent.parent
MAILS = 10_000


@contextlib.contextmanager
def own_servers() -> Iterator[None]:
    """PostgreSQL and Redis of this run; the checkout's are left alone."""
    folder = Path(tempfile.mkdtemp(prefix="pbn-"))
    folder.chmod(0o755)
    before = dict(os.environ)
    for name in ("DATABASE_URL", "REDIS_URL", "DATABASE_NAME", "SECRET_KEY"):
        os.environ.pop(name, None)
    os.environ |= {"PERENNIAL_DATA": str(folder / "data"), "DJANGO_SETTINGS_MODULE": "config.settings", "DEMO": "0"}
    try:
        stack.ensure()
        yield
    finally:
        stack.stop()
        shutil.rmtree(folder)
        os.environ.clear()
        os.environ.update(before)


def run(scale: float) -> None:
    """Make the servers, have `bench._outbox` break them while mails leave, and keep what it counted."""
    number = max(100, int(MAILS * scale))
    with own_servers():
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, check=True)
        command = [sys.executable, "-m", "bench._outbox", str(number)]
        said = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    figures = json.loads(said.strip().splitlines()[-1])
    keep("outbox", figures)
    show(["what", "how many"], list(figures.items()))
    if figures["lost"] or figures["dup"] or figures["left"]:
        raise SystemExit("mail was lost, sent twice or left behind")
