"""What can be picked: time zones, languages, countries, currencies, in the reader's language."""

import datetime as dt
from functools import lru_cache
from zoneinfo import available_timezones

import holidays
from babel import Locale
from django.conf import settings
from django.utils.translation import get_language

Choice = tuple[str, str]

CURRENCIES = (
    *("AED", "ARS", "AUD", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "IDR"),
    *("ILS", "INR", "ISK", "JPY", "KRW", "MXN", "MYR", "NOK", "NZD", "PHP", "PLN", "RON", "SAR", "SEK", "SGD", "THB"),
    *("TRY", "TWD", "UAH", "USD", "VND", "ZAR"),
)


def time_zones() -> list[Choice]:
    """Every place that the server knows, UTC first."""
    return _time_zones()


@lru_cache(maxsize=1)
def _time_zones() -> list[Choice]:
    places = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in places)]


def languages() -> list[Choice]:
    """The languages of the interface, each in its own words."""
    return [
        (code, Locale.parse(code.replace("-", "_")).get_display_name() or code) for code, _name in settings.LANGUAGES
    ]


def countries() -> list[Choice]:
    """Countries whose public holidays are known."""
    return _countries(get_language() or "en")


@lru_cache(maxsize=8)
def _countries(language: str) -> list[Choice]:
    names = Locale.parse(language.replace("-", "_")).territories
    known = holidays.list_supported_countries(include_aliases=False)
    return sorted(((code, names.get(code, code)) for code in known if len(code) == 2), key=lambda pair: pair[1])


def currencies() -> list[Choice]:
    """Currencies with their names."""
    names = Locale.parse((get_language() or "en").replace("-", "_")).currencies
    return [(code, f"{code} · {names.get(code, code)}") for code in CURRENCIES]


def months() -> list[tuple[int, str]]:
    """Months by number, for the start of the fiscal year."""
    names = Locale.parse((get_language() or "en").replace("-", "_")).months["stand-alone"]["wide"]
    return [(number, names[number]) for number in range(1, 13)]


def snooze_until(choice: str, moment: dt.datetime) -> dt.datetime | None:
    """When a snoozed line comes back: at 8 o'clock of the reader's day, tomorrow or next Monday; None for rubbish."""
    morning = moment.replace(hour=8, minute=0, second=0, microsecond=0)
    days = {"tomorrow": 1, "monday": 7 - moment.weekday()}
    if choice == "hour":
        return moment + dt.timedelta(hours=1)
    return morning + dt.timedelta(days=days[choice]) if choice in days else None
