"""The weeks of usage on a phone: the newest are in sight, beside the names of the features."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Product
from tests.browser.signing import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("product")]

BUSIEST = "SELECT account_id FROM engagement_usageday GROUP BY account_id ORDER BY count(*) DESC LIMIT 1"


def test_a_phone_shows_the_newest_weeks_and_the_names(browser: Browser, product: Product) -> None:
    ((account,),) = product.ask(BUSIEST)
    with signed_in(browser, product, "manager") as (page, watch):
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(f"{product.url}/accounts/{account}/usage/?weeks=26")
        heat = page.locator(".usage-heat")
        heat.scroll_into_view_if_needed()
        weeks = heat.locator("thead th:not(.usage-more)")
        expect(weeks.last).to_be_in_viewport(ratio=1)
        expect(weeks.nth(-5)).to_be_in_viewport(ratio=1)
        expect(weeks.nth(1)).not_to_be_in_viewport()
        expect(heat.locator("tbody th").first).to_be_in_viewport(ratio=0.9)
        assert not watch.complaints, watch.complaints
