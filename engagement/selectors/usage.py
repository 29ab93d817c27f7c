"""What an account does in the product, for its usage tab."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from accounts.models import Account
from team.clock import today
from ui.charts import Figure, Series, line

DAYS = 84
ROWS = 50

# How much on each day?
DAILY = """
SELECT day, sum(events) FROM engagement_usageday
WHERE account_id = %(account)s AND day > %(as_of)s - %(days)s AND day <= %(as_of)s GROUP BY day
"""

# Which features, how much now and before, and when last?
BY_FEATURE = """
SELECT coalesce(nullif(f.label, ''), f.name) AS name, f.is_key, f.is_beta,
       coalesce(sum(d.events) FILTER (WHERE d.day > %(as_of)s - 28), 0) AS latest,
       coalesce(sum(d.events) FILTER (WHERE d.day <= %(as_of)s - 28 AND d.day > %(as_of)s - 56), 0) AS before,
       coalesce(sum(d.errors) FILTER (WHERE d.day > %(as_of)s - 28), 0) AS errors,
       coalesce(max(d.users) FILTER (WHERE d.day > %(as_of)s - 28), 0) AS users,
       max(d.day) AS last_on
FROM engagement_usageday d JOIN engagement_feature f ON f.id = d.feature_id
WHERE d.account_id = %(account)s AND d.day <= %(as_of)s AND NOT f.is_hidden
GROUP BY f.id ORDER BY latest DESC, last_on DESC, f.id LIMIT %(rows)s
"""

# How many people, now and before, and when was anything seen first and last?
PEOPLE = """
SELECT (SELECT count(DISTINCT user_key) FROM engagement_userday
         WHERE account_id = %(account)s AND day > %(as_of)s - 28 AND day <= %(as_of)s),
       (SELECT count(DISTINCT user_key) FROM engagement_userday
         WHERE account_id = %(account)s AND day > %(as_of)s - 56 AND day <= %(as_of)s - 28),
       (SELECT min(day) FROM engagement_usageday WHERE account_id = %(account)s AND day <= %(as_of)s),
       (SELECT max(day) FROM engagement_usageday WHERE account_id = %(account)s AND day <= %(as_of)s)
"""


@dataclass(frozen=True)
class FeatureUse:
    """Events of the last 28 days and the 28 days before; `most_users` is the busiest day's number of people."""

    name: str
    is_key: bool
    is_beta: bool
    latest: int
    before: int
    errors: int
    most_users: int
    last_on: dt.date

    @property
    def change(self) -> int | None:
        """Change in percent; None where nothing was before."""
        return None if not self.before else round(100 * (self.latest - self.before) / self.before)


@dataclass(frozen=True)
class UsageCard:
    """The usage tab: a line of daily events over 12 weeks, numbers of the last 28 days, features."""

    as_of: dt.date
    daily: Figure | None
    events: int
    events_before: int
    active_days: int
    users: int
    users_before: int
    seats: int
    first_on: dt.date | None
    last_on: dt.date | None
    features: tuple[FeatureUse, ...]
    # Events by day, as drawn; None before anything was observed.
    points: tuple[tuple[dt.date, int | None], ...] = ()

    @property
    def change(self) -> int | None:
        """Change of events in percent, 28 days against the 28 before."""
        return None if not self.events_before else round(100 * (self.events - self.events_before) / self.events_before)

    @property
    def is_empty(self) -> bool:
        return self.last_on is None


def usage_of(account: Account, *, days: int = DAYS) -> UsageCard:
    """Three queries, whatever the amount of usage (and the account's summary, when it is not loaded).

    `days` is the length of the line alone; the numbers are of 28 days.
    """
    as_of = today()
    parameters: dict[str, Any] = {"account": account.pk, "as_of": as_of, "days": max(days, DAYS), "rows": ROWS}
    with connection.cursor() as cursor:
        cursor.execute(DAILY, parameters)
        by_day = {day: int(events) for day, events in cursor.fetchall()}
        cursor.execute(BY_FEATURE, parameters)
        features = tuple(FeatureUse(*row) for row in cursor.fetchall())
        cursor.execute(PEOPLE, parameters)
        users, users_before, first_on, last_on = cursor.fetchone()
    since = [as_of - dt.timedelta(days=age) for age in range(days - 1, -1, -1)]
    # A day without events after the first one is a true 0; before it nothing was observed.
    points = [(day, None if first_on is None or day < first_on else by_day.get(day, 0)) for day in since]
    latest = {day: events for day, events in by_day.items() if (as_of - day).days < 28}
    before = {day: events for day, events in by_day.items() if 28 <= (as_of - day).days < 56}
    return UsageCard(
        as_of=as_of,
        daily=line([Series(_("Events"), points)], title=_("Events per day"), unit=_("12 weeks"), slot="l", low=0),
        events=sum(latest.values()),
        events_before=sum(before.values()),
        active_days=sum(events > 0 for events in latest.values()),
        users=users,
        users_before=users_before,
        seats=account.summary.seats,
        first_on=first_on,
        last_on=last_on,
        features=features,
        points=tuple(points),
    )
