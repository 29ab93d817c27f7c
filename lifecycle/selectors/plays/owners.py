"""Who answers for a play, and whose business days count."""

import datetime as dt
from collections.abc import Iterable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lifecycle.formulas.plans import WorkClock
from team.calendars import Calendar
from team.clock import today
from team.models import Absence, Department, DepartmentMember, User

_OPENS_AT = dt.time(9)


def stand_ins(day: dt.date | None = None) -> dict[int, int]:
    """{id of a person who is away that day: id of who does their work}; one query. An absent deputy passes it on."""
    day = day or today()
    rows = Absence.objects.filter(starts_on__lte=day, ends_on__gte=day).order_by("pk")
    away = dict(rows.values_list("user_id", "deputy_id"))
    return {person: _present(away, person) for person in away}


def _present(away: dict[int, int], person: int) -> int:
    """The first in the chain of deputies who is there; the own deputy when they are all away."""
    seen, found = {person}, away[person]
    while found in away and found not in seen:
        seen.add(found)
        found = away[found]
    return away[person] if found in seen else found


def lead_of(department: str) -> User | None:
    """Who leads a department, if that person can sign in."""
    found = Department.objects.select_related("lead").filter(slug=department, lead__is_active=True).first()
    return found.lead if found else None


class WorkClocks:
    """The clocks of owners, each read once: make one per batch. A department's hours come before a person's own."""

    def __init__(self) -> None:
        self._calendar = Calendar.of_install()
        self._clocks: dict[int | None, WorkClock] = {None: WorkClock(self._calendar, ZoneInfo("UTC"), _OPENS_AT)}

    def read(self, owner_ids: Iterable[int | None]) -> None:
        """Read the clocks of many owners at once; two queries."""
        wanted = {owner for owner in owner_ids if owner is not None} - self._clocks.keys()
        if not wanted:
            return
        hours: dict[int, tuple[str, dt.time]] = {}
        rows = DepartmentMember.objects.filter(user__in=wanted).order_by("-pk")
        for user_id, zone, opens_at in rows.values_list("user_id", "department__time_zone", "department__opens_at"):
            hours[user_id] = (zone, opens_at)
        for user_id, zone in User.objects.filter(pk__in=wanted).values_list("pk", "time_zone"):
            name, opens_at = hours.get(user_id, (zone, _OPENS_AT))
            self._clocks[user_id] = WorkClock(self._calendar, _zone(name), opens_at)

    def of(self, owner_id: int | None) -> WorkClock:
        """The clock of one owner; that of nobody is 9:00 UTC."""
        self.read([owner_id])
        return self._clocks.get(owner_id, self._clocks[None])


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
