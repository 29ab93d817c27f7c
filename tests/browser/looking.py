"""Looking at a page as it stands: axe in light, dark and at 390 px, and whether anything sticks out sideways."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize

from tests.browser.signing import DESKTOP, PHONE

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
EVERYTHING = {"runOnly": {"type": "tag", "values": TAGS}}
# The same elements in other colours, or at another size: only these can differ, and all rules take three times as long.
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
SIZES = {
    "runOnly": {
        "type": "rule",
        "values": ["target-size", "scrollable-region-focusable", "aria-hidden-focus", "empty-heading", "heading-order",
                   "landmark-one-main", "page-has-heading-one", "region", "meta-viewport"],
    }
}  # fmt: skip
AXE = Axe()
# Rows of one kind are drawn by one template: the first few of a list stand for all.
ALIKE = ["tbody > tr:nth-child(n+6)", "[data-rows] > :nth-child(n+8)", "ol.timeline > :nth-child(n+12)"]


def violations(page: Page, part: str | None, options: dict[str, Any]) -> list[str]:
    """What axe finds on the page or in a part of it, one line each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.axe_script)
    asked = "([where, options]) => axe.run(where, {...options, resultTypes: ['violations']})"
    where = {"exclude": [[rows] for rows in ALIKE]} | ({"include": [[part]]} if part else {})
    found = page.evaluate(asked, [where, options])["violations"]
    return [f"{row['id']}: {row['help']} at {row['nodes'][0]['target']} ({len(row['nodes'])}x)" for row in found]


def complaints_of(page: Page, name: str, part: str | None = None) -> list[str]:
    """Everything that is wrong with the page as it stands, at both sizes and in both colour schemes."""
    # Without motion, so that no colour is on its way while axe reads it.
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    found = [f"{name}: {line}" for line in violations(page, part, EVERYTHING)]
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    found += [f"{name}, dark: {line}" for line in violations(page, part, COLOURS)]
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    found += too_wide(page, name, DESKTOP)
    page.set_viewport_size(PHONE)
    # What was out of sight is laid out anew with the next frames.
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    found += [f"{name}, 390 px: {line}" for line in violations(page, part, SIZES)]
    found += too_wide(page, name, PHONE)
    page.set_viewport_size(DESKTOP)
    return found


def too_wide(page: Page, name: str, size: ViewportSize) -> list[str]:
    """A line when the page scrolls sideways."""
    over = page.evaluate("document.scrollingElement.scrollWidth - window.innerWidth")
    return [f"{name}, {size['width']} px: {over} px too wide"] if over > 0 else []
