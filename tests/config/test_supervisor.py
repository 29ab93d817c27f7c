"""`manage.py up`, the whole of it: real processes in a data folder of their own."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.stack import process
from config.stack.place import CHECKOUT

PATIENCE = 300.0
# In order: each test goes on with what the one before left running, and only three starts are needed.
pytestmark = [pytest.mark.xdist_group("supervisor"), pytest.mark.slow, pytest.mark.in_order]


class Install:
    """A data folder, a port, and the supervisors that were started over them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as trial:
            trial.bind(("127.0.0.1", 0))
            self.port = int(trial.getsockname()[1])
        self.started: list[subprocess.Popen[bytes]] = []

    def environment(self, **more: str) -> dict[str, str]:
        """An environment that knows nothing of the one that the tests run in."""
        theirs = ("DATABASE_URL", "REDIS_URL", "DATABASE_NAME", "SECRET_KEY", "BASE_URL", "ALLOWED_HOSTS", "DATA_DATE")
        mine = {name: word for name, word in os.environ.items() if name not in theirs}
        # DEBUG: static files are served from where they lie, not collected into the checkout.
        own = {"PERENNIAL_DATA": str(self.folder), "PORT": str(self.port), "DEMO": "0", "DEBUG": "1"}
        return {**mine, **own, **more}

    def up(self) -> subprocess.Popen[bytes]:
        """Starts the supervisor, its words in a file."""
        with (self.folder.parent / "log").open("wb") as log:
            supervisor = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                cwd=CHECKOUT,
                env=self.environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.started.append(supervisor)
        return supervisor

    def says(self) -> str:
        """What the present supervisor said so far."""
        return (self.folder.parent / "log").read_text(errors="replace")

    def get(self, path: str) -> int:
        """The status of a page; 0 when nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def wait(self, what: Callable[[], bool], seconds: float = PATIENCE) -> None:
        """Waits for something to become true; shows the log when it does not."""
        until = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < until, self.says()[-4000:]
            time.sleep(0.1)

    def state(self) -> dict[str, dict[str, dict[str, int]]]:
        """The state file."""
        state: dict[str, dict[str, dict[str, int]]] = json.loads((self.folder / "supervisor.json").read_text())
        return state

    def has_parts(self) -> bool:
        """Whether web, worker and beat were started."""
        return (self.folder / "supervisor.json").exists() and bool(self.state()["parts"])

    def members(self) -> list[int]:
        """Every process of this install: parts by their environment, servers too."""
        mark = f"PERENNIAL_DATA={self.folder}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                try:
                    words = (entry / "environ").read_bytes().split(b"\0")
                except OSError:
                    continue
                if mark in words and process.born(int(entry.name)):
                    found.append(int(entry.name))
        return found


@pytest.fixture(scope="module")
def install() -> Iterator[Install]:
    """One install for all: its first start makes the database, the later ones are quick."""
    top = Path(tempfile.mkdtemp(prefix="pup-"))
    top.chmod(0o755)
    made = Install(top / "data")
    try:
        yield made
    finally:
        for supervisor in made.started:
            if supervisor.poll() is None:
                supervisor.terminate()
                supervisor.wait(30)
        stop = [sys.executable, "-m", "config.stack", "stop"]
        subprocess.run(stop, cwd=CHECKOUT, env=made.environment(), check=False)
        shutil.rmtree(top)


@pytest.fixture
def running(install: Install) -> Install:
    """The install, up and ready."""
    if not install.started or install.started[-1].poll() is not None:
        install.up()
    install.wait(lambda: install.get("/readyz") == 200)
    return install


def complaint(install: Install, **more: str) -> tuple[int, str]:
    """Exit code and words of a supervisor that cannot run."""
    command = [sys.executable, "manage.py", "up"]
    ended = subprocess.run(
        command, cwd=CHECKOUT, env=install.environment(**more), capture_output=True, text=True, timeout=30, check=False
    )
    return ended.returncode, ended.stdout + ended.stderr


def test_a_taken_port_is_one_sentence_and_starts_nothing(install: Install) -> None:
    with tempfile.TemporaryDirectory(prefix="pup-") as other, socket.socket() as squatter:
        squatter.bind(("127.0.0.1", 0))
        squatter.listen()
        port = squatter.getsockname()[1]
        code, words = complaint(install, PORT=str(port), PERENNIAL_DATA=other)
        assert not (Path(other) / "postgres").exists()
    assert code == 1
    assert words == (
        f"perennial: Port {port} is taken by another program:"
        f" stop it, or choose another port with `make run PORT={port + 1}`.\n"
    )


@pytest.mark.parametrize(
    ("name", "word", "sentence"),
    [
        ("PORT", "eight", "perennial: PORT must be a number from 1 to 65535, not 'eight'.\n"),
        ("PORT", "70000", "perennial: PORT must be a number from 1 to 65535, not '70000'.\n"),
        ("HOST", "192.0.2.1", "perennial: The web part cannot listen on 192.0.2.1 port {port}: "),
        ("PERENNIAL_DATA", "/dev/null/x", "perennial: The data folder /dev/null/x cannot be made: "),
    ],
)
def test_a_wrong_setting_is_one_sentence(install: Install, name: str, word: str, sentence: str) -> None:
    with tempfile.TemporaryDirectory(prefix="pup-") as other:
        code, words = complaint(install, **{"PERENNIAL_DATA": other, name: word})
    assert code == 1
    assert words.startswith(sentence.format(port=install.port))
    assert words.count("\n") == 1


def test_it_comes_up_and_says_where(running: Install) -> None:
    running.wait(lambda: f"Perennial runs at http://127.0.0.1:{running.port}" in running.says())
    assert running.get("/healthz") == 200
    assert "password is" not in running.says(), "no demo log-ins are offered without a demo"


def test_each_line_carries_the_name_of_its_part(running: Install) -> None:
    running.wait(lambda: all(f"\n{part} " in f"\n{running.says()}" for part in ("web", "worker", "beat")), 20)


def test_a_second_one_over_the_same_data_is_refused(running: Install) -> None:
    pid = running.started[-1].pid
    sentence = f"Perennial already runs from this checkout: http://127.0.0.1:{running.port} (pid {pid})."
    assert complaint(running) == (1, f"perennial: {sentence}\n")


def test_kill_9_leaves_nothing_and_the_next_start_has_nothing_to_set_up(running: Install) -> None:
    supervisor = running.started[-1]
    supervisor.kill()
    supervisor.wait(5)
    running.wait(lambda: running.members() == [], 30)
    running.up()
    running.wait(lambda: running.get("/healthz") == 200)
    assert "setup " not in running.says()


@pytest.mark.parametrize("part", ["web", "worker", "beat"])
def test_a_part_that_dies_is_started_again(running: Install, part: str) -> None:
    former = running.state()["parts"][part]["pid"]
    os.kill(former, signal.SIGKILL)
    running.wait(lambda: running.state()["parts"][part]["pid"] != former, 20)
    assert f"{part:<8} | killed by SIGKILL; starting again in " in running.says()
    running.wait(lambda: running.get("/readyz") == 200)


def test_a_server_that_dies_is_started_again(running: Install) -> None:
    os.kill(int((running.folder / "redis" / "redis.pid").read_text()), signal.SIGKILL)
    running.wait(lambda: "redis    | had died; started again" in running.says(), 20)


def stop_and_look(install: Install, signum: signal.Signals) -> None:
    """Sends a signal; within 30 seconds nothing is left."""
    supervisor = install.started[-1]
    supervisor.send_signal(signum)
    assert supervisor.wait(30) == 0, install.says()[-2000:]
    assert install.members() == []
    assert install.get("/healthz") == 0
    assert not (install.folder / "postgres" / "postmaster.pid").exists()


def test_ctrl_c_stops_all_of_it_within_30_seconds(running: Install) -> None:
    stop_and_look(running, signal.SIGINT)


def test_so_does_sigterm_while_its_parts_still_start(install: Install) -> None:
    install.up()
    install.wait(install.has_parts)
    stop_and_look(install, signal.SIGTERM)
