"""Fiscal years, quarters and months: their days, their names, their place in an address."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

YEAR, QUARTER, MONTH = "year", "quarter", "month"
MONTHS = {YEAR: 12, QUARTER: 3, MONTH: 1}
_SLUG = re.compile(r"(?P<year>\d{4})(?:-(?P<kind>[qm])(?P<number>\d{1,2}))?")


def month_number(day: dt.date) -> int:
    """Months since the year 0, as ledgers count them."""
    return day.year * 12 + day.month - 1


def first_of(month: int) -> dt.date:
    """The first day of a month by its number."""
    return dt.date(month // 12, month % 12 + 1, 1)


@dataclass(frozen=True, slots=True)
class Period:
    """A span of whole months: `first_month` by its number, `months` of them; `starts_in` is the fiscal year's month.

    A fiscal year is named after the calendar year in which it ends.
    """

    first_month: int
    months: int
    starts_in: int = 1

    @property
    def starts_on(self) -> dt.date:
        return first_of(self.first_month)

    @property
    def ends_on(self) -> dt.date:
        """The last day."""
        return first_of(self.first_month + self.months) - dt.timedelta(days=1)

    @property
    def kind(self) -> str:
        return {months: kind for kind, months in MONTHS.items()}[self.months]

    @property
    def _since_start(self) -> int:
        """Months since the fiscal year began."""
        return (self.first_month - (self.starts_in - 1)) % 12

    @property
    def year(self) -> int:
        """The fiscal year: the calendar year of its last month."""
        last = self.first_month - self._since_start + 11
        return last // 12

    @property
    def slug(self) -> str:
        """`2026`, `2026-q3` (fiscal), `2026-m07` (calendar)."""
        if self.kind == YEAR:
            return str(self.year)
        if self.kind == QUARTER:
            return f"{self.year}-q{self._since_start // 3 + 1}"
        return f"{self.starts_on.year}-m{self.starts_on.month:02d}"

    @property
    def name(self) -> str:
        """`FY 2026`, `Q3 2026`, `2026-07`; a calendar year has no FY."""
        if self.kind == YEAR:
            return str(self.year) if self.starts_in == 1 else _("FY %(year)s") % {"year": self.year}
        if self.kind == QUARTER:
            year = self.year if self.starts_in == 1 else f"FY{self.year % 100:02d}"
            return f"Q{self._since_start // 3 + 1} {year}"
        return f"{self.starts_on:%Y-%m}"

    def shifted(self, by: int) -> "Period":
        """So many periods of its kind later (or earlier)."""
        return Period(self.first_month + by * self.months, self.months, self.starts_in)


def period_of(day: dt.date, kind: str, starts_in: int = 1) -> Period:
    """The year, quarter or month in which a day lies."""
    months = MONTHS[kind]
    month = month_number(day)
    offset = (month - (starts_in - 1)) % months
    return Period(month - offset, months, starts_in)


def parse_period(slug: str, starts_in: int = 1) -> Period | None:
    """The period that an address names; None when it names none."""
    match = _SLUG.fullmatch(slug)
    if match is None or not 1900 <= int(match["year"]) <= 2200:
        return None
    year, number = int(match["year"]), int(match["number"] or 1)
    # The month after which the fiscal year of that name began: twelve months before its end.
    first = year * 12 if starts_in == 1 else (year - 1) * 12 + starts_in - 1
    if match["kind"] is None:
        return Period(first, 12, starts_in)
    if match["kind"] == "q":
        return Period(first + (number - 1) * 3, 3, starts_in) if 1 <= number <= 4 else None
    return Period(year * 12 + number - 1, 1, starts_in) if 1 <= number <= 12 else None


def run_up(period: Period, count: int) -> Iterator[Period]:
    """So many periods of the same kind that end with this one, the oldest first."""
    return (period.shifted(by) for by in range(1 - count, 1))
