"""Charts drawn on the server: pure functions from numbers to SVG or HTML, no script, no style attribute."""

from ui.charts.marks import bullet, spark, spark_path

__all__ = ["bullet", "spark", "spark_path"]
