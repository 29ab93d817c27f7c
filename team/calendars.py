"""Business days and hours: public holidays of the install's country, the vendor's own days off, opening hours.

Days and hours are those of the department's time zone; nobody's laptop decides.
"""

import datetime as dt
from collections.abc import Container
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from team.models import Department, Holiday, Install

# A week of nothing but days off still ends; more than this many in a row is a mistake in the data.
LONGEST_CLOSURE = 366


@lru_cache(maxsize=64)
def public_holidays(country: str, year: int) -> frozenset[dt.date]:
    """Public holidays of a country (two letters) in a year; none for a country that the library does not know."""
    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:
        return frozenset()


class Calendar:
    """The vendor's days off, read once: make one per batch (`Calendar.of_install()`), ask it many times."""

    def __init__(self, *, country: str, own_days_off: Container[dt.date]) -> None:
        self.country = country
        self.own_days_off = own_days_off

    @classmethod
    def of_install(cls) -> "Calendar":
        country = Install.objects.filter(pk=1).values_list("country", flat=True).first()
        return cls(country=country or "US", own_days_off=frozenset(Holiday.objects.values_list("day", flat=True)))

    def is_business_day(self, day: dt.date) -> bool:
        """Monday to Friday, no public holiday, no day off of the vendor."""
        return day.weekday() < 5 and day not in public_holidays(self.country, day.year) and day not in self.own_days_off

    def next_business_day(self, day: dt.date) -> dt.date:
        """The day itself when it is one, else the next one."""
        for ahead in range(LONGEST_CLOSURE):
            if self.is_business_day(day + dt.timedelta(days=ahead)):
                return day + dt.timedelta(days=ahead)
        raise ValueError(f"No business day within a year after {day}.")

    def add_business_days(self, *, day: dt.date, days: int) -> dt.date:
        """The business day that many after `day` (before it when negative); 0 gives the day itself or the next one."""
        if days == 0:
            return self.next_business_day(day)
        step = dt.timedelta(days=1 if days > 0 else -1)
        left, closed = abs(days), 0
        while left:
            day += step
            if self.is_business_day(day):
                left, closed = left - 1, 0
            else:
                closed += 1
                if closed > LONGEST_CLOSURE:
                    raise ValueError(f"No business day within a year around {day}.")
        return day

    def opening_hours(self, department: Department) -> "OpeningHours":
        """When the department works, by its own clock on the wall."""
        return OpeningHours(
            calendar=self,
            zone=ZoneInfo(department.time_zone),
            opens_at=department.opens_at,
            closes_at=department.closes_at,
        )

    def add_business_hours(self, *, start: dt.datetime, hours: float, department: Department) -> dt.datetime:
        """The moment (UTC) when the department was open for that many hours since `start` (aware)."""
        return self.opening_hours(department).add(start, dt.timedelta(hours=hours))

    def business_hours_between(self, *, start: dt.datetime, end: dt.datetime, department: Department) -> float:
        """Opening hours of the department between two moments; 0 when `end` is not after `start`."""
        return self.opening_hours(department).between(start, end).total_seconds() / 3600


@dataclass(frozen=True)
class OpeningHours:
    """A clock that runs while a department works, and stands still at night, on weekends and on days off."""

    calendar: Calendar
    zone: ZoneInfo
    opens_at: dt.time
    closes_at: dt.time

    def on(self, day: dt.date) -> tuple[dt.datetime, dt.datetime]:
        """From when to when (UTC), were it a business day. In UTC, so that a day on which the clock changes has its
        true length; an hour that such a day leaves out is no hour."""
        opens = dt.datetime.combine(day, self.opens_at, tzinfo=self.zone).astimezone(dt.UTC)
        closes = dt.datetime.combine(day, self.closes_at, tzinfo=self.zone).astimezone(dt.UTC)
        return opens, max(opens, closes)

    def add(self, start: dt.datetime, span: dt.timedelta) -> dt.datetime:
        """The first moment (UTC) by which the department was open for that long since `start` (aware)."""
        left, day = span, start.astimezone(self.zone).date()
        while True:
            day = self.calendar.next_business_day(day)
            opens, closes = self.on(day)
            begin = max(opens, start.astimezone(dt.UTC))
            if begin < closes and left <= closes - begin:
                return begin + left
            left -= max(closes - begin, dt.timedelta())
            day += dt.timedelta(days=1)

    def between(self, start: dt.datetime, end: dt.datetime) -> dt.timedelta:
        """How long the department was open between two moments; nothing when `end` is not after `start`."""
        total = dt.timedelta()
        day, last = start.astimezone(self.zone).date(), end.astimezone(self.zone).date()
        while day <= last:
            if self.calendar.is_business_day(day):
                opens, closes = self.on(day)
                total += max(min(closes, end) - max(opens, start), dt.timedelta())
            day += dt.timedelta(days=1)
        return total


def is_business_day(day: dt.date) -> bool:
    """Whether the vendor works on that day (two queries; for many days make a `Calendar` once)."""
    return Calendar.of_install().is_business_day(day)


def add_business_days(*, day: dt.date, days: int) -> dt.date:
    """See `Calendar.add_business_days`."""
    return Calendar.of_install().add_business_days(day=day, days=days)


def add_business_hours(*, start: dt.datetime, hours: float, department: Department) -> dt.datetime:
    """See `Calendar.add_business_hours`."""
    return Calendar.of_install().add_business_hours(start=start, hours=hours, department=department)
