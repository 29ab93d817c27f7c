"""The gate before mail to a contact."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Contact, ContactConsent, ContactSend
from accounts.services.budget import check_contact, check_contacts, record_send, refuse_message, release_send
from accounts.services.touchpoints import take_over_outcome
from outbox.models import Message
from tests.makers import make_account, make_contact

NOON = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)

pytestmark = pytest.mark.django_db


def _message(contact: Contact | None = None, **fields: object) -> Message:
    number = Message.objects.count()
    ref = f"contact:{contact.pk}" if contact else ""
    values = {"channel": "mail", "kind": "survey", "recipient": "a@b.example", "subject_ref": ref, **fields}
    return Message.objects.create(message_id=f"<{number}@x>", **values)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [({"status": "left"}, "left"), ({"status": "bounced"}, "bounced"), ({"email": ""}, "no_address")],
)
def test_who_cannot_be_reached_is_not_written_to(fields: dict[str, str], reason: str) -> None:
    contact = make_contact(make_account())
    Contact.objects.filter(pk=contact.pk).update(**fields)
    contact.refresh_from_db()
    assert check_contact(contact=contact, kind="survey", at=NOON).reason == reason


def test_the_last_word_about_a_purpose_counts() -> None:
    contact = make_contact(make_account())
    ContactConsent.objects.create(contact=contact, purpose="survey", is_allowed=False, source="page")
    assert check_contact(contact=contact, kind="survey", at=NOON).reason == "opted_out"
    assert check_contact(contact=contact, kind="reminder", at=NOON).reason == "opted_out"
    assert check_contact(contact=contact, kind="automated", at=NOON).is_free
    ContactConsent.objects.create(contact=contact, purpose="survey", is_allowed=True, source="page")
    assert check_contact(contact=contact, kind="survey", at=NOON).is_free


def test_the_same_message_enters_the_ledger_once_and_leaves_it() -> None:
    contact = make_contact(make_account())
    assert record_send(contact=contact, kind="survey", message_ref="message:1", at=NOON)
    assert not record_send(contact=contact, kind="survey", message_ref="message:1", at=NOON)
    assert not check_contact(contact=contact, kind="survey", at=NOON + dt.timedelta(days=1)).is_free
    assert release_send(message_ref="message:1")
    assert not release_send(message_ref="message:1")
    assert check_contact(contact=contact, kind="survey", at=NOON + dt.timedelta(days=1)).is_free


def test_many_are_checked_with_the_queries_of_one() -> None:
    account = make_account()
    contacts = [make_contact(account) for _ in range(20)]

    def queries_for(people: list[Contact]) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert all(v.is_free for v in check_contacts(contacts=people, kind="survey", at=NOON).values())
        return len(queries)

    assert queries_for(contacts) == queries_for(contacts[:1])


def test_an_opt_out_after_queueing_wins() -> None:
    contact = make_contact(make_account())
    message = _message(contact)
    record_send(contact=contact, kind="survey", message_ref=f"message:{message.uuid}", at=NOON)
    assert refuse_message(message) == ""
    ContactConsent.objects.create(contact=contact, purpose="survey", is_allowed=False, source="page")
    assert refuse_message(message) != ""


def test_of_two_surveys_that_crossed_one_goes() -> None:
    contact = make_contact(make_account())
    messages = [_message(contact), _message(contact)]
    for message in messages:
        record_send(contact=contact, kind="survey", message_ref=f"message:{message.uuid}", at=NOON)
    assert [bool(refuse_message(message)) for message in messages] == [False, True]


def test_other_messages_pass() -> None:
    assert refuse_message(_message(kind="password_reset")) == ""
    assert refuse_message(_message(channel="webhook", recipient="https://x.example")) == ""


def test_personal_mail_passes_but_not_to_who_left() -> None:
    contact = make_contact(make_account())
    message = _message(contact, kind="reply", is_automated=False)
    assert refuse_message(message) == ""
    Contact.objects.filter(pk=contact.pk).update(status="left")
    assert refuse_message(message) != ""


def test_a_mail_that_never_went_out_does_not_use_up_the_budget() -> None:
    contact = make_contact(make_account())
    message = _message(contact, state="expired")
    record_send(contact=contact, kind="survey", message_ref=f"message:{message.uuid}", at=NOON)
    take_over_outcome(message)
    assert not ContactSend.objects.exists()
