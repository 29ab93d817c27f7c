"""Who may read which name counts for which feature, and when that may change."""

from django.db import connection


def hold_names() -> None:
    """Until the transaction ends no names become one or part: for whoever counts what came under them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(hashtext('engagement.names'))")


def change_names() -> None:
    """Waits for those who count at this moment; keep the transaction short."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('engagement.names'))")
