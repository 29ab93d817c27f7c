"""The answer page in a real browser: a scanner changes nothing, a person needs two taps, with and without script."""

import contextlib
import http.server
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from playwright.sync_api import Browser, Page, TimeoutError, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Contact, ContactConsent
from outbox.models import Message
from team.models import User
from tests.chromium import Watch
from tests.makers import make_account, make_contact, make_user
from tests.voc.makers import make_invitation, make_nps
from tests.voc.makers_answers import EVERYTHING, make_link, make_survey
from voc.models import Answer, Invitation, Response
from voc.services.tokens import preference_token

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
# What a scanner's sandbox does with a page that it has rendered: it clicks everything and sends every form, at once.
SANDBOX = """
document.addEventListener("DOMContentLoaded", () => {
  const seen = `pressed ${location.href}`;
  if (sessionStorage.getItem(seen)) return;
  sessionStorage.setItem(seen, "yes");
  const all = "button, input[type=submit], input[type=radio], input[type=checkbox]";
  document.querySelectorAll(all).forEach((one) => one.click());
  document.querySelectorAll("form").forEach((one) => one.requestSubmit());
});
"""


@pytest.fixture
def owner(transactional_db: None, settings: LazySettings, live_server: LiveServer) -> User:
    settings.BASE_URL = live_server.url
    return make_user(email="owner@vendor.example", name="Olga", role="csm")


@pytest.fixture
def asked(owner: User) -> tuple[Invitation, str]:
    contact = make_contact(make_account(csm=owner, name="Northwind"), name="Nora Wind", email="nora@northwind.example")
    return make_invitation(make_nps(owner), contact)


def phone(browser: Browser, **more: Any) -> Page:
    return browser.new_context(**PHONE, **more).new_page()


def everything() -> list[object]:
    return [
        list(Answer.objects.values()),
        list(Response.objects.counted().values()),
        list(ContactConsent.objects.values()),
        list(Contact.objects.values("status", "version", "language")),
        list(Invitation.objects.values("state", "opened_at")),
        Message.objects.count(),
    ]


def test_a_scanner_that_renders_and_presses_everything_changes_nothing(
    browser: Browser, live_server: LiveServer, asked: tuple[Invitation, str]
) -> None:
    """S-09, as a mail gateway's sandbox does it: HEAD, GET of every link, pages with script, every button at once."""
    invitation, token = asked
    standing = preference_token(invitation.contact)
    answer = f"{live_server.url}/s/{token}/"
    pages = [
        *(f"{answer}?a={number}" for number in range(11)),
        answer,
        f"{answer}?more=1",
        f"{answer}elsewhere/",
        f"{live_server.url}/p/{standing}/",
        f"{live_server.url}/p/{standing}/stop/",
        f"{live_server.url}/p/{standing}/erase/",
    ]
    before = everything()
    context = browser.new_context()
    for address in pages:
        assert context.request.head(address).status < 400
        assert context.request.get(address).status < 400
    for has_script in (True, False):
        context = browser.new_context(java_script_enabled=has_script)
        if has_script:
            context.add_init_script(SANDBOX)
        for address in (
            f"{answer}?a=0",
            f"{answer}?a=10",
            answer,
            f"{answer}elsewhere/",
            f"{live_server.url}/p/{standing}/",
        ):
            page = context.new_page()
            page.goto(address, wait_until="commit")
            if not has_script:
                page.locator("form button:not(.trap)").first.dispatch_event("click")
            page.wait_for_timeout(300)
            with contextlib.suppress(TimeoutError):
                box = page.locator("form button:not(.trap)").first.bounding_box(timeout=2000)
                if box is not None:
                    page.mouse.click(box["x"] + 5, box["y"] + 5)
            page.close()
        context.close()
    time.sleep(0.5)
    assert everything() == before


@pytest.mark.parametrize("has_script", [True, False])
def test_a_person_on_a_phone_needs_two_taps(
    browser: Browser, live_server: LiveServer, asked: tuple[Invitation, str], *, has_script: bool
) -> None:
    page = phone(browser, java_script_enabled=has_script)
    watch = Watch(page, live_server.url)
    page.goto(f"{live_server.url}/s/{asked[1]}/?a=9")  # the first tap, in the mail
    expect(page.locator("input[value='9']")).to_be_checked()
    page.wait_for_timeout(1900)  # somebody reads the page
    page.get_by_role("button", name="Send answer").tap()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    response = Response.objects.get()
    assert (response.state, response.score, response.is_complete) == ("confirmed", 9, True)
    assert watch.complaints == []
    page.go_back()
    expect(page.locator("input[value='9'], h1").first).to_be_visible()
    assert Response.objects.count() == 1


def test_everything_is_within_reach_at_320_pixels(
    browser: Browser, live_server: LiveServer, asked: tuple[Invitation, str]
) -> None:
    page = browser.new_context(viewport={"width": 320, "height": 640}, is_mobile=True).new_page()
    page.goto(f"{live_server.url}/s/{asked[1]}/")
    boxes = [one.bounding_box() for one in page.locator(".scale label").all()]
    assert len(boxes) == 11
    assert all(box is not None and box["width"] >= 24 and box["height"] >= 24 for box in boxes)
    assert len({box["y"] for box in boxes if box is not None}) == 1
    send = page.get_by_role("button", name="Send answer").bounding_box()
    assert send is not None
    assert send["y"] + send["height"] <= 640
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    sizes = page.evaluate(
        """() => performance.getEntriesByType("resource").concat(performance.getEntriesByType("navigation"))
            .reduce((sum, one) => sum + one.transferSize, 0)"""
    )
    assert sizes <= 15 * 1024


def test_a_whole_survey_by_keyboard(browser: Browser, live_server: LiveServer, owner: User) -> None:
    """Arrow keys choose, nothing goes on by itself, a ranking is made by its buttons."""
    contact = make_contact(make_account(csm=owner), name="Nora Wind")
    _invitation, token = make_invitation(make_survey(owner, EVERYTHING), contact)
    page = browser.new_context().new_page()
    watch = Watch(page, live_server.url)

    def send() -> None:
        page.wait_for_timeout(1900)
        page.locator(".send button").press("Enter")

    page.goto(f"{live_server.url}/s/{token}/")
    page.locator("input[value='0']").focus()
    for _time in range(8):
        page.keyboard.press("ArrowRight")
    expect(page.locator("input[value='8']")).to_be_checked()
    page.get_by_label("Why?").fill("Fine")
    send()
    expect(page.get_by_role("heading", name="You gave 8.")).to_be_visible()
    page.goto(f"{live_server.url}/s/{token}/?at=rank")
    page.get_by_role("button", name="Z: up").press("Enter")
    page.get_by_role("button", name="Z: up").press("Enter")
    expect(page.get_by_label("This is my order")).to_be_checked()
    send()
    expect(page.get_by_label("Tool?")).to_be_visible()
    assert Answer.objects.get(question_id="rank").choices == ["z", "x", "y"]
    assert watch.complaints == []


class Foreign(http.server.BaseHTTPRequestHandler):
    """A customer's site: one line of ours in its page."""

    line = ""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(f"<!doctype html><title>Site</title><h1>Site</h1>{self.line}".encode())

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def site() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Foreign)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("is_named", [True, False])
def test_a_widget_works_on_the_sites_that_were_named(
    browser: Browser, live_server: LiveServer, owner: User, site: str, *, is_named: bool
) -> None:
    survey = make_nps(owner).survey
    link = make_link(survey, "widget", origins=[site if is_named else "https://other.example"])
    Foreign.line = f'<script src="{live_server.url}/l/{link.key}/widget.js" async></script>'
    page = browser.new_context().new_page()
    page.goto(site)
    frame = page.frame_locator("iframe")
    if not is_named:
        page.wait_for_timeout(1500)
        assert frame.locator("form").count() == 0
        return
    frame.locator("input[value='9']").check(force=True)
    page.wait_for_timeout(1900)
    frame.get_by_role("button", name="Send answer").click()
    expect(frame.get_by_role("heading", name="Thank you")).to_be_visible()
    response = Response.objects.get()
    assert (response.state, response.score, response.source, response.account_id) == ("confirmed", 9, "widget", None)
    assert page.context.cookies() == []
