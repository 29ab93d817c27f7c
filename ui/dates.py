"""Days as people type them: `fri`, `+2w`, `end of q`, `23 dec`, `2026-12-23`."""

import calendar
import datetime as dt
import functools
import re

from babel.dates import get_day_names, get_month_names
from django.utils.translation import gettext as _

from ui.formats import current_locale

_OFFSET = re.compile(r"(?:in\s+)?([+-]?)\s*(\d{1,4})\s*(d|days?|w|weeks?|m|months?|y|years?)\Z")
_END = re.compile(r"(?:end of|eo)\s*(?:the\s+)?(w|week|m|month|q|quarter|y|year)\Z")
_NEXT = re.compile(r"next\s+(week|month|quarter|year)\Z")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})\Z")
_DAY_MONTH = re.compile(r"(\d{1,2})\.?\s*([^\d\s.,]+)\.?,?\s*(\d{4})?\Z")
_MONTH_DAY = re.compile(r"([^\d\s.,]+)\.?\s*(\d{1,2}),?\s*(\d{4})?\Z")
_CJK = re.compile(r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})日?\Z")


class UnreadableDay(ValueError):
    """The text is no day that we know; the message says what would be."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or _("Write a day such as 23 Dec, 2026-12-23, fri, +2w or end of q."))


@functools.cache
def _names(language: str) -> tuple[dict[str, int], dict[str, int]]:
    """Names of weekdays (Monday is 0) and months, short and long, of English and the given language."""
    days: dict[str, int] = {}
    months: dict[str, int] = {}
    for name in ("en", language):
        for width in ("abbreviated", "wide"):
            days |= {word.rstrip(".").lower(): number for number, word in get_day_names(width, locale=name).items()}
            months |= {word.rstrip(".").lower(): number for number, word in get_month_names(width, locale=name).items()}
    return days, months


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day of a later or earlier month, or that month's last day where it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _end_of(unit: str, today: dt.date) -> dt.date:
    if unit.startswith("w"):
        return today + dt.timedelta(days=6 - today.weekday())
    if unit.startswith("m"):
        return today.replace(day=calendar.monthrange(today.year, today.month)[1])
    if unit.startswith("q"):
        month = (today.month - 1) // 3 * 3 + 3
        return dt.date(today.year, month, calendar.monthrange(today.year, month)[1])
    return dt.date(today.year, 12, 31)


def _start_of_next(unit: str, today: dt.date) -> dt.date:
    return _end_of(unit, today) + dt.timedelta(days=1)


def _moved(today: dt.date, sign: str, count: int, unit: str) -> dt.date:
    count = -count if sign == "-" else count
    if unit.startswith("d"):
        return today + dt.timedelta(days=count)
    if unit.startswith("w"):
        return today + dt.timedelta(weeks=count)
    return add_months(today, count * (12 if unit.startswith("y") else 1))


def _nearest(month: int, day: int, year: str | None, today: dt.date) -> dt.date:
    """A day without a year is the next one to come, unless it lies at most 90 days back."""
    if year:
        return dt.date(int(year), month, day)
    this_year = dt.date(today.year, month, day)
    return this_year if (today - this_year).days <= 90 else dt.date(today.year + 1, month, day)


def _named_month(text: str, months: dict[str, int], today: dt.date) -> dt.date | None:
    if match := _CJK.match(text):
        return _nearest(int(match[2]), int(match[3]), match[1], today)
    if (match := _DAY_MONTH.match(text)) and match[2] in months:
        return _nearest(months[match[2]], int(match[1]), match[3], today)
    if (match := _MONTH_DAY.match(text)) and match[1] in months:
        return _nearest(months[match[1]], int(match[2]), match[3], today)
    return None


def _relative(text: str, days: dict[str, int], today: dt.date) -> dt.date | None:
    near = {"today": 0, _("today"): 0, "tomorrow": 1, _("tomorrow"): 1, "yesterday": -1, _("yesterday"): -1}
    if text in near:
        return today + dt.timedelta(days=near[text])
    if text in days:
        return today + dt.timedelta(days=(days[text] - today.weekday() - 1) % 7 + 1)
    if match := _OFFSET.match(text):
        return _moved(today, match[1], int(match[2]), match[3])
    if match := _END.match(text):
        return _end_of(match[1], today)
    if match := _NEXT.match(text):
        return _start_of_next(match[1], today)
    return None


def parse_day(text: str, today: dt.date) -> dt.date:
    """Read a day; a weekday is the next one after today.

    Raises:
        UnreadableDay: with the cure; also for 3/4/2026, which means two days in two countries.
    """
    text = " ".join(text.strip().lower().split())
    days, months = _names(current_locale().language)
    try:
        if match := _ISO.match(text):
            return dt.date(int(match[1]), int(match[2]), int(match[3]))
        found = _relative(text, days, today) or _named_month(text, months, today)
    except (ValueError, OverflowError) as error:
        raise UnreadableDay(_("There is no such day in the calendar.")) from error
    if found is None:
        if re.match(r"\d{1,2}[/.]\d{1,2}", text):
            raise UnreadableDay(_("Write the month as a word or the day as 2026-12-23: 3/4 is read two ways."))
        raise UnreadableDay
    return found
