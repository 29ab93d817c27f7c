"""Results as a PDF of plain pages; the web server draws small ones itself."""

from collections.abc import Sequence
from typing import Any

from django.template.loader import render_to_string
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from team.clock import now
from ui.pango import CURE, has_pango
from voc.formulas.results.drawing import trend_figure
from voc.formulas.results.query import Query
from voc.formulas.results.words import interval_words, scale_name, write_value
from voc.selectors.results import Overview, Rates, Reading

# WeasyPrint comes with the first page: it is slow to load.
DRAW = "ui.pdf.draw_pages"
STYLES = """
@page { size: A4; margin: 16mm 14mm; @bottom-right { content: counter(page); font: 8pt sans-serif; color: #565b69 } }
body { font: 9.5pt sans-serif; color: #1b1d24 }
h1 { font-size: 16pt; margin: 0 } h2 { font-size: 11pt; margin: 14pt 0 3pt; break-after: avoid }
p { margin: 2pt 0 } .muted { color: #565b69 } .figure { font-size: 24pt; font-weight: 600; margin: 8pt 0 0 }
table { border-collapse: collapse; width: 100% }
th, td { text-align: start; padding: 2pt 4pt; border-bottom: .5pt solid #dfe1e6 }
td:not(:first-child), th:not(:first-child) { text-align: end; font-variant-numeric: tabular-nums }
svg { width: 100%; height: auto } thead { display: table-header-group } tr { break-inside: avoid }
"""


class CannotBePrinted(Exception):
    """Says in words what is missing."""


def print_pages(reading: Reading, overview: Overview, rates: Rates, blocks: Sequence[Any]) -> bytes:
    """The figures as pages. Raises CannotBePrinted where Pango is missing."""
    if not has_pango():
        raise CannotBePrinted(CURE)
    scale, headline = reading.asked.scale, overview.headline
    context = {
        "survey": reading.scope.survey,
        "filters": Query(reading.scope.survey.pk, reading.filters).string() or _("none"),
        "as_of": now(),
        "name": scale_name(scale) if scale else "",
        "value": write_value(scale, headline.value) if scale and headline else "",
        "interval": interval_words(headline) if headline else "",
        "trend": trend_figure(scale, overview.trend, target="pdf") if scale else None,
        "rates": rates,
        "blocks": blocks,
    }
    page = render_to_string("voc/results/print.html", context)
    drawn: bytes = import_string(DRAW)(page, STYLES)
    return drawn
