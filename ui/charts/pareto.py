"""Causes in the order of their size, with what they add up to: one axis for both, from 0 to 100 %."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.translation import gettext

from ui import formats
from ui.charts.frame import Figure, Target, Text, slot_of, svg, text
from ui.charts.geometry import Number, Scale, coordinate
from ui.charts.lines import Write


@dataclass(frozen=True)
class Portion:
    """A named amount with its share of the whole and the share of all up to and with it, both in 0..1."""

    name: Text
    amount: Number
    share: float
    cumulative: float


def _whole(value: Number | None) -> str:
    return formats.number(value)


def pareto(
    rows: Sequence[Portion],
    *,
    title: Text,
    unit: Text = "",
    slot: str = "m",
    mark: float = 0.8,
    write: Write = _whole,
    target: Target = "web",
) -> Figure | None:
    """A bar per cause, a line through what they add up to, dashed at `mark`. None without rows.

    Names stand above their bars, so that long ones have room.
    """
    if not rows:
        return None
    room = slot_of(slot)
    x = Scale(0, 1, 4, room.width - 84)
    pitch, foot = 34, 34 * len(rows) + 8
    parts: list[str] = []
    for step in (0, 0.25, 0.5, 0.75, 1):
        parts.append(format_html('<path class="grid-line" d="M{} 4V{}"/>', coordinate(x(step)), foot))
        parts.append(text(coordinate(x(step)), str(foot + 14), formats.percent(step), "tick middle"))
    said = gettext("%(share)s of all") % {"share": formats.percent(mark)}
    parts.append(
        format_html(
            '<g data-pt="{}"><title>{}</title><path class="marker" d="M{} 4V{}"/></g>',
            said,
            said,
            coordinate(x(mark)),
            foot,
        )
    )
    for index, row in enumerate(rows):
        top = index * pitch + 14
        said = _sentence(row, write)
        parts.append(text("4", str(top), row.name, "tick"))
        parts.append(
            format_html(
                '<rect class="funnel-bar" x="4" y="{}" width="{}" height="10" rx="2" data-pt="{}">'
                "<title>{}</title></rect>",
                top + 5,
                coordinate(max(x(row.share) - 4, 1)),
                said,
                said,
            )
        )
        parts.append(text(coordinate(room.width - 4), str(top + 14), write(row.amount), "value end"))
    places = [(x(row.cumulative), index * pitch + 24) for index, row in enumerate(rows)]
    path = "M" + "L".join(f"{coordinate(across)} {down}" for across, down in places)
    parts.append(format_html('<path class="line is-second" d="{}"/>', path))
    parts += [
        format_html('<circle class="point is-second" cx="{}" cy="{}" r="3"/>', coordinate(across), down)
        for across, down in places
    ]
    label = f"{title}: " + "; ".join(_sentence(row, write) for row in rows)
    head = [gettext("Cause"), unit or gettext("Amount"), gettext("Share"), gettext("Added up")]
    table = [[row.name, write(row.amount), formats.percent(row.share), formats.percent(row.cumulative)] for row in rows]
    return Figure(svg(parts, room, label, target=target, height=foot + 22), title, unit, head, table)


def _sentence(row: Portion, write: Write) -> str:
    return gettext("%(name)s: %(amount)s, %(share)s of all, %(cumulative)s with those before") % {
        "name": row.name,
        "amount": write(row.amount),
        "share": formats.percent(row.share),
        "cumulative": formats.percent(row.cumulative),
    }
