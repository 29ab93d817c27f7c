"""The behaviour layer in a real Chromium: keys, palette, lists, theme, folding."""

from collections.abc import Iterator

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.chromium import Watch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, color_scheme="light", reduced_motion="reduce"
    )
    opened = context.new_page()
    watch = Watch(opened, live_server.url)
    opened.goto(f"{live_server.url}/_/components/")
    yield opened
    assert watch.complaints == []
    context.close()


def sign_in(page: Page, base: str, client: Client) -> None:
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": base}])
    page.reload()


def test_the_palette_opens_finds_and_goes(page: Page, live_server: LiveServer, as_csm: Client) -> None:
    sign_in(page, live_server.url, as_csm)
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    page.keyboard.type("insi")
    expect(page.locator("#palette [aria-selected=true]")).to_contain_text("Insights")
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()


def test_help_lists_what_the_page_has(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    expect(page.locator("#help li", has_text="Fold the sidebar")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("[")
    assert page.evaluate("document.documentElement.dataset.side") == "folded"


def test_keys_are_silent_while_typing_in_dialogs_and_when_turned_off(page: Page) -> None:
    page.locator("#list input[type=search]").focus()
    page.keyboard.type("[")
    assert page.evaluate("document.documentElement.dataset.side") == "open"
    page.evaluate("document.activeElement.blur()")
    page.get_by_role("button", name="Dialog", exact=True).click()
    page.keyboard.press("[")
    assert page.evaluate("document.documentElement.dataset.side") == "open"
    page.keyboard.press("Escape")
    page.evaluate("document.documentElement.dataset.keys = 'off'")
    page.keyboard.press("[")
    assert page.evaluate("document.documentElement.dataset.side") == "open"


def test_rows_by_keyboard(page: Page) -> None:
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("[data-row][aria-current=true]")).to_have_count(1)
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.closest('[data-row]') !== null")
    page.locator("#list [data-row] a").nth(0).focus()
    page.locator("#list input[name=selected]").nth(0).click()
    page.locator("#list input[name=selected]").nth(2).click(modifiers=["Shift"])
    assert page.locator("#list input[name=selected]:checked").count() == 3


def test_theme_and_folding_hold_on_the_next_page_without_a_flash(page: Page) -> None:
    with page.expect_response(lambda answer: answer.url.endswith("/_/theme/")) as answer:
        page.get_by_role("button", name="Light or dark").first.click()
    assert answer.value.status == 204
    page.keyboard.press("[")
    html = page.request.get(page.url).text()
    assert 'data-theme="dark"' in html
    assert 'data-side="folded"' in html


def test_a_day_is_read_while_it_is_typed(page: Page, live_server: LiveServer, as_csm: Client) -> None:
    sign_in(page, live_server.url, as_csm)
    page.locator("#fresh_renews_on").fill("2027-03-05")
    expect(page.locator(".date-field output").first).to_contain_text("5 Mar 2027")
    assert page.locator(".date-field [data-native]").first.input_value() == "2027-03-05"


def test_a_toast_says_it_and_offers_undo(page: Page) -> None:
    page.evaluate(
        "document.body.dispatchEvent(new CustomEvent('toast', {bubbles: true, detail: {text: 'Saved', undo: '/x/'}}))"
    )
    toast = page.locator(".toast")
    expect(toast).to_contain_text("Saved")
    expect(toast.get_by_role("button", name="Undo")).to_be_visible()
    toast.get_by_role("button", name="Close").click()
    expect(toast).to_have_count(0)


def test_columns_move_without_dragging(page: Page) -> None:
    page.get_by_role("button", name="Display: columns").first.click()
    first = page.locator("#columns li").nth(1)
    name = first.inner_text()
    first.get_by_role("button", name="Down").click()
    assert page.locator("#columns li").nth(2).inner_text() == name


def test_charts_step_by_arrow_keys(page: Page) -> None:
    page.locator("svg.chart[tabindex='0']").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".chart-tip").first).to_contain_text("Health")
