"""Pages of initiatives: who sees and does what, and what customers read."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from team.clock import now, today
from team.models import User
from tests.makers import make_account, make_contact
from tests.sums import spells
from tests.voc.makers import make_insight
from tests.voc.makers_inbox import browser
from tests.voc.makers_initiatives import make_initiative
from voc.models import Initiative, InitiativeEffect, InitiativeText, Theme
from voc.services.initiatives.settling import settle_shipped

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def text_of(client: Client, path: str, **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    return (b"".join(answer) if answer.streaming else answer.content).decode()


def test_the_list_sorts_filters_and_exports(manager: User, csm: User) -> None:
    heavy, light = make_account(csm=csm), make_account(csm=csm)
    heavy.summary.arr = 500_000
    heavy.summary.save()
    make_initiative(make_insight(light), title="Dark mode", state="started", due_on=today() - dt.timedelta(days=1))
    make_initiative(make_insight(heavy), title="Exports", department="sales")
    client = browser(manager)
    page = text_of(client, "/initiatives/")
    assert page.index("Exports") < page.index("Dark mode")
    assert "Exports" not in text_of(client, "/initiatives/?state=started")
    assert "Dark mode" not in text_of(client, "/initiatives/?department=sales")
    assert "Dark mode" not in text_of(client, "/initiatives/?arr.from=100k")
    assert "Exports" not in text_of(client, "/initiatives/?q=dark&sort=due_on")
    assert "<html" not in text_of(client, "/initiatives/", **HTMX)
    table = text_of(client, "/initiatives/?format=csv")
    assert "Exports" in table
    assert "500000" in table
    assert client.post("/initiatives/").status_code == 405
    assert Client().get("/initiatives/").status_code == 302


def test_members_read_no_sums_of_few_accounts_and_cannot_filter_by_them(member: User, csm: User) -> None:
    account = make_account(csm=csm)
    account.summary.arr = 512_345
    account.summary.save()
    make_initiative(make_insight(account), title="Exports")
    make_initiative(title="Of sales", department="sales")
    client = browser(member)
    page = text_of(client, "/initiatives/")
    assert "Of sales" not in page
    assert not spells(page + text_of(client, "/initiatives/?format=csv"), 512_345)
    assert client.get("/initiatives/?arr.from=500k").status_code == 400


def test_the_list_asks_the_same_questions_for_one_and_for_many(manager: User, csm: User) -> None:
    client = browser(manager)
    counts = []
    for number in (1, 6):
        for _turn in range(number):
            make_initiative(make_insight(make_account(csm=csm)), owner=manager)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            text_of(client, "/initiatives/")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_page_asks_the_same_questions_for_one_and_for_many(manager: User, csm: User) -> None:
    client, counts = browser(manager), []
    for number in (1, 6):
        made = make_initiative(*(make_insight(make_account(csm=csm)) for _turn in range(number)), owner=manager)
        for _turn in range(number):
            made.voters.create(account=make_account(csm=csm), words="Please", added_by=manager)
        with CaptureQueriesContext(connection) as asked:
            page = text_of(client, f"/initiatives/{made.pk}/")
        counts.append(len(asked))
        assert page.count("Please") == number
    assert counts[0] == counts[1]


def test_a_member_sees_the_accounts_that_were_granted_and_the_number_of_others(member: User, csm: User) -> None:
    mine, hidden = make_account(csm=csm, name="Granted Ltd"), make_account(csm=csm, name="Hidden Ltd")
    made = make_initiative(make_insight(mine), make_insight(hidden, department="sales"))
    made.voters.create(account=hidden, words="A secret wish", added_by=csm)
    page = text_of(browser(member), f"/initiatives/{made.pk}/")
    assert "Granted Ltd" in page
    assert "Hidden Ltd" not in page
    assert "A secret wish" not in page
    assert "1 more account that you do not see" in page
    other = make_initiative(department="sales")
    assert browser(member).get(f"/initiatives/{other.pk}/").status_code == 404


def test_one_is_made_from_a_theme_with_its_open_insights(member: User, csm: User) -> None:
    insight = make_insight(make_account(csm=csm, name="Acme"))
    foreign = make_insight(make_account(csm=csm, name="Foreign"), department="sales")
    client = browser(member)
    path = f"/initiatives/new/?theme={insight.theme_id}"
    page = text_of(client, path, **HTMX)
    assert "Acme" in page
    assert "Foreign" not in page
    data = {"title": "Exports", "department": insight.department_id, "insights": [insight.pk], "due_on": "+2w"}
    assert client.post(path, data | {"insights": [foreign.pk]}, headers=HTMX).status_code == 422
    assert client.post(path, {"title": "", "department": ""}, headers=HTMX).status_code == 422
    answer = client.post(path, data, headers=HTMX)
    made = Initiative.objects.get()
    assert answer.headers["HX-Redirect"] == f"/initiatives/{made.pk}/"
    assert (made.created_by, list(made.insights.all())) == (member, [insight])
    answer = client.post("/initiatives/from/", {"selected": [insight.pk, foreign.pk, "x"]})
    assert answer.headers["Location"] == f"/initiatives/new/?insight={insight.pk}&insight={foreign.pk}"
    path = f"/insights/{foreign.pk}/initiative/"
    assert client.get(path).status_code == 404
    assert browser(csm).get("/initiatives/new/").status_code == 404


def test_an_insight_finds_its_work_from_its_own_page(member: User, csm: User) -> None:
    insight, second = make_insight(make_account(csm=csm)), make_insight(make_account(csm=csm))
    made = make_initiative(second)
    client, path = browser(member), f"/insights/{insight.pk}/initiative/"
    assert "One click export" in text_of(client, path, **HTMX)
    assert client.post(path, {}, headers=HTMX).status_code == 422
    assert client.post(path, {"initiative": made.pk}, headers=HTMX).status_code == 204
    assert made.insights.count() == 2
    assert client.get(path).status_code == 404
    assert "One click export" in text_of(client, f"/insights/{insight.pk}/")


def test_it_is_started_shipped_and_told(member: User, csm: User) -> None:
    account = make_account(csm=csm, name="Acme")
    contact = make_contact(account, name="Ana Mail")
    made = make_initiative(make_insight(account, contact=contact, text="Slow, write to ana@acme.example"), owner=member)
    client, base = browser(member), f"/initiatives/{made.pk}/"
    assert client.post(f"{base}start/", headers=HTMX).status_code == 204
    assert client.post(f"{base}ship/", {"shipped_on": ""}, headers=HTMX).status_code == 422
    assert client.post(f"{base}ship/", {"shipped_on": "today"}, headers=HTMX).status_code == 204
    assert "1</b> person who asked is to be told" in text_of(client, base)
    page = text_of(client, f"{base}tellings/")
    assert "Ana Mail" in page
    assert "ana@acme.example" not in page
    assert "[mail]" in page
    assert "<html" not in text_of(client, f"{base}tellings/", **HTMX)
    one = made.tellings.get()
    assert client.post(f"{base}tellings/{one.pk}/", {"text": " "}, headers=HTMX).status_code == 422
    assert client.post(f"{base}tellings/{one.pk}/", {"text": "Dear Ana"}, headers=HTMX).status_code == 204
    assert client.post(f"{base}tellings/send/", {"expected": "7"}, headers=HTMX).status_code == 422
    assert client.post(f"{base}tellings/{one.pk}/send/", headers=HTMX).status_code == 204
    assert "no word yet" in text_of(client, f"{base}tellings/?tab=sent")
    assert client.get(f"{base}tellings/?tab=no").status_code == 404
    assert browser(csm).get(f"{base}tellings/").status_code == 404


def test_letters_to_people_of_hidden_accounts_are_counted_alone(member: User, csm: User) -> None:
    account = make_account(csm=csm)
    made = make_initiative(state="shipped", shipped_on=today())
    made.voters.create(account=account, contact=make_contact(account, name="Hidden Person"), words="Mine")
    settle_shipped(initiative=made)
    client, one = browser(member), made.tellings.get()
    page = text_of(client, f"/initiatives/{made.pk}/tellings/")
    assert "Hidden Person" not in page
    assert "1 more person at an account that you do not see" in page
    assert client.post(f"/initiatives/{made.pk}/tellings/{one.pk}/send/").status_code == 404


def test_before_and_after_is_said_in_words(manager: User) -> None:
    made = make_initiative(state="shipped", shipped_on=today() - dt.timedelta(days=60))
    client, path = browser(manager), f"/initiatives/{made.pk}/"
    assert "A worker compares within the hour" in text_of(client, path)
    measure = {
        "name": "theme_volume", "level": 0, "n": 20, "left_out": 2, "others": 80, "means": [3.0, 1.0, 3.0, 2.5],
        "difference": -1.5, "low": -2.25, "high": -0.75, "is_claimed": True,
    }  # fmt: skip
    unsure = measure | {"name": "theme_sentiment", "is_claimed": False}
    few = measure | {"name": "churn", "n": 8, "difference": None, "low": None, "high": None, "is_claimed": False}
    weeks = [[week, 0.5 - week * 0.01, 0.3] for week in range(-8, 8)]
    figures = {
        "day": (today() - dt.timedelta(days=60)).isoformat(),
        "days": 60,
        "measures": [measure, unsure, few],
        "weeks": weeks,
    }
    InitiativeEffect.objects.create(initiative=made, figures=figures, worked_out_at=now())
    page = text_of(client, path)
    assert "It fell against the others." in page
    assert "−2.25 to −0.75" in page
    assert "No evidence of a change." in page
    assert "Too few to say: it takes 20" in page
    assert "Others like them" in page


def test_customers_read_what_was_made_public_in_their_language(client: Client) -> None:
    theme = Theme.objects.create(slug="x", name="X")
    made = make_initiative(title="Internal title", theme=theme, state="shipped", shipped_on=today(), is_public=True)
    InitiativeText.objects.create(initiative=made, language="en", told="Export is slow", did="One click now")
    InitiativeText.objects.create(initiative=made, language="da", told="Eksport er langsom", did="Ét klik nu")
    unfinished = make_initiative(state="started", is_public=True)
    private = make_initiative(state="shipped", shipped_on=today())
    for other in (unfinished, private):
        InitiativeText.objects.create(initiative=other, language="en", told="Not for you", did="Not for you")
    page = text_of(client, "/you-said/")
    assert "One click now" in page
    assert "Internal title" not in page
    assert "Not for you" not in page
    assert "<script" not in page
    danish = text_of(client, "/you-said/?lang=da")
    assert "Ét klik nu" in danish
    assert 'lang="da"' in danish
    chinese = text_of(client, "/you-said/?lang=zh")
    assert "One click now" in chinese
    assert 'lang="en"' in chinese
    assert "Ét klik nu" in text_of(client, "/you-said/", **{"Accept-Language": "da-DK,da;q=0.9"})
    assert client.post("/you-said/").status_code == 405
