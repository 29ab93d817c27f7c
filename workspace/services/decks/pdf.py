"""The review as a PDF of 16:9 pages, tagged for screen readers. Loaded by workers alone."""

from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import override

from workspace.formulas.slides import Review
from workspace.services.decks.pango import CURE
from workspace.services.decks.preview import drawn_slides
from workspace.services.decks.problems import CannotBeMade

try:
    from weasyprint import CSS, HTML
    from weasyprint.urls import URLFetcher
except OSError:  # WeasyPrint is there, the libraries that it draws with are not.
    HTML = CSS = None
    URLFetcher = object

STYLES = Path("static") / "pages" / "deck.css"
# What follows in the file is for screens.
BUILDER = "/* The builder alone. */"


class RefusingFetcher(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
    """SECURITY: nothing is fetched while drawing, whatever a text might smuggle in: no web, no file, no data."""

    def fetch(self, url: str, headers: object = None) -> object:
        """Refuse; WeasyPrint goes on without what it wanted."""
        raise ValueError(f"nothing is fetched for a review: {url[:80]}")


def write_pdf(review: Review) -> bytes:
    """Draw every page.

    Raises:
        CannotBeMade: where Pango is missing, with what to install.
    """
    if HTML is None:
        raise CannotBeMade(CURE)
    with override(review.language):
        page = render_to_string("workspace/decks/print.html", {"review": review, "drawn": drawn_slides(review, "pdf")})
    return draw_pages(page)


def draw_pages(page: str) -> bytes:
    """HTML as a PDF/UA file with our styles alone."""
    fetcher = RefusingFetcher()
    rules = (settings.BASE_DIR / STYLES).read_text().partition(BUILDER)[0] + "}"
    styles = CSS(string=rules, url_fetcher=fetcher)
    drawn: bytes = HTML(string=page, url_fetcher=fetcher).write_pdf(stylesheets=[styles], pdf_variant="pdf/ua-1")
    return drawn
