"""Signing in as one of the demo's people."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

from tests.browser.conftest import Product
from tests.chromium import Watch

DESKTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}


@contextmanager
def signed_in(
    browser: Browser, product: Product, who: str, *, phone: bool = False, dark: bool = False
) -> Iterator[tuple[Page, Watch]]:
    """A page where `who`@example.com is signed in, and what it did wrong so far."""
    context = open_context(browser, phone=phone, dark=dark)
    page = context.new_page()
    page.set_default_timeout(30_000)
    watch = Watch(page, product.url)
    page.goto(f"{product.url}/login/")
    page.fill("input[name=login]", f"{who}@example.com")
    page.fill("input[name=password]", "perennial")
    page.click("form:has(input[name=password]) button[type=submit]")
    page.wait_for_url(lambda url: "/login/" not in url)
    yield page, watch
    context.close()


def open_context(browser: Browser, *, phone: bool = False, dark: bool = False) -> BrowserContext:
    """A fresh browser profile of one size and colour scheme; a phone has touch."""
    return browser.new_context(
        viewport=PHONE if phone else DESKTOP, color_scheme="dark" if dark else "light", has_touch=phone, is_mobile=phone
    )
