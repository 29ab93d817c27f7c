"""Many callers at the same moment, each with an own connection to the database."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.core.cache import caches
from django.db import connection

T = TypeVar("T")


def _close_caches() -> None:
    """Django keeps a pool of Redis connections for each thread and has no word for closing it."""
    for backend in caches.all(initialized_only=True):
        backend._cache.get_client(None, write=True).connection_pool.disconnect()  # type: ignore[attr-defined]


def at_once(number: int, call: Callable[[], T]) -> list[T | Exception]:
    """What each of the callers got, errors included."""
    gate = threading.Barrier(number)

    def run(_index: int) -> T | Exception:
        gate.wait()
        try:
            return call()
        except Exception as error:  # noqa: BLE001 - the error is the result
            return error
        finally:
            connection.close()
            _close_caches()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))
