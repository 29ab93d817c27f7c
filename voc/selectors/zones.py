"""Where somebody is: their time zone and the public holidays of their country."""

import datetime as dt
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays

from accounts.models import Contact
from team.calendars import public_holidays
from team.models import Install
from voc.formulas.quiet import STANDARD, IsDayOff, QuietRules, next_allowed

# Where the zone database does not begin with the zone in which most people live.
_BUSIEST = {
    "AR": "America/Argentina/Buenos_Aires",
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "MX": "America/Mexico_City",
    "PF": "Pacific/Tahiti",
    "RU": "Europe/Moscow",
    "KZ": "Asia/Almaty",
    "UA": "Europe/Kyiv",
    "UZ": "Asia/Tashkent",
}


@lru_cache(maxsize=1)
def main_zones() -> dict[str, str]:
    """Country (two letters) -> its zone with most people."""
    table = resources.files("tzdata").joinpath("zoneinfo/zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    found: dict[str, str] = {}
    for country, _where, zone, *_note in rows:
        found.setdefault(country, zone)
    return found | _BUSIEST


@lru_cache(maxsize=1024)
def read_zone(name: str) -> ZoneInfo | None:
    """The zone of that name; None for a name that means none."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


@lru_cache(maxsize=256)
def weekend_of(country: str) -> frozenset[int]:
    """The weekdays (0 is Monday) on which a country rests; Saturday and Sunday where nobody knows."""
    try:
        return frozenset(holidays.country_holidays(country).weekend)
    except NotImplementedError:
        return STANDARD.weekend


class Whereabouts:
    """The clocks of recipients, with the install's as the last resort; make one per batch, ask it many times."""

    def __init__(self, *, country: str, time_zone: str, rules: QuietRules = STANDARD) -> None:
        self.country, self.time_zone, self.rules = country, time_zone, rules

    @classmethod
    def of_install(cls) -> "Whereabouts":
        found = Install.objects.filter(pk=1).values_list("country", "time_zone").first()
        country, time_zone = found or ("US", "UTC")
        return cls(country=country, time_zone=time_zone)

    def zone_of(self, *, time_zone: str, country: str) -> ZoneInfo:
        """The person's own zone, else the main one of the account's country, else the install's."""
        named = read_zone(time_zone) or read_zone(main_zones().get(country.upper(), ""))
        return named or read_zone(self.time_zone) or ZoneInfo("UTC")

    def next_moment(self, moment: dt.datetime, *, time_zone: str, country: str) -> dt.datetime:
        """When a mail that is ready at `moment` may reach somebody with that zone in that country."""
        where = country.upper() or self.country
        rules = QuietRules(
            opens=self.rules.opens,
            closes=self.rules.closes,
            spares_edges=self.rules.spares_edges,
            weekend=weekend_of(where),
        )
        return next_allowed(moment, self.zone_of(time_zone=time_zone, country=country), day_off_in(where), rules)

    def next_moment_for(self, contact: Contact, moment: dt.datetime) -> dt.datetime:
        """The same for a contact whose account is loaded."""
        return self.next_moment(moment, time_zone=contact.time_zone, country=contact.account.country)


def day_off_in(country: str) -> IsDayOff:
    """Whether a day is a public holiday there."""
    return lambda day: day in public_holidays(country, day.year)
