"""What became of a sum (waterfall), and how many went on (funnel)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.translation import gettext

from ui import formats
from ui.charts.frame import Figure, Target, Text, slot_of, svg, text
from ui.charts.geometry import Number, Scale, coordinate, ticks
from ui.charts.lines import Write


@dataclass(frozen=True)
class Step:
    """A total (`is_total`: the bar stands on the axis) or a change from the bar before."""

    name: Text
    amount: Number
    is_total: bool = False


@dataclass(frozen=True)
class Passage:
    """One stage of a funnel: how many reached it; the loss to the next is drawn in red."""

    name: Text
    count: int
    url: str = ""


def _whole(value: Number | None) -> str:
    return formats.number(value)


def _levels(steps: Sequence[Step]) -> list[tuple[float, float]]:
    """Start and end of each bar."""
    levels, level = [], 0.0
    for step in steps:
        if step.is_total:
            level = float(step.amount)
            levels.append((0.0, level))
        else:
            levels.append((level, level + float(step.amount)))
            level += float(step.amount)
    return levels


def _cut_at(levels: Sequence[tuple[float, float]]) -> float:
    """Where the axis may begin so that small changes of large totals are seen; 0 when they are seen anyway."""
    ends = [end for _start, end in levels]
    low, high = min(ends), max(ends)
    below = low - max(high - low, 0.1 * high) / 2
    return below if below > 0.5 * high else 0.0


def waterfall(
    steps: Sequence[Step],
    *,
    title: Text,
    unit: Text = "",
    slot: str = "m",
    write: Write = _whole,
    write_change: Write | None = None,
    can_cut: bool = False,
    target: Target = "web",
) -> Figure | None:
    """Totals in the accent colour, losses red, gains green; the axis starts at 0, so lengths do not mislead.

    `can_cut` lets it start higher when the changes would be hairlines; the totals then bear a break mark.
    """
    if not steps:
        return None
    room = slot_of(slot)
    levels = _levels(steps)
    floor = _cut_at(levels) if can_cut and steps[0].is_total else 0.0
    ends = [end for _start, end in levels]
    marks = ticks(min(floor, *ends), max(floor, *ends), 4)
    floor = max(marks[0], 0.0)
    said = [(write if step.is_total else write_change or write)(step.amount) for step in steps]
    left = 12 + max(len(write(mark)) for mark in marks) * 6
    y = Scale(marks[0], marks[-1], room.height - 26, 20)
    parts: list[str] = []
    for mark in marks:
        at = coordinate(y(mark))
        parts.append(format_html('<path class="grid-line" d="M{} {}H{}"/>', left, at, room.width - 8))
        parts.append(text(str(left - 6), coordinate(y(mark) + 3.5), write(mark), "tick end"))
    pitch = (room.width - 8 - left) / len(steps)
    width = min(pitch * 0.66, 64)
    for index, (step, (start, end)) in enumerate(zip(steps, levels, strict=True)):
        middle = left + pitch * (index + 0.5)
        base = floor if step.is_total else start
        top, bottom = min(y(base), y(end)), max(y(base), y(end))
        kind = "is-total" if step.is_total else "is-up" if step.amount >= 0 else "is-down"
        words = f"{step.name}: {said[index]}"
        parts.append(
            format_html(
                '<rect class="step {}" x="{}" y="{}" width="{}" height="{}" rx="2" data-pt="{}">'
                "<title>{}</title></rect>",
                kind,
                coordinate(middle - width / 2),
                coordinate(top),
                coordinate(width),
                coordinate(max(bottom - top, 1)),
                words,
                words,
            )
        )
        if step.is_total and floor:
            edge, at = coordinate(middle - width / 2 - 3), coordinate(bottom - 8)
            parts.append(format_html('<path class="break" d="M{} {}l{} -6"/>', edge, at, coordinate(width + 6)))
        if index + 1 < len(steps):
            reached = coordinate(y(end))
            parts.append(
                format_html(
                    '<path class="link-line" d="M{} {}H{}"/>',
                    coordinate(middle + width / 2),
                    reached,
                    coordinate(middle + pitch - width / 2),
                )
            )
        parts.append(text(coordinate(middle), coordinate(top - 5), said[index], "value middle"))
        parts.append(text(coordinate(middle), str(room.height - 8), step.name, "tick middle"))
    label = f"{title}: " + ", ".join(f"{step.name} {amount}" for step, amount in zip(steps, said, strict=True))
    rows = [[step.name, amount] for step, amount in zip(steps, said, strict=True)]
    return Figure(
        svg(parts, room, label, target=target), title, unit, [gettext("Step"), unit or gettext("Amount")], rows
    )


def funnel(
    passages: Sequence[Passage],
    *,
    title: Text,
    unit: Text = "",
    slot: str = "m",
    target: Target = "web",
    missing: Text = "",
) -> Figure | None:
    """One bar per stage, as wide as its share of the first; the missing part is the loss to the next.

    `missing` names that part where it is not a loss, such as those who are still under way.
    """
    if not passages or passages[0].count <= 0:
        return None
    room = slot_of(slot)
    first = max(passage.count for passage in passages)
    pitch = 38
    tall = pitch * len(passages) + 8
    left = 12 + min(max(len(str(passage.name)) for passage in passages) * 6.5, room.width * 0.35)
    reach = Scale(0, first, 0, room.width - left - 76)
    parts: list[str] = []
    for index, passage in enumerate(passages):
        top = index * pitch + 8
        share = passage.count / first
        said = f"{passage.name}: {formats.number(passage.count)} ({formats.percent(share)})"
        before = passages[index - 1].count if index else passage.count
        if before > passage.count:
            lost = f"{missing or gettext('lost')}: {formats.number(before - passage.count)}"
            parts.append(
                format_html(
                    '<rect class="funnel-loss" x="{}" y="{}" width="{}" height="22"><title>{}</title></rect>',
                    coordinate(left + reach(passage.count)),
                    top,
                    coordinate(reach(before) - reach(passage.count)),
                    lost,
                )
            )
        bar = format_html(
            '<rect class="funnel-bar" x="{}" y="{}" width="{}" height="22" rx="2" data-pt="{}">'
            "<title>{}</title></rect>",
            coordinate(left),
            top,
            coordinate(max(reach(passage.count), 1)),
            said,
            said,
        )
        parts.append(bar)
        parts.append(text(coordinate(left - 8), str(top + 15), passage.name, "tick end"))
        beside = coordinate(left + reach(max(before, passage.count)) + 8)
        parts.append(text(beside, str(top + 15), formats.number(passage.count), "value"))
    label = f"{title}: " + ", ".join(f"{passage.name} {formats.number(passage.count)}" for passage in passages)
    head = [gettext("Stage"), gettext("Count"), gettext("Share")]
    rows = [[one.name, formats.number(one.count), formats.percent(one.count / first)] for one in passages]
    return Figure(svg(parts, room, label, target=target, height=tall), title, unit, head, rows)
