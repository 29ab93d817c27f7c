"""A form that was refused shows what is wrong with it, wherever the person pressed."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Product
from tests.browser.signing import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("product")]


def test_a_refused_form_goes_to_its_fault(browser: Browser, product: Product) -> None:
    with signed_in(browser, product, "manager") as (page, _watch):
        page.set_viewport_size({"width": 390, "height": 500})
        page.goto(f"{product.url}/measures/new/formula/")
        save = page.get_by_role("button", name="Save", exact=True).last
        save.scroll_into_view_if_needed()
        expect(page.locator("#id_label")).not_to_be_in_viewport()
        save.click()
        expect(page.locator("#id_label")).to_be_focused()
        expect(page.locator("#id_label")).to_be_in_viewport()


def test_one_press_sends_a_dialog_whose_list_is_open(browser: Browser, product: Product) -> None:
    with signed_in(browser, product, "admin") as (page, _watch):
        page.goto(f"{product.url}/events/quarantine/")
        page.locator("tr[data-row]", has_text="robot-7").get_by_text("Map", exact=True).click()
        expect(page.locator("#dialog [role=option]").first).to_be_visible()
        page.locator("#dialog").get_by_role("button", name="Map", exact=True).click()
        expect(page.locator("#dialog .error")).to_be_visible()
