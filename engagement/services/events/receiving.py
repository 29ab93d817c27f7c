"""Taking a request in: one row, durable before the answer. What it says is read later."""

import datetime as dt
import time
import uuid

from django.conf import settings
from django.db import connection
from django.utils import timezone

from engagement.formulas.segment import read_time
from engagement.formulas.segment_bodies import Body, pack
from engagement.formulas.segment_uses import EPOCH, MICROSECOND
from engagement.services.events.copying import copy_in, row_of
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


# A commit of its own: what is answered is on the disk. Binary, for as a word of a statement a body is written twice as
# long, read sign by sign and shortened again: an import of 20 MB took four times as long.
STORE = """
COPY engagement_eventbatch (
    receipt, key_id, call, is_import, state, received_at, sent_at, client, size, body, events,
    accepted, duplicates, rejected, quarantined, reasons, attempts) FROM STDIN (FORMAT binary)
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
    receipt, received_at = uuid.uuid4(), timezone.now()
    sent_at = read_time(body.sent_at)
    nothing = _number(0)
    cells = (
        *(receipt.bytes, _number(key_id, 8), call.encode(), bytes([call == "import"]), b"waiting", _time(received_at)),
        *(
            _time(sent_at) if sent_at else None,
            client[:120].encode(),
            _number(len(raw)),
            pack(raw),
            _number(body.events),
        ),
        *(nothing, nothing, nothing, nothing, b"\x01{}", _number(0, 2)),
    )
    copy_in(STORE, [row_of(cells)])
    return str(receipt), received_at


def _number(value: int, size: int = 4) -> bytes:
    return value.to_bytes(size, "big", signed=True)


def _time(moment: dt.datetime) -> bytes:
    """Microseconds since 2000, as Postgres keeps them."""
    return _number((moment - EPOCH) // MICROSECOND, 8)


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
