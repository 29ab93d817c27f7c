"""What is thrown away when its time is over: receipts, and what nobody mapped."""

import datetime as dt

from django.conf import settings
from django.db import connection
from django.utils import timezone

from team.services.undo import KEPT_FOR

PAGE = 5000
OLD_RECEIPTS = """
WITH old AS (SELECT id FROM engagement_eventbatch WHERE received_at < %(before)s AND state <> 'waiting'
             ORDER BY received_at LIMIT %(page)s),
     freed AS (UPDATE engagement_quarantinedevent SET batch_id = NULL WHERE batch_id IN (SELECT id FROM old))
DELETE FROM engagement_eventbatch WHERE id IN (SELECT id FROM old)
"""
OLD_QUARANTINE = """
DELETE FROM engagement_quarantinedevent WHERE id IN (
    SELECT id FROM engagement_quarantinedevent WHERE received_at < %(before)s LIMIT %(page)s)
"""
OLD_MAPPED = """
DELETE FROM engagement_mappedevent WHERE id IN (
    SELECT id FROM engagement_mappedevent WHERE mapped_at < %(before)s LIMIT %(page)s)
"""


def trim_events(*, moment: dt.datetime | None = None) -> dict[str, int]:
    """Drop receipts older than EVENT_RECEIPT_DAYS, quarantined events older than EVENT_QUARANTINE_DAYS, and the way
    back of mappings that can be undone no longer. Pages of 5,000; safe to stop and repeat. How many, by what."""
    moment = moment or timezone.now()
    ages = {
        "receipts": (OLD_RECEIPTS, dt.timedelta(days=settings.EVENT_RECEIPT_DAYS)),
        "quarantined": (OLD_QUARANTINE, dt.timedelta(days=settings.EVENT_QUARANTINE_DAYS)),
        "mapped": (OLD_MAPPED, KEPT_FOR),
    }
    return {name: _trim(statement, moment - age) for name, (statement, age) in ages.items()}


def _trim(statement: str, before: dt.datetime) -> int:
    gone = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(statement, {"before": before, "page": PAGE})
            taken: int = cursor.rowcount
            gone += taken
            if taken < PAGE:
                return gone
