"""Taking a request in: one row, durable before the answer. What it says is read later."""

import datetime as dt
import time
import uuid
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from engagement.formulas.segment import read_time
from engagement.formulas.segment_bodies import Body
from engagement.services.events.pace import take_events

BACKLOG_SECONDS = 2.0
_backlog: tuple[float, bool] = (0.0, False)


class TooFast(Exception):
    """More events than the key may send; `seconds` until it may again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Backlog(Exception):
    """More requests wait than are taken on."""


# A commit of its own: what is answered is on the disk.
STORE = """
INSERT INTO engagement_eventbatch (
    receipt, key_id, call, is_import, state, received_at, sent_at, client, size, body, events,
    accepted, duplicates, rejected, quarantined, reasons, attempts)
VALUES (%s, %s, %s, %s, 'waiting', %s, %s, %s, %s, %s, %s, 0, 0, 0, 0, '{}', 0)
"""
IS_FULL = "SELECT count(*) FROM (SELECT 1 FROM engagement_eventbatch WHERE state = 'waiting' LIMIT %s) waiting"


def receive_batch(
    *, key_id: int, events_per_second: int, call: str, raw: bytes, body: Body, client: str
) -> tuple[str, dt.datetime]:
    """Store a request and return its receipt and when it came. Must not run inside a transaction.

    Raises:
        TooFast: above the key's events per second, over ten seconds.
        Backlog: when EVENTS_MOST_WAITING requests wait already.
        django.db.Error: when the database is away or full; nothing is stored.
    """
    if wait := take_events(key_id=key_id, events=max(body.events, 1), per_second=events_per_second):
        raise TooFast(wait)
    if backlog_is_full():
        raise Backlog
    receipt, received_at = str(uuid.uuid4()), timezone.now()
    sent_at = read_time(body.sent_at)
    values: list[Any] = [
        receipt,
        key_id,
        call,
        call == "import",
        received_at,
        sent_at,
        client[:120],
        len(raw),
        raw,
        body.events,
    ]
    with connection.cursor() as cursor:
        cursor.execute(STORE, values)
    return receipt, received_at


def backlog_is_full() -> bool:
    """Whether too many requests wait; asked every two seconds by each process."""
    global _backlog  # noqa: PLW0603 - what this process knows of the backlog
    moment = time.monotonic()
    if moment > _backlog[0]:
        most = settings.EVENTS_MOST_WAITING
        with connection.cursor() as cursor:
            cursor.execute(IS_FULL, [most])
            _backlog = (moment + BACKLOG_SECONDS, cursor.fetchone()[0] >= most)
    return _backlog[1]


def forget_backlog() -> None:
    """This process asks again."""
    global _backlog  # noqa: PLW0603 - what this process knows of the backlog
    _backlog = (0.0, False)
