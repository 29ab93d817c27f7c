"""The install's clock: `DATA_DATE` makes a past day "today" for historical data."""

import datetime as dt
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone


def today() -> dt.date:
    """The install's today: `DATA_DATE` when it is set, else the date in the current time zone."""
    return settings.DATA_DATE or timezone.localdate()


def now() -> dt.datetime:
    """The install's now, aware: the end of `DATA_DATE` (23:59:59 UTC) when it is set, else the real time."""
    if settings.DATA_DATE:
        return dt.datetime.combine(settings.DATA_DATE, dt.time(23, 59, 59), tzinfo=ZoneInfo("UTC"))
    return timezone.now()
