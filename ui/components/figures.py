"""Charts in templates."""

from typing import Any

from django.template import Library

from ui.charts import Figure

register = Library()


@register.inclusion_tag("ui/chart_frame.html")
def chart_frame(figure: Figure | None, note: object = "", level: int = 2, empty: object = "") -> dict[str, Any]:
    """A chart in its card: title, unit, the drawing, "Show as table" and CSV; says so when there is nothing to draw."""
    return {"figure": figure, "note": note or (figure.note if figure else ""), "level": level, "empty": empty}
