"""Webhooks and chat: signed, repeated by schedule, never into the network, never one receiver at another's cost."""

import datetime as dt
from contextlib import ExitStack
from threading import Event

import pytest
from django.conf import LazySettings
from django.utils import timezone
from standardwebhooks import Webhook

from outbox.models import Message, State
from outbox.services import InvalidRecipient, enqueue_chat, enqueue_webhook
from outbox.services.calls import webhook_secret
from outbox.services.sending import claim_next, drain
from tests.outbox.sinks import call_sink
from tests.team.racing import at_once

pytestmark = pytest.mark.django_db
OTHERS = 19 * 3  # calls to those that answer


@pytest.fixture(autouse=True)
def quiet(settings: LazySettings) -> None:
    """No gate, no listener, no bell."""
    settings.OUTBOX_GATES = []
    settings.OUTBOX_LISTENERS = []
    settings.OUTBOX_DOORBELL = "tests.outbox.test_services.silence"


def states() -> list[str]:
    return list(Message.objects.order_by("id").values_list("state", flat=True))


def make_due() -> None:
    Message.objects.update(due_at=timezone.now())


def test_a_webhook_is_signed_and_repeated_under_its_id(settings: LazySettings) -> None:
    answers = {1: "500", 2: "429 7", 3: "302 http://127.0.0.1:1/", 4: "reset"}
    with call_sink(lambda number: answers.get(number, "204")) as sink:
        settings.OUTBOX_PRIVATE_RECEIVERS = [f"127.0.0.1:{sink.port}"]
        message = enqueue_webhook(kind="insight", url=sink.url, payload={"ø": 1})
        for _round in range(5):
            drain(channel="webhook")
            assert drain(channel="webhook") is False
            make_due()
        assert len(sink.calls) == 5
        assert {call.headers["webhook-id"] for call in sink.calls} == {str(message.uuid)}
        verifier = Webhook(webhook_secret(message.lane))
        assert verifier.verify(sink.calls[0].body, sink.calls[0].headers) == {"ø": 1}
    assert states() == [State.SENT]
    assert list(message.attempts.order_by("number").values_list("outcome", flat=True)) == ["queued"] * 4 + ["sent"]


def test_retry_after_is_honoured(settings: LazySettings) -> None:
    with call_sink(lambda _number: "429 900") as sink:
        settings.OUTBOX_PRIVATE_RECEIVERS = [f"127.0.0.1:{sink.port}"]
        enqueue_webhook(kind="insight", url=sink.url, payload={})
        other = enqueue_webhook(kind="insight", url=sink.url, payload={})
        drain(channel="webhook")
        assert len(sink.calls) == 1
        assert Message.objects.first().due_at > timezone.now() + dt.timedelta(seconds=800)  # type: ignore[union-attr]
        other.refresh_from_db()
        assert other.due_at > timezone.now() + dt.timedelta(seconds=800)


def test_a_dead_receiver_costs_one_call_and_the_others_go(settings: LazySettings) -> None:
    with call_sink() as good, call_sink(lambda _number: "503") as bad:
        settings.OUTBOX_PRIVATE_RECEIVERS = [f"127.0.0.1:{good.port}", f"127.0.0.1:{bad.port}"]
        for _number in range(10):
            enqueue_webhook(kind="insight", url=bad.url, payload={})
            enqueue_webhook(kind="insight", url=good.url, payload={})
        drain(channel="webhook")
        assert (len(bad.calls), len(good.calls)) == (1, 10)


def test_a_receiver_is_called_by_one_worker_at_a_time() -> None:
    for _number in range(2):
        enqueue_webhook(kind="insight", url="https://hooks.example/a", payload={})
    assert claim_next(channel="webhook") is not None
    assert claim_next(channel="webhook") is None


def test_a_webhook_gives_up_in_the_end_and_is_shown(settings: LazySettings) -> None:
    with call_sink(lambda _number: "500") as sink:
        settings.OUTBOX_PRIVATE_RECEIVERS = [f"127.0.0.1:{sink.port}"]
        enqueue_webhook(kind="insight", url=sink.url, payload={})
        for _round in range(15):
            make_due()
            drain(channel="webhook")
        assert len(sink.calls) == 10
        assert states() == [State.FAILED]


def test_a_chat_line_is_not_repeated_when_nobody_knows(settings: LazySettings) -> None:
    with call_sink(lambda number: "200" if number == 1 else "reset") as sink:
        settings.OUTBOX_PRIVATE_RECEIVERS = [f"127.0.0.1:{sink.port}"]
        enqueue_chat(kind="insight", url=sink.url, text="Hello")
        enqueue_chat(kind="insight", url=sink.url, text="Again")
        drain(channel="chat")
        assert sink.calls[0].payload == {"text": "Hello"}
        assert states() == [State.SENT, State.UNKNOWN]


INSIDE = [
    "http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://0.0.0.0/", "http://10.0.0.1/", "http://192.168.1.1/",
    "http://172.16.0.1/", "http://169.254.169.254/latest/meta-data/", "http://100.64.0.1/", "http://2130706433/",
    "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/", "http://[::ffff:127.0.0.1]/", "http://[::7f00:1]/",
    "http://[fc00::1]/", "http://[fe80::1]/", "http://224.0.0.1/", "http://255.255.255.255/", "http://[64:ff9b::7f00:1]/",
    "http://8.8.8.8:22/", "http://[2002:7f00:1::]/",
]  # fmt: skip


@pytest.mark.parametrize("url", INSIDE)
def test_no_address_inside_the_network_is_called(url: str) -> None:
    enqueue_webhook(kind="insight", url=url, payload={})
    drain(channel="webhook")
    message = Message.objects.get()
    assert message.state in {State.FAILED, State.QUEUED}
    assert "not allowed" in message.reason or "name unknown" in message.reason


@pytest.mark.parametrize(
    "url", ["ftp://x.example/", "file:///etc/passwd", "http://a:b@x.example/", "http://", "x", "http://x:99999/"]
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidRecipient):
        enqueue_webhook(kind="insight", url=url, payload={})


def test_the_canary_on_the_loopback_hears_nothing() -> None:
    """The guard, and its control: named in the settings the same receiver is reached (see the tests above)."""
    with call_sink() as canary:
        enqueue_webhook(kind="insight", url=canary.url, payload={})
        enqueue_webhook(kind="insight", url=canary.url.replace("127.0.0.1", "localhost"), payload={})
        drain(channel="webhook")
        assert canary.calls == []


def calls_beside_a_dead_one(settings: LazySettings, *, workers: int, hangs: float) -> tuple[int, int]:
    """One of 20 receivers hangs until all others were called, at most so many seconds. How many calls of the others
    came meanwhile, and how many in all."""
    called: list[int] = []
    through = Event()
    meanwhile: list[int] = []

    def hang(_number: int) -> str:
        through.wait(hangs)
        meanwhile.append(len(called))
        return "200"

    def note(number: int) -> str:
        called.append(number)
        if len(called) == OTHERS:
            through.set()
        return "200"

    with ExitStack() as stack:
        dead = stack.enter_context(call_sink(hang))
        good = [stack.enter_context(call_sink(note)) for _receiver in range(19)]
        settings.OUTBOX_PRIVATE_RECEIVERS = [f"127.0.0.1:{sink.port}" for sink in (dead, *good)]
        for sink in (dead, *good * 3):
            enqueue_webhook(kind="insight", url=sink.url, payload={})
        at_once(workers, lambda: drain(channel="webhook"))
    assert len(dead.calls) == 1
    return meanwhile[0], len(called)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_receiver_that_hangs_does_not_delay_the_others(settings: LazySettings) -> None:
    """The other 19 got all their calls while the one still hung: it is let go by the last of them."""
    assert calls_beside_a_dead_one(settings, workers=2, hangs=8) == (OTHERS, OTHERS)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_with_one_line_for_all_it_does(settings: LazySettings) -> None:
    """Negative control: who waits behind the one that hangs, is called when it has ended."""
    assert calls_beside_a_dead_one(settings, workers=1, hangs=0.5) == (0, OTHERS)
