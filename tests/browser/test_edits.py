"""What stays on the page after an edit: a row shows its new value, a saved note is there, no draft is left."""

import contextlib
import uuid

import pytest
from playwright.sync_api import APIResponse, Browser, Error, Page, Route, expect

from tests.browser.conftest import Product
from tests.browser.signing import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("product")]


def save_note(page: Page, text: str) -> None:
    """Write a note, save it, and wait until it is stored and the log is empty again."""
    page.fill("#log-form textarea", text)
    with page.expect_response(lambda answer: answer.request.method == "POST" and "/log/" in answer.url):
        page.click("#log-form button[type=submit]")
    expect(page.locator("#log-form textarea")).to_have_value("")


def test_an_edited_row_shows_its_new_value_at_once(browser: Browser, product: Product) -> None:
    with signed_in(browser, product, "csm") as (page, watch):
        page.goto(f"{product.url}/accounts/")
        edit = page.locator("tbody tr a[href*=next_step]").nth(2)
        row = page.locator("tbody tr").filter(has=page.locator(f"a[href='{edit.get_attribute('href')}']"))
        edit.click()
        page.fill("#popover [name=title]", "Ring 明天")
        page.keyboard.press("Enter")
        expect(row).to_contain_text("Ring 明天")
        assert not watch.complaints, watch.complaints


def test_a_saved_note_leaves_no_draft_and_a_lost_one_comes_back(browser: Browser, product: Product) -> None:
    with signed_in(browser, product, "csm") as (page, watch):
        address = f"{product.url}/accounts/{product.story('champion-left')}/"
        page.goto(address)
        page.fill("#log-form textarea", "Half a thought")
        page.goto(address)
        expect(page.locator("#log-form textarea")).to_have_value("Half a thought")
        save_note(page, "Half a thought")
        expect(page.locator("#timeline")).to_contain_text("Half a thought")
        page.goto(address)
        expect(page.locator("#log-form textarea")).to_have_value("")
        assert not watch.complaints, watch.complaints


def test_a_note_that_is_saved_before_the_timeline_came_is_not_lost_from_it(browser: Browser, product: Product) -> None:
    late: list[tuple[Route, APIResponse]] = []
    note = f"Said before the timeline came: {uuid.uuid4()}"

    def hold_the_first(route: Route) -> None:
        if late:
            route.continue_()
        else:
            late.append((route, route.fetch()))

    with signed_in(browser, product, "csm") as (page, watch):
        page.route("**/accounts/*/history/**", hold_the_first)
        page.goto(f"{product.url}/accounts/{product.story('zombie')}/")
        expect(page.locator("#timeline .skeleton")).to_be_visible()
        while not late:  # what is held must be what was told before the note
            page.wait_for_timeout(50)
        save_note(page, note)
        [(route, without_the_note)] = late
        assert note not in without_the_note.text()
        with contextlib.suppress(Error):  # Given up by then: the page asked again.
            route.fulfill(response=without_the_note)
        expect(page.locator("#timeline")).to_contain_text(note)
        assert not watch.complaints, watch.complaints


def test_a_change_right_behind_the_first_load_loads_the_timeline_again(browser: Browser, product: Product) -> None:
    """A part that was just swapped in listens at once: there is no moment at which it misses what changed."""
    change_behind_the_first_swap = """
        document.addEventListener("htmx:afterSwap", (event) => {
            if (event.detail.target.id !== "timeline" || window.changedOnce) return;
            window.changedOnce = true;
            setTimeout(() => document.body.dispatchEvent(new CustomEvent("account-changed", { bubbles: true })), 0);
        });
    """
    with signed_in(browser, product, "csm") as (page, watch):
        loads: list[str] = []
        page.on("request", lambda request: loads.append(request.url) if "/history/" in request.url else None)
        page.add_init_script(change_behind_the_first_swap)
        page.goto(f"{product.url}/accounts/{product.story('zombie')}/")
        expect(page.locator("#timeline ol.timeline")).to_be_visible()
        page.wait_for_load_state("networkidle")
        assert len(loads) == 2
        assert not watch.complaints, watch.complaints
