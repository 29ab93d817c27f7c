"""Runs the whole product: servers, set-up, web, worker and beat, in front, until it is told to stop.

Nothing outlives it. Parts and servers started here are tied to it by the kernel (Linux), so that they stop even after a
kill -9; what could still be left is noted in `.data/supervisor.json` and cleared by the next start.
"""

import argparse
import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from config import stack
from config.stack import checks, process
from config.stack.console import complain, say
from config.stack.parts import Part, kill_group
from config.stack.place import CHECKOUT, StackError, data_folder, prepare

STOP_SECONDS = 18.0
LOG_INS = ("admin", "manager", "csm", "sales", "product", "support", "success", "marketing", "finance", "exec")


class Supervisor:
    """The parts, the servers that they need, and the state file."""

    def __init__(self, address: checks.Address, folder: Path) -> None:
        self.address = address
        self.folder = folder
        self.stopping = threading.Event()
        self.signals = 0
        self.owned: set[str] = set()
        self.env = self.environment()
        self.parts: list[Part] = []

    # Set-up

    def environment(self) -> dict[str, str]:
        """What the parts are told: where they are, and a folder for the counters that web processes share."""
        counters = self.folder / "metrics"
        shutil.rmtree(counters, ignore_errors=True)
        counters.mkdir()
        return {
            **os.environ,
            "PYTHONUNBUFFERED": "1",
            # A part that starts while a server is down must not start one that the supervisor does not own.
            stack.SUPERVISED: "1",
            # Root is fine here: messages are JSON, and root may have no other user to be.
            "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "HOST": self.address.host,
            "PORT": str(self.address.port),
            "BASE_URL": os.environ.get("BASE_URL") or self.address.url,
            "DEMO": os.environ.get("DEMO") or ("1" if stack.is_embedded() else "0"),
            "PROMETHEUS_MULTIPROC_DIR": str(counters),
        }

    def make_parts(self) -> list[Part]:
        """Web, worker and beat. The scheduler's file lies with the data."""
        python = sys.executable
        celery = [python, "-m", "celery", "--quiet", "-A", "config"]
        schedule = str(self.folder / "beat-schedule")
        commands = {
            "web": [python, "-m", "gunicorn", "--config", "python:config.gunicorn", "config.wsgi"],
            "worker": [*celery, "worker", "--loglevel", "INFO", "--without-gossip", "--without-mingle"],
            "beat": [*celery, "beat", "--loglevel", "INFO", "--schedule", schedule],
        }
        concurrency = os.environ.get("WORKER_CONCURRENCY") or "2"
        commands["worker"] += ["--concurrency", concurrency]
        return [Part(name, command, cwd=CHECKOUT, env=self.env) for name, command in commands.items()]

    def set_up(self) -> bool:
        """Database, migrations, static files, demo world: one process. False when it failed or was interrupted."""
        setup = Part("setup", [sys.executable, "manage.py", "prepare"], cwd=CHECKOUT, env=self.env)
        setup.start()
        while setup.is_running():
            if self.stopping.wait(0.05):
                setup.ask_to_stop()
                if setup.child is not None:
                    process.wait_gone(setup.child.pid, 5)
                setup.clear()
                return False
        setup.finish_reading()
        if setup.child is not None and setup.child.returncode != 0:
            raise StackError("Setting up the database failed; the lines above say why.")
        return True

    # Running

    def run(self) -> None:
        """Everything, from the servers to the end."""
        clear_leftovers(self.folder)
        self.owned = stack.ensure(
            postgres_too=stack.is_embedded(), redis_too=not os.environ.get("REDIS_URL"), tied=True
        )
        self.note()
        if self.stopping.is_set() or not self.set_up():
            return
        self.parts = self.make_parts()
        for part in self.parts:
            part.start()
        self.note()
        greeting = threading.Thread(target=self.greet, daemon=True)
        greeting.start()
        while not self.stopping.wait(0.5):
            self.look_after_servers()
            started = [part.look() for part in self.parts]
            if any(started):
                self.note()

    def look_after_servers(self) -> None:
        """Starts an embedded server again that died."""
        try:
            started = stack.ensure(
                postgres_too=stack.is_embedded(), redis_too=not os.environ.get("REDIS_URL"), tied=True
            )
        except StackError as error:
            say(str(error))
            self.stopping.wait(5)
            return
        for name in started:
            say("had died; started again", name)
        if started - self.owned:
            self.owned |= started
            self.note()

    def greet(self) -> None:
        """Prints the address, and who may log in, as soon as the web part answers."""
        while not self.stopping.wait(0.2):
            try:
                with urllib.request.urlopen(f"{self.address.url}/healthz", timeout=5):  # noqa: S310 - our own address
                    break
            except OSError:
                continue
        else:
            return
        lines = ["", f"  Perennial runs at {self.address.url}"]
        if self.env["DEMO"] != "0":
            lines += [f"  Log in as {', '.join(LOG_INS)} @example.com; the password is: perennial"]
        for line in [*lines, "  Ctrl-C stops all of it.", ""]:
            say(line)

    # The end

    def stop(self) -> None:
        """Ends every part and every server that was started here, within 30 seconds."""
        say("Stopping…")
        for part in self.parts:
            part.ask_to_stop()
        until = time.monotonic() + STOP_SECONDS
        while any(part.is_running() for part in self.parts) and time.monotonic() < until and self.signals < 2:
            time.sleep(0.05)
        for part in self.parts:
            part.clear()
        if self.owned:
            stack.stop(self.owned)
        (self.folder / "supervisor.json").unlink(missing_ok=True)
        say("Stopped.")

    def heed(self, signum: int, frame: FrameType | None) -> None:
        """Signal handler: the first one stops politely, the second at once."""
        self.signals += 1
        self.stopping.set()

    def note(self) -> None:
        """Writes down what runs, for a start after a kill -9."""
        state = {
            "pid": os.getpid(),
            "address": self.address.url,
            "owned": sorted(self.owned),
            "parts": {
                part.name: {"pid": part.pid, "born": process.born(part.pid)}
                for part in self.parts
                if part.pid is not None
            },
        }
        fresh = self.folder / "supervisor.json.new"
        fresh.write_text(json.dumps(state))
        fresh.rename(self.folder / "supervisor.json")


def clear_leftovers(folder: Path) -> None:
    """Ends what a killed supervisor left: its parts, and the servers that it had started."""
    try:
        state = json.loads((folder / "supervisor.json").read_text())
        parts = [(int(part["pid"]), str(part["born"])) for part in state["parts"].values()]
        servers = {str(name) for name in state["owned"]}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return
    for pid, born in parts:
        if process.born(pid) == born:
            process.end(pid, seconds=5)
            kill_group(pid)
    stack.stop(servers)


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Holds the data folder for one supervisor. Raises StackError when another one has it."""
    with (folder / "supervisor.lock").open("ab") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            with contextlib.suppress(OSError, ValueError, KeyError):
                state = json.loads((folder / "supervisor.json").read_text())
                sentence = f"Perennial already runs from this checkout: {state['address']} (pid {state['pid']})."
                raise StackError(sentence) from error
            raise StackError("Perennial already runs from this checkout.") from error
        yield


def main(arguments: list[str]) -> int:
    """Runs the stack in front; 0 after a stop that was asked for, 1 with one sentence when it cannot run."""
    parser = argparse.ArgumentParser(prog="manage.py up", description="Runs servers, web, worker and beat in front.")
    parser.add_argument("--with-parent", action="store_true", help="stop when the calling process dies (make)")
    options = parser.parse_args(arguments)
    if options.with_parent:
        process.die_with_parent_of_now(signal.SIGTERM)
    try:
        checks.python_is_new_enough()
        address = checks.wanted_address()
        folder = data_folder()
        prepare(folder)
        with alone(folder):
            checks.port_is_free(address)
            supervise(Supervisor(address, folder))
    except StackError as error:
        complain(str(error))
        return 1
    except subprocess.SubprocessError as error:
        complain(f"A part could not be started: {error}.")
        return 1
    return 0


def supervise(supervisor: Supervisor) -> None:
    """Runs and stops a supervisor, with its signals in place before anything is started."""
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, supervisor.heed)
    try:
        supervisor.run()
    finally:
        supervisor.stop()
