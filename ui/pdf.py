"""HTML as a PDF file by WeasyPrint. It is slow to load: name this module by its path, so that it comes with the first
page. Whether the machine can draw at all says `ui.pango`."""

try:
    from weasyprint import CSS, HTML
    from weasyprint.urls import URLFetcher
except OSError:  # WeasyPrint is there, the libraries that it draws with are not.
    HTML = CSS = None
    URLFetcher = object


class RefusingFetcher(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
    """SECURITY: nothing is fetched while drawing, whatever a text might smuggle in: no web, no file, no data."""

    def fetch(self, url: str, headers: object = None) -> object:
        """Refuse; WeasyPrint goes on without what it wanted."""
        raise ValueError(f"nothing is fetched for a PDF: {url[:80]}")


def draw_pages(page: str, styles: str) -> bytes:
    """HTML as a PDF/UA file with these styles alone."""
    fetcher = RefusingFetcher()
    rules = CSS(string=styles, url_fetcher=fetcher)
    drawn: bytes = HTML(string=page, url_fetcher=fetcher).write_pdf(stylesheets=[rules], pdf_variant="pdf/ua-1")
    return drawn
