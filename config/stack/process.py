"""Processes of the stack: what runs under a pid, how to start one that outlives us or dies with us, how to end one."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
PROC = Path("/proc/self/stat")


def command_line(pid: int) -> str:
    """The command line under a pid; empty when nothing (or only a zombie) is there."""
    if PROC.exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            return ""
    return ask_ps("command=", pid)


def born(pid: int) -> str:
    """A word that tells this process from a later one with the same pid; empty when it is gone."""
    if PROC.exists():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        except OSError:
            return ""
        return "" if fields[0] in "ZX" else f"{boot}:{fields[19]}"
    return ask_ps("lstart=", pid)


def ask_ps(column: str, pid: int) -> str:
    """One column of ps, where there is no /proc (macOS)."""
    command = ["/bin/ps", "-o", column, "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603 - a number


def read_pid(path: Path) -> int | None:
    """The pid in the first line of a file; None when there is no such file or no number in it."""
    try:
        return int(path.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def die_with_parent(signum: int = signal.SIGTERM) -> Callable[[], None]:
    """For Popen's preexec_fn: the kernel sends `signum` to the child at the moment its parent dies, also by kill -9."""
    parent = os.getpid()

    def ask_kernel() -> None:
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, int(signum), 0, 0, 0)
            if os.getppid() != parent:  # the parent died between fork and prctl
                os.kill(os.getpid(), signal.SIGKILL)

    return ask_kernel


def die_with_parent_of_now(signum: int = signal.SIGTERM) -> None:
    """Asks the kernel to send us `signum` when the process that started us dies (Linux; elsewhere nothing happens)."""
    if LIBC is not None:
        LIBC.prctl(PR_SET_PDEATHSIG, int(signum), 0, 0, 0)


def start_server(
    command: Sequence[str | Path],
    *,
    log: Path,
    cwd: Path,
    owner: tuple[int, int] | None = None,
    tied: bool = False,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Starts a server in a session of its own, logging to a file.

    `owner`: uid and gid to run as (needs root). `tied`: it dies when the calling process dies (Linux).
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    as_owner: dict[str, Any] = {} if owner is None else {"user": owner[0], "group": owner[1], "extra_groups": []}
    with log.open("ab") as out:
        return subprocess.Popen(  # noqa: S603 - our own commands
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd=cwd,
            env=None if env is None else dict(env),
            start_new_session=True,
            # SIGINT is PostgreSQL's fast and Redis' plain shutdown
            preexec_fn=die_with_parent(signal.SIGINT) if tied else None,  # noqa: PLW1509 - one system call, no lock
            **as_owner,
        )


def is_there(pid: int) -> bool:
    """Whether the kernel still knows the pid, if only as a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def let_go(server: subprocess.Popen[bytes]) -> None:
    """Tells Popen that a server is no longer its business: it would warn about a child that outlives its object."""
    server.returncode = 0


def wait_gone(pid: int, seconds: float) -> bool:
    """Whether the process ended within the time. Reaps it when it is our own child."""
    until = time.monotonic() + seconds
    while True:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        if not born(pid):
            return True
        if time.monotonic() > until:
            return False
        time.sleep(0.02)


def end(pid: int, *, first: signal.Signals = signal.SIGTERM, seconds: float = 20) -> None:
    """Ends a process: politely, then, after `seconds`, by force. Nothing happens when it is gone already."""
    for signum, patience in ((first, seconds), (signal.SIGKILL, 5.0)):
        try:
            os.kill(pid, signum)
        except ProcessLookupError:
            return
        if wait_gone(pid, patience):
            return
