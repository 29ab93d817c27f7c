"""The instant that a judgement is about, and which feeds were alive then."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection

from team.clock import now, today
from team.selectors.install import currency

# What was the last day on which each feed brought anything, install-wide, up to the cutoff? Sorted by the very column,
# as an index has it: `occurred_at` alone would mean the day that is asked for.
FEEDS = """
SELECT (SELECT max(day) FROM engagement_usageday WHERE day <= %(as_of)s) AS usage_on,
       (SELECT max(day) FROM engagement_userday WHERE day <= %(as_of)s) AS users_on,
       (SELECT max(opened_at) FROM accounts_ticket
         WHERE deleted_at IS NULL AND opened_at <= %(cutoff)s)::date AS tickets_on,
       (SELECT t.occurred_at::date FROM accounts_touchpoint t
         WHERE deleted_at IS NULL AND NOT is_automated AND direction IN ('two_way', 'out') AND occurred_at <= %(cutoff)s
         ORDER BY t.occurred_at DESC LIMIT 1) AS touches_on,
       (SELECT t.occurred_at::date FROM accounts_touchpoint t
         WHERE deleted_at IS NULL AND kind = 'course' AND occurred_at <= %(cutoff)s
           AND occurred_at > %(cutoff)s - interval '180 days'
         ORDER BY t.occurred_at DESC LIMIT 1) AS courses_on
"""

# Days of quiet after which a feed no longer proves anything by its silence.
GRACE = {"usage": 7, "users": 7, "tickets": 30, "touches": 30, "courses": 180}


@dataclass(frozen=True)
class Moment:
    """`as_of` with its cutoff. Live means "today": then records that were entered late count from their own dates; for
    a past day only what was known by that day counts. `parameters` go into every reading."""

    as_of: dt.date
    cutoff: dt.datetime
    is_live: bool
    parameters: dict[str, Any]


def moment_of(as_of: dt.date | None = None, cutoff: dt.datetime | None = None) -> Moment:
    """The moment of a day (none: the install's today), with the feeds that were alive then.

    One query, and one for the install's currency outside of requests.

    A given cutoff is that of a stored score, so that evidence shows what the score saw.
    """
    is_live = as_of is None or as_of >= today()
    day = today() if as_of is None or is_live else as_of
    end = dt.datetime.combine(day, dt.time(23, 59, 59, 999999), tzinfo=dt.UTC)
    until = cutoff or (now() if is_live else end)
    parameters: dict[str, Any] = {"as_of": day, "cutoff": until, "live": is_live, "own": currency()}
    with connection.cursor() as cursor:
        cursor.execute(FEEDS, parameters)
        row = cursor.fetchone()
    for name, last_on in zip(GRACE, row, strict=True):
        parameters[f"{name}_on"] = last_on
        parameters[f"{name}_alive"] = last_on is not None and (day - last_on).days <= GRACE[name]
    return Moment(as_of=day, cutoff=until, is_live=is_live, parameters=parameters)
