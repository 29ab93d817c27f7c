"""Looking at a page as it stands: axe in light, dark and at 390 px, and whether anything sticks out sideways."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize

from tests.browser.signing import DESKTOP, PHONE

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
EVERYTHING = {"runOnly": {"type": "tag", "values": TAGS}}
# The same elements in other colours and at another size: only these can differ, and all rules take three times as long.
OTHERWISE = {
    "runOnly": {
        "type": "rule",
        "values": ["color-contrast", "target-size", "scrollable-region-focusable", "aria-hidden-focus", "empty-heading",
                   "heading-order", "landmark-one-main", "page-has-heading-one", "region", "meta-viewport"],
    }
}  # fmt: skip
AXE = Axe()
# Contrast is most of what axe works at: of texts of one class, colours and size on a page the first stands for all.
MARK_LOOKS = """({include, exclude}) => {
  const grounds = new Map([[null, ""]]), seen = new Set();
  const ground = (one) => {
    if (!grounds.has(one)) {
      const style = getComputedStyle(one), below = ground(one.parentElement);
      const faded = style.opacity === "1" ? "" : style.opacity;
      const own = style.backgroundImage === "none" ? "" : `${grounds.size}`;
      const covers = /^rgb\\(/.test(style.backgroundColor);
      const colour = style.backgroundColor === "rgba(0, 0, 0, 0)" ? "" : style.backgroundColor;
      grounds.set(one, (covers ? "" : below) + colour + own + faded);
    }
    return grounds.get(one);
  };
  const left = exclude.join();
  document.querySelectorAll("[data-look]").forEach((one) => one.removeAttribute("data-look"));
  for (const one of document.querySelectorAll(include ? `${include[0]} *` : "body *")) {
    const says = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!says && !one.matches("input, select, textarea")) continue;
    if (!one.checkVisibility({visibilityProperty: true}) || one.closest(left)) continue;
    const style = getComputedStyle(one);
    const words = [one.tagName, one.getAttribute("class"), style.color, style.fontSize, style.fontWeight];
    const look = [...words, ground(one)].join();
    if (!seen.has(look)) one.setAttribute("data-look", "");
    seen.add(look);
  }
  axe.configure({rules: [{id: "color-contrast", selector: "[data-look]"}]});
}"""
# Rows of one kind are drawn by one template: the first few of a list stand for all.
ALIKE = ["tbody > tr:nth-child(n+6)", "[data-rows] > :nth-child(n+8)", "ol.timeline > :nth-child(n+12)"]
# What every page has, drawn by one template: looked at on the first page of a person.
SHELL = [".side", ".tabbar", ".top-end"]


def violations(page: Page, part: str | None, options: dict[str, Any], *, shell: bool) -> list[str]:
    """What axe finds on the page or in a part of it, one line each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.axe_script)
    # No rule that is asked for reads the style sheets themselves, which axe would fetch anew for each run.
    asked = "([where, options]) => axe.run(where, {...options, resultTypes: ['violations'], preload: false})"
    where = {"exclude": [[rows] for rows in ALIKE + ([] if shell else SHELL)]} | ({"include": [[part]]} if part else {})
    page.evaluate(MARK_LOOKS, where)
    found = page.evaluate(asked, [where, options])["violations"]
    return [f"{row['id']}: {row['help']} at {row['nodes'][0]['target']} ({len(row['nodes'])}x)" for row in found]


def complaints_of(page: Page, name: str, part: str | None = None, *, shell: bool = True) -> list[str]:
    """Everything that is wrong with the page as it stands: light on a desk, dark on a phone.

    What opens is looked at in one of the two, by its name: it is made of components that are shown in both elsewhere.
    """
    is_light, is_dark = (not part or len(name) % 2 == 0), (not part or len(name) % 2 == 1)
    found: list[str] = []
    # Without motion, so that no colour is on its way while axe reads it.
    if is_light:
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        found += [f"{name}: {line}" for line in violations(page, part, EVERYTHING, shell=shell)]
        found += too_wide(page, name, DESKTOP)
    if is_dark:
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        page.set_viewport_size(PHONE)
        # What was out of sight is laid out anew with the next frames.
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        rules = OTHERWISE if is_light else EVERYTHING
        found += [f"{name}, dark, 390 px: {line}" for line in violations(page, part, rules, shell=shell)]
        found += too_wide(page, name, PHONE)
        page.set_viewport_size(DESKTOP)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
    return found


def too_wide(page: Page, name: str, size: ViewportSize) -> list[str]:
    """A line when the page scrolls sideways."""
    over = page.evaluate("document.scrollingElement.scrollWidth - window.innerWidth")
    return [f"{name}, {size['width']} px: {over} px too wide"] if over > 0 else []
