"""The charts of a review as SVG, for the preview and for paper."""

from ui import formats
from ui.charts import Bar, Figure, Series, bars, line
from ui.charts.frame import Target
from workspace.formulas.slides import Bars, Trend, clip

# Half-widths that fit above a bar of half a slide.
NAME_WIDTH = 46


def draw(chart: Bars | Trend, *, target: Target, is_wide: bool) -> Figure | None:
    """One chart in the room that its slide has; None where no value is known."""
    if isinstance(chart, Trend):
        series = [Series(chart.name, chart.points)]
        return line(series, title=chart.title, unit=chart.unit, slot="l" if is_wide else "m", low=0, target=target)
    rows = [Bar(clip(row.label, NAME_WIDTH), row.value, row.goal) for row in chart.rows]
    return bars(
        rows,
        title=chart.title,
        unit=chart.unit,
        slot="m" if is_wide else "s",
        high=chart.high,
        goal_name=chart.goal_name,
        write=lambda value: formats.number(value, 1),
        target=target,
    )
