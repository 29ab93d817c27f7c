"""Tables of groups (by segment, by month ...) with small groups kept unseen."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from voc.formulas.comparisons import Difference, compare
from voc.formulas.masking_groups import hidden_groups
from voc.formulas.measures import Counts, Measured, Scale, measure
from voc.formulas.results.sheet import Array, Sheet, months_of

WEEK, MONTH, QUARTER = "week", "month", "quarter"


@dataclass(frozen=True)
class Group:
    """One row of a table; `against` compares it with everybody else in the table."""

    key: str
    measured: Measured
    against: Difference | None = None


@dataclass(frozen=True)
class Table:
    """The groups that are shown, and how many answers the unseen ones hold together (0: none is unseen)."""

    groups: tuple[Group, ...]
    unseen: int = 0


@dataclass(frozen=True)
class Point:
    """One stretch of time, by its first day."""

    start: dt.date
    measured: Measured


@dataclass(frozen=True)
class Trend:
    """The figure over time. `change` compares the last stretch with the one before; None: there are no two."""

    points: tuple[Point, ...]
    step: str
    change: Difference | None = None
    overall: Difference | None = None
    unseen: int = 0


@dataclass(frozen=True)
class Compared:
    """Two groups of the same dimension side by side; a hidden one has no figure."""

    dimension: str
    first: str
    second: str
    one: Measured
    two: Measured
    difference: Difference


def table_of(
    scale: Scale, counts: Mapping[str, Counts], *, least: int = 1, populations: Mapping[str, int] | None = None
) -> Table:
    """A table from {key: {score: how many}}, in the order given; empty groups are left out."""
    sizes = {key: sum(found.values()) for key, found in counts.items()}
    hidden = hidden_groups(sizes, least=least)
    everybody: dict[int, int] = {}
    for found in counts.values():
        for score, number in found.items():
            everybody[score] = everybody.get(score, 0) + number
    groups = []
    for key, found in counts.items():
        if key in hidden or not sizes[key]:
            continue
        rest = {score: number - found.get(score, 0) for score, number in everybody.items()}
        rest = {score: number for score, number in rest.items() if number}
        population = (populations or {}).get(key)
        groups.append(Group(key, measure(scale, found, population=population), compare(scale, rest, found)))
    return Table(tuple(groups), sum(sizes[key] for key in hidden))


def by_dimension(sheet: Sheet, name: str) -> dict[str, dict[int, int]]:
    """{word: {score: how many}} of one dimension."""
    codes = sheet.dimensions[name]
    return dict(zip(codes.labels, sheet.counts_by(codes.codes, len(codes.labels)), strict=True))


def step_for(days: Array, *, is_protected: bool) -> str:
    """How long a stretch is: weeks up to ten weeks, months up to two years, quarters beyond.

    Where small groups are kept unseen it is never a week.
    """
    span = int(days.max() - days.min()) if len(days) else 0
    if span <= 70 and not is_protected:
        return WEEK
    return MONTH if span <= 760 else QUARTER


def start_of(day: dt.date, step: str) -> dt.date:
    """The first day of the stretch that a day lies in."""
    if step == WEEK:
        return day - dt.timedelta(days=day.weekday())
    month = day.month if step == MONTH else (day.month - 1) // 3 * 3 + 1
    return day.replace(month=month, day=1)


def trend_of(scale: Scale, sheet: Sheet, *, least: int = 1) -> Trend:
    """The figure per week, month or quarter; stretches that must not be seen are left out."""
    days = sheet.day[sheet.scored]
    step = step_for(days, is_protected=least > 1)
    return trend_from(scale, counts_per_stretch(sheet, step), step, least=least)


def counts_per_stretch(sheet: Sheet, step: str) -> dict[dt.date, dict[int, int]]:
    """{first day: {score: how many}}, oldest first."""
    if not bool(sheet.scored.any()):
        return {}
    if step == WEEK:
        keys = (sheet.day.astype(np.int64) - 1) // 7
    else:
        keys = months_of(sheet.day)
        keys = keys if step == MONTH else keys // 3
    low = int(keys.min())
    found = sheet.counts_by(keys - low, int(keys.max()) - low + 1)
    starts = {_start(low + place, step): counts for place, counts in enumerate(found) if counts}
    return dict(sorted(starts.items()))


def _start(key: int, step: str) -> dt.date:
    if step == WEEK:
        return dt.date.fromordinal(key * 7 + 1)
    month = key if step == MONTH else key * 3
    return dt.date(month // 12, month % 12 + 1, 1)


def trend_from(scale: Scale, counts: Mapping[dt.date, Counts], step: str, *, least: int = 1) -> Trend:
    """A trend from counted stretches, oldest first."""
    hidden = hidden_groups({day: sum(found.values()) for day, found in counts.items()}, least=least)
    shown = {day: found for day, found in counts.items() if day not in hidden and found}
    points = tuple(Point(day, measure(scale, found)) for day, found in shown.items())
    parts: Sequence[Counts] = list(shown.values())
    change = compare(scale, parts[-2], parts[-1]) if len(parts) > 1 else None
    overall = compare(scale, parts[0], parts[-1]) if len(parts) > 2 else None
    unseen = sum(sum(counts[day].values()) for day in hidden)
    return Trend(points, step, change, overall, unseen)
