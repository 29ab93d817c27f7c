"""Processes that can be killed: forked from the test, so that none has to load the product first."""

import os
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connections


class Forked:
    """A child process that does one thing, on connections of its own."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.pid = os.fork()
        if self.pid == 0:
            _live(work)
        self.is_reaped = False

    def kill(self) -> None:
        """kill -9; returns when it is gone. Harmless when it has ended."""
        if not self.is_reaped:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.is_reaped = True

    def is_running(self) -> bool:
        """Whether it has not ended by itself."""
        if not self.is_reaped:
            self.is_reaped = os.waitpid(self.pid, os.WNOHANG) != (0, 0)
        return not self.is_reaped


def _live(work: Callable[[], object]) -> None:
    """The child's life. The parent's connections are left as they are: to close one would end it for the parent too."""
    code = 1
    try:
        for link in connections.all(initialized_only=True):
            link.connection = None
        work()
        code = 0
    except BaseException:  # noqa: BLE001 - nothing of the parent's may run here
        traceback.print_exc()
    finally:
        os._exit(code)


@contextmanager
def forked(work: Callable[[], object]) -> Iterator[Forked]:
    """A child for the time of a block; killed at its end."""
    child = Forked(work)
    try:
        yield child
    finally:
        child.kill()
