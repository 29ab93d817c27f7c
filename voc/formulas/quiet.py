"""When a mail may reach somebody: working hours of their own day, away from the edges of their week."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

# A recipient without a free hour in this many days is a mistake in the rules or the calendar.
LONGEST_WAIT_DAYS = 366
NOON = dt.time(12)

IsDayOff = Callable[[dt.date], bool]


@dataclass(frozen=True, slots=True)
class QuietRules:
    """The hours in which mail may arrive, by the recipient's clock. The first working day of a week begins at noon and
    the last one ends at noon: what lands on a Monday morning or a Friday afternoon is answered least."""

    opens: dt.time = dt.time(8)
    closes: dt.time = dt.time(18)
    spares_edges: bool = True
    weekend: frozenset[int] = frozenset({5, 6})


STANDARD = QuietRules()


def next_allowed(
    moment: dt.datetime, zone: ZoneInfo, is_day_off: IsDayOff, rules: QuietRules = STANDARD
) -> dt.datetime:
    """The first moment (UTC) at or after `moment` (aware) at which mail may arrive in that zone.

    The clock of the zone counts, so a day on which it changes has its true length. Without any open hour within a year
    the moment itself is returned: a mail that waits for ever helps nobody.
    """
    moment = moment.astimezone(dt.UTC)
    day = moment.astimezone(zone).date()
    for ahead in range(LONGEST_WAIT_DAYS):
        opening = hours_of(day + dt.timedelta(days=ahead), zone, is_day_off, rules)
        if opening is not None and moment < opening[1]:
            return max(moment, opening[0])
    return moment


def is_allowed(moment: dt.datetime, zone: ZoneInfo, is_day_off: IsDayOff, rules: QuietRules = STANDARD) -> bool:
    """Whether mail may arrive at that moment."""
    return next_allowed(moment, zone, is_day_off, rules) == moment.astimezone(dt.UTC)


def hours_of(
    day: dt.date, zone: ZoneInfo, is_day_off: IsDayOff, rules: QuietRules
) -> tuple[dt.datetime, dt.datetime] | None:
    """From when until when (UTC) mail may arrive on a day of that zone; None on a day off and for an empty span."""
    if day.weekday() in rules.weekend or is_day_off(day):
        return None
    opens, closes = rules.opens, rules.closes
    if rules.spares_edges:
        first, last = week_edges(rules.weekend)
        opens = max(opens, NOON) if day.weekday() == first else opens
        closes = min(closes, NOON) if day.weekday() == last else closes
    start = dt.datetime.combine(day, opens, tzinfo=zone).astimezone(dt.UTC)
    end = dt.datetime.combine(day, closes, tzinfo=zone).astimezone(dt.UTC)
    return (start, end) if start < end else None


def week_edges(weekend: frozenset[int]) -> tuple[int | None, int | None]:
    """The first and the last working weekday: Monday and Friday, or Sunday and Thursday. A week without a weekend has
    no edges."""
    working = [day for day in range(7) if day not in weekend]
    if len(working) == 7 or not working:
        return None, None
    first = next(day for day in working if (day - 1) % 7 in weekend)
    last = next(day for day in reversed(working) if (day + 1) % 7 in weekend)
    return first, last
