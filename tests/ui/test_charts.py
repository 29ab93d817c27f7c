"""Charts: whatever the numbers, the drawing is well-formed, stays inside its slot, and says what it shows."""

import datetime as dt
import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui import charts
from ui.charts.geometry import SLOTS, Scale, coordinate, downsample, ticks
from ui.charts.heat import bin_of

values = st.one_of(st.none(), st.floats(-1e6, 1e6), st.integers(-1000, 1000))
DAY = dt.date(2026, 1, 1)


def drawing(figure: charts.Figure) -> ElementTree.Element:
    assert "style=" not in figure.svg
    return ElementTree.fromstring(figure.svg)  # noqa: S314 our own drawing


def coordinates(root: ElementTree.Element) -> list[float]:
    found = []
    for node in root.iter():
        for name in ("x", "y", "cx", "cy", "width", "height"):
            if name in node.attrib and not node.attrib[name].endswith("%"):
                found.append(float(node.attrib[name]))
        found += [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", node.attrib.get("d", ""))]
    return found


@given(st.lists(values, max_size=40))
def test_a_spark_is_short_and_inside(points: list[float | None]) -> None:
    path = charts.spark_path(points)
    assert len(path) <= 160
    for x, y in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", path):
        assert 0 <= float(x) <= 72
        assert 0 <= float(y) <= 20
    assert bool(path) == any(value is not None for value in points[-12:])


@given(st.floats(-1e9, 1e9), st.floats(0, 1e9), st.integers(1, 10))
def test_ticks_are_even_and_cover(low: float, span: float, most: int) -> None:
    marks = ticks(low, low + span, most)
    nearly = max(abs(low), span, 1) * 1e-6
    assert marks[0] <= low + nearly
    assert marks[-1] >= low + span - nearly
    assert all(after > before for before, after in pairwise(marks))
    assert len(marks) <= most + 3


@given(st.floats(-1e5, 1e5))
def test_coordinates_have_one_decimal(value: float) -> None:
    assert abs(float(coordinate(value)) - value) <= 0.051
    assert coordinate(value) != "-0"


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), max_size=300), st.integers(4, 60))
def test_downsampling_keeps_ends_and_extremes(points: list[tuple[float, float]], most: int) -> None:
    kept = downsample(points, most)
    assert len(kept) <= max(most, len(points) if len(points) <= most else 0)
    if points:
        assert (kept[0], kept[-1]) == (points[0], points[-1])
        assert max(y for _, y in kept) == max(y for _, y in points)


@given(st.lists(values, min_size=1, max_size=60), st.sampled_from(["s", "m", "l"]))
def test_a_line_stays_inside_its_slot(points: list[float | None], slot: str) -> None:
    series = charts.Series("Health <b>", [(DAY + dt.timedelta(days=i), value) for i, value in enumerate(points)])
    figure = charts.line([series], title="A & B", slot=slot)
    if figure is None:
        assert all(value is None for value in points)
        return
    root = drawing(figure)
    assert all(-1 <= number <= SLOTS[slot].width + 1 for number in coordinates(root))
    assert root.attrib["role"] == "img"
    assert "A & B" in root.attrib["aria-label"]
    assert len(figure.rows) == len(points)


def test_every_point_has_a_title() -> None:
    series = charts.Series("Health", [(DAY, 10), (DAY + dt.timedelta(days=7), None), (DAY + dt.timedelta(days=14), 30)])
    figure = charts.line([series], title="Health", zones=[charts.Zone(0, 40, "critical")], low=0, high=100)
    assert figure
    circles = drawing(figure).findall(".//{*}circle")
    assert [circle.findtext("{*}title") for circle in circles] == [
        "Health, 1 Jan 2026: 10",
        "Health, 15 Jan 2026: 30",
    ]
    assert len(drawing(figure).findall(".//{*}path[@class='line ']")) == 2, "a gap breaks the line"


def test_a_band_hides_its_line_where_answers_are_few() -> None:
    estimates = [
        charts.Estimate(DAY + dt.timedelta(days=30 * i), 30, 10, 50, n) for i, n in enumerate((40, 40, 5, 40, 40))
    ]
    figure = charts.band(estimates, title="NPS")
    assert figure
    root = drawing(figure)
    assert len(root.findall(".//{*}path[@class='line']")) == 2
    assert len(root.findall(".//{*}circle[@class='point is-few']")) == 1
    assert charts.band([], title="NPS") is None


@given(st.lists(st.tuples(st.integers(-10_000, 10_000), st.booleans()), min_size=1, max_size=8))
def test_a_waterfall_is_well_formed(steps: list[tuple[int, bool]]) -> None:
    figure = charts.waterfall([charts.Step(f"S{i}", n, is_total=t) for i, (n, t) in enumerate(steps)], title="W")
    assert figure
    root = drawing(figure)
    bars = [node for node in root.iter() if "step" in node.attrib.get("class", "").split()]
    assert len(bars) == len(steps)
    assert all(float(bar.attrib["height"]) >= 1 for bar in bars)


def test_a_waterfall_starts_at_zero() -> None:
    figure = charts.waterfall([charts.Step("Start", 100, True), charts.Step("Loss", -10)], title="W")
    assert figure and figure.rows == [["Start", "100"], ["Loss", "−10"]]
    ticks_shown = [node.text for node in drawing(figure).iter() if node.attrib.get("class") == "tick end"]
    assert "0" in ticks_shown


def test_a_waterfall_that_may_be_cut_shows_small_changes_and_where_it_is_cut() -> None:
    steps = [charts.Step("Before", 70, True), charts.Step("Loss", -2), charts.Step("After", 68, True)]
    heights = {}
    for can_cut in (False, True):
        figure = charts.waterfall(steps, title="W", can_cut=can_cut)
        assert figure
        root = drawing(figure)
        assert len(root.findall(".//{*}path[@class='break']")) == (2 if can_cut else 0)
        heights[can_cut] = float(root.findall(".//{*}rect[@class='step is-down']")[0].attrib["height"])
    assert heights[True] > 3 * heights[False]
    large = charts.waterfall([charts.Step("Before", 70, True), charts.Step("Loss", -50)], title="W", can_cut=True)
    assert large
    assert "break" not in large.svg


@given(st.lists(st.tuples(st.floats(-2, 2), st.floats(-2, 2), st.floats(0, 1e6)), max_size=320))
def test_a_quadrant_draws_at_most_its_largest(points: list[tuple[float, float, float]]) -> None:
    dots = [charts.Dot(f"D{i}", x, y, size=size, url="/x/") for i, (x, y, size) in enumerate(points)]
    figure = charts.quadrant(dots, title="Q", corners=("a", "b", "c", "d"), axes=("say", "do"))
    root = drawing(figure)
    assert len(root.findall(".//{*}circle")) == min(len(points), 300)
    assert root.attrib["role"] == ("group" if points else "img")
    assert bool(figure.note) == (len(points) > 300)
    assert all(figure.head)


@given(st.floats(-10, 200), st.floats(0, 50), st.floats(51, 100))
def test_shades_are_ten(value: float, low: float, high: float) -> None:
    assert 0 <= bin_of(value, low, high) <= 9


def test_heat_is_a_table_and_funnel_names_losses() -> None:
    heat = charts.heat([("2026 Q1", [100, 96, None])], title="Cohorts", columns=["Q0", "Q1", "Q2"])
    assert heat.svg.count("<td") == 3 and 'data-bin="9"' in heat.svg
    funnel = charts.funnel([charts.Passage("Signed", 430), charts.Passage("Onboarding", 412)], title="J")
    assert funnel and "lost: 18" in funnel.svg
    assert charts.funnel([], title="J") is None


def test_pictures_for_print_bring_their_palette() -> None:
    figure = charts.line([charts.Series("A", [(DAY, 1)])], title="A", target="pdf")
    assert figure and "<style>" in figure.svg and 'width="520"' in figure.svg


@pytest.mark.parametrize(("value", "state"), [(None, "unobserved"), (62, "watch")])
def test_a_bullet_says_its_number(value: int | None, state: str) -> None:
    drawn = charts.bullet(value, goal=80, label="Adoption")
    assert state in drawn and "goal 80" in drawn


def test_a_scale_of_no_length_maps_to_its_middle() -> None:
    assert Scale(3, 3, 0, 10)(3) == 5


@given(st.lists(st.tuples(st.floats(0, 1e9), st.none() | st.floats(0, 1e9)), min_size=1, max_size=12))
def test_bars_stay_inside_their_slot(rows: list[tuple[float, float | None]]) -> None:
    figure = charts.bars([charts.Bar("A <b>", value, goal) for value, goal in rows], title="A & B", slot="s")
    assert figure is not None
    assert "<b>" not in figure.svg
    assert all(
        0 < float(width) <= 320 for width in re.findall(r'funnel-bar" x="0" y="\d+" width="([\d.]+)"', figure.svg)
    )
    assert len(figure.rows) == len(rows)
