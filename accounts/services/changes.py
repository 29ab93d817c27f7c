"""Marks that say which account changed; engagement claims them and judges anew."""

from collections.abc import Iterable

from django.db import connection

_MARK = """
    INSERT INTO accounts_accountchange (account_id, reason, marked_at)
    SELECT account_id, %s, clock_timestamp() FROM unnest(%s::bigint[]) AS given(account_id)
"""


def mark_changed(*, account_ids: Iterable[int], reason: str) -> int:
    """Write one mark per account in the caller's transaction and return how many.

    Marks are cheap and may repeat: whoever claims an account takes all of its marks at once.
    """
    wanted = sorted(set(account_ids))
    if not wanted:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_MARK, [reason[:40], wanted])
    return len(wanted)
