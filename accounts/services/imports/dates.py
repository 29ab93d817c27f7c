"""Days and moments as people and systems write them. Whether 03/04 is March or April the column tells, or a person."""

import datetime as dt
import re
from dataclasses import dataclass, field
from functools import lru_cache

from django.utils.translation import gettext as _

from accounts.services.imports.problems import ImportProblem, Question

DAY_FIRST, MONTH_FIRST = "day_first", "month_first"
ORDERS = (DAY_FIRST, MONTH_FIRST)

_TIME = (
    r"(?:[T ,]+(?P<time>\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)\s*(?P<half>[ap]\.?m\.?)?"
    r"\s*(?P<zone>Z|UTC|[+-]\d{2}:?\d{2})?)?"
)
_YEAR_FIRST = re.compile(rf"(?P<year>\d{{4}})(?P<cut>[-/.])(?P<month>\d{{1,2}})(?P=cut)(?P<day>\d{{1,2}}){_TIME}", re.I)
_NUMBERS = re.compile(
    rf"(?P<first>\d{{1,2}})(?P<cut>[-/.])(?P<second>\d{{1,2}})(?P=cut)(?P<year>\d{{4}}|\d{{2}}){_TIME}", re.I
)
_COMPACT = re.compile(r"(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})")
_WORDS = (
    re.compile(
        rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[- .]+(?P<name>[a-z]{{3,9}})\.?[- .,]+(?P<year>\d{{4}}|\d{{2}}){_TIME}",
        re.I,
    ),
    re.compile(
        rf"(?P<name>[a-z]{{3,9}})\.?[- .]+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[- .,]+(?P<year>\d{{4}}){_TIME}", re.I
    ),
)
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)


class UnreadableDate(ValueError):
    """The text is no day, or not in the given order."""


@lru_cache(maxsize=50_000)
def parse_moment(text: str, order: str = "") -> tuple[dt.date, dt.time | None, dt.tzinfo | None]:
    """The day, and the time and zone if the text has them.

    `order` decides what `03/04/2024` means; without it such a text is refused unless only one order fits.
    Raises UnreadableDate.
    """
    text = text.strip()
    if found := _YEAR_FIRST.fullmatch(text) or _COMPACT.fullmatch(text):
        parts = found.groupdict()
        return _day(parts["year"], int(parts["month"]), int(parts["day"])), _time(parts), _zone(parts)
    if found := _NUMBERS.fullmatch(text):
        parts = found.groupdict()
        first, second = int(parts["first"]), int(parts["second"])
        fits = _orders_of(first, second)
        if order in ORDERS and order not in fits:
            raise UnreadableDate(text)
        if not order and len(fits) == 2 and first != second:
            raise UnreadableDate(text)
        day, month = (second, first) if (order or (fits or ("",))[0]) == MONTH_FIRST else (first, second)
        return _day(parts["year"], month, day), _time(parts), _zone(parts)
    for pattern in _WORDS:
        if found := pattern.fullmatch(text):
            parts = found.groupdict()
            return _day(parts["year"], _month(parts["name"]), int(parts["day"])), _time(parts), _zone(parts)
    raise UnreadableDate(text)


def to_day(text: str, order: str) -> dt.date:
    """The day alone. Raises UnreadableDate."""
    return parse_moment(text, order)[0]


def to_moment(text: str, order: str, zone: dt.tzinfo) -> dt.datetime:
    """An aware time; a day alone is its midnight, and texts without a zone are in `zone`. Raises UnreadableDate."""
    day, time, own_zone = parse_moment(text, order)
    return dt.datetime.combine(day, time or dt.time(), tzinfo=own_zone or zone)


def _orders_of(first: int, second: int) -> tuple[str, ...]:
    return tuple(
        order
        for order, day, month in ((DAY_FIRST, first, second), (MONTH_FIRST, second, first))
        if 1 <= month <= 12 and 1 <= day <= 31
    )


def _day(year: str, month: int, day: int) -> dt.date:
    number = int(year)
    if len(year) == 2:
        number += 2000 if number < 70 else 1900
    if not 1900 <= number <= 2200:
        raise UnreadableDate(year)
    try:
        return dt.date(number, month, day)
    except ValueError as error:
        raise UnreadableDate(str(error)) from error


def _month(name: str) -> int:
    low = "sep" if name.lower() == "sept" else name.lower()
    found = [number for number, full in enumerate(_MONTHS, 1) if low in (full, full[:3])]
    if not found:
        raise UnreadableDate(name)
    return found[0]


def _time(parts: dict[str, str | None]) -> dt.time | None:
    text = parts.get("time")
    if not text:
        return None
    hour, minute, *rest = text.replace(",", ".").split(":")
    hours, seconds = int(hour), float(rest[0]) if rest else 0.0
    half = (parts.get("half") or "").replace(".", "").lower()
    if half:
        if not 1 <= hours <= 12:
            raise UnreadableDate(text)
        hours = hours % 12 + (12 if half == "pm" else 0)
    try:
        return dt.time(hours, int(minute), int(seconds), int(seconds % 1 * 1_000_000))
    except ValueError as error:
        raise UnreadableDate(text) from error


def _zone(parts: dict[str, str | None]) -> dt.tzinfo | None:
    text = (parts.get("zone") or "").upper()
    if not text:
        return None
    if text in {"Z", "UTC"}:
        return dt.UTC
    offset = dt.timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return dt.timezone(-offset if text[0] == "-" else offset)


@lru_cache(maxsize=50_000)
def orders_that_fit(text: str) -> tuple[str, ...] | None:
    """Which orders can read the text: both (it says nothing), one (it decides), none, or None when it is no such date.

    Texts with the year first or a month's name, and days like 05/05, need no order and are None. Dots are never
    month-first.
    """
    found = _NUMBERS.fullmatch(text.strip())
    if not found:
        return None
    first, second = int(found["first"]), int(found["second"])
    if first == second:
        return None
    fits = _orders_of(first, second)
    return tuple(order for order in fits if order == DAY_FIRST) if found["cut"] == "." else fits


@dataclass
class DateTally:
    """What a whole column says about the order of its dates; keeps the first example of each."""

    examples: dict[tuple[str, ...], tuple[int, str]] = field(default_factory=dict)

    def add(self, number: int, text: str) -> None:
        fits = orders_that_fit(text)
        if fits and fits not in self.examples:
            self.examples[fits] = (number, text)

    def order(self) -> str:
        """The one order that fits every cell that decides; empty when nothing needs an order.

        Raises ImportProblem when cells contradict each other; `is_open` must have been asked before.
        """
        by_day, by_month = self.examples.get((DAY_FIRST,)), self.examples.get((MONTH_FIRST,))
        if by_day and by_month:
            raise ImportProblem(
                _("%(day)r on line %(day_line)d has the day first, %(month)r on line %(month_line)d the month")
                % {"day": by_day[1], "day_line": by_day[0], "month": by_month[1], "month_line": by_month[0]}
            )
        return DAY_FIRST if by_day else MONTH_FIRST if by_month else ""

    def is_open(self) -> bool:
        """Some cell can be read both ways and none decides."""
        return ORDERS in self.examples and len(self.examples) == 1

    def question(self, column: str) -> Question:
        line, example = self.examples[ORDERS]
        text = _(
            "%(column)s: %(example)s (line %(line)d) can be day first or month first, and so can every other date of "
            "the column. Say which with date_order: day_first or month_first."
        ) % {"column": column, "example": example, "line": line}
        return Question(column, "date_order", text, example, line)
