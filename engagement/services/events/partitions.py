"""Months of events and of seen messages: made ahead, dropped whole when they are over."""

import datetime as dt

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

AHEAD = 2
LOCK = 7_306_002
TABLES = {"engagement_event": "received_at", "engagement_seenmessage": "month"}
MONTHS = """
SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
WHERE inhparent = %s::regclass AND child.relname ~ '_[0-9]{4}_[0-9]{2}$'
"""


def keep_months(*, moment: dt.datetime | None = None) -> tuple[list[str], list[str]]:
    """Make this month's partitions and those of two months ahead, and drop those beyond retention; the names of both.

    Events are kept EVENT_MONTHS months, seen messages as long as EVENT_WINDOW_DAYS reaches back. Rows that came before
    their month was made move there from the default partition. Idempotent; one at a time.
    """
    day = (moment or timezone.now()).date()
    first = day.replace(day=1)
    made, gone = [], []
    # A call a day ahead of us may name the month to come, one at the far end of the window the month before it.
    reaches = (day - dt.timedelta(days=settings.EVENT_WINDOW_DAYS + 1)).replace(day=1)
    oldest = {"engagement_event": _later(first, -settings.EVENT_MONTHS), "engagement_seenmessage": reaches}
    wanted = {
        "engagement_event": [_later(first, step) for step in range(AHEAD + 1)],
        "engagement_seenmessage": [month for step in range(-3, AHEAD + 1) if (month := _later(first, step)) >= reaches],
    }
    for table in TABLES:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            cursor.execute(MONTHS, [table])
            there = {name for (name,) in cursor.fetchall()}
            for month in wanted[table]:
                if (name := _name(table, month)) not in there:
                    _make(table, name, month)
                    made.append(name)
            for name in sorted(there):
                if name < _name(table, oldest[table]):
                    cursor.execute(f"DROP TABLE {name}")
                    gone.append(name)
    return made, gone


def _make(table: str, name: str, month: dt.date) -> None:
    """One month. Names and dates are our own, not a sender's."""
    column, following = TABLES[table], _later(month, 1)
    with connection.cursor() as cursor:
        # Writers of the default partition wait: a row must not come into it while its month is made.
        cursor.execute(f"LOCK TABLE {table}_default IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(f"CREATE TABLE {name} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        taken = f"DELETE FROM {table}_default WHERE {column} >= %s AND {column} < %s RETURNING *"  # noqa: S608
        cursor.execute(f"WITH rows AS ({taken}) INSERT INTO {name} SELECT * FROM rows", [month, following])  # noqa: S608
        cursor.execute(f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ('{month}') TO ('{following}')")


def _name(table: str, month: dt.date) -> str:
    return f"{table}_{month:%Y_%m}"


def _later(month: dt.date, months: int) -> dt.date:
    at = month.year * 12 + month.month - 1 + months
    return dt.date(at // 12, at % 12 + 1, 1)
