"""Values over time: lines with points, zones and markers; a line inside its band of uncertainty."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.utils.html import format_html
from django.utils.translation import gettext

from ui import formats
from ui.charts.frame import Figure, Target, Text, slot_of, svg, text
from ui.charts.geometry import Number, Scale, Slot, coordinate, downsample, extent, nice_step, ticks

Write = Callable[[Number | None], str]
FEW = 10


@dataclass(frozen=True)
class Series:
    """One line: days and values in order of the days; None is a gap."""

    name: Text
    points: Sequence[tuple[dt.date, Number | None]]


@dataclass(frozen=True)
class Zone:
    """A tinted stretch of values (the bands of a score)."""

    low: Number
    high: Number
    tone: str


@dataclass(frozen=True)
class Marker:
    """A day on which something happened."""

    on: dt.date
    label: Text


@dataclass(frozen=True)
class Estimate:
    """A value with the ends of its interval and the number of answers behind it."""

    on: dt.date
    value: Number
    low: Number
    high: Number
    n: int


@dataclass(frozen=True)
class _Plane:
    slot: Slot
    x: Scale
    y: Scale
    steps: list[float]
    first: dt.date
    last: dt.date
    write: Write
    parts: list[str] = field(default_factory=list)

    def across(self, day: dt.date) -> float:
        return self.x(day.toordinal())


def _plane(slot: Slot, days: Sequence[dt.date], low: float, high: float, write: Write) -> _Plane:
    steps = ticks(low, high, 4 if slot.name == "s" else 5)
    widest = max(len(write(step)) for step in steps)
    left = 12 + widest * 6
    x = Scale(min(days).toordinal(), max(days).toordinal(), left, slot.width - 12)
    y = Scale(steps[0], steps[-1], slot.height - 24, 12)
    return _Plane(slot, x, y, steps, min(days), max(days), write)


def _grid(plane: _Plane) -> None:
    start, end = coordinate(plane.x.start), coordinate(plane.x.end)
    for step in plane.steps:
        at = coordinate(plane.y(step))
        plane.parts.append(format_html('<path class="grid-line" d="M{} {}H{}"/>', start, at, end))
        label_at = coordinate(plane.y(step) + 3.5)
        plane.parts.append(text(coordinate(plane.x.start - 6), label_at, plane.write(step), "tick end"))
    for day in _day_ticks(plane.first, plane.last, 4 if plane.slot.name == "s" else 6):
        shown = formats.day(day, today=plane.last)
        css = "tick end" if plane.across(day) > plane.x.end - 20 else "tick middle"
        plane.parts.append(text(coordinate(plane.across(day)), coordinate(plane.slot.height - 8), shown, css))


def _day_ticks(first: dt.date, last: dt.date, most: int) -> list[dt.date]:
    span = (last - first).days
    if span <= 0:
        return [first]
    step = max(1, round(nice_step(span, most)))
    return [first + dt.timedelta(days=offset) for offset in range(0, span + 1, step)]


def _runs(points: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    runs: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    return [run for run in runs if run]


def _path(run: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{coordinate(x)} {coordinate(y)}" for x, y in run)


def _draw_series(plane: _Plane, series: Series, css: str, with_points: bool) -> None:
    drawn = [None if value is None else (plane.across(day), plane.y.clamped(value)) for day, value in series.points]
    for run in _runs(drawn):
        kept = downsample(run, plane.slot.width // 2)
        plane.parts.append(format_html('<path class="line {}" d="{}"/>', css, _path(kept)))
    for (day, value), place in zip(series.points, drawn, strict=True):
        if place is None or not with_points:
            continue
        said = f"{series.name}, {formats.day(day)}: {plane.write(value)}"
        plane.parts.append(
            format_html(
                '<circle class="point {}" cx="{}" cy="{}" r="3" data-pt="{}"><title>{}</title></circle>',
                css,
                coordinate(place[0]),
                coordinate(place[1]),
                said,
                said,
            )
        )


def _whole(value: Number | None) -> str:
    return formats.number(value, 1)


def line(
    series: Sequence[Series],
    *,
    title: Text,
    unit: Text = "",
    slot: str = "m",
    low: Number | None = None,
    high: Number | None = None,
    zones: Sequence[Zone] = (),
    markers: Sequence[Marker] = (),
    write: Write = _whole,
    target: Target = "web",
) -> Figure | None:
    """Up to three lines over days, with tinted zones behind and dashed markers of events; None without any value.

    `low` and `high` fix the axis (a score: 0 and 100); otherwise it covers the values. `write` formats a value.
    """
    days = [day for one in series for day, value in one.points if value is not None]
    spread = extent(value for one in series for _day, value in one.points)
    if spread is None:
        return None
    floor = spread[0] if low is None else float(low)
    ceiling = spread[1] if high is None else float(high)
    plane = _plane(slot_of(slot), days, floor, ceiling, write)
    for zone in zones:
        top, bottom = plane.y.clamped(zone.high), plane.y.clamped(zone.low)
        plane.parts.append(
            format_html(
                '<rect class="zone {}" x="{}" y="{}" width="{}" height="{}"/>',
                zone.tone,
                coordinate(plane.x.start),
                coordinate(top),
                coordinate(plane.x.end - plane.x.start),
                coordinate(max(bottom - top, 0)),
            )
        )
    _grid(plane)
    for marker in markers:
        if plane.first <= marker.on <= plane.last:
            at = coordinate(plane.across(marker.on))
            said = f"{formats.day(marker.on)}: {marker.label}"
            plane.parts.append(
                format_html(
                    '<g data-pt="{}"><title>{}</title><path class="marker" d="M{} {}V{}"/></g>',
                    said,
                    said,
                    at,
                    coordinate(plane.y.end),
                    coordinate(plane.y.start),
                )
            )
    for one, css in zip(series, ("", "is-second", "is-third"), strict=False):
        present = sum(value is not None for _day, value in one.points)
        _draw_series(plane, one, css, with_points=present <= plane.slot.width // 8)
    label = f"{title}: " + "; ".join(_sentence(one, write) for one in series)
    return Figure(svg(plane.parts, plane.slot, label, target=target), title, unit, *_table(series, write))


def _sentence(series: Series, write: Write) -> str:
    present = [(day, value) for day, value in series.points if value is not None]
    if not present:
        return f"{series.name}: {gettext('nothing observed')}"
    (first_day, first), (last_day, last) = present[0], present[-1]
    return gettext("%(name)s from %(first)s on %(first_day)s to %(last)s on %(last_day)s") % {
        "name": series.name,
        "first": write(first),
        "first_day": formats.day(first_day),
        "last": write(last),
        "last_day": formats.day(last_day),
    }


def _table(series: Sequence[Series], write: Write) -> tuple[list[object], list[list[object]]]:
    by_day: dict[dt.date, dict[int, str]] = {}
    for number, one in enumerate(series):
        for day, value in one.points:
            by_day.setdefault(day, {})[number] = write(value)
    rows: list[list[object]] = [
        [formats.day(day), *(held.get(number, formats.NOTHING) for number in range(len(series)))]
        for day, held in sorted(by_day.items())
    ]
    return [gettext("Day"), *(one.name for one in series)], rows


def band(
    estimates: Sequence[Estimate],
    *,
    title: Text,
    unit: Text = "",
    slot: str = "m",
    low: Number | None = None,
    high: Number | None = None,
    few: int = FEW,
    write: Write = _whole,
    target: Target = "web",
) -> Figure | None:
    """A line inside its 95 % interval; points of fewer than `few` answers are hollow and carry no line."""
    if not estimates:
        return None
    spread = extent(number for one in estimates for number in (one.low, one.high, one.value)) or (0.0, 1.0)
    floor = spread[0] if low is None else float(low)
    ceiling = spread[1] if high is None else float(high)
    plane = _plane(slot_of(slot), [one.on for one in estimates], floor, ceiling, write)
    _grid(plane)
    there = [(plane.across(one.on), plane.y.clamped(one.high)) for one in estimates]
    back = [(plane.across(one.on), plane.y.clamped(one.low)) for one in reversed(estimates)]
    if len(estimates) > 1:
        plane.parts.append(format_html('<path class="area" d="{}Z"/>', _path([*there, *back])))
    drawn = [(plane.across(one.on), plane.y.clamped(one.value)) if one.n >= few else None for one in estimates]
    for run in _runs(drawn):
        if len(run) > 1:
            plane.parts.append(format_html('<path class="line" d="{}"/>', _path(run)))
    for one in estimates:
        said = gettext("%(day)s: %(value)s (%(low)s to %(high)s, %(n)s answers)") % {
            "day": formats.day(one.on),
            "value": write(one.value),
            "low": write(one.low),
            "high": write(one.high),
            "n": one.n,
        }
        plane.parts.append(
            format_html(
                '<circle class="point {}" cx="{}" cy="{}" r="3" data-pt="{}"><title>{}</title></circle>',
                "" if one.n >= few else "is-few",
                coordinate(plane.across(one.on)),
                coordinate(plane.y.clamped(one.value)),
                said,
                said,
            )
        )
    last = estimates[-1]
    label = gettext("%(title)s: %(value)s on %(day)s, between %(low)s and %(high)s with 95 %% certainty") % {
        "title": title,
        "value": write(last.value),
        "day": formats.day(last.on),
        "low": write(last.low),
        "high": write(last.high),
    }
    head = [gettext("Day"), title, gettext("from"), gettext("to"), gettext("Answers")]
    rows = [[formats.day(e.on), write(e.value), write(e.low), write(e.high), e.n] for e in estimates]
    return Figure(svg(plane.parts, plane.slot, label, target=target), title, unit, head, rows)
