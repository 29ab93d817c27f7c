"""Every page that was built: no accessibility violation, no error, no foreign request, no sideways scroll."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Product
from tests.browser.signing import signed_in

# One group: parallel workers do not each start a product of their own.
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("product")]

PAGES = {
    "csm": ("/", "/accounts/", "/accounts/{account}/", "/accounts/{account}/timeline/", "/accounts/{account}/people/",
            "/accounts/{account}/plan/", "/accounts/{account}/usage/", "/accounts/{account}/voice/",
            "/accounts/{account}/commercial/", "/accounts/{account}/survey/", "/contacts/", "/subscriptions/",
            "/touchpoints/", "/tickets/", "/tasks/", "/surveys/", "/inbox/", "/recent/", "/search/?q=a",
            "/accounts/{account}/evidence/usage_trend/", "/accounts/{account}/edit/", "/accounts/new/", "/contacts/1/",
            "/contacts/1/edit/", "/subscriptions/1/", "/touchpoints/1/", "/tickets/1/", "/surveys/1/",
            "/settings/profile/", "/settings/security/", "/settings/keys/"),
    "product": ("/insights/",),
    "admin": ("/settings/", "/outbox/", "/imports/", "/scorecard/", "/feedback/", "/insights/", "/audit/",
              "/_/components/", "/settings/people/", "/settings/departments/", "/settings/company/", "/imports/new/",
              "/insights/1/"),
}  # fmt: skip
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Page) -> list[str]:
    """What axe finds on the page, one line each."""
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}}).response["violations"]
    return [f"{row['id']}: {row['help']} at {row['nodes'][0]['target']} ({len(row['nodes'])}x)" for row in found]


@pytest.mark.parametrize(
    ("phone", "dark"), [(False, False), (False, True), (True, False)], ids=["desktop-light", "desktop-dark", "phone"]
)
@pytest.mark.parametrize("who", PAGES)
def test_pages_are_clean(browser: Browser, product: Product, who: str, *, phone: bool, dark: bool) -> None:
    account = product.story("zombie")
    with signed_in(browser, product, who, phone=phone, dark=dark) as (page, watch):
        complaints = []
        for path in [template.format(account=account) for template in PAGES[who]]:
            response = page.goto(product.url + path)
            assert response is not None
            if response.status != 200:
                complaints.append(f"{path}: status {response.status}")
                continue
            if not phone:
                complaints += [f"{path}: {line}" for line in violations(page)]
            wide = page.evaluate("document.scrollingElement.scrollWidth - window.innerWidth")
            if wide > 0:
                complaints.append(f"{path}: {wide} px too wide")
        found = complaints + watch.complaints
        assert not found, "\n".join(found)
