"""Who will be asked this quarter, as upper apps tell it."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import Account

QUARTER = dt.timedelta(days=91)


@dataclass(frozen=True, slots=True)
class ComingAsk:
    """One mail that is planned: on which day (None: as soon as it may go), to whom, what, and why."""

    on: dt.date | None
    name: str
    what: str
    why: str
    contact_id: int | None = None
    url: str = ""


def coming_asks(account: Account, *, at: dt.datetime) -> list[ComingAsk]:
    """Of the next 91 days, the soonest first; from the callables in settings.BUDGET_PLANS."""
    until = (at + QUARTER).date()
    found: list[ComingAsk] = []
    for path in settings.BUDGET_PLANS:
        told: Iterable[ComingAsk] = import_string(path)(account=account, at=at, until=until)
        found += told
    return sorted(found, key=lambda ask: (ask.on or dt.date.min, ask.name))
