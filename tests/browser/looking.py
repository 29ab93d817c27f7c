"""Looking at a page as it stands: axe in light, dark and at 390 px, and whether anything sticks out sideways."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize

from tests.browser.signing import DESKTOP, PHONE

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
EVERYTHING = {"runOnly": {"type": "tag", "values": TAGS}}
# The same elements in other colours and at another size: only these can differ, and all rules take twice as long.
OTHERWISE = {
    "runOnly": {
        "type": "rule",
        "values": ["color-contrast", "target-size", "scrollable-region-focusable", "aria-hidden-focus", "empty-heading",
                   "heading-order", "landmark-one-main", "page-has-heading-one", "region", "meta-viewport"],
    }
}  # fmt: skip
# No rule that is asked for reads the style sheets themselves, which axe would fetch anew for each run. Selectors
# are a fifth of its work: what is wrong is shown as it stands in the page.
TOLD = {"resultTypes": ["violations", "incomplete"], "preload": False, "elementRef": True, "selectors": False}
AXE = Axe()
# Contrast is most of what axe works at: of texts of one class, colours and size the first stands for all, on this page
# and on those that follow. Those that axe could not tell are asked for again.
LOOK = """async ([{include, exclude, looked}, options]) => {
  const grounds = new Map([[null, ""]]), known = new Set(looked), seen = new Set(looked);
  const number = (text) => {
    let low = 5381, high = 52711;
    for (let at = 0; at < text.length; at++) {
      low = Math.imul(low, 33) ^ text.charCodeAt(at);
      high = Math.imul(high, 31) + text.charCodeAt(at) | 0;
    }
    return (high >>> 11) * 4294967296 + (low >>> 0);
  };
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
    const look = number([...words, ground(one)].join());
    if (!seen.has(look)) one.setAttribute("data-look", look);
    seen.add(look);
  }
  axe.configure({rules: [{id: "color-contrast", selector: "[data-look]"}]});
  const {violations, incomplete} = await axe.run(include ? {include, exclude} : {exclude}, options);
  const unsure = incomplete.filter(({id}) => id === "color-contrast").flatMap(({nodes}) => nodes);
  unsure.forEach(({element}) => element && seen.delete(Number(element.dataset.look)));
  const place = ([{html}]) => html.slice(0, 200);
  const lines = violations.map(({id, help, nodes}) => `${id}: ${help} at ${place(nodes)} (${nodes.length}x)`);
  return [lines, [...seen].filter((look) => !known.has(look))];
}"""
# What has just come in starts to slide, even if for no time: where it begins is seen until the next frame.
OVER = """async () => {
  const over = () => document.scrollingElement.scrollWidth - innerWidth;
  if (over() > 0) await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  return over();
}"""
# Rows of one kind are drawn by one template: the first few of a list stand for all.
ALIKE = ["tbody > tr:nth-child(n+6)", "[data-rows] > :nth-child(n+8)", "ol.timeline > :nth-child(n+12)"]
# What every page has, drawn by one template: looked at on the first page of a person.
SHELL = [".side", ".tabbar", ".top-end"]


def violations(
    page: Page, part: str | None, options: dict[str, Any], *, looked: set[int], shell: bool = True
) -> list[str]:
    """What axe finds on the page or in a part of it, one line each; what was looked at joins `looked`."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.axe_script)
    left = [[rows] for rows in ALIKE + ([] if shell else SHELL)]
    where = {"include": [[part]] if part else None, "exclude": left, "looked": list(looked)}
    lines, fresh = page.evaluate(LOOK, [where, {**options, **TOLD}])
    looked |= set(fresh)
    found: list[str] = lines
    return found


def complaints_of(
    page: Page, name: str, part: str | None = None, *, shell: bool = True, looked: set[int] | None = None
) -> list[str]:
    """Everything that is wrong with the page as it stands: light on a desk, dark on a phone.

    What opens is looked at in one of the two, by its name: it is made of components that are shown in both elsewhere.
    One `looked` for several pages: the contrast of a text is asked for on the first that shows it so.
    """
    looked = set() if looked is None else looked
    is_light, is_dark = (not part or len(name) % 2 == 0), (not part or len(name) % 2 == 1)
    found: list[str] = []
    # Without motion, so that no colour is on its way while axe reads it.
    if is_light:
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        found += [f"{name}: {line}" for line in violations(page, part, EVERYTHING, shell=shell, looked=looked)]
        found += too_wide(page, name, DESKTOP)
    if is_dark:
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        page.set_viewport_size(PHONE)
        # What was out of sight is laid out anew with the next frames.
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        rules = OTHERWISE if is_light else EVERYTHING
        found += [f"{name}, dark, 390 px: {line}" for line in violations(page, part, rules, shell=shell, looked=looked)]
        found += too_wide(page, name, PHONE)
        page.set_viewport_size(DESKTOP)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
    return found


def too_wide(page: Page, name: str, size: ViewportSize) -> list[str]:
    """A line when the page scrolls sideways."""
    over = page.evaluate(OVER)
    return [f"{name}, {size['width']} px: {over} px too wide"] if over > 0 else []
