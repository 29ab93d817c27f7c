"""What is typed while the server draws a form anew is never overwritten, and what was pressed is not forgotten."""

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import Product
from tests.browser.signing import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("product")]


class Held:
    """The first POST to `path` waits until the test lets it go."""

    def __init__(self, page: Page, path: str) -> None:
        self.page, self.path = page, path
        self.routes: list[Route] = []
        page.route(f"**{path}", self._hold)

    def _hold(self, route: Route) -> None:
        if self.routes:
            route.continue_()
        else:
            self.routes.append(route)

    def let_go(self) -> None:
        """Its answer comes, and the page has dealt with it."""
        with self.page.expect_response(f"**{self.path}") as answer:
            self.routes[0].continue_()
        answer.value.finished()
        self.page.evaluate("new Promise((done) => setTimeout(done, 100))")


def test_a_number_typed_while_the_formula_is_drawn_anew_stays(browser: Browser, product: Product) -> None:
    with signed_in(browser, product, "manager") as (page, watch):
        page.goto(f"{product.url}/measures/new/formula/")
        page.select_option("#f-0-figure", "tickets.opened")
        days = page.locator("#f-0-days")
        days.wait_for()
        held = Held(page, "/measures/build/")
        with page.expect_request("**/build/"):
            page.select_option("#f-0-then", "divide")
        days.fill("7")
        held.let_go()
        expect(days).to_have_value("7")
        expect(days).to_be_focused()
        days.press("Tab")
        expect(page.locator("#f-0-0-days")).to_have_value("7")
        expect(page.locator("#f-0-1-figure")).to_be_visible()
        # Saved while the next drawing is under way, with another number typed meanwhile.
        held = Held(page, "/measures/build/")
        with page.expect_request("**/build/"):
            page.select_option("#f-0-1-figure", "usage.users")
        page.locator("#f-0-0-days").fill("9")
        page.get_by_role("button", name="Save", exact=True).last.click()
        held.let_go()
        expect(page.locator("#id_label")).to_have_attribute("aria-invalid", "true")
        expect(page.locator("#f-0-0-days")).to_have_value("9")
        assert all("422" in line for line in watch.complaints), watch.complaints


def open_a_draft(page: Page, product: Product) -> None:
    """A new draft in its editor."""
    page.goto(f"{product.url}/scorecards/new/")
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_url("**/edit/")


def test_a_draft_that_is_saved_while_it_gets_a_row_is_saved(browser: Browser, product: Product) -> None:
    with signed_in(browser, product, "manager") as (page, watch):
        open_a_draft(page, product)
        page.fill("#name", "Ours")
        held = Held(page, "/edit/")
        with page.expect_request("**/edit/"):
            page.click("#exception-add")
        page.get_by_role("button", name="Save draft").click()
        held.let_go()
        expect(page.locator("#x-0-name")).to_be_visible()
        # A rule without a name is refused: the whole of the new form was sent.
        expect(page.locator("[name=x-0-name]")).to_have_attribute("aria-invalid", "true")
        assert all("422" in line for line in watch.complaints), watch.complaints


def test_a_weight_typed_while_the_scorecard_gets_a_row_stays(browser: Browser, product: Product) -> None:
    with signed_in(browser, product, "manager") as (page, watch):
        open_a_draft(page, product)
        bands = page.locator("[name=b-name]")
        count = bands.count()
        held = Held(page, "/edit/")
        with page.expect_request("**/edit/"):
            page.click("#band-add")
        page.fill("#c-adoption-weight", "33")
        held.let_go()
        expect(page.locator("#c-adoption-weight")).to_have_value("33")
        page.locator("#c-adoption-weight").press("Tab")
        expect(bands).to_have_count(count + 1)
        expect(page.locator("#c-adoption-weight")).to_have_value("33")
        assert not watch.complaints, watch.complaints
