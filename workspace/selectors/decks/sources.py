"""What every slide is read from."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.models import Account
from team.models import User
from ui import formats
from workspace.formulas.decks import Choice

# Half-widths on a slide: two lines of half of it, one line of half, one line of the whole.
TWO_HALVES, HALF, WHOLE = 92, 60, 108


@dataclass(frozen=True, slots=True)
class Source:
    """The account with its summary and CSM, the time under review (both ends included), and who composes it."""

    account: Account
    user: User
    since: dt.date
    until: dt.date
    currency: str

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1

    def covers(self, day: dt.date | None) -> bool:
        return day is not None and self.since <= day <= self.until


def has(choice: Choice, option: str) -> bool:
    return option in choice.options


def room_for(choice: Choice, most: int) -> int:
    """How many rows fit; words on the slide take the room of one."""
    return most - 1 if choice.text else most


def more_words(count: int) -> str:
    """How many found no room; "" for none."""
    return _("and %(count)s more") % {"count": formats.number(count)} if count > 0 else ""


def amount(value: Decimal | None, unit: str = "") -> str:
    """A goal's value as the plan writes it, with its unit."""
    if value is None:
        return formats.NOTHING
    exponent = value.normalize().as_tuple().exponent
    digits = min(max(-exponent, 0), 2) if isinstance(exponent, int) else 0
    return f"{formats.number(value, digits)} {unit}".rstrip()
