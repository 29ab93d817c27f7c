"""Not me, left, ask a colleague, erase mine: each heard, none by a machine."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from accounts.models import Contact, ContactConsent, ContactSend, Touchpoint
from lifecycle.models import Task, Trigger
from outbox.models import Message
from team.clock import now
from team.models import User
from tests.makers import make_account, make_contact
from tests.voc.makers import make_feedback, make_insight, make_invitation, make_nps
from tests.voc.makers_answers import hidden_fields
from voc.models import Answer, Feedback, Invitation, Response
from voc.selectors.invitations import last_time
from voc.selectors.wishes import asked_less
from voc.services.preferences import set_manner
from voc.services.signals import is_same_company, pass_on
from voc.services.tokens import preference_token

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voc.formulas.humans.YOUNGEST_FORM", 0.0)


@pytest.fixture
def invited(csm: User) -> tuple[Invitation, str]:
    contact = make_contact(make_account(csm=csm), name="Nora Wind", email="nora@northwind.example")
    return make_invitation(make_nps(csm), contact)


def press(path: str, **given: str) -> Any:
    client = Client()
    return client.post(path, hidden_fields(client.get(path).content.decode()) | given)


def test_a_colleague_of_the_same_company_is_asked_within_the_budget(csm: User, invited: tuple[Invitation, str]) -> None:
    invitation, token = invited
    path = f"/s/{token}/elsewhere/"
    answer = press(path, said="pass", email="jo@northwind.example", name="Jo Breeze")
    assert "by mail" in answer.content.decode()
    passed = Invitation.objects.get(passed_on_from=invitation)
    assert (passed.contact.name, passed.contact.account) == ("Jo Breeze", invitation.account)
    assert Message.objects.filter(kind="survey").count() == 1
    invitation.refresh_from_db()
    assert invitation.state == Invitation.State.DECLINED
    assert Trigger.objects.get(kind="stakeholder").payload["said"] == "passed_on"
    assert (Task.objects.filter(owner=csm).count(), Touchpoint.objects.filter(source="survey").count()) == (1, 1)


def test_an_address_elsewhere_gets_no_mail_and_a_person_looks_at_it(invited: tuple[Invitation, str]) -> None:
    before = Contact.objects.count()
    assert pass_on(invitation=invited[0], email="somebody@elsewhere.example").outcome == "noted"
    assert (Message.objects.count(), Contact.objects.count(), Task.objects.count()) == (0, before, 1)


def test_a_link_names_three_people_at_most(invited: tuple[Invitation, str]) -> None:
    said = [pass_on(invitation=invited[0], email=f"x{number}@elsewhere.example").outcome for number in range(4)]
    assert said == ["noted", "noted", "noted", "enough"]


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [("a@x.dk", "b@X.dk", True), ("a@x.dk", "b@y.dk", False), ("a@gmail.com", "b@gmail.com", False), ("", "", False)],
)
def test_the_same_company_is_known_by_the_address(one: str, other: str, *, is_same: bool) -> None:
    assert is_same_company(one, other) is is_same


@pytest.mark.parametrize("path", ["/s/{token}/elsewhere/", "/p/{standing}/", "/p/{standing}/erase/"])
def test_a_hasty_press_is_asked_once_more(
    invited: tuple[Invitation, str], path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voc.formulas.humans.YOUNGEST_FORM", 1.5)
    invitation, token = invited
    address = path.format(token=token, standing=preference_token(invitation.contact))
    for said in ("left", "not_me", "stop", "save"):
        assert press(address, said=said).status_code == 422
    contact = Contact.objects.get(pk=invitation.contact_id)
    assert (contact.status, ContactConsent.objects.count()) == (Contact.Status.ACTIVE, 0)


def test_erase_mine_takes_the_words_and_leaves_the_numbers(invited: tuple[Invitation, str]) -> None:
    invitation, _token = invited
    contact = invitation.contact
    response = Response.objects.create(
        version=invitation.version,
        invitation=invitation,
        account=contact.account,
        contact=contact,
        state=Response.State.CONFIRMED,
        score=3,
        submitted_at=now(),
    )
    Answer.objects.create(response=response, question_id="reason", text="Secret words")
    make_feedback(contact.account, "Secret words", contact=contact, response=response, score=3)
    path = f"/p/{preference_token(contact)}/erase/"
    assert "Secret words" in Client().get(path).content.decode()
    page = press(path).content.decode()
    assert "Receipt" in page
    assert not Answer.objects.exclude(text="").exists()
    assert not Feedback.objects.exclude(text="").exists()
    assert Response.objects.get().score == 3
    assert "receipt" in Touchpoint.objects.get(source="survey").body
    assert "no words of yours" in Client().get(path).content.decode()


def test_who_wants_to_be_asked_less_often_is(csm: User) -> None:
    contact = make_contact(make_account(csm=csm))
    set_manner(contact=contact, language="en", survey_every_days=365)
    asked: dict[str, Any] = {"contacts": [contact], "kind": ContactSend.Kind.SURVEY, "at": now()}
    assert asked_less(**asked) == {}
    ContactSend.objects.create(
        contact=contact, account=contact.account, kind="survey", message_ref="m", sent_at=now() - dt.timedelta(days=200)
    )
    assert asked_less(**asked)[contact.pk].reason == "wish"
    assert asked_less(**{**asked, "at": now() + dt.timedelta(days=200)}) == {}


def test_last_time_quotes_own_words_and_no_colleague_s(invited: tuple[Invitation, str]) -> None:
    invitation, _token = invited
    colleague = make_contact(invitation.account)
    make_insight(
        invitation.account, contact=colleague, text="Colleague's words", state="told", action="Export keeps filters",
        decided_at=now(),
    )  # fmt: skip
    found = last_time(invitation)
    assert found is not None
    assert (found.said, found.action) == ("", "Export keeps filters")
    make_insight(
        invitation.account, contact=invitation.contact, text="My own words", state="accepted", promise="Soon",
        promised_on=now().date(),
        decided_at=now(), theme="own",
    )  # fmt: skip
    found = last_time(invitation)
    assert found is not None
    assert found.said.startswith("My own words")
