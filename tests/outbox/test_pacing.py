"""Mail goes at the pace of its domain; DKIM and the name of the message go with it."""

import base64
import datetime as dt
from collections.abc import Iterator
from email import message_from_bytes
from threading import Barrier, Thread

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import LazySettings
from django.db import connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as some

from outbox.formulas.keys import SigningKey
from outbox.formulas.pace import hold_seconds, rate_of, step
from outbox.formulas.replies import read_reply_addresses
from outbox.models import Message, Pace, State
from outbox.services import enqueue_mail
from outbox.services.mime import return_mark
from outbox.services.sending import claim_next, drain
from tests.outbox.sinks import MailSink, mail_sink

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def quiet(settings: LazySettings) -> None:
    settings.OUTBOX_GATES = []
    settings.OUTBOX_LISTENERS = []
    settings.OUTBOX_DOORBELL = "tests.outbox.test_services.silence"
    settings.OUTBOX_DOMAIN_RATES = {}


@pytest.fixture
def sink(settings: LazySettings) -> Iterator[MailSink]:
    with mail_sink() as made:
        settings.OUTBOX_SMTP = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": made.port}
        yield made


def mail(recipient: str, **fields: object) -> Message:
    given = {"kind": "survey", "recipient": recipient, "subject": "Hello", "body_text": "Text"}
    return enqueue_mail(**{**given, **fields})  # type: ignore[arg-type]


@given(some.integers(1, 500), some.lists(some.floats(0, 30), min_size=1, max_size=60))
def test_no_minute_sees_more_than_the_rate(rate: int, gaps: list[float]) -> None:
    """Whoever tries at any moments, and as often as possible at each."""
    ready = free = now = START
    sent: list[dt.datetime] = []
    for gap in gaps:
        now += dt.timedelta(seconds=gap)
        while free <= now:
            after = step(ready_at=ready, at=now, per_minute=rate)
            ready, free = after.ready_at, after.free_at
            sent.append(now)
    for begin in sent:
        assert sum(begin <= at < begin + dt.timedelta(minutes=1) for at in sent) <= rate


def test_a_domains_own_rate_wins_over_the_default() -> None:
    rates = {"": 10, "example.org": 3, "mx.example.org": 0}
    assert [rate_of(name, rates) for name in ("a.net", "Example.org", "eu.example.org", "mx.example.org")] == [
        10,
        3,
        3,
        0,
    ]
    assert rate_of("a.net", {}) == 0


def test_a_hold_doubles_up_to_an_hour() -> None:
    assert [hold_seconds(number) for number in (1, 2, 3, 6, 7, 99)] == [60, 120, 240, 1920, 3600, 3600]


@pytest.mark.django_db
def test_a_slow_domain_keeps_its_place_and_blocks_no_other(sink: MailSink, settings: LazySettings) -> None:
    settings.OUTBOX_DOMAIN_RATES = {"slow.example": 2}
    for number in range(4):
        mail(f"p{number}@slow.example", priority=1)
    mail("p@fast.example", priority=9)
    before = dict(Message.objects.values_list("recipient", "due_at"))
    drain(channel="mail")
    drain(channel="mail")
    went = Message.objects.filter(state=State.SENT).order_by("id").values_list("recipient", flat=True)
    assert list(went) == ["p0@slow.example", "p@fast.example"]
    assert dict(Message.objects.values_list("recipient", "due_at")) == before
    Pace.objects.update(free_at=timezone.now(), ready_at=timezone.now())
    drain(channel="mail")
    assert Message.objects.filter(state=State.SENT).count() == 3
    assert Message.objects.not_held().filter(state=State.QUEUED).count() == 0


@pytest.mark.django_db
def test_the_whole_server_has_a_rate_too(sink: MailSink, settings: LazySettings) -> None:
    settings.OUTBOX_PER_MINUTE = 1
    mail("a@one.example")
    mail("b@two.example")
    drain(channel="mail")
    drain(channel="mail")
    assert len(sink.ledger) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["421", "450"])
def test_a_domain_that_asks_for_patience_gets_it(settings: LazySettings, code: str) -> None:
    with mail_sink(lambda number: code if number == 1 else "ok") as sink:
        settings.OUTBOX_SMTP = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": sink.port}
        for recipient in ("a@slow.example", "b@slow.example", "c@other.example"):
            mail(recipient)
        drain(channel="mail")
        assert sorted(Message.objects.filter(state=State.SENT).values_list("recipient", flat=True)) == [
            "c@other.example"
        ]
        pace = Pace.objects.get(domain="slow.example")
        assert pace.holds == 1
        Pace.objects.update(held_until=timezone.now())
        Message.objects.update(due_at=timezone.now())
        drain(channel="mail")
        assert Message.objects.filter(state=State.SENT).count() == 3
        pace.refresh_from_db()
        assert (pace.holds, pace.held_until) == (0, None)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_many_workers_obey_one_pace(settings: LazySettings) -> None:
    settings.OUTBOX_DOMAIN_RATES = {"slow.example": 30}  # three at once, then one every two seconds
    for number in range(20):
        mail(f"p{number}@slow.example")
    barrier, claimed = Barrier(8), []

    def work() -> None:
        barrier.wait()
        try:
            while (message := claim_next(channel="mail")) is not None:
                claimed.append(message.pk)
        finally:
            connection.close()

    threads = [Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 3 <= len(claimed) <= 4
    assert len(set(claimed)) == len(claimed)


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def published(key: rsa.RSAPrivateKey) -> bytes:
    """What stands in the DNS."""
    der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return b"v=DKIM1; k=rsa; p=" + base64.b64encode(der)


@pytest.mark.django_db
def test_a_signature_covers_what_rfc_8058_wants(sink: MailSink, settings: LazySettings, key: rsa.RSAPrivateKey) -> None:
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    settings.OUTBOX_DKIM = SigningKey("p1", "vendor.example", pem)
    mail(
        "nora@customer.example",
        subject="Et spørgsmål – 一个问题",
        sender="Søren <hello@vendor.example>",
        reply_to="carla@vendor.example",
        body_text=".\n\nZwölf Boxkämpfer\n",
        body_html="<p>Zwölf &nbsp; Boxkämpfer</p>",
        headers={
            "List-Unsubscribe": f"<https://x.example/p/{'a' * 60}/stop/>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
    drain(channel="mail")
    sent = sink.bodies[0]
    lines = sent.split(b"\r\n")
    plain = b"\r\n".join(line[1:] if line.startswith(b"..") else line for line in lines)
    look_up = lambda name, timeout=5: published(key) if name == b"p1._domainkey.vendor.example." else b""  # noqa: E731
    assert dkim.verify(plain, dnsfunc=look_up)
    signature = str(message_from_bytes(plain)["DKIM-Signature"])
    covered = "".join(signature.split()).lower().split("h=")[1].split(";")[0].split(":")
    assert {"from", "to", "subject", "date", "message-id", "reply-to"} <= set(covered)
    assert {"list-unsubscribe", "list-unsubscribe-post"} <= set(covered)
    changed = plain.replace(b"One-Click", b"Two-Click")
    assert not dkim.verify(changed, dnsfunc=look_up)
    doubled = b"From: evil@evil.example\r\n" + plain
    assert not dkim.verify(doubled, dnsfunc=look_up)


@pytest.mark.django_db
def test_each_mail_may_have_an_address_of_its_own(sink: MailSink, settings: LazySettings) -> None:
    settings.OUTBOX_RETURN_ADDRESS = "mail@in.vendor.example"
    message = mail("nora@customer.example")
    drain(channel="mail")
    sent = message_from_bytes(sink.bodies[0])
    assert read_reply_addresses(str(sent["Reply-To"])) == [(message.uuid.hex, return_mark(message.uuid))]


@pytest.mark.django_db
def test_names_of_messages_cannot_be_guessed(settings: LazySettings) -> None:
    first = mail("a@b.example", dedupe_key="account-mail:7").message_id
    Message.objects.all().delete()
    assert mail("a@b.example", dedupe_key="account-mail:7").message_id == first
    Message.objects.all().delete()
    settings.SECRET_KEY = "another" * 10
    assert mail("a@b.example", dedupe_key="account-mail:7").message_id != first
