"""The board of breaches: whose it is, what it counts, and that its state is in the address."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import Account
from team.clock import now
from team.models import User
from tests.makers import make_account, make_department, make_user
from tests.sums import spells
from tests.voc.makers import make_insight
from voc.models import Insight, InsightAlarm
from voc.selectors.breaches import breaches_by_week, tally_breaches, visible_alarms

HOUR = dt.timedelta(hours=1)


def make_alarm(insight: Insight, kind: str = "past", *, ago: dt.timedelta = HOUR, **fields: object) -> InsightAlarm:
    at = now() - ago
    return InsightAlarm.objects.create(
        insight=insight, department=insight.department, kind=kind, deadline=at, raised_at=at, level=1, **fields
    )


@pytest.fixture
def late(csm: User) -> InsightAlarm:
    account = make_account(csm=csm, name="Northwind")
    Account.objects.filter(pk=account.pk).update(industry="Retail")
    return make_alarm(make_insight(account, title="Export drops filters"))


@pytest.fixture
def foreign(stranger: User) -> InsightAlarm:
    return make_alarm(
        make_insight(make_account(csm=stranger, name="Southwind"), department="sales", title="Price rise")
    )


def page_of(user: User, **query: str) -> str:
    client = Client()
    client.force_login(user)
    answer = client.get(reverse("breaches"), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_csm_sees_the_own_book_and_a_manager_everything(
    csm: User, manager: User, late: InsightAlarm, foreign: InsightAlarm
) -> None:
    mine, all_of_it = page_of(csm), page_of(manager)
    assert "Export drops filters" in mine
    assert "Price rise" not in mine
    assert "Southwind" not in mine
    assert "Export drops filters" in all_of_it
    assert "Price rise" in all_of_it


def test_members_see_their_department_alone_and_revenue_as_a_span(late: InsightAlarm, foreign: InsightAlarm) -> None:
    member = make_user(role="member")
    make_department("product", members=(member,))
    late.insight.account.summary.arr = 123456
    late.insight.account.summary.save()
    page = page_of(member)
    assert "Export drops filters" in page
    assert "Price rise" not in page
    assert "Sales" not in page
    assert not spells(page, 123_456)
    assert [tally.department.slug for tally in tally_breaches(visible_alarms(member))] == ["product"]
    other = make_user(role="member")
    assert "Export drops filters" not in page_of(other)


def test_tabs_and_filters_stand_in_the_address(csm: User, manager: User, late: InsightAlarm) -> None:
    make_alarm(make_insight(late.insight.account, theme="bugs", title="Nearly there"), "near", ago=-HOUR)
    make_alarm(make_insight(late.insight.account, theme="pricing", title="It is over"), ended_at=now())
    assert "Nearly there" not in page_of(manager)
    assert "Nearly there" in page_of(manager, tab="near")
    assert "It is over" in page_of(manager, tab="over")
    assert "Export drops filters" in page_of(manager, department="product")
    make_department("sales")
    assert "Export drops filters" not in page_of(manager, department="sales")
    client = Client()
    client.force_login(manager)
    assert client.get(reverse("breaches"), {"tab": "other"}).status_code == 404


def test_the_file_holds_the_lines(manager: User, late: InsightAlarm) -> None:
    client = Client()
    client.force_login(manager)
    answer = client.get(reverse("breaches"), {"format": "csv"})
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert "Export drops filters" in text
    assert "Northwind" in text


def test_counts_are_those_of_now(manager: User, late: InsightAlarm) -> None:
    insight = make_insight(late.insight.account, theme="bugs", waiting_since=now())
    make_alarm(insight, "near")
    make_alarm(make_insight(late.insight.account, theme="pricing"), ended_at=now())
    (tally,) = tally_breaches(visible_alarms(manager))
    assert (tally.late, tally.near, tally.waiting, tally.oldest_at) == (1, 1, 1, late.deadline)


def test_weeks_without_a_breach_are_there_too(manager: User, late: InsightAlarm) -> None:
    make_alarm(late.insight, ago=dt.timedelta(days=21), ended_at=now())
    weeks = breaches_by_week(visible_alarms(manager))
    assert len(weeks) == 12
    assert sum(week.passed for week in weeks) == 2
    assert sum(week.ended for week in weeks) == 1


def test_strangers_log_in_and_nothing_is_posted() -> None:
    client = Client()
    assert client.get(reverse("breaches")).status_code == 302


def test_more_lines_ask_no_more(
    as_csm: Client, csm: User, late: InsightAlarm, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    url = reverse("breaches")
    as_csm.get(url)
    with django_assert_max_num_queries(40) as few:
        as_csm.get(url)
    for number in range(5):
        make_alarm(make_insight(late.insight.account, theme=f"theme-{number}"))
    with django_assert_max_num_queries(len(few)):
        as_csm.get(url)
    assert as_csm.post(url).status_code == 405
    part = as_csm.get(url, headers={"HX-Request": "true", "HX-Target": "list"}).content.decode()
    assert "<html" not in part
