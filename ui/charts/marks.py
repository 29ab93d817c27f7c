"""Charts that stand in a line of text or a table cell."""

from collections.abc import Sequence

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from ui.charts.geometry import Number, coordinate
from ui.formats import NOTHING, number
from ui.html import classes
from ui.tones import tone_of

SPARK_WIDTH, SPARK_HEIGHT, SPARK_POINTS = 72, 20, 12


def spark_path(values: Sequence[Number | None], low: Number = 0, high: Number = 100) -> str:
    """A path string of at most 160 characters for up to 12 values, to store beside the row it belongs to.

    None breaks the line; values outside of low..high are drawn at the edge; a single value is a dot.
    """
    points: list[Number | None] = list(values)[-SPARK_POINTS:]
    if not points or high <= low:
        return ""
    floor, span = float(low), float(high) - float(low)
    # The newest value stands at the right edge, so that a short history looks short.
    step = (SPARK_WIDTH - 4) / (SPARK_POINTS - 1)
    points = [None] * (SPARK_POINTS - len(points)) + points
    path = []
    pen_is_down = False
    for index, value in enumerate(points):
        if value is None:
            pen_is_down = False
            continue
        share = min(max((float(value) - floor) / span, 0.0), 1.0)
        x, y = coordinate(2 + index * step), coordinate(SPARK_HEIGHT - 2 - share * (SPARK_HEIGHT - 4))
        follows = index + 1 < len(points) and points[index + 1] is not None
        path.append(f"{'L' if pen_is_down else 'M'}{x} {y}" + ("" if pen_is_down or follows else "h1"))
        pen_is_down = True
    return "".join(path)


def spark(path: str | None, *, tone: str = "", label: str = "") -> SafeString:
    """A stored path as a picture; an en dash where nothing was observed."""
    if not path:
        return format_html('<span class="dim">{}</span>', NOTHING)
    spoken = format_html(' role="img" aria-label="{}"', label) if label else mark_safe(' aria-hidden="true"')
    return format_html(
        '<svg class="{}" viewBox="0 0 {} {}"{}><path d="{}"/></svg>',
        classes("spark", tone),
        SPARK_WIDTH,
        SPARK_HEIGHT,
        spoken,
        path,
    )


def bullet(
    value: Number | None, *, goal: Number | None = None, tone: str | None = None, label: str = "", high: Number = 100
) -> SafeString:
    """A bar from 0 to `high` with a tick at the goal; a dashed track where nothing was observed.

    `tone` None takes the tone of the value, "" the accent colour.
    """
    said = gettext("unobserved") if value is None else number(value)
    sentence = f"{label}: {said}" if label else said
    if goal is not None:
        sentence += ", " + gettext("goal %(goal)s") % {"goal": number(goal)}
    parts = []
    if value is not None:
        share = min(max(float(value) / float(high), 0.0), 1.0)
        tone = tone_of(share * 100) if tone is None else tone
        parts.append(
            format_html(
                '<rect class="bar {}" y="4" width="{}%" height="5" rx="2.5"/>',
                tone or "is-plain",
                coordinate(share * 100),
            )
        )
    if goal is not None:
        at = min(max(float(goal) / float(high), 0.0), 1.0) * 100
        parts.append(
            format_html('<rect class="goal" x="{}%" y="1" width="2" height="11" rx="1"/>', coordinate(min(at, 99)))
        )
    return format_html(
        '<svg class="{}" role="img" aria-label="{}"><title>{}</title>'
        '<rect class="track" y="4" width="100%" height="5" rx="2.5"/>{}</svg>',
        classes("bullet", "is-unobserved" if value is None else ""),
        sentence,
        sentence,
        mark_safe("".join(parts)),  # noqa: S308 each part is escaped
    )
