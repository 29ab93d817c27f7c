"""The outbox sends once, loses nothing in silence, and says so when it cannot know."""

import datetime as dt
from collections.abc import Iterator
from email import message_from_bytes

import pytest
from django.conf import LazySettings
from django.core.mail import EmailMultiAlternatives, send_mail
from django.db import connection, transaction
from django.utils import timezone

from outbox.models import Attempt, Message, State
from outbox.services import InvalidRecipient, cancel_message, enqueue_mail
from outbox.services.decisions import mark_arrived, send_again
from outbox.services.outcomes import tell_listeners
from outbox.services.sending import claim_next, drain
from outbox.services.sweep import sweep_outbox
from team.models import User
from tests.outbox.sinks import MailSink, mail_sink

pytestmark = pytest.mark.django_db
HEARD: list[tuple[str, str]] = []


@pytest.fixture(autouse=True)
def quiet(settings: LazySettings) -> None:
    """No gate and one listener of our own: the outbox alone is looked at."""
    settings.OUTBOX_GATES = []
    settings.OUTBOX_LISTENERS = ["tests.outbox.test_services.hear"]
    settings.OUTBOX_DOORBELL = "tests.outbox.test_services.silence"
    HEARD.clear()


def silence(channel: str) -> None:
    """A bell that nobody hears."""


def hear(message: Message) -> None:
    """What is heard counts once, as it does in a database: listeners are told at least once."""
    if (message.kind, message.state) not in HEARD:
        HEARD.append((message.kind, message.state))


def refuse(message: Message) -> str:
    return "opted out" if "refused" in message.recipient else ""


def break_down(message: Message) -> str:
    raise RuntimeError(message.kind)


@pytest.fixture
def sink(settings: LazySettings) -> Iterator[MailSink]:
    with mail_sink() as made:
        use(settings, made)
        yield made


def use(settings: LazySettings, sink: MailSink) -> None:
    settings.OUTBOX_SMTP = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": sink.port}


def mail(number: int = 1, **fields: object) -> Message:
    given = {"kind": "survey", "recipient": f"nora{number}@customer.example", "subject": "Hello", "body_text": "Text"}
    return enqueue_mail(**{**given, **fields})  # type: ignore[arg-type]


def states() -> list[str]:
    return list(Message.objects.order_by("id").values_list("state", flat=True))


def make_due() -> None:
    Message.objects.update(due_at=timezone.now())


def test_a_mail_goes_out_once(sink: MailSink) -> None:
    mail(body_html="<p>Text</p>", headers={"List-Unsubscribe": "<https://x.example/p>"})
    assert drain(channel="mail") is False
    assert drain(channel="mail") is False
    assert states() == [State.SENT]
    sent = message_from_bytes(sink.bodies[0])
    assert sent["List-Unsubscribe"] == "<https://x.example/p>"
    assert sent["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in sent.walk()][1:] == ["text/plain", "text/html"]
    assert len(sink.ledger) == 1
    assert HEARD == [("survey", "sent")]


def test_a_line_that_begins_with_a_dot_arrives_whole(sink: MailSink) -> None:
    mail(body_text="one\n.\n..two\nthree")
    drain(channel="mail")
    lines = sink.bodies[0].split(b"\r\n")
    undotted = b"\r\n".join(line[1:] if line.startswith(b".") else line for line in lines)
    assert message_from_bytes(undotted).get_payload(decode=True) == b"one\r\n.\r\n..two\r\nthree\r\n"


def test_the_same_key_is_stored_once() -> None:
    assert mail(dedupe_key="a").pk == mail(dedupe_key="a").pk
    assert mail(dedupe_key="a").message_id == f"<{mail(dedupe_key='a').uuid}@127.0.0.1>"
    assert mail(dedupe_key="b").message_id != mail(dedupe_key="a").message_id


def test_without_a_server_mail_is_kept(settings: LazySettings) -> None:
    settings.OUTBOX_SMTP = None
    mail()
    drain(channel="mail")
    assert states() == [State.KEPT]


@pytest.mark.parametrize("act", ["drop", "late"])
def test_a_line_cut_after_the_body_is_unknown_and_never_repeated(settings: LazySettings, act: str) -> None:
    with mail_sink(lambda number: act if number == 1 else "ok") as sink:
        use(settings, sink)
        mail(1)
        mail(2)
        drain(channel="mail")
        make_due()
        drain(channel="mail")
        sweep_outbox()
        assert states() == [State.UNKNOWN, State.SENT]
        assert max(sink.counts().values()) == 1


def test_a_blind_retry_would_double(settings: LazySettings) -> None:
    """Negative control: what R-42 forbids does show in the ledger."""
    with mail_sink(lambda number: "late" if number == 1 else "ok") as sink:
        use(settings, sink)
        mail()
        drain(channel="mail")
        Message.objects.update(state=State.QUEUED)
        drain(channel="mail")
        assert list(sink.counts().values()) == [2]


@pytest.mark.parametrize(("answer", "state"), [("451", State.QUEUED), ("550", State.FAILED)])
def test_a_refusal_is_certain(settings: LazySettings, answer: str, state: str) -> None:
    with mail_sink(lambda number: answer if number == 1 else "ok") as sink:
        use(settings, sink)
        mail()
        drain(channel="mail")
        assert states() == [state]
        if state == State.QUEUED:
            assert Message.objects.get().due_at > timezone.now() + dt.timedelta(seconds=50)
            make_due()
            drain(channel="mail")
            assert states() == [State.SENT]
            assert Attempt.objects.count() == 2


def test_a_dead_server_loses_nothing(settings: LazySettings) -> None:
    with mail_sink() as sink:
        port = sink.port
    settings.OUTBOX_SMTP = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": port}
    mail(1, expires_at=timezone.now() + dt.timedelta(hours=3), priority=5)
    mail(2, expires_at=timezone.now() + dt.timedelta(minutes=1), priority=1)
    drain(channel="mail")
    assert states() == [State.QUEUED, State.QUEUED]
    Message.objects.filter(priority=1).update(expires_at=timezone.now())
    with mail_sink() as sink:
        use(settings, sink)
        make_due()
        drain(channel="mail")
        assert states() == [State.SENT, State.EXPIRED]
        assert len(sink.ledger) == 1


def test_a_gate_is_asked_at_the_last_moment(settings: LazySettings, sink: MailSink) -> None:
    settings.OUTBOX_GATES = ["tests.outbox.test_services.refuse"]
    mail(recipient="refused@customer.example", secrets=["sekret"], body_text="link sekret")
    mail(2)
    drain(channel="mail")
    assert states() == [State.SUPPRESSED, State.SENT]
    suppressed = Message.objects.get(state=State.SUPPRESSED)
    assert (suppressed.reason, suppressed.body_text) == ("opted out", "link …")


def test_a_gate_that_breaks_holds_up_nobody_and_lets_nothing_through(settings: LazySettings, sink: MailSink) -> None:
    settings.OUTBOX_GATES = ["tests.outbox.test_services.break_down"]
    mail()
    with pytest.raises(RuntimeError):
        drain(channel="mail")
    assert states() == [State.QUEUED]
    assert Message.objects.get().due_at > timezone.now()
    assert sink.ledger == []


def test_a_claim_is_taken_by_one() -> None:
    mail()
    assert claim_next(channel="mail") is not None
    assert claim_next(channel="mail") is None


def test_a_vanished_sender_leaves_unknown(admin: User) -> None:
    mail()
    claim_next(channel="mail")
    Message.objects.update(lease_until=timezone.now() - dt.timedelta(seconds=1))
    sweep_outbox()
    tell_listeners()
    assert states() == [State.UNKNOWN]
    assert HEARD == [("survey", "unknown")]
    message = Message.objects.get()
    assert send_again(actor=admin, message=message) is True
    assert send_again(actor=admin, message=message) is False
    assert states() == [State.QUEUED]


def test_a_person_says_that_it_arrived(admin: User) -> None:
    message = mail(secrets=["sekret"], body_text="link sekret")
    Message.objects.update(state=State.UNKNOWN)
    assert mark_arrived(actor=admin, message=message) is True
    assert mark_arrived(actor=admin, message=message) is False
    message.refresh_from_db()
    assert (message.state, message.body_text, message.secrets) == (State.SENT, "link …", [])


def test_a_recalled_message_stays_here(sink: MailSink) -> None:
    message = mail()
    assert cancel_message(message=message, reason="not needed") is True
    drain(channel="mail")
    assert cancel_message(message=message, reason="again") is False
    assert sink.ledger == []


def test_tokens_leave_our_copy_when_the_mail_has_gone(sink: MailSink) -> None:
    mail(body_text="https://x.example/s/sekret/", body_html="<a href='/s/sekret/'>", secrets=["sekret"])
    drain(channel="mail")
    assert b"sekret" in sink.bodies[0]
    kept = Message.objects.get()
    assert "sekret" not in kept.body_text + kept.body_html + str(kept.secrets)


CRLF = [
    "a\r\nBcc: x@evil.example",
    "a\nBcc: x@evil.example",
    "a\rBcc: x",
    "a\x00b",
    "a\u2028Bcc: x",
    "a\x85Bcc: x",
    "\r\n\r\nbody",
]


@pytest.mark.parametrize("vector", CRLF)
def test_no_line_break_becomes_a_header(sink: MailSink, vector: str) -> None:
    mail(subject=vector, sender=f"{vector} <us@vendor.example>", headers={"X-Name": vector})
    drain(channel="mail")
    sent = message_from_bytes(sink.bodies[0])
    assert "Bcc" not in sent
    assert set(sent.keys()) <= {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Name", "Content-Type", "MIME-Version",
        "Content-Transfer-Encoding",
    }  # fmt: skip


@pytest.mark.parametrize(
    "address", [*CRLF, "", "x", "a@b@c", "a@b.example,c@d.example", "N <a@b.example>", "ä@b.example"]
)
def test_only_one_plain_address_is_a_recipient(address: str) -> None:
    with pytest.raises(InvalidRecipient):
        mail(recipient=address)


@pytest.mark.parametrize("name", ["Bcc", "to", "X Y", "X:Y", "X\r\nBcc", "Subject", "DKIM-Signature"])
def test_a_header_that_is_not_the_callers_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be set"):
        mail(headers={name: "x"})


def test_djangos_mail_takes_the_same_way(settings: LazySettings) -> None:
    settings.EMAIL_BACKEND = "outbox.backend.OutboxEmailBackend"
    token = "c5abc1-0123456789abcdef0123456789abcdef"
    send_mail("Reset", f"http://127.0.0.1/login/{token}/", None, ["one@vendor.example", "two@vendor.example"])
    mixed = EmailMultiAlternatives("Hi", "text", None, ["three@vendor.example"], reply_to=["four@vendor.example"])
    mixed.attach_alternative("<b>text</b>", "text/html")
    mixed.send()
    rows = list(Message.objects.order_by("id"))
    assert [row.recipient[:3] for row in rows] == ["one", "two", "thr"]
    assert rows[0].secrets == [token]
    assert (rows[2].body_html, rows[2].reply_to) == ("<b>text</b>", "four@vendor.example")
    assert {row.priority for row in rows} == {1}


def test_a_rolled_back_cause_sends_nothing(sink: MailSink) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        mail()
        raise RuntimeError
    drain(channel="mail")
    assert sink.ledger == []


def test_claiming_asks_the_same_number_of_queries_at_any_length(django_assert_num_queries: object) -> None:
    for number in range(30):
        mail(number)
    with connection.execute_wrapper(counter := QueryCount()):
        claim_next(channel="mail")
    assert counter.number <= 4  # savepoint, select for update, update, release


class QueryCount:
    number = 0

    def __call__(self, execute: object, sql: str, params: object, many: bool, context: object) -> object:
        self.number += 1
        return execute(sql, params, many, context)  # type: ignore[operator]


def hear_all_but_the_broken(message: Message) -> None:
    if message.kind == "broken":
        raise RuntimeError(message.kind)
    hear(message)


def test_a_listener_that_breaks_on_one_message_hears_of_the_others(settings: LazySettings, sink: MailSink) -> None:
    settings.OUTBOX_LISTENERS = ["tests.outbox.test_services.hear_all_but_the_broken"]
    mail(1, kind="broken")
    mail(2)
    for _time in range(2):
        with pytest.raises(RuntimeError, match="broken"):
            drain(channel="mail")
            tell_listeners()
    assert HEARD == [("survey", State.SENT)]
    settings.OUTBOX_LISTENERS = ["tests.outbox.test_services.hear"]
    assert tell_listeners() == 1
    assert HEARD[1:] == [("broken", State.SENT)]


def test_the_sweep_rings_also_while_a_listener_is_broken(settings: LazySettings) -> None:
    settings.OUTBOX_LISTENERS = ["tests.outbox.test_services.hear_all_but_the_broken"]
    Message.objects.filter(pk=mail(1, kind="broken").pk).update(state=State.FAILED)
    mail(2)
    assert sweep_outbox() == ["mail"]
