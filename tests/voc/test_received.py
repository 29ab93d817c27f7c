"""What comes back by mail is made into what it means: dead addresses, consents, answers, touchpoints, voice."""

import datetime as dt

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Contact, ContactConsent, ContactSend, Touchpoint
from accounts.services.bounces import unblock_address
from accounts.services.budget import record_send, refuse_message
from accounts.services.touchpoints import log_touchpoint
from outbox.models import DeliveryReport, Message, ReceivedMail
from outbox.services.erasing import erase_messages
from outbox.services.receiving import TooLarge, make_something_of_waiting, receive_mail
from outbox.services.reports import report_refusal, resting_until
from team.models import User
from team.services.undo import undo_action
from tests.outbox.letters import NORA, answer, arf, dsn, qmail
from tests.voc.makers import make_invitation, make_nps
from tests.voc.makers_received import make_nora, sent_to
from voc.models import Answer, Feedback, Invitation, Response

pytestmark = pytest.mark.django_db
Outcome = ReceivedMail.Outcome


@pytest.fixture
def nora(csm: User) -> Contact:
    return make_nora(csm)


def asked(contact: Contact, owner: User) -> tuple[Invitation, Message]:
    """An invitation that left, with its mail."""
    message = sent_to(contact)
    invitation, _token = make_invitation(make_nps(owner), contact, message_ref=message.ref)
    record_send(contact=contact, kind=ContactSend.Kind.SURVEY, message_ref=message.ref, at=timezone.now())
    return invitation, message


def take(raw: bytes) -> ReceivedMail:
    return receive_mail(raw=raw, source="file")


def test_a_hard_bounce_marks_the_contact_and_a_person_takes_it_back(csm: User, nora: Contact) -> None:
    invitation, message = asked(nora, csm)
    received = take(dsn(names=message.message_id))
    nora.refresh_from_db()
    invitation.refresh_from_db()
    assert (received.kind, received.outcome, nora.status) == ("bounce", Outcome.BLOCKED, Contact.Status.BOUNCED)
    assert (invitation.state, invitation.rule) == (Invitation.State.SUPPRESSED, "bounced")
    assert not ContactSend.objects.exists()
    assert Contact.pgh_event_model.objects.filter(pgh_obj=nora, status="bounced").exists()  # type: ignore[attr-defined]
    [log] = unblock_address(actor=csm, address="nora@customer.example")
    nora.refresh_from_db()
    assert nora.status == Contact.Status.ACTIVE
    assert not DeliveryReport.objects.standing().exists()
    assert undo_action(actor=csm, action=log)
    nora.refresh_from_db()
    assert nora.status == Contact.Status.BOUNCED


def test_a_bounce_that_names_no_mail_of_ours_never_kills_an_address(nora: Contact) -> None:
    """Anybody can write to the address that bounces come to."""
    sent_to(nora)
    received = take(dsn(names="<00000000-0000-4000-8000-00000000dead@127.0.0.1>"))
    nora.refresh_from_db()
    assert (nora.status, received.outcome) == (Contact.Status.ACTIVE, Outcome.PAUSED)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("5.2.2", "smtp; 552 5.2.2 mailbox full"),
        ("5.7.1", "smtp; 554 5.7.1 blocked using zen.spamhaus.org"),
        ("5.7.1", "smtp; 550 looks like spam"),
        ("4.4.7", "smtp; delivery time expired"),
        ("5.0.0", "smtp; 550 5.0.0 go away"),
    ],
)
def test_a_soft_bounce_rests_and_ends(csm: User, nora: Contact, status: str, said: str) -> None:
    invitation, message = asked(nora, csm)
    received = take(dsn(names=message.message_id, status=status, said=said))
    nora.refresh_from_db()
    invitation.refresh_from_db()
    assert (received.outcome, nora.status) == (Outcome.PAUSED, Contact.Status.ACTIVE)
    assert invitation.next_free_on is not None
    later = sent_to(nora)
    assert refuse_message(later) == "Mail to this address came back lately"
    assert not refuse_message(sent_to(nora, kind="personal", is_automated=False))
    report = DeliveryReport.objects.get()
    DeliveryReport.objects.update(reported_at=report.reported_at - dt.timedelta(days=2), blocked_until=timezone.now())
    assert not resting_until([NORA])


def test_soft_bounces_in_a_row_rest_longer_but_never_over_14_days_and_success_begins_anew(nora: Contact) -> None:
    days = []
    for number in range(6):
        message = sent_to(nora)
        take(dsn(names=message.message_id, status="5.2.2", said="smtp; 552 mailbox full", number=number))
        report = DeliveryReport.objects.latest("id")
        assert report.blocked_until is not None
        days.append((report.blocked_until - report.reported_at).days)
    assert days == [1, 3, 7, 14, 14, 14]
    arrived = sent_to(nora)
    ago = timezone.now() - dt.timedelta(days=3)
    Message.objects.filter(pk=arrived.pk).update(sent_at=ago)
    DeliveryReport.objects.update(reported_at=ago - dt.timedelta(days=1), blocked_until=ago)
    take(dsn(names=sent_to(nora).message_id, status="5.2.2", said="smtp; 552 mailbox full", number=99))
    report = DeliveryReport.objects.latest("id")
    assert report.blocked_until is not None
    assert (report.blocked_until - report.reported_at).days == 1


def test_the_database_refuses_a_rest_without_end() -> None:
    at = timezone.now()
    with pytest.raises(IntegrityError), transaction.atomic():
        DeliveryReport.objects.create(
            address=NORA, reason="spam", is_hard=False, reported_at=at, blocked_until=at + dt.timedelta(days=15)
        )


def test_a_refusal_on_the_way_out_counts_like_a_bounce(nora: Contact) -> None:
    report_refusal(message=sent_to(nora), answer="550 5.1.1 User unknown")
    nora.refresh_from_db()
    assert nora.status == Contact.Status.BOUNCED
    report_refusal(message=sent_to(nora, recipient="paul@customer.example"), answer="552 5.2.2 mailbox full")
    assert list(resting_until(["Paul@customer.example"])) == ["paul@customer.example"]


def test_a_complaint_stops_that_kind_of_mail_at_once(csm: User, nora: Contact) -> None:
    _invitation, message = asked(nora, csm)
    assert take(arf(names=message.message_id)).outcome == Outcome.OPTED_OUT
    said = ContactConsent.objects.get()
    assert (said.purpose, said.is_allowed, said.source) == ("survey", False, "complaint")


def test_a_complaint_that_hides_our_name_is_found_by_address(nora: Contact) -> None:
    sent_to(nora, kind="automated")
    assert take(arf(names="")).outcome == Outcome.OPTED_OUT
    assert ContactConsent.objects.get().purpose == "success"


@pytest.mark.parametrize(
    ("words", "score", "comment"),
    [
        ("9, but the export is slow", 9, "the export is slow"),
        ("3\n\nNobody answers.\n\n-- \nNora", 3, "Nobody answers."),
        ("10", 10, ""),
        ("8分，导出太慢", 8, "导出太慢"),
    ],
)
def test_an_answer_by_mail_answers_the_survey(csm: User, nora: Contact, words: str, score: int, comment: str) -> None:
    invitation, message = asked(nora, csm)
    assert take(answer(words, names=message.message_id)).outcome == Outcome.ANSWERED
    response = Response.objects.get()
    assert (response.state, response.score, response.source) == ("confirmed", score, "mail")
    assert response.invitation_id == invitation.pk
    assert "".join(Answer.objects.filter(number=None).values_list("text", flat=True)) == comment
    invitation.refresh_from_db()
    assert invitation.state == Invitation.State.ANSWERED
    assert not Touchpoint.objects.filter(source="received").exists()


def test_an_answer_to_the_reminder_answers_too(csm: User, nora: Contact) -> None:
    invitation, _message = asked(nora, csm)
    reminder = sent_to(nora, kind="reminder", dedupe_key=f"reminder:{invitation.pk}:1")
    take(answer("7", names=reminder.message_id))
    assert Response.objects.get().score == 7


@pytest.mark.parametrize(
    ("words", "sender", "headers"),
    [
        ("2 users cannot log in", NORA, {}),
        ("9", "paul@customer.example", {}),
        ("9", "evil@elsewhere.example", {}),
    ],
)
def test_what_is_no_answer_of_that_person_is_a_mail_to_read(
    csm: User, nora: Contact, words: str, sender: str, headers: dict[str, str]
) -> None:
    _invitation, message = asked(nora, csm)
    assert take(answer(words, names=message.message_id, sender=sender)).outcome == Outcome.LOGGED
    assert not Response.objects.exists()
    touch = Touchpoint.objects.get(source="received")
    assert (touch.kind, touch.direction) == ("mail", "in")
    assert Feedback.objects.get().text == words


def test_an_automatic_answer_answers_nothing(csm: User, nora: Contact) -> None:
    _invitation, message = asked(nora, csm)
    take(answer("9", names=message.message_id, Auto_Submitted="auto-replied"))
    assert not Response.objects.exists()
    assert not Touchpoint.objects.exists()


def test_an_automatic_answer_says_who_has_left(csm: User, nora: Contact) -> None:
    message = sent_to(nora)
    words = "Nora Nielsen is no longer with the company."
    received = take(answer(words, names=message.message_id, Auto_Submitted="auto-replied"))
    assert received.note
    assert csm.notices.filter(kind="contact").count() == 1
    nora.refresh_from_db()
    assert nora.status == Contact.Status.ACTIVE


def test_a_reply_ends_the_waiting_for_one(csm: User, nora: Contact) -> None:
    waiting = log_touchpoint(
        actor=csm, account=nora.account, kind="mail", subject="Can we talk?", contacts=[nora],
        occurred_at=timezone.now() - dt.timedelta(days=1),
    )  # fmt: skip
    message = sent_to(nora, kind="personal")
    take(answer("Yes, on Thursday.", names=message.message_id))
    waiting.refresh_from_db()
    assert waiting.replied_at is not None


@pytest.mark.parametrize("words", ["STOP", "Unsubscribe please", "afmeld", "退订"])
def test_a_wish_for_no_more_mail_is_heard(csm: User, nora: Contact, words: str) -> None:
    _invitation, message = asked(nora, csm)
    assert take(answer(words, names=message.message_id)).outcome == Outcome.OPTED_OUT
    assert ContactConsent.objects.get().purpose == "survey"


def test_the_same_mail_counts_once(csm: User, nora: Contact) -> None:
    message = sent_to(nora, kind="personal")
    raw = answer("Thank you!", names=message.message_id)
    assert take(raw).pk == take(raw).pk
    assert Touchpoint.objects.filter(source="received").count() == 1
    assert Feedback.objects.count() == 1


def test_a_mail_that_belongs_to_nothing_is_kept_and_listed() -> None:
    received = take(answer("Buy this", names=""))
    assert (received.outcome, received.words) == (Outcome.UNKNOWN, "Buy this")


def test_our_own_mail_that_comes_back_does_nothing(nora: Contact) -> None:
    message = sent_to(nora)
    raw = answer("9", names=message.message_id).replace(b"<answer-1@customer.example>", message.message_id.encode())
    assert take(raw).kind == ReceivedMail.Kind.OWN
    assert not Touchpoint.objects.exists()


def test_an_address_that_names_the_message_finds_it(nora: Contact, settings: LazySettings) -> None:
    """Some providers replace our Message-ID."""
    settings.OUTBOX_RETURN_ADDRESS = "mail@in.vendor.example"
    from outbox.services.mime import own_address  # noqa: PLC0415

    message = sent_to(nora, kind="personal")
    raw = answer("Thank you!", names="").replace(b"mail@vendor.example", own_address(message).encode())
    assert take(raw).our_mail == message
    forged = own_address(message).replace("-", "-0", 1)
    assert take(answer("No", names="", number=2).replace(b"mail@vendor.example", forged.encode())).our_mail is None


def test_a_forwarded_mailbox_bounces_for_the_address_that_we_know(nora: Contact) -> None:
    message = sent_to(nora)
    take(dsn(address="nora.n@elsewhere.example", names=message.message_id))
    assert DeliveryReport.objects.get().address == NORA


def test_a_bounce_without_a_standard_counts(nora: Contact) -> None:
    take(qmail(names=sent_to(nora).message_id))
    nora.refresh_from_db()
    assert nora.status == Contact.Status.BOUNCED


def test_a_receiver_that_breaks_loses_nothing(nora: Contact, settings: LazySettings) -> None:
    receivers, settings.MAIL_RECEIVERS = settings.MAIL_RECEIVERS, ["tests.voc.test_received.break_down"]
    message = sent_to(nora, kind="personal")
    with pytest.raises(RuntimeError):
        take(answer("Thank you!", names=message.message_id))
    assert ReceivedMail.objects.get().heard_at is None
    settings.MAIL_RECEIVERS = receivers
    assert make_something_of_waiting() == 1
    assert make_something_of_waiting() == 0
    assert Touchpoint.objects.filter(source="received").count() == 1


def break_down(received: ReceivedMail) -> bool:
    raise RuntimeError(received.kind)


def test_erasing_a_person_empties_what_came_from_them(nora: Contact) -> None:
    message = sent_to(nora)
    take(answer("My secret", names=message.message_id))
    take(dsn(names=message.message_id))
    erase_messages(subject_refs=[f"contact:{nora.pk}"])
    left = f"{list(ReceivedMail.objects.values())}{list(DeliveryReport.objects.values())}"
    assert "secret" not in left
    assert "nora@" not in left.lower()


def test_too_large_a_mail_is_refused() -> None:
    with pytest.raises(TooLarge):
        take(b"Subject: x\n\n" + b"x" * 1024 * 1024)
    assert not ReceivedMail.objects.exists()
