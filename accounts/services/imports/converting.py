"""Cells to values, by the type of the field; what does not fit is named with its column."""

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from babel import Locale
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from accounts.services.imports import dates, numbers
from accounts.services.imports.mapping import Rule
from accounts.services.imports.problems import ImportProblem
from accounts.services.imports.reading import Line
from accounts.services.imports.registry import Field, Row

_EMPTY = {"", "null", "none", "nan", "n/a", "na", "#n/a", "-", "–"}
_YES = {"true", "t", "yes", "y", "1", "1.0", "x", "ja", "j", "sand", "wahr", "vrai", "oui", "si", "sí", "是", "on"}
_NO = {"false", "f", "no", "n", "0", "0.0", "nej", "nein", "falsk", "falsch", "faux", "non", "否", "off"}


@dataclass(frozen=True)
class Reading:
    """How a field's text is read: the field, the order of dates, the decimal sign, the zone of times."""

    field: Field
    date_order: str = ""
    decimal: str = numbers.POINT
    zone: dt.tzinfo = dt.UTC
    multiply: Decimal | None = None


class Unfit(ValueError):
    """A cell that is not what its field holds; the message completes "the column ...: "."""


def _number(text: str, how: Reading) -> Decimal:
    try:
        number = numbers.parse_number(text, how.decimal)
    except numbers.UnreadableNumber as error:
        if text.startswith("="):
            raise Unfit(
                _("%(text)s is a formula without a value; save the values") % {"text": repr(text[:60])}
            ) from error
        raise Unfit(_("%(text)s is not a number") % {"text": repr(text[:60])}) from error
    if how.multiply is not None:
        number *= how.multiply
    low, high = how.field.minimum, how.field.maximum
    if low is not None and number < low:
        raise Unfit(_("%(text)s is less than %(limit)d") % {"text": repr(text), "limit": low})
    if high is not None and number > high:
        raise Unfit(_("%(text)s is more than %(limit)d") % {"text": repr(text), "limit": high})
    return number


def _as_decimal(text: str, how: Reading) -> Decimal:
    return round(_number(text, how), how.field.places)


def _as_integer(text: str, how: Reading) -> int:
    number = _number(text, how)
    if number != number.to_integral_value():
        raise Unfit(_("%(text)s is not a whole number") % {"text": repr(text)})
    return int(number)


def _as_date(text: str, how: Reading) -> dt.date:
    try:
        return dates.to_day(text, how.date_order)
    except dates.UnreadableDate as error:
        raise Unfit(_unreadable_date(text, how.date_order)) from error


def _as_moment(text: str, how: Reading) -> dt.datetime:
    try:
        return dates.to_moment(text, how.date_order, how.zone)
    except dates.UnreadableDate as error:
        raise Unfit(_unreadable_date(text, how.date_order)) from error


def _unreadable_date(text: str, order: str) -> str:
    shown = repr(text[:60])
    if order == dates.DAY_FIRST:
        return _("%(text)s is not a date with the day first") % {"text": shown}
    if order == dates.MONTH_FIRST:
        return _("%(text)s is not a date with the month first") % {"text": shown}
    return _("%(text)s is not a date") % {"text": shown}


def _as_boolean(text: str, how: Reading) -> bool:
    low = text.casefold()
    if low in _YES:
        return True
    if low in _NO:
        return False
    raise Unfit(_("%(text)s is neither yes nor no") % {"text": repr(text[:60])})


def _as_choice(text: str, how: Reading) -> str:
    low = " ".join(re.split(r"[\s_-]+", text.casefold()))
    table = _choice_table(how.field)
    if low in table:
        return table[low]
    known = ", ".join(value for value, _label in how.field.choices)
    raise Unfit(_("%(text)s is none of %(known)s; map it under values") % {"text": repr(text[:60]), "known": known})


@cache
def _choice_table(field: Field) -> dict[str, str]:
    table = {word.casefold(): value for word, value in field.words}
    for value, label in field.choices:
        for name in (value, str(label)):
            table[" ".join(re.split(r"[\s_-]+", name.casefold()))] = value
    return table


def _as_list(text: str, how: Reading) -> list[str]:
    parts = [part.strip() for part in re.split(r"[;,|\n]", text)]
    return list(dict.fromkeys(part for part in parts if part))


def _as_email(text: str, how: Reading) -> str:
    address = text.strip().strip("<>").removeprefix("mailto:").lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise Unfit(_("%(text)s is not a mail address") % {"text": repr(text[:80])}) from error
    return address


def _as_country(text: str, how: Reading) -> str:
    code = _countries().get(text.strip().casefold().removeprefix("the "))
    if code is None:
        raise Unfit(_("%(text)s is not a country; use its two letters") % {"text": repr(text[:60])})
    return code


@cache
def _countries() -> dict[str, str]:
    table: dict[str, str] = {}
    for language in ("en", "da", "de"):
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha():
                table.setdefault(name.casefold(), code)
                table[code.casefold()] = code
    return table | {"uk": "GB", "usa": "US", "united states of america": "US", "england": "GB"}


def _as_currency(text: str, how: Reading) -> str:
    code = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY"}.get(text.strip(), text.strip().upper())
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise Unfit(_("%(text)s is not a currency; use its three letters") % {"text": repr(text[:60])})
    return code


def _as_text(text: str, how: Reading) -> str:
    if how.field.max_length and len(text) > how.field.max_length:
        raise Unfit(
            _("%(count)d characters are too many, %(limit)d is the most")
            % {"count": len(text), "limit": how.field.max_length}
        )
    return text


CONVERTERS: dict[str, Callable[[str, Reading], Any]] = {
    "text": _as_text,
    "integer": _as_integer,
    "decimal": _as_decimal,
    "date": _as_date,
    "moment": _as_moment,
    "boolean": _as_boolean,
    "choice": _as_choice,
    "list": _as_list,
    "email": _as_email,
    "country": _as_country,
    "currency": _as_currency,
}


def convert_text(text: str, how: Reading) -> Any:
    """The value of one cell, None when it is empty. Raises Unfit."""
    text = text.strip()
    if not text or (how.field.type != "text" and text.casefold() in _EMPTY):
        return None
    return CONVERTERS[how.field.type](text, how)


@dataclass(frozen=True)
class CellReader:
    """One rule, ready for lines: where its cell stands, how it is read, what it is combined with."""

    rule: Rule
    how: Reading
    index: int
    base_index: int = -1
    base: Reading | None = None
    constant: Any = None

    def read(self, cells: Sequence[str], today: dt.date) -> Any:
        if self.rule.constant is not None:
            return self.constant
        text = cells[self.index].strip()
        if self.rule.values:
            text = next((value for word, value in self.rule.values if word == text.casefold()), text)
        text = text or self.rule.default
        if self.rule.minutes_after:
            return self._minutes_after(text, cells)
        value = convert_text(text, self.how)
        if value is not None and self.rule.next_anniversary:
            return next_anniversary(value, today)
        return value

    def _minutes_after(self, text: str, cells: Sequence[str]) -> dt.datetime | None:
        assert self.base is not None
        start = convert_text(cells[self.base_index], self.base)
        if start is None or not text:
            return None
        minutes = Field(name=self.rule.field, label="", type="decimal", minimum=0, maximum=100_000_000)
        moment: dt.datetime = start + dt.timedelta(
            minutes=float(_number(text, Reading(minutes, decimal=self.how.decimal)))
        )
        return moment


def next_anniversary(day: dt.date, today: dt.date) -> dt.date:
    """The first anniversary of a day from today on; 29 February counts on the 28th in common years."""
    for year in range(max(today.year, day.year + 1), max(today.year, day.year + 1) + 2):
        last = 28 if (day.month, day.day) == (2, 29) and not _is_leap(year) else day.day
        found = day.replace(year=year, day=last)
        if found >= today:
            return found
    raise AssertionError("an anniversary comes every year")


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def convert_line(line: Line, readers: Sequence[CellReader], *, width: int, today: dt.date) -> Row:
    """The row of a line. Raises ImportProblem that names each column that does not fit."""
    if len(line.cells) != width:
        raise ImportProblem(
            _("It has %(count)d cells and the header %(width)d: a delimiter or line break inside a cell needs quotes.")
            % {"count": len(line.cells), "width": width}
        )
    values: dict[str, Any] = {}
    problems: list[str] = []
    for reader in readers:
        name = reader.rule.field
        try:
            values[name] = reader.read(line.cells, today)
        except Unfit as error:
            problems.append(f"{reader.rule.column or name}: {error}.")
            continue
        if values[name] in (None, "") and reader.how.field.is_required:
            problems.append(_("%(column)s is empty.") % {"column": reader.rule.column or name})
    if problems:
        raise ImportProblem(" ".join(problems))
    return Row(line.number, line.cells, values)
