"""Charts drawn on the server: pure functions from numbers to SVG or HTML, no script, no style attribute."""

from ui.charts.bars import Passage, Step, funnel, waterfall
from ui.charts.frame import Figure
from ui.charts.heat import heat
from ui.charts.lines import Estimate, Marker, Series, Zone, band, line
from ui.charts.marks import bullet, spark, spark_path
from ui.charts.pareto import Portion, pareto
from ui.charts.points import Dot, quadrant
from ui.charts.ranks import Bar, bars
from ui.charts.sankey import Station, sankey
from ui.charts.whiskers import Reach, whiskers

__all__ = [
    "Bar",
    "Dot",
    "Estimate",
    "Figure",
    "Marker",
    "Passage",
    "Portion",
    "Reach",
    "Series",
    "Station",
    "Step",
    "Zone",
    "band",
    "bars",
    "bullet",
    "funnel",
    "heat",
    "line",
    "pareto",
    "quadrant",
    "sankey",
    "spark",
    "spark_path",
    "waterfall",
    "whiskers",
]
