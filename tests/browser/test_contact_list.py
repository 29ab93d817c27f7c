"""A contact list and nothing else: from a CSV of 50 people to NPS results, in a browser, with real mail and taps."""

import datetime as dt
import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Product
from tests.browser.signing import open_context, signed_in
from tests.chromium import Watch
from voc.selectors.zones import Whereabouts

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("product")]

PEOPLE, PER_COMPANY = 50, 2
DOMAIN = "list.example"
# Two critics, one passive, five promoters: NPS 38 of n 8.
SCORES = (10, 9, 9, 10, 9, 8, 2, 5)
ARRIVES_WITHIN = 45
READS_FOR = 1_700  # ms; whoever presses sooner is asked once more


def place_at_work() -> tuple[str, str]:
    """A country and a zone in which it is working time now and for a while: mail waits for its reader's hours."""
    moment = dt.datetime.now(dt.UTC)
    for country in ("DK", "US", "SA", "BN", "IR"):
        where = Whereabouts(country=country, time_zone="UTC")
        for hours in range(-12, 15):
            zone = f"Etc/GMT{-hours:+d}"
            ends = (moment, moment + dt.timedelta(minutes=10))
            if all(where.next_moment(one, time_zone=zone, country="") == one for one in ends):
                return country, zone
    raise AssertionError(f"nobody is at work anywhere at {moment}")


def contact_list(zone: str) -> str:
    """50 people at 25 companies, as somebody exports them from an address book."""
    rows = []
    for number in range(1, PEOPLE + 1):
        company = (number + 1) // PER_COMPANY
        rows.append(f"Company {company},Person {number},p{number}@c{company}.{DOMAIN},{zone}")
    return "\n".join(["Company,Name,E-mail,Time zone", *rows, ""])


@pytest.fixture
def zone(product: Product) -> Iterator[str]:
    """A time zone of people who are at work now, by the calendar of the install's country."""
    country, found = place_at_work()
    [[before]] = product.ask("SELECT country FROM team_install WHERE id = 1")
    product.ask(f"UPDATE team_install SET country = '{country}' WHERE id = 1")  # noqa: S608 our own words
    yield found
    product.ask(f"UPDATE team_install SET country = '{before}' WHERE id = 1")  # noqa: S608 our own words


def import_people(page: Page, product: Product, text: str) -> None:
    """The wizard: the file, its columns as they were recognised, the check, the import."""
    page.goto(f"{product.url}/imports/new/")
    page.select_option("[name=kind]", "contact_list")
    page.set_input_files("[name=file]", {"name": "people.csv", "mimeType": "text/csv", "buffer": text.encode()})
    page.get_by_role("button", name="Upload").click()
    for column, field in (("Company", "account"), ("Name", "name"), ("E-mail", "email"), ("Time zone", "time_zone")):
        expect(page.get_by_label(f"{column} becomes", exact=True)).to_have_value(field)
    page.get_by_role("button", name="Check", exact=True).click()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("link", name="Import another file")).to_be_visible()
    expect(page.locator("#import")).to_contain_text("Done")
    expect(page.locator("#import")).not_to_contain_text("some rejected")


def make_survey(page: Page, product: Product) -> str:
    """A published NPS survey from the template; returns the path of its page."""
    page.goto(f"{product.url}/surveys/new/")
    page.fill("main [name=name]", "NPS of the list")
    page.select_option("main [name=template]", "nps")
    page.click("main form button:has-text('Create')")
    page.wait_for_url(re.compile(r"/surveys/\d+/edit/"))
    path = page.url.removeprefix(product.url).partition("edit/")[0]
    page.goto(f"{product.url}{path}publish/")
    for warning in page.locator("main [name=accepted]").all():
        warning.check()
    page.click("main form button:has-text('Publish')")
    page.wait_for_url(lambda url: "/publish/" not in url)
    return path


def launch_wave(page: Page, product: Product, path: str, text: str) -> None:
    """A wave over the same file, sent by typing how many would be asked."""
    page.goto(f"{product.url}{path}waves/new/")
    page.fill("main [name=name]", "First wave")
    page.check("main [name=kind][value=file]")
    page.set_input_files("main [name=file]", {"name": "people.csv", "mimeType": "text/csv", "buffer": text.encode()})
    page.click("main button:has-text('Save and look')")
    page.wait_for_url(re.compile(r"/waves/\d+/$"))
    send = page.locator("form[action$='/launch/']")
    expect(send).to_contain_text(f"{PEOPLE} would be asked")
    send.locator("[name=count]").fill(str(PEOPLE))
    send.get_by_role("button", name="Send").click()
    expect(send).to_have_count(0)


def mails_of_the_list(product: Product) -> dict[str, str]:
    """{address: HTML of the invitation} for everybody on the list; waits until all have arrived."""
    deadline = time.monotonic() + ARRIVES_WITHIN
    found: dict[str, str] = {}
    while time.monotonic() < deadline and len(found) < PEOPLE:
        for mail in list(product.sink.mails):
            html = mail.get_body(("html",))
            if str(mail["To"]).endswith(DOMAIN) and html is not None:
                found[str(mail["To"])] = html.get_content()
        time.sleep(0.3)
    assert len(found) == PEOPLE
    return found


def send(pages: list[Page]) -> None:
    """Everybody reads, then taps Send. So soon after the mail left they are asked to tap once more: mail programs press
    buttons too."""
    waiting = pages
    for _press in range(2):
        pages[0].wait_for_timeout(READS_FOR)
        for page in waiting:
            with page.expect_navigation():
                page.locator(".send button").tap()
        waiting = [page for page in waiting if page.get_by_text("Please press Send once more").count()]
        if not waiting:
            return
    raise AssertionError(f"{len(waiting)} were asked a third time")


def answer_on_a_phone(browser: Browser, product: Product, letters: list[str]) -> list[str]:
    """Each taps a number in the mail and Send on the page; they read at the same time, each on their own phone.
    Returns what was wrong with the pages."""
    phones = []
    watches = []
    for score, letter in zip(SCORES, letters, strict=True):
        [address] = re.findall(rf'href="([^"]+/s/[^"]+\?a={score})"', letter)
        page = open_context(browser, phone=True).new_page()
        page.set_default_timeout(30_000)
        watches.append(Watch(page, product.url))
        page.goto(address)
        expect(page.locator(f"input[name='q.nps'][value='{score}']")).to_be_checked()
        phones.append(page)
    phones[0].get_by_label("main reason").fill("The calendar saves us a day each week.")
    send(phones)
    send(phones[:1])
    expect(phones[0].get_by_role("heading", name="Thank you")).to_be_visible()
    for page in phones:
        page.context.close()
    return [line for watch in watches for line in watch.complaints]


def test_from_a_list_of_people_to_nps(browser: Browser, product: Product, zone: str) -> None:
    text = contact_list(zone)
    with signed_in(browser, product, "manager") as (page, watch):
        page.emulate_media(reduced_motion="reduce")
        import_people(page, product, text)
        path = make_survey(page, product)
        launch_wave(page, product, path, text)
        letters = mails_of_the_list(product)
        assert len(set(letters.values())) == PEOPLE
        chosen = [letters[address] for address in sorted(letters)[: len(SCORES)]]
        assert answer_on_a_phone(browser, product, chosen) == []
        page.goto(f"{product.url}{path}")
        results = page.locator("#results .result-kpis")
        expect(results).to_contain_text("NPS")
        expect(results).to_contain_text("+38")
        expect(results).to_contain_text(f"n {len(SCORES)}")
        expect(results).to_contain_text("16 %")
        page.goto(f"{product.url}{path}results/comments/")
        expect(page.locator("main")).to_contain_text("The calendar saves us a day each week.")
        # The builder shows its preview in a frame that may run no script: the browser says so.
        assert not [line for line in watch.complaints if "frame is sandboxed" not in line]
