"""What stays on the page after an edit: the row shows the new value, a saved note leaves no draft."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Product
from tests.browser.signing import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("product")]


def test_an_edited_row_shows_its_new_value_at_once(browser: Browser, product: Product) -> None:
    with signed_in(browser, product, "csm") as (page, watch):
        page.goto(f"{product.url}/accounts/")
        row = page.locator("tbody tr").nth(2)
        row.locator("a[href*=next_step]").click()
        page.fill("#popover [name=title]", "Ring 明天")
        page.fill("#popover [name=due_on]", "+1w")
        page.keyboard.press("Enter")
        expect(row).to_contain_text("Ring 明天")
        assert watch.complaints == []


def test_a_saved_note_leaves_no_draft_and_a_lost_one_comes_back(browser: Browser, product: Product) -> None:
    with signed_in(browser, product, "csm") as (page, watch):
        address = f"{product.url}/accounts/{product.story('champion-left')}/"
        page.goto(address)
        page.fill("#log-form textarea", "Half a thought")
        page.goto(address)
        expect(page.locator("#log-form textarea")).to_have_value("Half a thought")
        page.click("#log-form button[type=submit]")
        expect(page.get_by_text("Half a thought").first).to_be_visible()
        page.goto(address)
        expect(page.locator("#log-form textarea")).to_have_value("")
        assert watch.complaints == []
