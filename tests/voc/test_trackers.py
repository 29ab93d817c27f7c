"""Outside trackers: their secret is shown once, their news counts once and in order, and moves what needs no person."""

import datetime as dt
import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connections
from django.test import Client
from django.utils import timezone

from outbox.http.signed import signature_of
from team.clock import today
from team.models import Notice, User
from tests.makers import make_account, make_department, make_user
from tests.voc.makers import make_insight
from voc.formulas.sealing import Unsealable, new_webhook_secret, seal, unseal
from voc.formulas.tracker_news import BadNews, News, parse_states, read_news, states_text
from voc.models import Insight, Tracker, TrackerDelivery, TrackerLink
from voc.services.insights import NotAllowedNow, accept_insight
from voc.services.talk import watch
from voc.services.trackers import add_tracker, link_insight, rotate_secret, take_news, unlink_insight

STATES = {"done": "acted_on", "in progress": "accepted", "won't do": "note"}
Post = Callable[..., Any]


@pytest.fixture
def board(admin: User) -> tuple[Tracker, str]:
    made = add_tracker(actor=admin, name="Board", address="https://board.example/b/{key}", states=STATES)
    return made.tracker, made.secret


@pytest.fixture
def linked(board: tuple[Tracker, str], csm: User) -> Insight:
    """An accepted insight of the csm, linked to P-1."""
    insight = make_insight(make_account(csm=csm))
    accept_insight(actor=csm, insight=insight, promise="Next release", promised_on=today())
    link_insight(actor=csm, insight=insight, tracker=board[0], key="P-1")
    return insight


@pytest.fixture
def post(board: tuple[Tracker, str]) -> Post:
    tracker, secret = board

    def send(*, name: str = "m1", ago: float = 0, key: str = secret, body: bytes | None = None, **fields: Any) -> Any:
        news = {"key": "P-1", "status": "Done", "changed_at": timezone.now().isoformat(), **fields}
        raw = json.dumps(news).encode() if body is None else body
        stamp = str(int(time.time() - ago))
        signature = signature_of(raw, name=name, stamp=stamp, secret=key)
        headers = {"webhook-id": name, "webhook-timestamp": stamp, "webhook-signature": signature}
        path = f"/api/v1/trackers/{tracker.pk}/"
        return Client(enforce_csrf_checks=True).post(path, raw, content_type="application/json", headers=headers)

    return send


@pytest.mark.django_db
def test_news_moves_the_insight_and_owner_and_watchers_hear_of_it(post: Post, linked: Insight, csm: User) -> None:
    member = make_user(role="member")
    make_department("product", members=(member,))
    watch(user=member, insight=linked)
    assert post(title="The export keeps filters").json() == {"outcome": "taken"}
    linked.refresh_from_db()
    assert (linked.state, linked.action) == ("acted_on", "The export keeps filters")
    link = TrackerLink.objects.get()
    assert (link.status, link.url) == ("Done", "https://board.example/b/P-1")
    for person in (csm, member):
        assert Notice.objects.filter(user=person, text__contains="P-1 at Board: Done").count() == 1
    assert linked.steps.last().actor is None  # type: ignore[union-attr]

    assert post(name="m2", status="In progress").json() == {"outcome": "taken"}
    linked.refresh_from_db()
    assert (linked.state, linked.acted_at) == ("accepted", None)


@pytest.mark.django_db
def test_a_repeat_and_late_news_change_nothing(post: Post, linked: Insight) -> None:
    hour_ago = (timezone.now() - dt.timedelta(hours=1)).isoformat()
    assert [post().json()["outcome"], post().json()["outcome"]] == ["taken", "seen before"]
    assert post(name="m2", status="In progress", changed_at=hour_ago).json() == {"outcome": "late"}
    assert post(name="m3", key="P-9").status_code == 401
    assert post(
        name="m4", body=json.dumps({"key": "P-9", "status": "Done", "changed_at": hour_ago}).encode()
    ).json() == {"outcome": "unknown"}
    linked.refresh_from_db()
    assert linked.state == "acted_on"
    assert linked.steps.filter(text__contains="P-1 at Board:").count() == 1
    assert TrackerDelivery.objects.filter(outcome__startswith="late").count() == 1


@pytest.mark.django_db
def test_a_machine_makes_no_promise(post: Post, board: tuple[Tracker, str], csm: User) -> None:
    insight = make_insight(make_account(csm=csm))
    link_insight(actor=csm, insight=insight, tracker=board[0], key="P-1")
    post()
    insight.refresh_from_db()
    assert (insight.state, insight.promise) == ("new", "")
    assert "Nobody has promised" in insight.steps.last().text  # type: ignore[union-attr]


@pytest.mark.django_db
def test_what_is_not_signed_by_its_own_fresh_secret_is_refused(
    post: Post, linked: Insight, board: tuple[Tracker, str], admin: User
) -> None:
    tracker, _secret = board
    assert post(key=new_webhook_secret()).status_code == 401
    assert post(ago=400).status_code == 401
    assert post(ago=-400).status_code == 401
    assert Client().post(f"/api/v1/trackers/{tracker.pk}/", b"{}", content_type="application/json").status_code == 401
    for body in (b"", b"[]", b"{}", b'{"key": "P-1", "status": "Done"}', b'{"key": 1.5}', b"\xff", b"[" * 100_000):
        assert post(name="bad", body=body).status_code in {413, 422}, body[:20]
    assert post(name="huge", title="x" * 70_000).status_code == 413
    assert post(name="soon", changed_at="2999-01-01T00:00:00Z").status_code == 422
    rotate_secret(actor=admin, tracker=tracker)
    assert post(name="old").status_code == 401
    Tracker.objects.update(is_active=False)
    assert post(name="off").status_code == 404
    linked.refresh_from_db()
    assert linked.state == "accepted"
    assert not TrackerDelivery.objects.exists()


@pytest.mark.django_db
def test_the_secret_is_shown_once_and_kept_sealed(admin: User, csm: User) -> None:
    client = Client()
    client.force_login(admin)
    given = {"name": "Board", "address": "https://board.example/b/{key}", "states": "Done = acted_on\n"}
    shown = client.post("/settings/trackers/new/", given)
    tracker = Tracker.objects.get()
    secret = unseal(tracker.secret)
    assert secret in shown.content.decode()
    assert shown.headers["Cache-Control"] == "no-store"
    assert secret not in tracker.secret
    page = client.get("/settings/trackers/").content.decode()
    assert "Board" in page
    assert secret not in page
    assert secret not in client.get(f"/settings/trackers/{tracker.pk}/").content.decode()
    assert (
        client.post("/settings/trackers/new/", {**given, "name": "B", "address": "javascript:{key}"}).status_code == 422
    )
    assert client.post("/settings/trackers/new/", {**given, "name": "B", "states": "Done: gone"}).status_code == 422
    with pytest.raises(PermissionDenied):
        rotate_secret(actor=csm, tracker=tracker)
    with pytest.raises(Unsealable):
        unseal(seal("x")[:-4] + "AAA=")


@pytest.mark.django_db
def test_links_are_made_once_by_who_sees_the_insight(
    board: tuple[Tracker, str], linked: Insight, csm: User, stranger: User
) -> None:
    tracker, _secret = board
    link_insight(actor=csm, insight=linked, tracker=tracker, key=" P-1 ")
    assert TrackerLink.objects.count() == 1
    with pytest.raises(PermissionDenied):
        link_insight(actor=stranger, insight=linked, tracker=tracker, key="P-2")
    strange = link_insight(actor=csm, insight=linked, tracker=tracker, key="../../x?a=1#b")
    assert strange.url == "https://board.example/b/..%2F..%2Fx%3Fa%3D1%23b"
    assert unlink_insight(actor=csm, link=strange)
    Tracker.objects.update(is_active=False)
    tracker.refresh_from_db()
    with pytest.raises(NotAllowedNow):
        link_insight(actor=csm, insight=linked, tracker=tracker, key="P-3")


def test_states_are_read_as_they_are_written() -> None:
    assert parse_states("In progress = accepted\n\nDone=acted_on") == {"in progress": "accepted", "done": "acted_on"}
    assert parse_states(states_text(STATES)) == STATES
    with pytest.raises(ValueError, match="write their word"):
        parse_states("Done")


def test_a_moment_needs_a_zone() -> None:
    body = json.dumps({"key": "P", "status": "Done", "changed_at": "2026-11-22T06:00:00"}).encode()
    with pytest.raises(BadNews, match="time zone"):
        read_news(body, latest=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_under_eight_senders_one_delivery_counts_once(admin: User, csm: User) -> None:
    tracker = add_tracker(actor=admin, name="Board", address="", states=STATES).tracker
    insight = make_insight(make_account(csm=csm))
    accept_insight(actor=csm, insight=insight, promise="Soon", promised_on=today())
    link_insight(actor=csm, insight=insight, tracker=tracker, key="P-1")
    news, outcomes = News("P-1", "Done", timezone.now()), []

    def send() -> None:
        outcomes.append(take_news(tracker=tracker, delivery="m1", news=news))
        connections.close_all()

    senders = [threading.Thread(target=send) for _number in range(8)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert sorted(outcomes) == ["seen before"] * 7 + ["taken"]
    assert insight.steps.filter(text__contains="P-1 at Board:").count() == 1
