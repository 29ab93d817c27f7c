"""Commits that need not wait for the disk."""

from django.db import connection


def commit_lazily() -> None:
    """Spare this transaction the wait for the disk: the next commit that waits takes it along. Only for what a crash
    may take back, because it is done again or may be forgotten."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
