"""Amounts side by side: one bar a row, each under its name, with a tick where it should be."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.translation import gettext

from ui import formats
from ui.charts.frame import Figure, Target, Text, slot_of, svg, text
from ui.charts.geometry import Number, Scale, coordinate
from ui.charts.lines import Write


@dataclass(frozen=True)
class Bar:
    """A named amount; `goal` None: there is none."""

    name: Text
    value: Number
    goal: Number | None = None


def _whole(value: Number | None) -> str:
    return formats.number(value)


def bars(
    rows: Sequence[Bar],
    *,
    title: Text,
    unit: Text = "",
    slot: str = "m",
    high: Number | None = None,
    goal_name: Text = "",
    write: Write = _whole,
    target: Target = "web",
) -> Figure | None:
    """Bars from 0, in the order given; names stand above their bars, so that long ones have room. None without rows.

    `high` fixes the axis (a share: 100); otherwise the largest amount or goal takes the whole width.
    """
    if not rows:
        return None
    room = slot_of(slot)
    largest = max(float(number) for row in rows for number in (row.value, row.goal or 0))
    reach = Scale(0, float(high) if high is not None else largest or 1.0, 0, room.width - 84)
    pitch = 36
    tall = pitch * len(rows) + 8
    parts: list[str] = []
    for index, row in enumerate(rows):
        top = index * pitch + 4
        said = f"{row.name}: {write(row.value)}"
        if row.goal is not None:
            said += f", {goal_name or gettext('goal')} {write(row.goal)}"
        width = max(reach.clamped(row.value), 1)
        parts.append(text("0", str(top + 10), row.name, "tick"))
        parts.append(
            format_html(
                '<rect class="funnel-bar" x="0" y="{}" width="{}" height="12" rx="2" data-pt="{}">'
                "<title>{}</title></rect>",
                top + 15,
                coordinate(width),
                said,
                said,
            )
        )
        end = width
        if row.goal is not None:
            at = reach.clamped(row.goal)
            parts.append(
                format_html('<rect class="tick" x="{}" y="{}" width="2" height="15"/>', coordinate(at - 1), top + 14)
            )
            end = max(end, at)
        parts.append(text(coordinate(end + 8), str(top + 25), write(row.value), "value"))
    label = f"{title}: " + ", ".join(f"{row.name} {write(row.value)}" for row in rows)
    head: list[object] = [gettext("Name"), unit or gettext("Amount")]
    table: list[list[object]] = [[row.name, write(row.value)] for row in rows]
    if any(row.goal is not None for row in rows):
        head.append(goal_name or gettext("Goal"))
        table = [[*cells, write(row.goal)] for cells, row in zip(table, rows, strict=True)]
    return Figure(svg(parts, room, label, target=target, height=tall), title, unit, head, table)
