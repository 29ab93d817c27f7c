"""The advocacy desk on screen: mine, not theirs; parts alone; marketing within its grants; flat queries; files."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AccountSummary
from lifecycle.models import Task
from team.clock import today
from team.models import User
from tests.makers import make_account, make_contact, make_user
from tests.voc.makers import make_insight
from tests.voc.makers_advocacy import make_fan, make_marketer, make_own_rule, make_request, make_theme, make_work
from voc.formulas.advocacy import quarter_of
from voc.models import AdvocacyRequest, AdvocacyWork, DepartmentRule

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
PAGES = ("/advocacy/", "/advocacy/candidates/", "/advocacy/works/", "/advocacy/rate/")


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()  # type: ignore[attr-defined]


def queries(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as found:
        assert client.get(path).status_code == 200
    return len(found)


def test_the_desk_shows_the_own_book_and_filters_stand_in_the_address(csm: User, stranger: User) -> None:
    make_request(make_account(csm=csm, name="Northwind"), reason="After the budget.", answer="stalled")
    make_request(make_account(csm=csm, name="Southwind"), days_ago=20, answer_by=today() - dt.timedelta(days=3))
    make_request(make_account(csm=stranger, name="Foreign"))
    client = browser(csm)
    page = text_of(client, "/advocacy/")
    assert "Northwind" in page
    assert "Foreign" not in page
    overdue = text_of(client, "/advocacy/?answer=overdue")
    assert "Southwind" in overdue
    assert "Northwind" not in overdue
    assert "Southwind" not in text_of(client, "/advocacy/?answer.not=waiting")
    file = text_of(client, "/advocacy/?format=csv")
    assert "After the budget." in file
    assert "Foreign" not in file
    part = client.get("/advocacy/", headers=HTMX | {"HX-Target": "list"}).content.decode()
    assert "<html" not in part


def test_before_the_question_stands_what_speaks_against_it(csm: User) -> None:
    account = make_fan(csm=csm, name="Northwind", health_band="risk")
    make_contact(account, name="Ana", persona="champion")
    client = browser(csm)
    assert "Northwind" not in text_of(client, "/advocacy/ask/")
    path = f"/advocacy/ask/?account={account.pk}"
    page = text_of(client, path)
    assert "The account is at risk" in page
    assert "Ana · Champion" in page
    refused = client.post(path, {"kind": "reference"}, headers=HTMX | {"HX-Target": "ask"})
    assert (refused.status_code, AdvocacyRequest.objects.count()) == (422, 0)
    assert "<html" not in refused.content.decode()
    client.post(path, {"kind": "reference", "has_seen": "on", "purpose": "A prospect"})
    made = AdvocacyRequest.objects.get()
    assert "at_risk" in {one["code"] for one in made.warned_of}
    assert "The account is at risk" in text_of(client, f"/advocacy/{made.pk}/")


def test_an_answer_in_the_dialog_and_what_came_of_it(csm: User) -> None:
    asked = make_request(make_fan(csm=csm, name="Northwind"), purpose="Four plants")
    client, path = browser(csm), f"/advocacy/{asked.pk}/answer/"
    assert "<html" not in client.get(path, headers=HTMX | {"HX-Target": "dialog"}).content.decode()
    assert client.post(path, {"answer": "maybe"}, headers=HTMX).status_code == 422
    done = client.post(path, {"answer": "yes", "reason": "Happy to"}, headers=HTMX)
    assert (done.status_code, "account-changed" in done.headers["HX-Trigger"]) == (204, True)
    assert "answered already" in text_of(client, path)
    client.post(f"/advocacy/works/new/?request={asked.pk}", {"kind": "case_study", "title": "Four plants", "url": ""})
    work = AdvocacyWork.objects.get()
    assert (work.request, work.account) == (asked, asked.account)
    page = text_of(client, f"/advocacy/{asked.pk}/")
    assert "Happy to" in page
    assert "What came of it" in page
    client.post(f"/advocacy/{asked.pk}/edit/", {"version": 2, "purpose": "Five plants", "answer_by": "+1w"})
    asked.refresh_from_db()
    assert asked.purpose == "Five plants"


def test_a_work_says_when_its_account_is_at_risk(csm: User) -> None:
    account = make_fan(csm=csm)
    work = make_work(account)
    AccountSummary.objects.filter(account=account).update(health_band="critical")
    client = browser(csm)
    assert "Its account is at risk" in text_of(client, "/advocacy/works/?state=at_risk")
    assert work.title not in text_of(client, "/advocacy/works/?state=in_use")
    assert "is at risk" in text_of(client, f"/advocacy/works/{work.pk}/")
    assert "Account at risk" in text_of(client, f"/accounts/{account.pk}/voice/")
    bad = client.post(
        f"/advocacy/works/{work.pk}/",
        {"kind": "quote", "title": "x", "published_on": str(today()), "ends_on": str(today() - dt.timedelta(days=1))},
    )
    assert bad.status_code == 422
    client.post(f"/advocacy/works/{work.pk}/", {"kind": "quote", "title": "New", "url": "www.example.com/a"})
    work.refresh_from_db()
    assert (work.title, work.url) == ("New", "https://www.example.com/a")
    client.post(f"/advocacy/works/{work.pk}/withdraw/")
    assert "Withdrawn" in text_of(client, "/advocacy/works/")


def test_marketing_sees_what_is_granted_and_no_sum_and_no_other_name(csm: User) -> None:
    granted, secret = make_fan(csm=csm, name="Granted", arr=123456), make_fan(csm=csm, name="Secret", arr=777777)
    shown, hidden = make_request(granted, reason="Happy"), make_request(secret, reason="Hush")
    make_work(granted, title="Four plants")
    hidden_work = make_work(secret, title="Hidden plants")
    make_insight(granted, text="The export is slow.")
    client = browser(make_marketer(granted))
    for path in (*PAGES, "/advocacy/?format=csv", f"/advocacy/{shown.pk}/", f"/advocacy/ask/?account={granted.pk}"):
        page = text_of(client, path)
        for word in ("Secret", "Hush", "Hidden plants", "123,456", "$123", "$777", "The export is slow"):
            assert word not in page, f"{word} on {path}"
    for path in (
        f"/advocacy/{hidden.pk}/", f"/advocacy/{hidden.pk}/answer/", f"/advocacy/{hidden.pk}/edit/",
        f"/advocacy/works/{hidden_work.pk}/", f"/advocacy/ask/?account={secret.pk}",
        f"/advocacy/works/new/?account={secret.pk}", f"/advocacy/works/new/?request={hidden.pk}",
    ):  # fmt: skip
        assert client.get(path).status_code == 404, path
    client.post(f"/advocacy/{shown.pk}/answer/", {"answer": "yes"})
    shown.refresh_from_db()
    assert shown.answer == "yes"


def test_marketing_asks_the_csms_where_it_does_not_know_whom(csm: User) -> None:
    make_fan(csm=csm, name="Secret")
    client = browser(make_marketer())
    page = text_of(client, "/advocacy/candidates/")
    assert "1 other account would fit" in page
    done = client.post("/advocacy/wanted/", {"kind": "webinar", "purpose": "User day"}, headers=HTMX)
    assert "1 CSM was asked" in done.headers["HX-Trigger"]
    assert "Secret" in Task.objects.get(owner=csm).title


def test_other_departments_have_no_desk_and_a_viewer_only_reads(csm: User) -> None:
    asked = make_request(make_fan(csm=csm))
    viewer = browser(make_user(role="viewer"))
    assert "Answer</a>" not in text_of(viewer, f"/advocacy/{asked.pk}/")
    assert viewer.get(f"/advocacy/{asked.pk}/answer/").status_code == 404
    product = browser(make_user(role="member"))
    assert [product.get(path).status_code for path in PAGES] == [404] * 4
    assert 'href="/advocacy/"' not in text_of(product, "/insights/")
    assert 'href="/advocacy/"' in text_of(browser(make_marketer()), "/insights/")
    assert Client().get("/advocacy/").status_code == 302
    assert browser(csm).post("/advocacy/").status_code == 405


def test_the_rate_stands_by_quarter_with_its_interval(csm: User) -> None:
    before = (today() - quarter_of(today(), 1)).days
    for number in range(4):
        make_request(make_account(csm=csm), days_ago=before, answer="yes" if number else "no")
    client = browser(csm)
    page = text_of(client, "/advocacy/rate/")
    assert "75" in page
    assert "n 4" in page.replace("\xa0", " ")
    assert "Too few requests" in page
    assert "n 4" not in text_of(client, "/advocacy/rate/?kind=review").replace("\xa0", " ")
    assert client.get("/advocacy/rate/?kind=gift").status_code == 404


def test_queries_do_not_grow_with_rows(csm: User) -> None:
    client = browser(csm)
    theme = make_theme()

    def grow(number: int) -> None:
        for _one in range(number):
            account = make_fan(csm=csm)
            make_request(make_fan(csm=csm), contact=make_contact(account), asked_by=csm)
            make_work(account)
            make_own_rule(theme=theme, owner=csm)

    grow(2)
    paths = (*PAGES, "/rules/")
    first = [queries(client, path) for path in paths]
    grow(8)
    assert [queries(client, path) for path in paths] == first
    account = make_fan(csm=csm)
    few = queries(client, f"/advocacy/ask/?account={account.pk}")
    for kind in ("review", "quote", "webinar"):
        make_request(account, kind=kind, contact=make_contact(account))
    assert queries(client, f"/advocacy/ask/?account={account.pk}") == few


# --- Rules from voice


def test_a_department_sees_its_own_rules_and_makes_them_from_a_cause(csm: User) -> None:
    theme = make_theme()
    mine, other = make_own_rule("product", statement="We try exports"), make_own_rule("sales", statement="We ask twice")
    member = make_user(name="Priya", role="member")
    mine.department.memberships.create(user=member)
    client = browser(member)
    page = text_of(client, "/rules/")
    assert "We try exports" in page
    assert "We ask twice" not in page
    assert client.get(f"/rules/{other.pk}/").status_code == 404
    assert "We ask twice" in text_of(browser(csm), "/rules/")
    form = text_of(client, f"/rules/new/?theme={theme.slug}")
    assert f'<option value="{theme.pk}" selected' in form
    fields = {"statement": "We call first", "theme": theme.pk, "measure": "theme_volume", "direction": "down",
              "check_on": "+3m", "department": mine.department_id, "owner": member.pk}  # fmt: skip
    assert client.post("/rules/new/", {**fields, "department": other.department_id}).status_code == 422
    client.post("/rules/new/", fields)
    made = DepartmentRule.objects.get(statement="We call first")
    assert (made.owner, made.theme) == (member, theme)
    assert made.baseline == 0
    insight = make_insight(make_account(csm=csm))
    assert f'<option value="{insight.theme_id}" selected' in text_of(client, f"/rules/new/?insight={insight.pk}")


def test_a_rule_is_looked_at_edited_and_ended_on_screen(manager: User) -> None:
    rule = make_own_rule(check_on=today(), baseline=4)
    client = browser(manager)
    assert "1 due" in text_of(client, "/rules/?state=due")
    part = client.get(f"/rules/{rule.pk}/", headers=HTMX | {"HX-Target": "rule"}).content.decode()
    assert "<html" not in part
    assert "From 4 to 0" in part
    review = f"/rules/{rule.pk}/review/"
    assert client.post(review, {"verdict": "keeps", "words": "Fine"}, headers=HTMX).status_code == 422
    done = client.post(review, {"verdict": "keeps", "words": "Fine", "check_on": "+3m"}, headers=HTMX)
    assert done.status_code == 204
    assert "Fine" in text_of(client, f"/rules/{rule.pk}/")
    client.post(f"/rules/{rule.pk}/edit/", {"version": 2, "statement": "New words", "owner": manager.pk,
                                            "direction": "up", "check_on": "+1m"})  # fmt: skip
    client.post(f"/rules/{rule.pk}/end/", {"words": "Done with it"})
    rule.refresh_from_db()
    assert (rule.statement, rule.direction, rule.state) == ("New words", "up", "ended")
    assert "Done with it" in text_of(client, f"/rules/{rule.pk}/")
    assert "Ended" in text_of(client, "/rules/?format=csv")


def test_insights_and_themes_lead_to_a_rule(manager: User) -> None:
    insight = make_insight(make_account())
    page = text_of(browser(manager), f"/insights/{insight.pk}/")
    assert f"/rules/new/?insight={insight.pk}" in page
    assert insight.theme is not None
    page = text_of(browser(manager), f"/insights/themes/{insight.theme.slug}/")
    assert f"/rules/new/?theme={insight.theme.slug}" in page
    csm_without_department = browser(make_user(role="csm"))
    assert "/rules/new/" not in text_of(csm_without_department, f"/insights/themes/{insight.theme.slug}/")
