"""Support: the account beside its tickets, satisfaction by agent, and nothing of accounts that one does not see."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from accounts.models import Account, AccountGrant, Ticket
from team.clock import now, today
from team.models import User
from tests.makers import make_account, make_department, make_user
from tests.sums import spells
from tests.voc.makers import make_insight
from voc.selectors.support import csat_by_agent

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(csm: User) -> User:
    person = make_user(name="Priya Nair", role="member")
    make_department("support", members=(person,))
    return person


def ticket(account: Account, **fields: Any) -> Ticket:
    fields.setdefault("opened_at", now() - dt.timedelta(days=3))
    return Ticket.objects.create(account=account, **fields)


def test_open_tickets_stand_with_health_renewal_and_insights(csm: User, agent: User) -> None:
    seen, hidden = make_account(csm=csm, name="Northwind"), make_account(csm=csm, name="Contoso")
    AccountGrant.objects.create(account=seen, department=make_department("support"), reason="test")
    seen.summary.health, seen.summary.health_state, seen.summary.arr = 31, "scored", 123_456
    seen.summary.renews_on = today() + dt.timedelta(days=34)
    seen.summary.save()
    make_insight(seen)
    ticket(seen, subject="Cannot log in")
    ticket(seen, subject="Closed one", closed_at=now())
    ticket(hidden, subject="Somebody else's")
    client = Client()
    client.force_login(agent)
    answer = client.get("/support/")
    page = answer.content.decode()
    assert [row.object.subject for row in answer.context["page"].rows] == ["Cannot log in"]
    assert answer.context["page"].rows[0].object.open_insights == 1
    assert "$100K–$250K" in page
    assert not spells(page, 123_456)
    assert client.get("/support/?sort=-arr").status_code == 400
    assert client.get("/support/?tab=none").status_code == 404
    assert client.post("/support/").status_code == 405
    part = client.get("/support/", headers={"HX-Request": "true", "HX-Target": "list"}).content.decode()
    assert "<html" not in part


def test_satisfaction_is_said_of_five_ratings_and_more(csm: User, stranger: User) -> None:
    account, other = make_account(csm=csm), make_account(csm=stranger)
    for score in (5, 5, 4, 2, 5):
        ticket(account, agent="Priya Nair", closed_at=now(), satisfaction=score)
    for _turn in range(4):
        ticket(account, agent="Tom Becker", closed_at=now(), satisfaction=1)
    for _turn in range(5):
        ticket(other, agent="Hidden", closed_at=now(), satisfaction=1)
    ticket(account, agent="Long ago", closed_at=now() - dt.timedelta(days=91), opened_at=now() - dt.timedelta(days=95),
           satisfaction=1)  # fmt: skip
    priya, tom = csat_by_agent(csm)
    assert (priya.agent, priya.interval.n, priya.interval.value) == ("Priya Nair", 5, 0.8)
    assert priya.mean == pytest.approx(4.2)
    assert priya.interval.low is not None and priya.interval.low < 0.8 < (priya.interval.high or 0)
    assert (tom.agent, tom.is_masked, tom.mean) == ("Tom Becker", True, None)
    client = Client()
    client.force_login(csm)
    page = client.get("/support/?tab=agents").content.decode()
    assert "too few to say" in page
    assert "80" in page
    assert "Hidden" not in page
