"""The browser of the tests: Debian's Chromium, driven by Playwright."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect, sync_playwright

# Machines are shared and slow at times; a test fails for what a page shows, not for how fast.
expect.set_options(timeout=20_000)

MISSING = "no Chromium found: install it (Debian: apt-get install chromium) or name it in CHROMIUM=/path/to/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium_path() -> str | None:
    """Where Chromium is, or None."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def open_browser() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        yield browser
        browser.close()


class Watch:
    """Notes what a page must not do: errors in the console, broken policy, requests to another host."""

    def __init__(self, page: Page, base: str) -> None:
        self.complaints: list[str] = []
        page.on("console", lambda message: self._note(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self._note(str(error)))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((base, "data:", "blob:"))
                else self._note(f"foreign request {request.url}")
            ),
        )

    def _note(self, text: str) -> None:
        # A form that was filled in wrongly answers 422: the browser logs it, the page shows it. One that was
        # given up for a newer one is logged by htmx; one that failed is logged under other names too.
        if "422" not in text and not text.startswith(("htmx:sendAbort", "htmx:afterRequest")):
            self.complaints.append(text)
