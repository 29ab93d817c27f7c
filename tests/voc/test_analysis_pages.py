"""The pages of the analysis: who sees what, parts for htmx, flat queries, and the wait for a worker."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AccountSummary
from accounts.selectors import sizes
from team.http.reports import query_of
from team.models import User
from team.services.reports import work_out_report
from tests.makers import make_account, make_department, make_user
from tests.voc.makers_analysis import make_closed, make_said, make_theme
from tests.voc.makers_inbox import browser
from voc.selectors import loop_times
from voc.services.theme_weeks import sweep_theme_weeks

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
PAGES = ["analysis", "theme_trends", "nps_moves", "recurring_causes", "programme"]


@pytest.fixture(autouse=True)
def fresh() -> None:
    cache.clear()


def text_of(client: Client, path: str, **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_loop_shows_mine_and_hides_theirs(csm: User, stranger: User) -> None:
    make_closed(make_account(csm=csm, name="Acme"), age_days=40, closed_after=4, theme="bugs", title="Filters drop")
    make_closed(make_account(csm=csm), age_days=40, theme="speed", title="Slow on Mondays")
    shown = text_of(browser(csm), reverse("analysis"))
    assert "Slow on Mondays" in shown
    assert "50\u202f%" in shown
    assert "No insights in these days" in text_of(browser(stranger), reverse("analysis"))
    assert browser(stranger).get(reverse("analysis"), {"department": "nowhere"}).status_code == 404


def test_a_member_opens_the_own_department_alone(csm: User) -> None:
    person = make_user(role="member")
    make_department("product", members=(person,))
    make_department("sales")
    for number in range(6):
        make_closed(make_account(csm=csm), age_days=9, theme="bugs", title=f"No {number}")
    client = browser(person)
    shown = text_of(client, reverse("analysis"))
    assert "No 0" in shown and "Bugs" in shown.title()
    assert client.get(reverse("analysis"), {"department": "sales"}).status_code == 404
    assert client.get(reverse("nps_moves")).status_code == 404
    assert client.get(reverse("programme")).status_code == 404


def test_a_theme_page_shows_the_weeks_of_what_one_sees(csm: User, stranger: User, manager: User) -> None:
    account, theme = make_account(csm=csm), make_theme("bugs", name="Bugs")
    AccountSummary.objects.filter(account=account).update(arr=70_000)
    for weeks_ago in range(1, 20):
        for _ in range(5):
            make_said(account, weeks_ago=weeks_ago, label="positive")
        for _ in range(1 if weeks_ago > 8 else 6):
            make_said(account, theme, weeks_ago=weeks_ago)
    sweep_theme_weeks()
    page = reverse("theme_trend", args=["bugs"])
    assert "When the level changed" in text_of(browser(manager), page)
    assert "$70" in text_of(browser(csm), page)
    assert "Nothing was said about it" in text_of(browser(stranger), page)
    listed = text_of(browser(csm), reverse("theme_trends"))
    assert page in listed and "A level changed" in listed
    assert page not in text_of(browser(stranger), reverse("theme_trends"))
    assert browser(csm).get(reverse("theme_trend", args=["nothing"])).status_code == 404
    part = text_of(browser(csm), f"{reverse('theme_affected')}?theme=bugs", **HTMX)
    assert "What those affected say and do" in part and "<html" not in part


@pytest.mark.parametrize("name", PAGES)
def test_htmx_gets_the_part_a_post_is_refused_and_strangers_log_in(manager: User, name: str) -> None:
    client = browser(manager)
    assert "<html" in text_of(client, reverse(name))
    assert "<html" not in text_of(client, reverse(name), **HTMX)
    assert client.post(reverse(name)).status_code == 405
    assert Client().get(reverse(name)).status_code == 302


@pytest.mark.parametrize("name", PAGES)
def test_the_pages_ask_the_same_number_of_queries(manager: User, csm: User, name: str) -> None:
    def fill(start: int) -> int:
        for number in range(start, 3 * start + 1):
            account = make_account(csm=csm)
            make_closed(account, age_days=20 + number, theme=f"theme{number}", closed_after=number % 3 or None)
            make_said(account, make_theme(f"theme{number}"), weeks_ago=2)
        sweep_theme_weeks()
        client = browser(manager)
        client.get(reverse(name))
        cache.clear()
        with CaptureQueriesContext(connection) as found:
            assert client.get(reverse(name)).status_code == 200
        return len(found)

    assert fill(1) == fill(4)


@pytest.mark.parametrize(
    ("page", "report"), [("analysis", "loop_times"), ("theme_affected", "theme_affected"), ("programme", "programme")]
)
def test_what_is_heavy_is_a_workers(
    manager: User, csm: User, monkeypatch: pytest.MonkeyPatch, page: str, report: str
) -> None:
    monkeypatch.setattr(sizes, "QUICK", 0)
    monkeypatch.setattr(loop_times, "QUICK", 0)
    account = make_account(csm=csm)
    make_closed(account, age_days=20, theme="bugs")
    make_said(account, make_theme("bugs"), weeks_ago=2)
    client, address = browser(manager), f"{reverse(page)}?theme=bugs"
    waiting = client.get(address)
    assert b"<progress" in waiting.content
    assert work_out_report(name=report, user_id=manager.pk, query=query_of(waiting.wsgi_request))
    assert b"<progress aria-label" not in client.get(address).content


def test_a_member_with_many_accounts_waits_for_a_worker_on_a_theme(csm: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizes, "QUICK", 0)
    person = make_user(role="member")
    make_department("product", members=(person,))
    for _ in range(6):
        account = make_account(csm=csm)
        make_closed(account, age_days=20, theme="bugs")
        make_said(account, make_theme("bugs"), weeks_ago=2)
    client = browser(person)
    waiting = client.get(reverse("theme_trend", args=["bugs"]), follow=True)
    assert b"<progress" in waiting.content
    assert work_out_report(name="theme_trend", user_id=person.pk, query=query_of(waiting.wsgi_request))
    shown = text_of(client, f"{reverse('theme_trend', args=['bugs'])}?theme=bugs&weeks=52")
    assert "Pieces in 13 weeks" in shown
    assert "<progress aria-label" not in shown
