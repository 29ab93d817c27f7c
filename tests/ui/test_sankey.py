"""The streams between stations."""

import re

from ui import charts
from ui.charts import Station

STATIONS = [Station("Signed", 90, 10, 5, "/board/"), Station("Onboarding", 60, 0, 30)]


def test_streams_are_as_wide_as_their_number_and_losses_are_named() -> None:
    figure = charts.sankey(STATIONS, title="The way", end="Renewed")
    assert figure is not None
    widths = [float(width) for width in re.findall(r'class="flow" [^>]*stroke-width="([\d.]+)"', figure.svg)]
    assert len(widths) == 2
    assert abs(widths[0] / widths[1] - 1.5) < 0.02
    assert "Signed: 10 lost" in figure.svg
    assert figure.svg.count("is-loss") == 1
    assert 'href="/board/"' in figure.svg
    assert list(figure.rows[0]) == ["Signed", 90, 10, 5]


def test_names_are_escaped_and_nothing_that_moved_is_no_drawing() -> None:
    figure = charts.sankey([Station("<b>", 1)], title="<i>")
    assert figure is not None
    assert "<b>" not in figure.svg
    assert "<i>" not in figure.svg
    assert charts.sankey([], title="The way") is None
    assert charts.sankey([Station("Signed", 0)], title="The way") is None


def test_print_carries_its_own_colours() -> None:
    figure = charts.sankey(STATIONS, title="The way", target="pdf")
    assert figure is not None
    assert ".flow{" in figure.svg
