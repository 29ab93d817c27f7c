"""What every chart is wrapped in: a sentence for those who cannot see it, the slot's size, a table of its numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from ui.charts.geometry import SLOTS, Slot
from ui.html import attributes

Target = Literal["web", "pdf", "png"]
Text = str | Promise

# Print and pictures in mails know no style sheet of the page (WeasyPrint ignores it inside inline SVG).
_PRINT_PALETTE = """
.chart{font-family:sans-serif}
.grid-line{stroke:#dfe1e6;fill:none}
.axis,.marker,.link-line{stroke:#8a8f9c;fill:none;stroke-dasharray:2 3}
.tick,.quarter-name{font-size:10.5px;fill:#565b69}
.value{font-size:11px;font-weight:500;fill:#1b1d24}
.end{text-anchor:end}
.middle{text-anchor:middle}
.line{fill:none;stroke:#4a3fd0;stroke-width:2}
.line.is-second{stroke:#00704a;stroke-dasharray:5 4}
.line.is-third{stroke:#9a5200;stroke-dasharray:1 4}
.area{fill:#4a3fd0;fill-opacity:.13}
.point{fill:#fff;stroke:#4a3fd0;stroke-width:1.5}
.point.is-few{stroke:#8a8f9c}
.step.is-total,.funnel-bar{fill:#4a3fd0}
.step.is-up{fill:#00704a}
.step.is-down{fill:#c01825}
.funnel-loss{fill:#c01825;fill-opacity:.35}
.quarter-tint{fill:#fdf3d0}
.flow{fill:none;stroke:#4a3fd0;stroke-opacity:.35}
.flow.is-loss{stroke:#c01825}
.flow-node{fill:#4a3fd0}
.dot{fill:currentColor;fill-opacity:.45;stroke:currentColor}
.zone{fill-opacity:.6}
.zone.critical{fill:#ffe8e6}
.zone.risk{fill:#ffeddc}
.zone.watch{fill:#fbf2cf}
.zone.good{fill:#dcf5ea}
.zone.great{fill:#def0fc}
.critical{color:#c01825}
.risk{color:#9a5200}
.watch{color:#7a6100}
.good{color:#00704a}
.great{color:#0063a0}
""".replace("\n", "")


@dataclass(frozen=True)
class Figure:
    """A drawn chart with its words and numbers; `{% chart_frame figure %}` puts the frame around it.

    head, rows: the numbers as a table, for "Show as table" and CSV.
    """

    svg: SafeString
    title: Text = ""
    unit: Text = ""
    head: Sequence[object] = ()
    rows: Sequence[Sequence[object]] = field(default_factory=tuple)
    note: Text = ""
    export_url: str = ""

    def __str__(self) -> str:
        return self.svg


def slot_of(name: str) -> Slot:
    """The slot by its letter: s 320, m 520, l 1040 pixels wide."""
    return SLOTS[name]


def join(parts: Sequence[str]) -> SafeString:
    """Markup of one drawing; every part was made with format_html."""
    return mark_safe("".join(parts))  # noqa: S308


def svg(
    parts: Sequence[str],
    slot: Slot,
    label: str,
    *,
    target: Target = "web",
    height: int | None = None,
    role: str = "img",
) -> SafeString:
    """The drawing itself: one role, one sentence; the arrow keys step through its points (`chart-tip.js`)."""
    tall = height or slot.height
    palette = format_html("<style>{}</style>", mark_safe(_PRINT_PALETTE)) if target != "web" else ""  # noqa: S308
    size = (
        attributes({"width": slot.width, "height": tall})
        if target != "web"
        else attributes({"tabindex": 0 if role == "img" else None})
    )
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" class="chart is-{}" viewBox="0 0 {} {}" role="{}" aria-label="{}"{}>'
        "{}{}</svg>",
        slot.name,
        slot.width,
        tall,
        role,
        label,
        size,
        palette,
        join(parts),
    )


def text(x: str, y: str, content: object, css: str) -> SafeString:
    return format_html('<text x="{}" y="{}" class="{}">{}</text>', x, y, css, content)
