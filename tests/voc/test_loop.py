"""The whole way of one voice: asked, answered, understood, decided, told, confirmed."""

import datetime as dt
import re

import pytest
from django.test import Client

from accounts.models import AccountChange, AccountGrant, ContactSend, Touchpoint
from lifecycle.models import Trigger
from outbox.models import Message, State
from outbox.services.sending import drain
from team.clock import today
from team.models import Notice, User
from tests.makers import make_account, make_contact, make_department, make_user
from tests.voc.makers import make_nps
from voc.models import Feedback, Insight, Invitation, Response, Verification
from voc.services.insights import accept_insight, act_on_insight
from voc.services.invitations import invite_contacts
from voc.services.loop import draft_reply, tell_customer
from voc.services.responses import follow_up_waiting
from voc.services.understanding.reading import understand_waiting

LINK = re.compile(r"http://[^\s\"]+?(/[sv]/[^/\s\"]+/)")


def press(client: Client, path: str, **given: str) -> int:
    """Open a personal page and send its form as a person does, two seconds later."""
    page = client.get(path).content.decode()
    token = re.search(r'name="form" value="([^"]+)"', page)
    assert token is not None, page
    return client.post(path, {"form": token[1], "lang": "en", **given}).status_code


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forms are old enough at once."""
    monkeypatch.setattr("voc.formulas.humans.YOUNGEST_FORM", 0.0)


def test_the_loop_closes(csm: User, patient: None) -> None:
    product = make_department("product", members=(make_user(role="member", email="product@vendor.example"),))
    account = make_account(csm=csm, name="Northwind")
    contact = make_contact(account, name="Nora Wind", email="nora@northwind.example")
    version = make_nps(csm)

    result = invite_contacts(actor=csm, survey=version.survey, contacts=[contact], occasion="2026-11")
    assert len(result.invited) == 1
    assert ContactSend.objects.get().kind == "survey"
    assert Touchpoint.objects.get().is_automated
    drain(channel="mail")
    mail = Message.objects.get()
    assert mail.state == State.KEPT
    assert Invitation.objects.get().state == Invitation.State.SENT

    client = Client()
    path = LINK.search(mail.body_text)
    assert path is not None
    words = "The export takes six clicks every month and I fix the columns by hand. It is terrible."
    assert press(client, path[1], at="nps", **{"q.nps": "3", "q.reason": words}) == 303
    follow_up_waiting()
    response = Response.objects.get()
    assert (response.state, response.score) == ("confirmed", 3)
    assert response.snapshot["open_tickets"] == 0
    assert Invitation.objects.get().state == Invitation.State.ANSWERED
    assert Trigger.objects.filter(kind="answer").count() == 1
    assert AccountChange.objects.filter(account=account, reason="answer").exists()
    account.summary.refresh_from_db()
    assert account.summary.nps == 3

    assert understand_waiting() == 1
    feedback = Feedback.objects.get()
    assert (feedback.language, feedback.is_mixed) == ("en", False)
    assert feedback.sentiment is not None
    assert feedback.sentiment < 0
    insight = Insight.objects.get()
    assert insight.department == product
    assert insight.due_at is not None
    assert AccountGrant.objects.filter(account=account, department=product).exists()
    assert Notice.objects.filter(kind="insight").count() == 1

    member = product.people.get()
    accept_insight(
        actor=member, insight=insight, promise="One click export", promised_on=today() + dt.timedelta(days=30)
    )
    act_on_insight(actor=member, insight=insight, action="Shipped in 4.2")
    text = draft_reply(insight=insight, contact=contact, actor=member)
    assert "Shipped in 4.2" in text
    tell_customer(actor=member, insight=insight, contact=contact, text=text)
    drain(channel="mail")
    reply = Message.objects.get(kind="reply")
    assert reply.state == State.KEPT
    path = LINK.search(reply.body_text)
    assert path is not None
    assert client.get(path[1]).status_code == 200
    assert Verification.objects.get().verdict == ""
    assert press(client, path[1], verdict="yes") == 303
    insight.refresh_from_db()
    assert insight.state == Insight.State.VERIFIED
    assert [step.state for step in insight.steps.all()] == ["new", "accepted", "acted_on", "told", "verified"]
