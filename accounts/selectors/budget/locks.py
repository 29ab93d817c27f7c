"""One writer at a time per account's ledger: a lock in Postgres that ends with the transaction."""

from collections.abc import Iterable
from typing import Final

from django.db import connection

# Wait until nobody else decides about mail to these accounts; in one order, so that no two wait for each other.
HOLD: Final = """
SELECT pg_advisory_xact_lock(%s, key)
FROM (SELECT DISTINCT hashint8(id) AS key FROM unnest(%s::bigint[]) AS id ORDER BY key) AS keys
"""
LEDGERS: Final = 71013


def hold_ledgers(account_ids: Iterable[int]) -> None:
    """Hold the ledgers of accounts until the transaction ends. Safe to repeat inside it."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [LEDGERS, sorted(set(account_ids))])
