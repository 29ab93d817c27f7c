"""Requests of the tracking API: what is taken, what is refused and how, and that the answer comes after the disk."""

import gzip
import json
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, OperationalError, connection
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from engagement.formulas.segment_bodies import BATCH_BYTES, BadBody, TooLarge, inflate, look_into, read_calls, unpack
from engagement.models import EventBatch, WriteKey
from engagement.services.events import pace
from engagement.services.events.receiving import forget_backlog
from engagement.services.keys import find_write_key, forget_known_keys, key_text, revoke_write_key
from tests.engagement.ingesting import make_key, post, track

CALLS = ("track", "identify", "group", "page", "screen", "alias")


@pytest.fixture(autouse=True)
def fresh_process() -> None:
    """What a process remembers for some seconds is of no test's concern."""
    forget_known_keys()
    forget_backlog()


@pytest.fixture
def key(db: None) -> WriteKey:
    return make_key()


def said(response: HttpResponse) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(response.content)
    return found


def test_a_request_is_one_row_and_the_answer_is_its_receipt(key: WriteKey) -> None:
    body = {"batch": [track(), track()], "sentAt": "2026-11-22T08:00:00Z"}
    response = post(key, body)
    batch = EventBatch.objects.get()
    assert (response.status_code, said(response)) == (200, {"success": True, "receipt": str(batch.receipt)})
    assert (batch.events, batch.call, batch.state, batch.is_import) == (2, "batch", "waiting", False)
    assert json.loads(unpack(bytes(batch.body or b""))) == body
    assert batch.sent_at is not None


@pytest.mark.parametrize("call", CALLS)
def test_single_calls_have_addresses_of_their_own(key: WriteKey, call: str) -> None:
    assert post(key, {"userId": "ann"}, call=call).status_code == 200
    stored = unpack(bytes(EventBatch.objects.get().body or b""))
    assert list(read_calls(stored, call)) == [{"userId": "ann", "type": call}]


def test_the_key_may_stand_in_four_places_and_a_wrong_one_opens_nothing(key: WriteKey) -> None:
    text = key_text(key)
    assert post(None, {"batch": [track()], "writeKey": text}).status_code == 200
    assert post(None, {"batch": [track()]}, authorization=f"Bearer {text}").status_code == 200
    for wrong in ("Bearer x", "Basic ???", f"Bearer {text[:-1]}", f"Bearer {text[:16]}", "Digest x", ""):
        refused = post(None, {"batch": [track()]}, authorization=wrong)
        assert (refused.status_code, said(refused)["code"]) == (401, "unknown_key")
        assert refused.headers["WWW-Authenticate"].startswith("Basic")
    assert EventBatch.objects.count() == 2


def test_a_revoked_key_ends_and_another_secret_makes_other_keys(key: WriteKey, settings: Settings) -> None:
    text, secret = key_text(key), settings.SECRET_KEY
    settings.SECRET_KEY = "another secret of fifty signs, for the time after a rotation"
    assert find_write_key(text) is None
    forget_known_keys()
    settings.SECRET_KEY_FALLBACKS = [secret]
    assert find_write_key(text) is not None
    assert (revoke_write_key(key=key), revoke_write_key(key=key)) == (True, False)
    assert find_write_key(text) is None


@pytest.mark.parametrize(
    ("scope", "open_calls"),
    [
        ("track", {"track", "page", "screen", "batch"}),
        ("identify", {"identify", "group", "alias", "batch"}),
        ("import", {"import"}),
    ],
)
def test_scopes(db: None, scope: str, open_calls: set[str]) -> None:
    narrow = make_key(scopes=[scope])
    body = {"batch": [track()]}
    answers = {call: post(narrow, body, call=call).status_code for call in (*CALLS, "batch", "import")}
    assert answers == {call: 200 if call in open_calls else 403 for call in answers}


@pytest.mark.parametrize(
    "body",
    [b" ", b"{", b"[1", b'"word"', b"{}", b'{"batch": 7}', b"\xff\xfe", b"[" * 5000, b'{"batch": [NaN]}'],
)
def test_malformed_bodies_are_refused_with_the_reason(key: WriteKey, body: bytes) -> None:
    refused = post(key, body)
    assert (refused.status_code, refused.headers["Content-Type"]) == (400, "application/problem+json")
    assert said(refused)["title"] == "Malformed"
    assert said(refused)["detail"]
    assert not EventBatch.objects.exists()


def test_packed_bodies_are_unpacked_within_bounds(key: WriteKey) -> None:
    plain = json.dumps({"batch": [track()]}).encode()
    packed = {"content_encoding": "gzip"}
    assert post(key, gzip.compress(plain), **packed).status_code == 200
    bomb = gzip.compress(b" " * (200 * 1024 * 1024), compresslevel=9)
    assert post(key, bomb, **packed).status_code == 413
    assert post(key, gzip.compress(plain)[:-9], **packed).status_code == 400
    assert post(key, plain, **packed).status_code == 400
    assert post(key, plain, content_encoding="br").status_code == 415
    assert EventBatch.objects.count() == 1


def test_inflating_stops_at_the_limit() -> None:
    packer = zlib.compressobj(wbits=31)
    endless = packer.compress(b"a" * 10_000_000)  # never ends
    with pytest.raises(TooLarge):
        inflate(endless, 1000)
    assert inflate(gzip.compress(b"a" * 1000), 1000) == b"a" * 1000


@pytest.mark.parametrize(("call", "most"), [("track", 32 * 1024), ("batch", 500 * 1024)])
def test_each_address_has_its_limit(key: WriteKey, call: str, most: int) -> None:
    empty = json.dumps({"batch": [], "userId": "ann", "x": ""}).encode()
    fits = empty[:-2] + b"a" * (most - len(empty)) + b'"}'
    assert len(fits) == most
    assert post(key, fits, call=call).status_code == 200
    assert post(key, fits + b" ", call=call).status_code == 413
    assert post(key, b" " * (most + 1), call=call).status_code == 413


def test_an_import_comes_as_lines_or_as_json(key: WriteKey) -> None:
    calls = [track(), track(), track()]
    lines = b"\n".join(json.dumps(call).encode() for call in calls)
    broken = lines + b"\n{broken\n"
    for body in (lines, json.dumps(calls).encode(), json.dumps({"batch": calls}, indent=1).encode()):
        assert post(key, body, call="import").status_code == 200
        assert list(read_calls(body, "import")) == calls
    assert list(read_calls(broken, "import")) == [*calls, None]
    assert look_into(broken, "import").events == 4
    assert list(EventBatch.objects.values_list("events", "is_import")) == [(3, True)] * 3
    with pytest.raises(BadBody):
        look_into(b'{"name": "no call"}\n{', "batch")
    assert post(key, b"x" * (BATCH_BYTES + 1), call="import").status_code == 400


def test_only_post_is_taken_and_browsers_of_other_origins_may_send(client: Client, key: WriteKey) -> None:
    assert client.get("/v1/batch").status_code == 405
    asked = client.options("/v1/batch", headers={"origin": "https://app.example"})
    assert (asked.status_code, asked.headers["Access-Control-Allow-Origin"]) == (204, "*")
    sent = post(key, {"batch": [track()]}, origin="https://app.example")
    assert "Access-Control-Allow-Credentials" not in sent.headers
    assert not sent.cookies


def test_a_receipt_is_for_the_key_that_sent_it(client: Client, key: WriteKey) -> None:
    receipt = said(post(key, {"batch": [track()]}))["receipt"]
    path = f"/v1/receipts/{receipt}"
    mine = client.get(path, headers={"authorization": f"Bearer {key_text(key)}"})
    assert (mine.status_code, mine.json()["state"], mine.json()["events"]) == (200, "waiting", 1)
    assert client.get(path).status_code == 401
    assert client.get(path, headers={"authorization": f"Bearer {key_text(make_key())}"}).status_code == 404
    assert client.post(path).status_code in {403, 405}


@pytest.mark.django_db(transaction=True)
def test_the_pace_of_a_key_is_exact_among_many_at_once() -> None:
    slow = make_key(events_per_second=1)

    def send(_number: int) -> int:
        try:
            return post(slow, {"batch": [track()]}).status_code
        finally:
            connection.close()

    moment = 1_900_000_000  # stands still: all fall into one window of ten seconds
    with time_machine.travel(moment, tick=False), ThreadPoolExecutor(8) as pool:
        pace._connected().delete(f"events:{slow.pk}:{moment // 10}")
        answers = list(pool.map(send, range(24)))
        assert (answers.count(200), answers.count(429)) == (10, 14)
        assert EventBatch.objects.count() == 10
        refused = post(slow, {"batch": [track()] * 100})
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "10")
    with time_machine.travel(moment + 10, tick=False):
        pace._connected().delete(f"events:{slow.pk}:{moment // 10 + 1}")
        assert post(slow, {"batch": [track()]}).status_code == 200, "the next window has room"


def test_without_redis_everything_passes(key: WriteKey, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(pace, "_counter", None)
    monkeypatch.setattr(pace, "_silent_until", 0.0)
    assert pace.take_events(key_id=key.pk, events=10**9, per_second=1) == 0
    assert pace._silent_until > 0


def test_a_backlog_is_refused_until_it_is_worked_off(key: WriteKey, settings: Settings) -> None:
    settings.EVENTS_MOST_WAITING = 2
    answers = []
    for _ in range(3):
        forget_backlog()
        answers.append(post(key, {"batch": [track()]}))
    assert [answer.status_code for answer in answers] == [200, 200, 503]
    assert int(answers[2].headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("FATAL: sorry, too many clients already"),
        DatabaseError("server closed the connection unexpectedly"),
    ],
)
def test_a_database_that_is_away_is_told_and_nothing_is_half_written(key: WriteKey, error: Exception) -> None:
    """The error is the driver's own, raised where the driver raises it: at the statement."""

    def away(execute: object, sql: str, params: object, many: bool, context: object) -> None:
        raise error

    with connection.execute_wrapper(away):
        for _attempt in range(2):  # with the key unknown to this process, and again
            refused = post(key, {"batch": [track()]})
            assert (refused.status_code, refused.headers["Retry-After"]) == (503, "2")
            assert said(refused)["success"] is False
    assert not EventBatch.objects.exists()
    assert post(key, {"batch": [track()]}).status_code == 200
