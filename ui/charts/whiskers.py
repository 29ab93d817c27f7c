"""Groups side by side: each figure as a point on its interval, all on one axis."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.translation import gettext

from ui import formats
from ui.charts.frame import Figure, Target, Text, slot_of, svg, text
from ui.charts.geometry import Number, Scale, coordinate, ticks
from ui.charts.lines import FEW, Write


@dataclass(frozen=True)
class Reach:
    """A named figure with the ends of its interval (None: it has none) and the answers behind it."""

    name: Text
    value: Number
    low: Number | None
    high: Number | None
    n: int
    note: Text = ""


def _whole(value: Number | None) -> str:
    return formats.number(value)


def whiskers(
    rows: Sequence[Reach],
    *,
    title: Text,
    unit: Text = "",
    slot: str = "m",
    low: Number,
    high: Number,
    middle: Number | None = None,
    middle_name: Text = "",
    few: int = FEW,
    write: Write = _whole,
    target: Target = "web",
) -> Figure | None:
    """Points inside their 95 % intervals; `middle` is drawn as a dashed line (the figure of all). None without rows.

    Points of fewer than `few` answers are hollow. Names stand above, so that long ones have room.
    """
    if not rows:
        return None
    room = slot_of(slot)
    steps = ticks(float(low), float(high), 4 if room.name == "s" else 6)
    x = Scale(steps[0], steps[-1], 10, room.width - 76)
    pitch = 34
    foot = pitch * len(rows) + 8
    parts: list[str] = []
    for step in steps:
        at = coordinate(x(step))
        parts.append(format_html('<path class="grid-line" d="M{} 4V{}"/>', at, foot))
        parts.append(text(at, str(foot + 14), write(step), "tick middle"))
    if middle is not None:
        said = f"{middle_name}: {write(middle)}"
        parts.append(
            format_html(
                '<g data-pt="{}"><title>{}</title><path class="marker" d="M{} 4V{}"/></g>',
                said,
                said,
                coordinate(x.clamped(middle)),
                foot,
            )
        )
    for index, row in enumerate(rows):
        top = index * pitch + 14
        height = top + 11
        said = _sentence(row, write)
        parts.append(text("4", str(top), row.name, "value"))
        if row.low is not None and row.high is not None:
            parts.append(
                format_html(
                    '<path class="line" d="M{} {}H{}"/>',
                    coordinate(x.clamped(row.low)),
                    height,
                    coordinate(x.clamped(row.high)),
                )
            )
        parts.append(
            format_html(
                '<circle class="point {}" cx="{}" cy="{}" r="4" data-pt="{}"><title>{}</title></circle>',
                "" if row.n >= few else "is-few",
                coordinate(x.clamped(row.value)),
                height,
                said,
                said,
            )
        )
        parts.append(text(coordinate(room.width - 4), str(height + 4), write(row.value), "value end"))
        parts.append(text(coordinate(room.width - 4), str(top), f"n {formats.number(row.n)}", "tick end"))
    label = f"{title}: " + "; ".join(_sentence(row, write) for row in rows)
    head = [gettext("Group"), unit or gettext("Value"), gettext("from"), gettext("to"), gettext("Answers")]
    table = [[row.name, write(row.value), write(row.low), write(row.high), formats.number(row.n)] for row in rows]
    if any(row.note for row in rows):
        head.append("")
        table = [[*cells, row.note] for cells, row in zip(table, rows, strict=True)]
    return Figure(svg(parts, room, label, target=target, height=foot + 22), title, unit, head, table)


def _sentence(row: Reach, write: Write) -> str:
    words = {"name": row.name, "value": write(row.value), "n": formats.number(row.n)}
    if row.low is None or row.high is None:
        return gettext("%(name)s: %(value)s (%(n)s answers, too few for an interval)") % words
    return gettext("%(name)s: %(value)s (%(low)s to %(high)s, %(n)s answers)") % {
        **words,
        "low": write(row.low),
        "high": write(row.high),
    }
