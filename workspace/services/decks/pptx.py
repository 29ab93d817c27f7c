"""The review as a PowerPoint file with native charts, which people can edit. Loaded by workers alone."""

import io
import re
from collections.abc import Sequence
from typing import Any

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_TICK_LABEL_POSITION
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Emu, Inches, Pt

from workspace.formulas.slides import Bars, Block, Line, Number, Review, Slide, Trend, clip

WIDE, TALL = Inches(13.333), Inches(7.5)
EDGE = Inches(0.65)
INNER = Emu(WIDE - 2 * EDGE)
GAP = Inches(0.4)
FLOOR = Inches(6.85)
ACCENT, INK, QUIET, TINT, GOOD, RISK, CRITICAL = (
    RGBColor.from_string(code) for code in ("4A3FD0", "1B1D24", "565B69", "F4F4F8", "00704A", "9A5200", "C01825")
)
TONES = {"good": GOOD, "great": GOOD, "risk": RISK, "watch": RISK, "critical": CRITICAL}
TITLE_ONLY = 5
LINE_WIDTH = 150
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# What the properties of a file may hold is 255 letters.
PROPERTY_WIDTH = 240


def write_pptx(review: Review) -> bytes:
    """One slide each, the notes where the presenter reads them."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = WIDE, TALL
    deck.core_properties.title = _clean(clip(f"{review.account}: {review.title}", PROPERTY_WIDTH))
    deck.core_properties.author = _clean(clip(review.company, PROPERTY_WIDTH))
    deck.core_properties.language = review.language
    for number, slide in enumerate(review.slides, start=1):
        page: Any = deck.slides.add_slide(deck.slide_layouts[TITLE_ONLY])
        if slide.name == "title":
            _cover(page, review, slide)
        else:
            _page(page, slide)
        _foot(page, review, number)
        if slide.notes:
            page.notes_slide.notes_text_frame.text = _clean(slide.notes)
    kept = io.BytesIO()
    deck.save(kept)
    return kept.getvalue()


def _clean(text: str) -> str:
    """Without the letters that XML cannot hold."""
    return NOT_XML.sub("", text)


def _title(page: Any, text: str, *, top: int, size: int, tall: int) -> None:
    title = page.shapes.title
    title.left, title.top, title.width, title.height = EDGE, top, INNER, tall
    frame = title.text_frame
    frame.word_wrap = True
    frame.vertical_anchor = MSO_ANCHOR.TOP
    frame.text = _clean(text)
    paragraph = frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.LEFT
    _style(paragraph.runs, size=size, bold=True)


def _style(runs: Sequence[Any], *, size: float, bold: bool = False, colour: RGBColor = INK) -> None:
    for run in runs:
        run.font.size, run.font.bold, run.font.color.rgb = Pt(size), bold, colour


def _box(page: Any, left: int, top: int, width: int, height: int) -> Any:
    frame = page.shapes.add_textbox(left, top, width, height).text_frame
    frame.word_wrap = True
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    return frame


def _say(
    frame: Any, text: str, *, size: float, bold: bool = False, colour: RGBColor = INK, after: float = 0, first: bool
) -> Any:
    paragraph = frame.paragraphs[0] if first else frame.add_paragraph()
    run = paragraph.add_run()
    run.text = _clean(text)
    paragraph.space_after = Pt(after)
    _style([run], size=size, bold=bold, colour=colour)
    return paragraph


def _cover(page: Any, review: Review, slide: Slide) -> None:
    bar = page.shapes.add_shape(1, EDGE, Inches(2.1), Inches(0.08), Inches(2.6))
    bar.fill.solid()
    bar.fill.fore_color.rgb = ACCENT
    bar.line.fill.background()
    _describe(bar, "")
    frame = _box(page, Emu(EDGE + Inches(0.35)), Inches(2.05), INNER, Inches(0.4))
    _say(frame, review.company, size=18, bold=True, colour=ACCENT, first=True)
    _title(page, clip(slide.title, 130), top=Inches(2.45), size=26 if review.is_long else 40, tall=Inches(1.3))
    page.shapes.title.left = Emu(EDGE + Inches(0.28))
    frame = _box(page, Emu(EDGE + Inches(0.35)), Inches(3.75), Emu(INNER - Inches(0.4)), Inches(1.6))
    _say(frame, review.title, size=24, first=True)
    _say(frame, review.period, size=18, colour=QUIET, first=False)
    if slide.text:
        _say(frame, slide.text, size=16, first=False)


def _page(page: Any, slide: Slide) -> None:
    _title(page, slide.title, top=Inches(0.45), size=28, tall=Inches(0.6))
    top: int = Inches(1.2)
    if slide.text:
        _say(_box(page, EDGE, top, INNER, Inches(0.6)), slide.text, size=16, colour=QUIET, first=True)
        top = Inches(1.75)
    if not (slide.numbers or slide.chart or slide.blocks):
        _say(_box(page, EDGE, top, INNER, Inches(1)), slide.empty, size=20, colour=QUIET, first=True)
        return
    if slide.numbers:
        _numbers(page, slide.numbers, top)
        top = Emu(top + Inches(1.3))
    half = Emu((INNER - GAP) // 2)
    if slide.chart:
        width = half if slide.blocks else INNER
        _chart(page, slide.chart, top, width)
    if not slide.chart and len(slide.blocks) == 2:
        for place, block in enumerate(slide.blocks):
            _blocks(page, (block,), Emu(EDGE + place * (half + GAP)), top, half)
    elif slide.blocks:
        left = Emu(EDGE + half + GAP) if slide.chart else EDGE
        _blocks(page, slide.blocks, left, top, half if slide.chart else INNER)


def _numbers(page: Any, numbers: Sequence[Number], top: int) -> None:
    width = Emu((INNER - GAP // 2 * (len(numbers) - 1)) // len(numbers))
    for place, number in enumerate(numbers):
        left = Emu(EDGE + place * (width + GAP // 2))
        tile = page.shapes.add_shape(1, left, top, width, Inches(1.1))
        tile.fill.solid()
        tile.fill.fore_color.rgb = TINT
        tile.line.fill.background()
        tile.shadow.inherit = False
        frame = tile.text_frame
        frame.word_wrap = True
        frame.vertical_anchor = MSO_ANCHOR.MIDDLE
        lines = [(number.label, 12, False, QUIET), (number.value, 24, True, INK), (number.note, 11, False, QUIET)]
        for index, (text, size, bold, colour) in enumerate(lines):
            if text:
                said = _say(frame, clip(text, 60), size=size, bold=bold, colour=colour, first=index == 0)
                said.alignment = PP_ALIGN.LEFT


def _blocks(page: Any, blocks: Sequence[Block], left: int, top: int, width: int) -> None:
    frame = _box(page, left, top, width, Emu(FLOOR - top))
    first = True
    for block in blocks:
        said = _say(frame, block.title, size=14, bold=True, colour=QUIET, after=4, first=first)
        first = False
        if block.more:
            more = said.add_run()
            more.text = f"   {block.more}"
            _style([more], size=12, colour=QUIET)
        for line in block.lines:
            _line(frame, line, block.is_quotes)


def _line(frame: Any, line: Line, is_quote: bool) -> None:
    words = f"“{line.text}”" if is_quote else clip(line.text, LINE_WIDTH)
    said = _say(frame, words, size=14, after=0 if line.sub else 6, first=False)
    if line.mark:
        run = said.add_run()
        run.text = _clean(f"   {line.mark}")
        _style([run], size=12, bold=True, colour=TONES.get(line.tone, QUIET))
    if line.sub:
        _say(frame, clip(line.sub, LINE_WIDTH), size=11, colour=QUIET, after=6, first=False)


def _chart(page: Any, chart: Bars | Trend, top: int, width: int) -> None:
    data = CategoryChartData()
    if isinstance(chart, Trend):
        kind = XL_CHART_TYPE.LINE
        data.categories = [day for day, _value in chart.points]
        data.add_series(chart.name, [value for _day, value in chart.points])
    else:
        kind = XL_CHART_TYPE.BAR_CLUSTERED
        data.categories = [_clean(clip(row.label, 44)) for row in chart.rows]
        data.add_series(chart.name, [row.value for row in chart.rows])
        if any(row.goal is not None for row in chart.rows):
            data.add_series(chart.goal_name, [row.goal for row in chart.rows])
    graphic = page.shapes.add_chart(kind, EDGE, top, width, Emu(FLOOR - top), data)
    _describe(graphic, _sentence(chart))
    _dress(graphic.chart, chart)


def _dress(drawn: Any, chart: Bars | Trend) -> None:
    drawn.font.size = Pt(11)
    drawn.font.color.rgb = QUIET
    drawn.has_title = True
    drawn.chart_title.text_frame.text = f"{chart.title} ({chart.unit})"
    _style(drawn.chart_title.text_frame.paragraphs[0].runs, size=13, bold=True, colour=QUIET)
    plot = drawn.plots[0]
    drawn.has_legend = len(plot.series) > 1
    if drawn.has_legend:
        drawn.legend.position = XL_LEGEND_POSITION.BOTTOM
        drawn.legend.include_in_layout = False
    values = drawn.value_axis
    values.minimum_scale = 0
    values.major_gridlines.format.line.color.rgb = RGBColor.from_string("DFE1E6")
    values.format.line.fill.background()
    if isinstance(chart, Trend):
        plot.series[0].smooth = False
        plot.series[0].format.line.color.rgb = ACCENT
        plot.series[0].format.line.width = Pt(2)
        drawn.category_axis.tick_labels.number_format = "d mmm"
        drawn.category_axis.tick_labels.number_format_is_linked = False
        return
    if chart.high is not None:
        values.maximum_scale = chart.high
    drawn.category_axis.reverse_order = True
    # A turned axis brings the other one along to the top; its labels belong to the far end, the bottom.
    values.tick_label_position = XL_TICK_LABEL_POSITION.HIGH
    drawn.category_axis.format.line.color.rgb = RGBColor.from_string("8A8F9C")
    plot.gap_width = 60
    plot.has_data_labels = True
    plot.data_labels.show_value = True
    plot.data_labels.number_format = "#,##0.#" if any(row.value % 1 for row in chart.rows) else "#,##0"
    plot.data_labels.number_format_is_linked = False
    for series, colour in zip(plot.series, (ACCENT, RGBColor.from_string("C9CBD3")), strict=False):
        series.format.fill.solid()
        series.format.fill.fore_color.rgb = colour
        series.invert_if_negative = False


def _sentence(chart: Bars | Trend) -> str:
    """What the chart says, for those who cannot see it."""
    if isinstance(chart, Trend):
        seen = [(day, value) for day, value in chart.points if value is not None]
        said = [f"{day.isoformat()} {value}" for day, value in (*seen[:1], *seen[-1:])]
    else:
        said = [f"{row.label} {row.value:g}" for row in chart.rows]
    return _clean(f"{chart.title} ({chart.unit}): " + ", ".join(said))


def _describe(shape: Any, text: str) -> None:
    """Alternative text; python-pptx has no way of its own."""
    shape._element.xpath(".//p:cNvPr")[0].set("descr", text)


def _foot(page: Any, review: Review, number: int) -> None:
    frame = _box(page, EDGE, Inches(7.05), Emu(INNER - Inches(2.5)), Inches(0.3))
    _say(frame, clip(f"{review.company} · {review.confidential}", 120), size=10, colour=QUIET, first=True)
    frame = _box(page, Emu(WIDE - EDGE - Inches(2.5)), Inches(7.05), Inches(2.5), Inches(0.3))
    _say(frame, f"{review.made} · {number}", size=10, colour=QUIET, first=True).alignment = PP_ALIGN.RIGHT
