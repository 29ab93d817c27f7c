"""The components page in a real Chromium: no fault that axe finds, no complaint, no sideways scrolling."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from tests.browser.looking import EVERYTHING, OTHERWISE, violations
from tests.chromium import Watch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OPEN = "dialog[open], :popover-open"


@contextmanager
def open_components(
    browser: Browser, base: str, *, width: int = 1440, scheme: Literal["light", "dark"] = "light"
) -> Iterator[tuple[Page, Watch]]:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    watch = Watch(page, base)
    page.goto(f"{base}/_/components/")
    yield page, watch
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390, 320])
def test_nothing_for_axe_and_nothing_sideways(
    browser: Browser, live_server: LiveServer, scheme: Literal["light", "dark"], width: int
) -> None:
    # All rules once on a desk and once on a phone; elsewhere those that see colours and sizes.
    is_whole = (width, scheme) in {(1440, "light"), (390, "dark")}
    with open_components(browser, live_server.url, width=width, scheme=scheme) as (page, watch):
        assert violations(page, None, EVERYTHING if is_whole else OTHERWISE, looked=set()) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert watch.complaints == []


@pytest.mark.parametrize("opener", ["Dialog", "Drawer", "Menu", "Popover"])
def test_nothing_for_axe_in_what_opens(browser: Browser, live_server: LiveServer, opener: str) -> None:
    with open_components(browser, live_server.url) as (page, watch):
        page.get_by_role("button", name=opener, exact=True).click()
        page.wait_for_selector(OPEN)
        assert violations(page, OPEN, EVERYTHING, looked=set()) == []
        page.keyboard.press("Escape")
        assert page.locator(OPEN).count() == 0
        assert watch.complaints == []
