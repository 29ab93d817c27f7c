"""The page of received mail: what came back, what followed, and the way back."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import Contact
from outbox.models import DeliveryReport, ReceivedMail
from outbox.services import enqueue_mail
from team.models import User
from tests.makers import make_account, make_contact

pytestmark = pytest.mark.django_db


def bounce(contact: Contact, *, number: int = 1) -> ReceivedMail:
    """A hard bounce of a mail to somebody."""
    message = enqueue_mail(
        kind="survey",
        recipient=contact.email,
        subject="One question",
        body_text="x",
        subject_ref=f"contact:{contact.pk}",
    )
    received = ReceivedMail.objects.create(
        message_id=f"<{contact.pk}-{number}@x.example>",
        source="file",
        kind=ReceivedMail.Kind.BOUNCE,
        outcome=ReceivedMail.Outcome.BLOCKED,
        sender=f"daemon{number}@mx.example",
        subject="Undelivered",
        our_mail=message,
        subject_ref=f"contact:{contact.pk}",
    )
    DeliveryReport.objects.create(
        received=received, our_mail=message, address=contact.email.lower(), reason="user_unknown", is_hard=True
    )
    Contact.objects.filter(pk=contact.pk).update(status=Contact.Status.BOUNCED)
    return received


@pytest.fixture
def nora(csm: User) -> Contact:
    return make_contact(make_account(csm=csm), name="Nora Nielsen", email="nora@customer.example")


def test_the_list_shows_mine_and_hides_theirs(as_csm: Client, nora: Contact, stranger: User) -> None:
    bounce(nora)
    theirs = bounce(make_contact(make_account(csm=stranger), email="otto@other.example"), number=2)
    page = as_csm.get(reverse("received_mails")).content.decode()
    # Whose address it is, not the machine that says so.
    assert "nora@customer.example" in page
    assert "daemon1@mx.example" not in page
    assert "No such mailbox" in page
    assert "otto@other.example" not in page
    assert as_csm.get(reverse("received", args=[theirs.pk])).status_code == 404
    assert as_csm.post(reverse("received_unblock", args=[theirs.pk])).status_code == 404


def test_an_empty_list_says_what_would_stand_there(as_csm: Client) -> None:
    assert "Nothing has come back" in as_csm.get(reverse("received_mails")).content.decode()


def test_filters_find_by_kind_outcome_and_person(as_csm: Client, nora: Contact) -> None:
    bounce(nora)
    for query, is_there in (
        ("kind=bounce", True),
        ("kind=answer", False),
        ("reason=moved", False),
        (f"about=contact:{nora.pk}", True),
    ):
        page = as_csm.get(f"{reverse('received_mails')}?{query}").content.decode()
        assert ("nora@customer.example" in page) is is_there, query


def test_htmx_gets_the_list_alone(as_csm: Client) -> None:
    page = as_csm.get(reverse("received_mails"), headers={"HX-Request": "true", "HX-Target": "list"}).content.decode()
    assert "<html" not in page


def test_the_list_asks_the_same_number_of_queries(
    as_csm: Client, nora: Contact, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    bounce(nora)
    url = reverse("received_mails")
    as_csm.get(url)
    with CaptureQueriesContext(connection) as first:
        as_csm.get(url)
    for number in range(2, 21):
        bounce(nora, number=number)
    with django_assert_num_queries(len(first)):
        as_csm.get(url)


def test_a_mail_says_why_and_can_be_taken_back(as_csm: Client, nora: Contact, csm: User) -> None:
    received = bounce(nora)
    url = reverse("received", args=[received.pk])
    page = as_csm.get(url).content.decode()
    assert "Nora Nielsen" in page
    assert "This was wrong" in page
    answer = as_csm.post(reverse("received_unblock", args=[received.pk]), headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert "received-changed" in answer.headers["HX-Trigger"]
    nora.refresh_from_db()
    assert nora.status == Contact.Status.ACTIVE
    page = as_csm.get(url).content.decode()
    assert "This was wrong" not in page
    assert "Taken back" in page


def test_what_they_wrote_is_shown_as_words(as_csm: Client, nora: Contact) -> None:
    received = ReceivedMail.objects.create(
        message_id="<x@x.example>",
        source="file",
        kind="answer",
        sender="nora@customer.example",
        subject="<script>alert(1)</script>",
        words="<img src=x onerror=alert(1)>",
        text="<b>whole</b>",
        subject_ref=f"contact:{nora.pk}",
    )
    for page in (as_csm.get(reverse("received", args=[received.pk])), as_csm.get(reverse("received_mails"))):
        assert b"<script>alert" not in page.content
        assert b"<img src=x" not in page.content
        assert b"<b>whole" not in page.content


@pytest.mark.parametrize(
    ("name", "method", "status"),
    [("received_mails", "post", 405), ("received", "post", 405), ("received_unblock", "get", 405)],
)
def test_wrong_methods_are_refused(as_csm: Client, nora: Contact, name: str, method: str, status: int) -> None:
    arguments = [] if name == "received_mails" else [bounce(nora).pk]
    assert getattr(as_csm, method)(reverse(name, args=arguments)).status_code == status


def test_a_stranger_goes_to_the_log_in(client: Client) -> None:
    assert client.get(reverse("received_mails")).status_code == 302


def test_the_outbox_finds_mail_to_a_person_or_an_account(
    as_csm: Client, nora: Contact, csm: User, stranger: User
) -> None:
    other = make_contact(make_account(csm=csm), email="paul@customer.example")
    foreign = make_contact(make_account(csm=stranger), email="eva@customer.example")
    for contact in (nora, other, foreign):
        enqueue_mail(
            kind="survey", recipient=contact.email, subject="Hi", body_text="x", subject_ref=f"contact:{contact.pk}"
        )

    def found(query: str) -> set[str]:
        page = as_csm.get(f"{reverse('outbox')}?{query}").content.decode()
        return {name for name in ("nora", "paul", "eva") if f"{name}@customer.example" in page}

    assert found("") == {"nora", "paul"}
    assert found(f"about=contact:{nora.pk}") == {"nora"}
    assert found(f"about=account:{other.account_id}") == {"paul"}
    assert found(f"about=account:{foreign.account_id}") == set()
    assert found(f"about=contact:{foreign.pk}") == set()
