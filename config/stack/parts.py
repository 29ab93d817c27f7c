"""One part of the running product: a child process whose words are shown and that is started again when it dies."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from config.stack import process
from config.stack.console import say

LONGEST_PAUSE = 30.0
STEADY_SECONDS = 60.0  # after so long a life the next death counts as the first


class Part:
    """A child process with a name. For the main thread alone: the kernel ties its life to the thread that starts it."""

    def __init__(self, name: str, command: Sequence[str], *, cwd: Path, env: dict[str, str]) -> None:
        self.name = name
        self.command = list(command)
        self.cwd = cwd
        self.env = env
        self.child: subprocess.Popen[bytes] | None = None
        self.began = 0.0
        self.deaths = 0
        self.start_at = 0.0
        self.reader: threading.Thread | None = None

    @property
    def pid(self) -> int | None:
        """The pid of the present child, which leads a process group of its own."""
        return None if self.child is None else self.child.pid

    def start(self) -> None:
        """Starts the child; it is asked to stop by the kernel should this process die."""
        self.child = subprocess.Popen(  # noqa: S603 - our own commands
            self.command,
            cwd=self.cwd,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=process.die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - one system call, no lock
        )
        self.began = time.monotonic()
        assert self.child.stdout is not None
        self.reader = threading.Thread(target=repeat, args=(self.name, self.child.stdout), daemon=True)
        self.reader.start()

    def look(self) -> bool:
        """Starts the part again when it died and its pause is over; tells whether it was started."""
        now = time.monotonic()
        if self.child is not None and (code := self.child.poll()) is not None:
            lived = now - self.began
            self.clear()
            self.deaths = 1 if lived > STEADY_SECONDS else self.deaths + 1
            pause = min(LONGEST_PAUSE, 2.0 ** (self.deaths - 1))
            self.start_at = now + pause
            say(f"{how_it_ended(code)}; starting again in {pause:.0f} s", self.name)
        if self.child is None and now >= self.start_at:
            self.start()
            return True
        return False

    def clear(self) -> None:
        """Forgets a dead child and ends what it left in its group: a pool without its master takes no more work."""
        if self.child is not None:
            kill_group(self.child.pid)
            self.finish_reading()
            self.child = None

    def ask_to_stop(self, signum: signal.Signals = signal.SIGTERM) -> None:
        """Asks the child, not its group: a master lets its own children finish."""
        if self.child is not None and self.child.poll() is None:
            self.child.send_signal(signum)

    def is_running(self) -> bool:
        """Whether the child lives."""
        return self.child is not None and self.child.poll() is None

    def finish_reading(self) -> None:
        """Lets the last words through."""
        if self.reader is not None:
            self.reader.join(1)


def repeat(name: str, words: IO[bytes]) -> None:
    """Shows each line of a child under its name until it says no more."""
    with words:
        for line in words:
            say(line.decode(errors="replace").rstrip("\n"), name)


def kill_group(pgid: int) -> None:
    """Ends at once whatever is left of a part's process group."""
    try:
        os.killpg(pgid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def how_it_ended(code: int) -> str:
    """A word for an exit code."""
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"stopped with exit code {code}"
