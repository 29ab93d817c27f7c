"""Many things by two numbers: the quadrant."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.translation import gettext

from ui import formats
from ui.charts.frame import Figure, Target, Text, slot_of, svg, text
from ui.charts.geometry import Number, Scale, coordinate

MOST_POINTS = 300


@dataclass(frozen=True)
class Dot:
    """One thing: x and y from -1 to 1, its size (area) and tone, and where it leads."""

    name: str
    x: Number
    y: Number
    size: Number = 1
    tone: str = "great"
    url: str = ""
    note: str = ""


def quadrant(
    dots: Sequence[Dot],
    *,
    title: Text,
    corners: tuple[Text, Text, Text, Text],
    axes: tuple[Text, Text],
    tinted: int | None = 2,
    slot: str = "m",
    target: Target = "web",
) -> Figure:
    """Circles on two axes. `corners`: top left, top right, bottom right, bottom left; `tinted` is the one to look at.

    The area of a circle is its size. Above 300 things only the largest 300 are drawn, and the note says so.
    """
    room = slot_of(slot)
    tall = round(room.width * 0.62)
    x, y = Scale(-1, 1, 30, room.width - 10), Scale(-1, 1, tall - 30, 10)
    parts: list[str] = []
    boxes = ((30.0, 10.0), (x(0), 10.0), (x(0), y(0)), (30.0, y(0)))
    if tinted is not None:
        parts.append(
            format_html(
                '<rect class="quarter-tint" x="{}" y="{}" width="{}" height="{}"/>',
                coordinate(boxes[tinted][0]),
                coordinate(boxes[tinted][1]),
                coordinate(x(1) - x(0)),
                coordinate(y(-1) - y(0)),
            )
        )
    parts.append(format_html('<path class="axis" d="M{} {}V{}"/>', coordinate(x(0)), 10, coordinate(tall - 30)))
    parts.append(format_html('<path class="axis" d="M{} {}H{}"/>', 30, coordinate(y(0)), coordinate(room.width - 10)))
    shown = sorted(dots, key=lambda dot: float(dot.size), reverse=True)[:MOST_POINTS]
    largest = max((float(dot.size) for dot in shown), default=1.0) or 1.0
    for dot in shown:
        radius = 3 + 9 * math.sqrt(max(float(dot.size), 0) / largest)
        said = dot.name + (f"\n{dot.note}" if dot.note else "")
        circle = format_html(
            '<circle class="dot {}" cx="{}" cy="{}" r="{}" data-pt="{}"><title>{}</title></circle>',
            dot.tone,
            coordinate(x.clamped(dot.x)),
            coordinate(y.clamped(dot.y)),
            coordinate(radius),
            said,
            said,
        )
        parts.append(
            format_html('<a href="{}" aria-label="{}">{}</a>', dot.url, said, circle)
            if dot.url and target == "web"
            else circle
        )
    places = (
        (36.0, 24.0, ""),
        (room.width - 14, 24.0, "end"),
        (room.width - 14, tall - 38, "end"),
        (36.0, tall - 38, ""),
    )
    for corner, (left, top, css) in zip(corners, places, strict=True):
        parts.append(text(coordinate(left), coordinate(top), corner, f"quarter-name {css}"))
    parts.append(text(coordinate(room.width / 2), str(tall - 8), f"{axes[0]} →", "tick middle"))
    parts.append(
        format_html(
            '<text transform="translate(16 {}) rotate(-90)" class="tick middle">{} →</text>',
            coordinate(tall / 2),
            axes[1],
        )
    )
    label = gettext("%(title)s: %(count)s things by %(x)s and %(y)s") % {
        "title": title,
        "count": len(shown),
        "x": axes[0],
        "y": axes[1],
    }
    note = ""
    if len(dots) > len(shown):
        note = gettext("The largest %(shown)s of %(all)s are drawn.") % {"shown": len(shown), "all": len(dots)}
    rows = [[dot.name, formats.number(dot.x, 2), formats.number(dot.y, 2), dot.note] for dot in shown]
    head = [gettext("Name"), axes[0], axes[1], gettext("Note")]
    # With links inside it is a group with a name, not one picture.
    role = "group" if any(dot.url for dot in shown) and target == "web" else "img"
    drawing = svg(parts, room, label, target=target, height=tall, role=role)
    return Figure(drawing, title, "", head, rows, note)
