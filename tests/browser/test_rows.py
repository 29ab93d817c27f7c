"""Going through a list: the next account in the order of the list, and keys that always mean the row one stands on."""

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser.conftest import Product
from tests.browser.signing import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("product")]


def test_accounts_follow_each_other_as_in_the_list_one_came_from(browser: Browser, product: Product) -> None:
    with signed_in(browser, product, "csm") as (page, watch):
        # A page that is left before it was shown: the browser complains of its own transition.
        page.emulate_media(reduced_motion="reduce")
        page.goto(f"{product.url}/accounts/?sort=-name")
        names = page.locator("tbody .account-name").all_inner_texts()
        page.locator("tbody .account-name").nth(1).click()
        expect(page.locator("h1")).to_have_text(names[1])
        expect(page.locator("[data-walk]")).to_contain_text(f"2 / {len(names)}")
        page.keyboard.press("2")
        page.wait_for_url("**/timeline/")
        page.keyboard.press("Shift+J")
        expect(page.locator("h1")).to_have_text(names[2])
        assert page.url.endswith("/timeline/")
        page.keyboard.press("Shift+K")
        expect(page.locator("h1")).to_have_text(names[1])
        page.keyboard.press("Shift+K")
        expect(page.locator("h1")).to_have_text(names[0])
        expect(page.locator("[data-walk-step='-1']")).to_have_attribute("aria-disabled", "true")
        assert not watch.complaints, watch.complaints


def test_a_key_never_means_the_row_before_while_the_preview_is_on_its_way(browser: Browser, product: Product) -> None:
    held: list[Route] = []
    with signed_in(browser, product, "sales") as (page, watch):
        page.goto(f"{product.url}/insights/?tab=triage")
        rows = page.locator("[data-row]")
        page.wait_for_selector("#peek [data-key='3']")
        page.route("**/peek/", lambda route: held.append(route))  # noqa: PLW0108 playwright marks the handler
        page.keyboard.press("j")
        expect(rows.nth(1)).to_have_attribute("aria-current", "true")
        page.keyboard.press("3")
        assert page.locator("dialog[open]").count() == 0
        page.wait_for_timeout(300)
        for route in held:
            route.continue_()
        page.unroute("**/peek/")
        expect(page.locator("#peek")).to_contain_text(rows.nth(1).locator(".title").inner_text())
        page.keyboard.press("3")
        expect(page.locator("#dialog")).to_contain_text(rows.nth(1).locator(".title").inner_text())
        assert not watch.complaints, watch.complaints
