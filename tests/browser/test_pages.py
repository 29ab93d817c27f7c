"""Every page that was built, and all that opens on it: no accessibility violation, no error, no foreign request,
nothing that sticks out sideways, in light, in dark and at 390 px."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, TimeoutError

from tests.browser.conftest import Product
from tests.browser.looking import AXE, complaints_of
from tests.browser.signing import open_context, signed_in
from tests.chromium import Watch
from ui.screens import plain_paths, view_of

# One group: parallel workers do not each start a product of their own.
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("walk")]

# The first one who may see a kind of page is the one for whom it is looked at.
ROLES = ("csm", "product", "admin")
# What looks different for each of them.
OWN = {"/", "/accounts/", "/insights/"}
OPEN = "dialog[open], :popover-open"
OPENERS = (
    '[hx-target="#dialog"], [hx-target="#drawer"], [hx-target="#popover"], [popovertarget], [command="show-modal"]'
)
# What each of them opens. By that it is found again when it is pressed: a part of the page that looked for news
# meanwhile has others of the same kind.
WHAT_OPENS = """found => found.map((one) => {
  const panel = one.getAttribute("popovertarget") || one.getAttribute("commandfor") || "";
  return [one.getAttribute("hx-get") || "", one.getAttribute("hx-target") || "", panel];
})"""
PRESS = f"""(found, wanted) => found[({WHAT_OPENS})(found).findIndex((one) => `${{one}}` === `${{wanted}}`)]?.click()"""
CLOSE = """() => {
  document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
  document.querySelectorAll(":popover-open").forEach((panel) => panel.hidePopover());
}"""


class Walk:
    """One page of every kind, and on each page whatever opens that did not open on an earlier one."""

    def __init__(self, page: Page, watch: Watch, base: str, seen: set[str], looked: set[int]) -> None:
        self.page, self.watch, self.base, self.seen, self.looked = page, watch, base, seen, looked
        self.own = set(OWN)
        self.elsewhere: set[str] = set()
        self.has_seen_shell = False
        self.complaints: list[str] = []

    def go(self, paths: list[str]) -> None:
        """Follow the addresses, and the links on them that lead to a kind of page not seen yet."""
        todo = [(path, False) for path in paths]
        while todo:
            path, is_linked = todo.pop(0)
            found = view_of(path)
            if found is None or path in self.elsewhere or (found[0] in self.seen and path not in self.own):
                continue
            answer = self.page.context.request.get(self.base + path, fail_on_status_code=False)
            is_elsewhere = urlsplit(answer.url).path != urlsplit(path).path
            if is_elsewhere or answer.status != 200 or "text/html" not in answer.headers.get("content-type", ""):
                # Not every page is for everybody, but no link leads nowhere and nothing breaks.
                if answer.status >= (400 if is_linked else 500):
                    self.complaints.append(f"{path}: status {answer.status}")
                elif answer.status < 400:
                    self.elsewhere.add(path)
                continue
            self.seen.add(found[0])
            self.own.discard(path)
            self.page.goto(self.base + path)
            self.complaints += complaints_of(self.page, path, shell=not self.has_seen_shell, looked=self.looked)
            self.has_seen_shell = True
            links = self.page.eval_on_selector_all("a[href]", "found => found.map(one => one.getAttribute('href'))")
            todo += [(link, True) for link in dict.fromkeys(links) if link.startswith("/")]
            self.open_everything(path)

    def open_everything(self, path: str) -> None:
        """Dialogs, drawers, menus and popovers of the page."""
        found = self.page.eval_on_selector_all(OPENERS, WHAT_OPENS)
        for address, target, panel in found:
            kind = kind_of(address, target, panel)
            if not kind or kind in self.seen:
                continue
            self.seen.add(kind)
            self.page.eval_on_selector_all(OPENERS, PRESS, [address, target, panel])
            try:
                self.page.wait_for_selector(OPEN, state="attached", timeout=15_000)
            except TimeoutError:
                self.complaints.append(f"{path}: {kind} does not open")
                continue
            self.complaints += complaints_of(self.page, f"{path} with {kind}", OPEN, looked=self.looked)
            self.page.evaluate(CLOSE)
        row = self.page.query_selector("[data-peek]")
        kind = f"preview at {view_of(path)}"
        if row and kind not in self.seen:
            self.seen.add(kind)
            row.evaluate("one => one.querySelector('a[href]').focus()")
            self.page.keyboard.press("j")
            self.page.keyboard.press(" ")
            self.page.wait_for_selector("#peek *")
            self.complaints += complaints_of(self.page, f"{path} with its preview", looked=self.looked)


def kind_of(address: str, target: str, panel: str) -> str:
    """What opens, without numbers: one of a kind is enough."""
    if address:
        found = view_of(address)
        return f"{target} {found[0]}" if found else ""
    return re.sub(r"\d+", "", panel)


def test_every_page_and_all_that_opens_on_it_is_clean(browser: Browser, product: Product) -> None:
    account = product.story("zombie")
    seen: set[str] = set()
    looked: set[int] = set()
    found: list[str] = []
    for who in ROLES:
        with signed_in(browser, product, who) as (page, watch):
            page.add_init_script(AXE.axe_script)
            walk = Walk(page, watch, product.url, seen, looked)
            walk.go([f"/accounts/{account}/", f"/accounts/{account}/people/", *plain_paths()])
            # Axe is brought to every frame: the builder's preview runs no script, and the browser says so.
            noted = [line for line in watch.complaints if "frame is sandboxed" not in line]
            found += [f"{who}: {line}" for line in walk.complaints + noted]
    assert not found, "\n".join(found)
    assert len(seen) > 100, "the walk found few pages: is the demo world there?"


KEYS = {"palette": "Control+k", "help": "?", "create menu": "c"}


def test_what_opens_by_key_is_clean(browser: Browser, product: Product) -> None:
    with signed_in(browser, product, "csm") as (page, watch):
        found = []
        for name, key in KEYS.items():
            page.goto(product.url)
            page.keyboard.press(key)
            page.wait_for_selector(OPEN)
            if name == "palette":
                page.keyboard.type("co")
                page.wait_for_selector("#palette [role=option]")
            found += complaints_of(page, name)
        found += watch.complaints
    assert not found, "\n".join(found)


def test_the_import_wizard_is_clean_at_every_step(browser: Browser, product: Product) -> None:
    with signed_in(browser, product, "admin") as (page, watch):
        page.goto(f"{product.url}/imports/new/")
        rows = "name,domain,arr,shoe size\nWizard Ltd,wizard.example,12000,44\n,broken,many,\n"
        page.set_input_files("input[type=file]", {"name": "a.csv", "mimeType": "text/csv", "buffer": rows.encode()})
        page.click("main form button[type=submit]")
        page.wait_for_selector(".import-columns")
        found = complaints_of(page, "columns")
        page.click("main form:has(.import-columns) button.is-primary")
        page.wait_for_selector("form[action$='/start/']")
        found += complaints_of(page, "checked")
        page.click("form[action$='/start/'] button[type=submit]")
        page.wait_for_selector("[commandfor=undo-import]")
        found += complaints_of(page, "result")
        page.click("[commandfor=undo-import]")
        found += complaints_of(page, "confirmation", OPEN)
        found += watch.complaints
    assert not found, "\n".join(found)


def test_a_filter_that_makes_no_sense_is_clean(browser: Browser, product: Product) -> None:
    with signed_in(browser, product, "csm") as (page, _watch):
        page.goto(f"{product.url}/accounts/?q=stgae:renewal")
        assert page.locator("[role=alert]").inner_text().count("stgae") == 1
        assert page.locator("tbody tr[data-row]").count() > 1
        found = complaints_of(page, "wrong filter")
    assert not found, "\n".join(found)


PUBLIC = """
import datetime
from accounts.models import Contact
from team.clock import now
from voc.formulas.tokens import digest_of
from voc.models import Insight, Invitation, Survey, SurveyVersion, Verification
from voc.services.tokens import preference_token

people = list(Contact.objects.filter(account__isnull=False).order_by("pk")[:3])
version = SurveyVersion.objects.order_by("pk").first()
def link(name, contact, **fields):
    Invitation.objects.update_or_create(digest=digest_of(name), defaults=dict(
        version=version, account=contact.account, contact=contact, language="en", occasion="look " + name, **fields))
    print(name)
year = datetime.timedelta(days=365)
link("open-link", people[0], state="sent", expires_at=now() + year)
link("answered-link", people[1], state="sent", expires_at=now() + year)
link("expired-link", people[2], state="sent", expires_at=now() - year)
insight = Insight.objects.order_by("pk").first()
Verification.objects.update_or_create(digest=digest_of("question"), defaults=dict(
    insight=insight, contact=people[0], reply="Done since Monday.", expires_at=now() + year))
print(preference_token(people[0]))
"""


def public_pages(page: Page, product: Product) -> Iterator[tuple[str, Callable[[], object]]]:
    """Names of public pages, and how to get there."""
    wishes = product.manage("shell", "-v", "0", "-c", PUBLIC).split()[-1]

    def at(path: str) -> Callable[[], object]:
        return lambda: page.goto(product.url + path)

    def press() -> None:
        page.locator("form button").first.click()

    yield "an open survey", at("/s/open-link/")
    yield "a survey with a number from the mail", at("/s/open-link/?score=3")
    yield "another language", at("/s/open-link/?lang=zh-hans")
    yield "the survey to be answered", at("/s/answered-link/?score=9")
    yield "asked again or thanked", press
    yield "an expired link", at("/s/expired-link/")
    yield "an unknown link", at("/s/unknown-link/")
    yield "wishes", at(f"/p/{wishes}/")
    yield "wishes, kept", press
    yield "wishes of nobody", at("/p/1:nobody/")
    yield "a question", at("/v/question/")
    yield "a question of nobody", at("/v/unknown/")
    yield "log-in", at("/login/")
    yield "a forgotten password", at("/password/reset/")


def test_public_pages_are_clean(browser: Browser, product: Product) -> None:
    context = open_context(browser, phone=False, dark=False)
    page = context.new_page()
    watch = Watch(page, product.url)
    found = []
    for name, go in public_pages(page, product):
        go()
        page.wait_for_load_state()
        found += complaints_of(page, name)
    # The browser notes every 404 and 410, which are meant here.
    found += [line for line in watch.complaints if "Failed to load resource" not in line]
    context.close()
    assert not found, "\n".join(found)


def test_error_pages_are_clean(browser: Browser, product: Product) -> None:
    script = "from django.template.loader import render_to_string as write; print(write('500.html'))"
    broken = product.manage("shell", "-v", "0", "-c", script)
    with signed_in(browser, product, "csm") as (page, watch):
        found = []
        page.goto(f"{product.url}/accounts/999999999/")
        assert page.title().startswith("Not found") or page.locator("h1").count() == 1
        found += complaints_of(page, "404")
        page.goto(f"{product.url}/settings/profile/")
        page.evaluate("document.querySelectorAll('[name=csrfmiddlewaretoken]').forEach(one => one.remove())")
        with page.expect_navigation() as forbidden:
            page.evaluate("document.querySelector('main form[method=post]').submit()")
        assert forbidden.value.status == 403
        found += complaints_of(page, "403")
        page.route("**/broken/", lambda route: route.fulfill(status=500, body=broken, content_type="text/html"))
        page.goto(f"{product.url}/broken/")
        found += complaints_of(page, "500")
        found += [line for line in watch.complaints if "Failed to load resource" not in line]
    assert not found, "\n".join(found)
