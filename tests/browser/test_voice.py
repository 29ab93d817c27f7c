"""The listening half by hand: a survey is built and published, feedback is routed by keyboard, results are opened."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Product
from tests.browser.signing import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("product")]

# The builder shows its preview in a frame that may run no script: the browser says so.
SANDBOXED = "frame is sandboxed"


def complaints(lines: list[str]) -> list[str]:
    return [line for line in lines if SANDBOXED not in line]


def check_of(page: Page) -> None:
    """Open what stands between a draft and its publishing."""
    page.keyboard.press("p")
    expect(page.locator("dialog[open]")).to_contain_text("on the longest way")


def test_a_survey_is_built_seen_refused_mended_and_published(browser: Browser, product: Product) -> None:
    with signed_in(browser, product, "manager") as (page, watch):
        page.emulate_media(reduced_motion="reduce")
        page.goto(f"{product.url}/surveys/new/")
        page.fill("main [name=name]", "How was the training?")
        page.select_option("main [name=template]", "csat")
        page.click("main form button:has-text('Create')")
        page.wait_for_url(re.compile(r"/surveys/\d+/edit/"))
        page.get_by_role("button", name="Add a question").click()
        page.locator(":popover-open").get_by_role("button", name="Short text").click()
        words = page.locator("#question-form [name=text]")
        expect(page.locator("#q-type")).to_have_value("short_text")
        words.fill("")
        words.blur()
        expect(page.locator("#question-list")).to_contain_text("1 error")
        check_of(page)
        dialog = page.locator("dialog[open]")
        expect(dialog).to_contain_text("Must be put right")
        expect(dialog.locator("button[type=submit]", has_text="Publish")).to_have_count(0)
        dialog.get_by_role("link", name="Open the question").first.click()
        expect(page.locator("dialog[open]")).to_have_count(0)
        words.fill("Which course did you take?")
        words.blur()
        expect(page.frame_locator("#preview iframe").locator("body")).to_contain_text("Which course did you take?")
        check_of(page)
        for warning in dialog.locator("[name=accepted]").all():
            warning.check()
        dialog.locator("button[type=submit]", has_text="Publish").click()
        expect(page.locator("main")).to_contain_text("Version 1")
        assert complaints(watch.complaints) == []


def test_feedback_is_written_down_and_routed_without_a_mouse(browser: Browser, product: Product) -> None:
    with signed_in(browser, product, "csm") as (page, watch):
        page.emulate_media(reduced_motion="reduce")
        page.goto(f"{product.url}/accounts/")
        found = re.findall(r'href="(/accounts/\d+/)"', page.content())
        page.goto(f"{product.url}{found[0]}")
        page.keyboard.press("c")
        page.keyboard.press("f")
        words = page.locator("dialog[open] [name=text]")
        expect(words).to_be_focused()
        page.keyboard.type("They move to the new building in March.")
        page.keyboard.press("Control+Enter")
        expect(page.locator("dialog[open]")).to_have_count(0)
        page.goto(f"{product.url}/feedback/")
        row = page.locator("[data-row]", has_text="They move to the new building").first
        expect(row).to_be_visible()
        for _step in range(20):
            page.keyboard.press("j")
            if row.get_attribute("aria-current") or row.locator("[aria-current]").count():
                break
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.wait_for_url(re.compile(r"/feedback/\d+/"))
        page.keyboard.press("r")
        department = page.locator("dialog[open] [name=department]")
        expect(department).to_be_visible()
        department.select_option(label="Product")
        department.press("Control+Enter")
        expect(page.locator("dialog[open]")).to_have_count(0)
        expect(page.locator("main")).to_contain_text("Product")
        assert complaints(watch.complaints) == []


def test_results_open_and_keep_small_groups_unseen(browser: Browser, product: Product) -> None:
    with signed_in(browser, product, "manager") as (page, watch):
        page.emulate_media(reduced_motion="reduce")
        page.goto(f"{product.url}/surveys/")
        page.get_by_role("link", name="Relationship NPS").first.click()
        page.wait_for_url(re.compile(r"/surveys/\d+/$"))
        expect(page.locator(".result-kpis")).to_contain_text("Response rate")
        expect(page.locator("#results")).to_contain_text("promoters")
        page.goto(f"{product.url}/surveys/")
        page.get_by_role("link", name="User pulse, anonymous").first.click()
        page.wait_for_url(re.compile(r"/surveys/\d+/$"))
        expect(page.locator("#results")).to_contain_text("Groups of fewer than 5 people are not shown")
        # Three executives answered: no page says what they said.
        executives = page.locator(".result-bar select[name=persona] option", has_text="Executive")
        if executives.count():
            page.goto(f"{page.url}?persona=executive")
            expect(page.locator("#results")).to_contain_text("fewer than 5 people")
            expect(page.locator(".result-kpis")).not_to_contain_text("n 3")
        page.goto(f"{page.url.partition('?')[0]}results/comments/")
        expect(page.locator("#results")).not_to_contain_text("gave")
        assert complaints(watch.complaints) == []
