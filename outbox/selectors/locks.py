"""Locks in Postgres: they end with the connection that holds them, so a killed worker leaves none behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection

# May another worker drain this channel now?
TRY_SLOT: Final = "SELECT pg_try_advisory_lock(%s, %s)"
LEAVE_SLOT: Final = "SELECT pg_advisory_unlock(%s, %s)"
# Is anything to this person on its way? Senders share, an opt-out waits for all of them.
SHARE: Final = "SELECT pg_advisory_lock_shared(%s, hashtext(%s))"
UNSHARE: Final = "SELECT pg_advisory_unlock_shared(%s, hashtext(%s))"
WAIT: Final = "SELECT pg_advisory_xact_lock(%s, hashtext(%s))"
SLOTS: Final = 71011
SUBJECTS: Final = 71012


def ask(statement: str, *values: str | int) -> bool:
    """One statement, one cell."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    return bool(row and row[0])


@contextmanager
def draining_slot(numbers: range) -> Iterator[bool]:
    """Hold one of the numbered slots; yields False when all are taken."""
    taken = next((number for number in numbers if ask(TRY_SLOT, SLOTS, number)), None)
    try:
        yield taken is not None
    finally:
        if taken is not None:
            ask(LEAVE_SLOT, SLOTS, taken)


@contextmanager
def sending_to(subject_ref: str) -> Iterator[None]:
    """Held from the question "may it go?" until the outcome is written; see `wait_for_sends`."""
    if not subject_ref:
        yield
        return
    ask(SHARE, SUBJECTS, subject_ref)
    try:
        yield
    finally:
        ask(UNSHARE, SUBJECTS, subject_ref)


def wait_for_sends(subject_ref: str, *, at_most: str = "20s") -> None:
    """Wait until nothing to this person is on its way, and hold new sends until the transaction ends.

    An opt-out calls it first: after its answer no mail leaves. Raises OperationalError when a send takes longer.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [at_most])
        cursor.execute(WAIT, [SUBJECTS, subject_ref])
        cursor.execute("SELECT set_config('lock_timeout', '0', true)")
