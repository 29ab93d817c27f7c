"""The review as a PDF of 16:9 pages, tagged for screen readers. Loaded by workers alone."""

from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import override

from ui.pango import CURE, has_pango
from ui.pdf import draw_pages
from workspace.formulas.slides import Review
from workspace.services.decks.preview import drawn_slides
from workspace.services.decks.problems import CannotBeMade

STYLES = Path("static") / "pages" / "deck.css"
# What follows in the file is for screens.
BUILDER = "/* The builder alone. */"


def write_pdf(review: Review) -> bytes:
    """Draw every page.

    Raises:
        CannotBeMade: where Pango is missing, with what to install.
    """
    if not has_pango():
        raise CannotBeMade(CURE)
    with override(review.language):
        page = render_to_string("workspace/decks/print.html", {"review": review, "drawn": drawn_slides(review, "pdf")})
    return draw_pages(page, (settings.BASE_DIR / STYLES).read_text().partition(BUILDER)[0] + "}")
