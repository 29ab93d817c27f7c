"""docker-compose.yml cannot rot: each command of it runs here, against the embedded servers as external ones."""

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from config.heartbeat import BEAT
from config.stack import postgres
from config.stack.checks import Address
from config.stack.place import CHECKOUT
from config.stack.redis import free_port
from team.models import Heartbeat

pytestmark = [pytest.mark.xdist_group("compose"), pytest.mark.slow]
PRODUCT = ("migrate", "web", "worker", "beat")
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())["services"]


class Started:
    """One service's command, its words in a file."""

    def __init__(self, name: str, folder: Path, environment: dict[str, str]) -> None:
        self.log = folder / f"{name}.log"
        with self.log.open("wb") as words:
            self.child = subprocess.Popen(
                command_of(name, folder), cwd=CHECKOUT, env=environment, stdout=words, stderr=words
            )

    def says(self) -> str:
        """What it said so far."""
        return self.log.read_text(errors="replace")

    def wait_for(self, words: str, seconds: float = 90) -> None:
        """Waits until it says something."""
        until = time.monotonic() + seconds
        while words not in self.says():
            assert self.child.poll() is None, self.says()[-3000:]
            assert time.monotonic() < until, self.says()[-3000:]
            time.sleep(0.1)

    def stop(self) -> None:
        """Ends it."""
        if self.child.poll() is None:
            self.child.terminate()
            self.child.wait(30)


def command_of(name: str, folder: Path) -> list[str]:
    """The service's command, with this interpreter, and a folder of the test for the image's volume."""
    words = [str(word).replace("/data/", f"{folder}/") for word in SERVICES[name]["command"]]
    assert words[0] == "python"
    return [sys.executable, *words[1:]]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A scratch folder."""
    with tempfile.TemporaryDirectory(prefix="pco-") as name:
        yield Path(name)


@pytest.fixture
def environment(transactional_db: None, folder: Path) -> dict[str, str]:
    """What the compose file sets, with the test's database and Redis as the external servers."""
    database = settings.DATABASES["default"]
    address = postgres.address_of(database)
    words = {name: str(word) for name, word in SERVICES["web"]["environment"].items()}
    filled = {name: ("0" if word.endswith(":-0}") else "") for name, word in words.items() if word.startswith("${")}
    own = {
        **filled,
        "DATABASE_URL": address,
        "REDIS_URL": settings.REDIS_URL.rsplit("/", 1)[0] + "/9",
        "SECRET_KEY": "a key for the commands of the compose file, long enough for the settings",
        "BASE_URL": "http://127.0.0.1:8000",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "PORT": str(free_port()),
        "DEBUG": "1",
        "PERENNIAL_DATA": str(folder),
    }
    kept = {name: word for name, word in os.environ.items() if name not in ("DATABASE_NAME", "HOST")}
    return {**kept, **own}


def test_every_service_of_the_product_has_a_command_and_the_same_settings() -> None:
    assert set(SERVICES) == {"postgres", "redis", *PRODUCT}
    for name in PRODUCT:
        assert SERVICES[name]["environment"] == SERVICES["web"]["environment"]
    assert all("healthcheck" in SERVICES[name] for name in ("postgres", "redis", "web", "worker"))


def test_no_port_but_the_webs_is_opened_and_only_on_the_loopback() -> None:
    opened = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert opened == {"web": ["127.0.0.1:8000:8000"]}


def test_migrate_ends_well(environment: dict[str, str], folder: Path) -> None:
    started = Started("migrate", folder, environment)
    assert started.child.wait(120) == 0, started.says()


def test_web_answers_its_health_check(environment: dict[str, str], folder: Path) -> None:
    started = Started("web", folder, environment)
    try:
        started.wait_for("Booting worker")
        address = Address("127.0.0.1", int(environment["PORT"])).url
        assert "/healthz" in " ".join(SERVICES["web"]["healthcheck"]["test"])
        with urllib.request.urlopen(f"{address}/healthz", timeout=30) as answer:  # noqa: S310 - our own address
            assert answer.status == 200
    finally:
        started.stop()


def test_worker_answers_its_health_check(environment: dict[str, str], folder: Path) -> None:
    started = Started("worker", folder, environment)
    try:
        started.wait_for(" ready.")
        check = [str(word) for word in SERVICES["worker"]["healthcheck"]["test"]]
        assert check[:2] == ["CMD", "python"]
        asked = subprocess.run(
            [sys.executable, *check[2:]], cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False
        )
        assert asked.returncode == 0, asked.stdout + asked.stderr
        assert "pong" in asked.stdout
    finally:
        started.stop()


def test_beat_starts_and_gives_a_sign_of_life(environment: dict[str, str], folder: Path) -> None:
    started = Started("beat", folder, environment)
    try:
        started.wait_for("beat: Starting")
        until = time.monotonic() + 60
        while not Heartbeat.objects.filter(part=BEAT).exists():
            assert time.monotonic() < until, started.says()[-3000:]
            time.sleep(0.1)
    finally:
        started.stop()


def test_the_image_runs_what_the_web_service_runs() -> None:
    dockerfile = (CHECKOUT / "Dockerfile").read_text()
    words = ", ".join(f'"{word}"' for word in SERVICES["web"]["command"])
    assert f"CMD [{words}]" in dockerfile
