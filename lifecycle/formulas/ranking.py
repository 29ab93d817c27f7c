"""The interruption budget: which work comes first, and what does not fit into a week.

rank = ARR x chance of loss x share saved x urgency / hours of work (design.md, section 4: expected ARR protected x
urgency / effort). Its unit is money of the install's currency per hour of work. It orders; it is no forecast: chances
stand in for a model until one exists, and the share saved is what the playbook's owner believes.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

# Work without an account, or on one without revenue, still counts as this much (in the install's currency).
STAKE_FLOOR = 5000.0
# What acting is believed to save where no playbook says so.
USUAL_SHARE = 0.1
USUAL_MINUTES = 30
LEAST_MINUTES = 5
MOST_LATE_DAYS = 14
# Chance that an account in this band is lost within a year, before its renewal date is looked at.
BAND_CHANCES = {"critical": 0.5, "risk": 0.3, "watch": 0.15, "good": 0.06, "great": 0.03}
# Nobody knows: between watch and at risk.
UNOBSERVED_CHANCE = 0.2
MOST_CHANCE = 0.95


def chance_of_loss(*, band: str, days_to_renewal: int | None) -> float:
    """0.01 to 0.95: the band's chance, more when the contract ends soon and less when it is far away or unknown."""
    chance = BAND_CHANCES.get(band, UNOBSERVED_CHANCE)
    return min(max(chance * _nearness(days_to_renewal), 0.01), MOST_CHANCE)


def _nearness(days: int | None) -> float:
    if days is None:
        return 0.7
    for most, factor in ((-1, 1.0), (30, 1.6), (90, 1.3), (180, 1.0), (365, 0.7)):
        if days <= most:
            return factor
    return 0.5


def protected_arr(*, arr: float, chance: float, share: float) -> float:
    """Expected ARR that the work keeps, in the currency of `arr`: ARR x chance of loss x share saved."""
    return max(arr, STAKE_FLOOR) * chance * min(max(share, 0.0), 1.0)


def urgency_of_due(days_late: int | None) -> float:
    """1 on the day, rising to 2 after two weeks; half a week before it; 0.4 for what has no day."""
    if days_late is None:
        return 0.4
    if days_late < 0:
        return 1 / (1 - days_late / 7)
    return 1 + min(days_late, MOST_LATE_DAYS) / MOST_LATE_DAYS


def rank_of(*, protected: float, urgency: float, minutes: int) -> Decimal:
    """Money per hour, to four digits; never negative. Work below 5 minutes counts as 5."""
    hours = max(minutes, LEAST_MINUTES) / 60
    return Decimal(f"{protected * max(urgency, 0.0) / hours:.4f}")


@dataclass(frozen=True, slots=True)
class Work:
    """One task as the week sees it. `must_stay`: it counts first and is never parked."""

    pk: int
    rank: Decimal
    minutes: int
    must_stay: bool


@dataclass(frozen=True, slots=True)
class Overflow:
    """A task above the week, and its place in the order of the whole week (from 1)."""

    pk: int
    place: int


def overflow_of(work: Iterable[Work], *, room_minutes: int) -> list[Overflow]:
    """What does not fit: work that must stay is counted first, then the most valuable while it fits.

    A large task that does not fit leaves its room to smaller ones below it. What must stay is kept even above the room.
    """
    ordered = sorted(work, key=lambda one: (-one.rank, one.pk))
    left = room_minutes - sum(one.minutes for one in ordered if one.must_stay)
    over = []
    for place, one in enumerate(ordered, start=1):
        if one.must_stay:
            continue
        if one.minutes <= left:
            left -= one.minutes
        else:
            over.append(Overflow(one.pk, place))
    return over


def busy_minutes(spans: Iterable[tuple[dt.datetime, dt.datetime]]) -> int:
    """Minutes that are taken by at least one span; what overlaps counts once."""
    total, until = 0.0, None
    for start, end in sorted(spans):
        begin = start if until is None or start > until else until
        if end > begin:
            total += (end - begin).total_seconds() / 60
            until = end
    return round(total)


def week_of(day: dt.date) -> tuple[dt.date, dt.date]:
    """Monday and Sunday of the week of a day."""
    monday = day - dt.timedelta(days=day.weekday())
    return monday, monday + dt.timedelta(days=6)
