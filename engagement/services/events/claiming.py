"""Workers take what waits, oldest first, many requests at once, each worker others."""

import datetime as dt
import logging
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from psycopg2.extras import Json

from engagement.services.events.copying import copy_out
from engagement.services.events.storing import Stored, Waiting, store_batches
from engagement.services.faults import is_about_data
from engagement.services.garbage import uncollected
from team.commits import commit_lazily

logger = logging.getLogger(__name__)
ATTEMPTS = 5
MOST_EVENTS = 20_000
MOST_BYTES = 16 * 1024 * 1024
STEP = 25

COLUMNS = """
SELECT b.id, b.receipt::text, b.key_id, k.source, k.scopes, b.call, b.is_import, b.received_at, b.sent_at, b.events,
       b.size
FROM engagement_eventbatch b JOIN engagement_writekey k ON k.id = b.key_id
"""
# Rows are locked as they are fetched: the claim ends where it is large enough, and the next worker goes on from there.
# What failed before is left to `retry_failed`, so that it holds nobody up.
CLAIM = f"""
DECLARE waiting NO SCROLL CURSOR FOR
{COLUMNS} WHERE b.state = 'waiting' AND b.attempts = 0 ORDER BY b.id FOR UPDATE OF b SKIP LOCKED
"""
CLAIM_ONE = f"{COLUMNS} WHERE b.id = %s AND b.state = 'waiting' FOR UPDATE OF b SKIP LOCKED"
BODIES = "SELECT id, body FROM engagement_eventbatch WHERE id = ANY('{%s}')"
COUNT_ATTEMPT = """
UPDATE engagement_eventbatch
SET attempts = attempts + 1, state = CASE WHEN attempts + 1 >= %(most)s THEN 'failed' ELSE state END,
    reasons = %(reasons)s, done_at = CASE WHEN attempts + 1 >= %(most)s THEN clock_timestamp() END
WHERE id = %(id)s AND state = 'waiting'
"""
TRIED = "SELECT id FROM engagement_eventbatch WHERE state = 'waiting' AND attempts > 0 ORDER BY id LIMIT 20"


def store_waiting(*, most_events: int = MOST_EVENTS) -> Stored:
    """Claim and store up to `most_events` events (a request is never cut); `batches` is 0 when nothing waits.

    One transaction: a crash leaves every request waiting. It does not wait for the disk, for what it lost would be
    stored again from the requests, which are on the disk. When something breaks, each request of the claim is tried
    alone, so that a poisonous one spoils no other; after five tries it has failed.
    """
    batches: list[Waiting] = []
    try:
        with uncollected(), transaction.atomic():
            batches = _claim(most_events)
            return store_batches(batches) if batches else Stored()
    except Exception as error:
        if not batches or not is_about_data(error):
            raise  # the database is away or two waited for each other: everything waits on
        logger.warning("a claim of %s requests is stored one by one: %s", len(batches), type(error).__name__)
    return Stored(batches=len(batches), has_learned=bool(sum(_store_one(batch.pk) for batch in batches)))


def retry_failed() -> int:
    """Try again, alone, what failed before; returns how many. Idempotent."""
    with connection.cursor() as cursor:
        cursor.execute(TRIED)
        ids = [pk for (pk,) in cursor.fetchall()]
    for pk in ids:
        _store_one(pk)
    return len(ids)


def _store_one(pk: int) -> bool:
    """Store one request; what breaks is counted against it. True when it taught who is who."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(CLAIM_ONE, [pk])
            rows = cursor.fetchall()
            return store_batches(_waiting(rows)).has_learned if rows else False
    except Exception as error:
        if not is_about_data(error):
            raise
        logger.exception("request %s could not be stored", pk)
        words = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:300]
        reasons = {"failed": {"count": 1, "examples": [[0, words.replace(chr(0), "")]]}}
        with connection.cursor() as cursor:
            cursor.execute(COUNT_ATTEMPT, {"id": pk, "most": ATTEMPTS, "reasons": Json(reasons)})
        return False


def _claim(most_events: int) -> list[Waiting]:
    claimed: list[tuple[Any, ...]] = []
    events = size = 0
    step = 1
    commit_lazily()
    with connection.cursor() as cursor:
        cursor.execute(CLAIM)
        while events < most_events and size < MOST_BYTES:
            cursor.execute(f"FETCH {step} FROM waiting")
            rows = cursor.fetchall()
            claimed += rows
            events += sum(row[-2] for row in rows)
            size += sum(row[-1] for row in rows)
            if len(rows) < step:
                break
            # As many as fit by what came so far: one large import is a claim, and the next is another worker's.
            room = min((most_events - events) / max(events, 1), (MOST_BYTES - size) / max(size, 1))
            step = max(1, min(STEP, int(room * len(claimed))))
        cursor.execute("CLOSE waiting")
    return _waiting(claimed)


def _waiting(rows: Sequence[tuple[Any, ...]]) -> list[Waiting]:
    """The claimed requests with their bodies, which come as they are: as words of a row they would be twice as long."""
    if not rows:
        return []
    bodies = {
        int.from_bytes(pk or b""): body or b"" for pk, body in copy_out(BODIES % ",".join(str(r[0]) for r in rows), 2)
    }
    return [
        Waiting(
            pk=pk,
            receipt=receipt,
            key_id=key_id,
            source=source,
            scopes=frozenset(scopes),
            call=call,
            is_import=is_import,
            received_at=received_at.astimezone(dt.UTC),
            sent_at=sent_at,
            body=bodies[pk],
        )
        for pk, receipt, key_id, source, scopes, call, is_import, received_at, sent_at, _events, _size in rows
    ]
