"""How the use of the whole book moves: holidays and summer pull everybody down, and that is nobody's risk."""

from functools import lru_cache
from statistics import median
from typing import Any

from django.db import connection

from engagement.selectors.moments import Moment

SAMPLE = 300
# Of fewer accounts with usage the middle one says nothing about a season.
LEAST = 20
LOWEST = 0.2

# Events of 28 days against the 28 before, of a sample of customers that hangs on their ids alone.
TRENDS = """
SELECT sum(d.events) FILTER (WHERE d.day > %(as_of)s - 28)::float8
       / nullif(sum(d.events) FILTER (WHERE d.day <= %(as_of)s - 28), 0)
FROM (SELECT id FROM accounts_account WHERE deleted_at IS NULL AND status = 'customer'
      ORDER BY id * 7919 %% 10007, id LIMIT %(sample)s) a
JOIN engagement_accountday d ON d.account_id = a.id AND d.day > %(as_of)s - 56 AND d.day <= %(as_of)s
GROUP BY d.account_id
"""


def book_trend(moment: Moment) -> float:
    """The middle account's use of 28 days against the 28 before, at most 1: a fall of all of them together.

    1 where fewer than 20 accounts of the sample use anything. One query an hour and process.
    """
    name = str(connection.settings_dict["NAME"])
    return _trend(name, moment.as_of, moment.cutoff.replace(minute=0, second=0, microsecond=0))


@lru_cache(maxsize=8)
def _trend(_database: str, as_of: Any, _hour: Any) -> float:
    with connection.cursor() as cursor:
        cursor.execute(TRENDS, {"as_of": as_of, "sample": SAMPLE})
        found = [row[0] for row in cursor.fetchall() if row[0] is not None]
    return min(1.0, max(LOWEST, median(found))) if len(found) >= LEAST else 1.0
