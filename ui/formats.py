"""Numbers, money, days and times as people read them, in the language of the current request.

Babel takes 0.1 ms a call, so everything that a list repeats is cached by value.
"""

import datetime as dt
import functools
from decimal import Decimal
from typing import TypeAlias

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_timedelta
from babel.numbers import format_compact_currency, format_currency, format_decimal
from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext, to_locale

Number: TypeAlias = int | float | Decimal
MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EN DASH}"


@functools.cache
def _locale(language: str) -> Locale:
    """The Babel locale of a Django language; a variant that Babel lacks falls back to its base, then to English."""
    name = to_locale(language)
    for candidate in (name, name.split("_")[0]):
        try:
            return Locale.parse(candidate)
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")


def current_locale() -> Locale:
    return _locale(get_language() or "en")


def _rounded(value: Number, digits: int) -> Decimal:
    return round(Decimal(str(value)), digits)


def _real_minus(text: str) -> str:
    return text.replace("-", MINUS, 1) if text.startswith("-") else text


@functools.lru_cache(maxsize=8192)
def _money(value: Number, currency: str, locale: Locale) -> str:
    pattern = locale.currency_formats["standard"].pattern
    if value == int(value):
        pattern = pattern.replace("0.00", "0")
    return _real_minus(format_currency(value, currency, format=pattern, locale=locale, currency_digits=False))


@functools.lru_cache(maxsize=8192)
def _compact_money(value: Number, currency: str, locale: Locale) -> str:
    digits = 1 if abs(float(value)) >= 1_000_000 else 0
    if abs(float(value)) < 1000:
        value = _rounded(value, 0)  # The short form keeps the cents of small sums whatever is asked.
    return _real_minus(
        format_compact_currency(value, currency, format_type="short", fraction_digits=digits, locale=locale)
    )


@functools.lru_cache(maxsize=8192)
def _number(value: Number, digits: int, locale: Locale) -> str:
    pattern = "#,##0" + ("." + "#" * digits if digits else "")
    return _real_minus(format_decimal(_rounded(value, digits), format=pattern, locale=locale))


def money(value: Number | None, currency: str | None = "USD") -> str:
    """A sum in full: `$1,200`, cents only where there are some."""
    return NOTHING if value is None else _money(value, currency or "USD", current_locale())


def compact_money(value: Number | None, currency: str | None = "USD") -> str:
    """A sum for tables: `$1.2M`, `$802K`."""
    return NOTHING if value is None else _compact_money(value, currency or "USD", current_locale())


def number(value: Number | None, digits: int = 0) -> str:
    """A number with the separators of the language and at most `digits` decimals."""
    return NOTHING if value is None else _number(value, digits, current_locale())


def percent(value: Number | None, digits: int = 0) -> str:
    """A share of 1 as percent: 0.923 is `92 %` (narrow space, so that it never breaks)."""
    return NOTHING if value is None else f"{number(float(value) * 100, digits)}\N{NARROW NO-BREAK SPACE}%"


def signed(value: Number | None, digits: int = 0) -> str:
    """A change with its sign: `+3`, `−7`, `±0`."""
    if value is None:
        return NOTHING
    rounded = _rounded(value, digits)
    sign = "+" if rounded > 0 else "±" if rounded == 0 else ""
    return sign + number(rounded, digits)


@functools.lru_cache(maxsize=4096)
def _day(value: dt.date, year: bool, locale: Locale) -> str:
    skeleton = "d MMM y" if year else "d MMM"
    if locale.language == "zh":
        skeleton = "y年M月d日" if year else "M月d日"
    return format_date(value, skeleton, locale=locale)


def day(value: dt.date | dt.datetime | None, *, today: dt.date | None = None) -> str:
    """A calendar day: `23 Dec 2026`, or `23 Dec` when `today` is given and the year is the same."""
    if value is None:
        return NOTHING
    if isinstance(value, dt.datetime):
        value = timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return _day(value, today is None or value.year != today.year, current_locale())


def moment(value: dt.datetime | None) -> str:
    """A point in time in the user's zone: `23 Dec 2026, 14:05`."""
    if value is None:
        return NOTHING
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return f"{_day(local.date(), True, current_locale())}, {local:%H:%M}"


def exact_moment(value: dt.datetime) -> str:
    """The same in full with the zone, for titles and print."""
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return f"{moment(local)} {local:%Z}".rstrip()


def relative_time(value: dt.datetime | dt.date | None, *, now: dt.datetime) -> str:
    """How long ago or ahead, in the largest unit that fits: `3 h ago`, `in 5 d`, `now`."""
    if value is None:
        return NOTHING
    if not isinstance(value, dt.datetime):
        return relative_day(value, today=timezone.localtime(now).date())
    seconds = (value - now).total_seconds()
    if abs(seconds) < 60:
        return gettext("now")
    return format_timedelta(
        dt.timedelta(seconds=seconds), add_direction=True, format="narrow", threshold=1.0, locale=current_locale()
    )


def relative_day(value: dt.date | None, *, today: dt.date) -> str:
    """A day seen from today: `today`, `tomorrow`, `in 12 d`, `34 d ago`; a date beyond 90 days."""
    if value is None:
        return NOTHING
    days = (value - today).days
    near = {0: gettext("today"), 1: gettext("tomorrow"), -1: gettext("yesterday")}
    if days in near:
        return near[days]
    if abs(days) > 90:
        return day(value, today=today)
    if days > 0:
        return ngettext("in %(days)d d", "in %(days)d d", days) % {"days": days}
    return ngettext("%(days)d d ago", "%(days)d d ago", -days) % {"days": -days}


def initials(name: str) -> str:
    """Two letters for an avatar; one character for names in scripts without spaces."""
    words = [word for word in name.replace("-", " ").split() if word[:1].isalnum()]
    if not words:
        return "?"
    if not words[0][0].isascii() and len(words) == 1:
        return words[0][0]
    letters = words[0][0] + (words[-1][0] if len(words) > 1 else "")
    return letters.upper()
