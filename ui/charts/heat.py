"""A table whose cells are shaded: cohorts by quarter."""

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ui.charts.frame import Figure, Text
from ui.charts.geometry import Number
from ui.charts.lines import Write, _whole

BINS = 10


def bin_of(value: Number, low: Number, high: Number) -> int:
    """The shade of a value, 0 to 9; values outside of low..high get the ends."""
    if high <= low:
        return 0
    share = (float(value) - float(low)) / (float(high) - float(low))
    return min(max(int(share * BINS), 0), BINS - 1)


def heat(
    rows: Sequence[tuple[Text, Sequence[Number | None]]],
    *,
    title: Text,
    columns: Sequence[Text],
    corner: Text = "",
    unit: Text = "",
    low: Number = 0,
    high: Number = 100,
    write: Write = _whole,
) -> Figure:
    """A real table: one row per cohort, one column per period; None leaves the cell empty."""
    head = format_html_join("", '<th scope="col">{}</th>', ((column,) for column in columns))
    body = format_html_join("", "<tr>{}</tr>", ((_row(name, values, low, high, write),) for name, values in rows))
    table = format_html(
        '<div class="table-wrap"><table class="heat"><caption class="sr-only">{}</caption>'
        '<thead><tr><th scope="col">{}</th>{}</tr></thead><tbody>{}</tbody></table></div>',
        title,
        corner,
        head,
        body,
    )
    return Figure(table, title, unit)


def _row(name: Text, values: Sequence[Number | None], low: Number, high: Number, write: Write) -> SafeString:
    cells = format_html_join(
        "",
        "<td{}>{}</td>",
        (
            (SafeString(""), "")
            if value is None
            else (format_html(' data-bin="{}"', bin_of(value, low, high)), write(value))
            for value in values
        ),
    )
    return format_html('<th scope="row">{}</th>{}', name, cells)
