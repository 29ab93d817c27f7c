"""A whole running product for browser tests: its own database, gunicorn, worker with beat and a mail server."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from config import stack
from tests.databases import clone_database, run_sql
from workspace.demo.stories import STORIES

ROOT = Path(__file__).resolve().parent.parent.parent
READY_WITHIN = 90
# In one process: each start of Python loads the whole product.
SET_UP = """
import django
django.setup()
from django.core.management import call_command
call_command("prepare", verbosity=0)
call_command("demo", accounts=14, seed=7)
call_command("demo", stories=True)
"""


class Sink:
    """A mail server on loopback that keeps what it gets."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        self.mails.append(message_from_bytes(content, policy=policy.default))
        return "250 kept"


@dataclass(frozen=True, eq=False)
class Product:
    """A running product with the demo world."""

    url: str
    sink: Sink
    environment: dict[str, str]
    told: list[str]

    def manage(self, *arguments: str) -> str:
        """Output of a management command against this product's database."""
        return self.run("manage.py", *arguments)

    def run(self, *arguments: str) -> str:
        """Output of a Python of its own against this product's database."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of a statement on this product's database."""
        return run_sql(statement, database=self.environment["DATABASE_NAME"])

    def story(self, slug: str) -> int:
        """Id of the account that tells a story (`manage.py demo --stories` lists them in order)."""
        lines = [line for line in self.told if "/accounts/" in line]
        number = [story.slug for story in STORIES].index(slug)
        return int(lines[number].split("/accounts/")[1].split("/")[0])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="package")
def product(worker_number: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The product as `make run` starts it, on its own database and its own Redis database."""
    port = free_port()
    sink = Sink()
    mail = Controller(sink, hostname="127.0.0.1", port=free_port())
    mail.start()
    environment = {
        **os.environ,
        "DATABASE_NAME": f"perennial_browser_{os.environ.get('TEST_DB', 'main')}_{worker_number}",
        "REDIS_URL": stack.redis_url(14 - worker_number % 4),
        "PORT": str(port),
        "BASE_URL": f"http://127.0.0.1:{port}",
        "EMAIL_URL": f"smtp://127.0.0.1:{mail.port}",
        "MEDIA_ROOT": str(tmp_path_factory.mktemp("media")),
        "DEMO": "1",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    made = Product(environment["BASE_URL"], sink, environment, [])
    clone_database(environment["DATABASE_NAME"])
    made.told.extend(made.run("-c", SET_UP).splitlines())
    logs = tmp_path_factory.mktemp("logs")
    parts = [
        _start(
            "web",
            [sys.executable, "-m", "gunicorn", "config.wsgi", "-b", f"127.0.0.1:{port}", "--threads", "4"],
            made,
            logs,
        ),
        _start(
            "worker",
            [
                *(sys.executable, "-m", "celery", "-A", "config.celery", "worker", "--pool", "solo", "-l", "info"),
                *("--beat", "--schedule", str(logs / "schedule")),
            ],
            made,
            logs,
        ),
    ]
    try:
        _wait_until_ready(made.url, logs)
        yield made
    finally:
        for part in parts:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(part.pid, signal.SIGKILL)
            part.wait()
        mail.stop()


def _start(name: str, command: list[str], product: Product, logs: Path) -> "subprocess.Popen[Any]":
    with (logs / f"{name}.log").open("w") as log:
        return subprocess.Popen(
            command, cwd=ROOT, env=product.environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )


def _wait_until_ready(url: str, logs: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN
    last = ""
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=3):  # noqa: S310 loopback
                return
        except urllib.error.HTTPError as error:
            last = error.read().decode()
        except OSError as error:
            last = str(error)
        time.sleep(0.3)
    tails = "\n".join(path.read_text()[-1500:] for path in sorted(logs.glob("*.log")))
    raise AssertionError(f"not ready within {READY_WITHIN} s: {last}\n{tails}")


@pytest.fixture(scope="session")
def worker_number(request: pytest.FixtureRequest) -> int:
    """0, or the number of the xdist worker, so that parallel runs keep apart."""
    name: str = getattr(request.config, "workerinput", {}).get("workerid", "gw0")
    return int(name.removeprefix("gw"))
