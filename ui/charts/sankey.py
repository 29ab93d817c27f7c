"""How many went from station to station, and how many were lost on the way."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.translation import gettext

from ui import formats
from ui.charts.frame import Figure, Target, Text, slot_of, svg, text
from ui.charts.geometry import coordinate


@dataclass(frozen=True)
class Station:
    """One station: how many went on to the next, how many were lost here, how many are here now."""

    name: Text
    onward: int
    lost: int = 0
    here: int = 0
    url: str = ""


_NODE = 10
_TOP = 34
_FOOT = 44


def sankey(
    stations: Sequence[Station],
    *,
    title: Text,
    end: Text = "",
    unit: Text = "",
    slot: str = "l",
    target: Target = "web",
) -> Figure | None:
    """Streams as wide as their number, from each station to the next; losses fall away in red.

    `end` names where the last station's onward stream arrives. Nothing moved and nobody is anywhere: no drawing.
    """
    most = max((_size(stations, place) for place in range(len(stations))), default=0)
    if not most:
        return None
    room = slot_of(slot)
    scale = (room.height - _TOP - _FOOT - 24) / most
    columns = len(stations) + (1 if end else 0)
    pitch = (room.width - _NODE - 90) / max(columns - 1, 1)
    parts: list[str] = []
    for place, one in enumerate(stations):
        left = 4 + place * pitch
        if place + 1 < columns and one.onward:
            parts.append(_stream(left + _NODE, left + pitch, one.onward * scale, _said(one, one.onward, "onward")))
        if one.lost:
            parts.append(_loss(one, left + _NODE, scale, pitch=pitch, height=room.height))
    for place, one in enumerate(stations):
        left = 4 + place * pitch
        parts.append(_node(left, max(_size(stations, place) * scale, 2), one))
        parts.append(text(coordinate(left), "13", one.name, "value"))
        parts.append(text(coordinate(left), "26", _here(one), "tick"))
    if end:
        left = 4 + len(stations) * pitch
        arrived = stations[-1].onward
        parts.append(_node(left, max(arrived * scale, 2), Station(end, 0, here=arrived)))
        parts.append(text(coordinate(left), "13", end, "value"))
        parts.append(text(coordinate(left), "26", formats.number(arrived), "tick"))
    said = ", ".join(f"{one.name} {formats.number(one.onward)}" for one in stations)
    head = [gettext("Stage"), gettext("Moved on"), gettext("Lost"), gettext("There now")]
    rows = [[one.name, one.onward, one.lost, one.here] for one in stations]
    # What holds links is a group: a picture has no parts that can be reached.
    role = "group" if any(one.url for one in stations) else "img"
    return Figure(svg(parts, room, f"{title}: {said}", target=target, role=role), title, unit, head, rows)


def _size(stations: Sequence[Station], place: int) -> int:
    """As high as what arrives, or as what leaves."""
    arrived = stations[place - 1].onward if place else 0
    return max(arrived, stations[place].onward + stations[place].lost)


def _said(one: Station, amount: int, way: str) -> str:
    words = gettext("%(stage)s: %(count)s moved on") if way == "onward" else gettext("%(stage)s: %(count)s lost")
    return words % {"stage": one.name, "count": formats.number(amount)}


def _here(one: Station) -> str:
    return gettext("%(count)s there now") % {"count": formats.number(one.here)}


def _node(left: float, height: float, one: Station) -> str:
    mark = format_html(
        '<rect class="flow-node" x="{}" y="{}" width="{}" height="{}" rx="2" data-pt="{}"><title>{}</title></rect>',
        coordinate(left),
        _TOP,
        _NODE,
        coordinate(height),
        f"{one.name}: {_here(one)}",
        f"{one.name}: {_here(one)}",
    )
    return format_html('<a href="{}">{}</a>', one.url, mark) if one.url else mark


def _stream(start: float, stop: float, width: float, said: str) -> str:
    middle = coordinate(_TOP + width / 2)
    bend = coordinate((start + stop) / 2)
    return format_html(
        '<path class="flow" d="M{} {}C{} {} {} {} {} {}" stroke-width="{}" data-pt="{}"><title>{}</title></path>',
        coordinate(start),
        middle,
        bend,
        middle,
        bend,
        middle,
        coordinate(stop),
        middle,
        coordinate(max(width, 1)),
        said,
        said,
    )


def _loss(one: Station, start: float, scale: float, *, pitch: float, height: int) -> str:
    said = _said(one, one.lost, "lost")
    top, width = _TOP + one.onward * scale, one.lost * scale
    middle, foot = top + width / 2, height - _FOOT + 14
    reach = start + min(pitch * 0.55, 90)
    path = format_html(
        '<path class="flow is-loss" d="M{} {}C{} {} {} {} {} {}" stroke-width="{}" data-pt="{}">'
        "<title>{}</title></path>",
        coordinate(start),
        coordinate(middle),
        coordinate(start + (reach - start) * 0.7),
        coordinate(middle),
        coordinate(reach),
        coordinate(foot - 30),
        coordinate(reach),
        coordinate(foot),
        coordinate(max(width, 1)),
        said,
        said,
    )
    label = text(coordinate(reach), str(height - 12), f"−{formats.number(one.lost)}", "value middle")
    return format_html("{}{}", path, label)
