"""Events as they come, receipts, keys and the quarantine on screen."""

import datetime as dt
import json
import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account
from engagement.formulas.segment_bodies import pack
from engagement.models import Event, EventBatch, EventIdentity, QuarantinedEvent, WriteKey
from engagement.selectors.events.quarantine import read_groups, suggest_accounts
from engagement.selectors.events.stream import Wanted, read_stream
from engagement.services.events import settling
from engagement.services.events.claiming import store_waiting
from engagement.services.keys import key_text, make_write_key
from engagement.tasks import settle_quarantine
from team.models import ActionLog, User
from tests.makers import make_account, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> User:
    return make_user(role="admin")


@pytest.fixture
def page(admin: User) -> Client:
    client = Client()
    client.force_login(admin)
    return client


@pytest.fixture
def key() -> WriteKey:
    return make_write_key(name="Web app", source="web")


@pytest.fixture
def account() -> Account:
    account = make_account(name="Acme Ltd", domains=["acme.example"])
    EventIdentity.objects.create(kind="group", value="org_1", account=account)
    return account


def send(key: WriteKey, *calls: object, minutes_ago: int = 0) -> EventBatch:
    """A request as it waits in the inbox, stored at once."""
    at = timezone.now() - dt.timedelta(minutes=minutes_ago)
    body = json.dumps({"batch": calls}).encode()
    batch = EventBatch.objects.create(
        receipt=uuid.uuid4(),
        key=key,
        call="batch",
        received_at=at,
        size=len(body),
        body=pack(body),
        events=len(calls),
        client="analytics-python/2.3.4",
    )
    store_waiting()
    batch.refresh_from_db()
    return batch


def track(name: str, *, user: str = "u1", group: str = "org_1", message: str = "") -> dict[str, object]:
    said = {"type": "track", "event": name, "userId": user, "messageId": message or str(uuid.uuid4())}
    return said | ({"context": {"groupId": group}} if group else {}) | {"properties": {"rows": 7, "by": {"who": "<b>"}}}


def text(client: Client, url: str, *, part: str = "") -> str:
    headers = {"HX-Request": "true", "HX-Target": part} if part else {}
    response = client.get(url, headers=headers)
    assert response.status_code == 200, response.content[:300]
    return response.content.decode()


def test_before_the_first_event_the_page_gives_code_with_the_key_to_admins_alone(page: Client, key: WriteKey) -> None:
    shown = text(page, reverse("events"))
    assert "Waiting for your first event" in shown
    assert shown.count(key_text(key)) >= 3
    manager = Client()
    manager.force_login(make_user(role="manager"))
    shown = text(manager, reverse("events"))
    assert key_text(key) not in shown
    assert "YOUR_WRITE_KEY" in shown


def test_what_came_is_on_the_stream_and_each_filter_finds_its_own(
    page: Client, key: WriteKey, account: Account
) -> None:
    send(key, track("plan_edited"), track("export_run", user="bo"), "nonsense", minutes_ago=3)
    send(key, track("login", group="", user="stray"), minutes_ago=2)
    url = reverse("events")
    shown = text(page, url)
    for words in ("plan_edited", "export_run", "Acme Ltd", "User: stray", "1 rejected"):
        assert words in shown
    for query, there, absent in (
        ("?name=export", "export_run", "plan_edited"),
        ("?user=bo", "export_run", "plan_edited"),
        ("?account=acme", "plan_edited", "login"),
        ("?outcome=quarantined", "login", "plan_edited"),
        ("?outcome=rejected", "1 rejected", "plan_edited"),
        ("?outcome=stored", "plan_edited", "login"),
        ("?kind=page", "No row fits", "plan_edited"),
        ("?key=web&q=login", "login", "plan_edited"),
    ):
        shown = text(page, url + query)
        assert there in shown, query
        assert absent not in shown.partition('id="stream"')[2], query


def test_the_poll_answers_nothing_until_something_came(page: Client, key: WriteKey, account: Account) -> None:
    send(key, track("plan_edited"))
    shown = text(page, reverse("events"))
    poll = shown.partition('hx-get="/events/?seen=')[2].partition('"')[0]
    url = f"{reverse('events')}?seen={poll}"
    headers = {"HX-Request": "true", "HX-Target": "stream"}
    assert page.get(url, headers=headers).status_code == 204
    send(key, track("export_run"))
    fresh = page.get(url, headers=headers)
    assert fresh.status_code == 200
    assert b"export_run" in fresh.content
    assert b"<html" not in fresh.content
    assert b"every 2s" not in page.get(reverse("events") + "?paused=1").content


def test_pages_of_the_stream_follow_each_other_without_gap_or_repeat(
    admin: User, key: WriteKey, account: Account
) -> None:
    for number in range(4):
        calls = [track(f"name_{number}_{n}", group="org_1" if n % 3 else "", user=f"u{n}") for n in range(5)]
        send(key, *calls, minutes_ago=9 - number)
    seen, before = [], None
    for _page in range(20):
        stream = read_stream(user=admin, wanted=Wanted(), before=before, limit=3)
        seen += [(entry.place.rank, entry.place.pk) for entry in stream.entries]
        before = stream.next
        if before is None:
            break
    assert len(seen) == len(set(seen)) == 24, "20 events and 4 receipts"


def test_an_event_says_what_it_said_and_where_it_went(page: Client, key: WriteKey, account: Account) -> None:
    batch = send(key, track("plan_edited"))
    event = Event.objects.get()
    url = text(page, reverse("events")).partition('data-peek="/events/')[2].partition('"')[0]
    shown = text(page, f"/events/{url}")
    for words in ("&quot;rows&quot;: 7", "&lt;b&gt;", "Acme Ltd", "org_1", event.message_id, str(batch.receipt)[:8]):
        assert words in shown
    peek = text(page, f"/events/{url}", part="peek")
    assert "<html" not in peek


def test_a_receipt_names_each_reason_with_its_place_and_a_failed_one_is_tried_again(
    page: Client, key: WriteKey
) -> None:
    batch = send(key, "ping", {"type": "track", "userId": "u"})
    shown = text(page, reverse("event_receipt", args=[batch.pk]))
    assert "It names no event." in shown
    assert "Number 2" in shown
    EventBatch.objects.filter(pk=batch.pk).update(state="failed", attempts=5, body=pack(b'{"batch":[]}'))
    listed = text(page, reverse("event_receipts") + "?state=failed&key=web")
    assert str(batch.receipt)[:8] in listed
    page.post(reverse("event_receipt_retry", args=[batch.pk]))
    batch.refresh_from_db()
    assert (batch.state, batch.attempts) == ("waiting", 0)
    store_waiting()
    batch.refresh_from_db()
    assert batch.state == "done"


def test_a_key_is_made_shown_and_revoked(page: Client) -> None:
    made = page.post(reverse("event_key_add"), {"name": "Web app", "source": "web", "scopes": ["track", "identify"]})
    key = WriteKey.objects.get()
    assert made.headers["Location"] == reverse("event_key", args=[key.pk])
    shown = page.get(made.headers["Location"])
    assert key_text(key) in shown.content.decode()
    assert shown.headers["Cache-Control"] == "no-store"
    again = page.post(reverse("event_key_add"), {"name": "Second", "source": "web", "scopes": ["track"]})
    assert again.status_code == 422
    assert "This source has a key already" in again.content.decode()
    none = {"name": "None", "source": "none", "scopes": ["track"], "events_per_second": "0"}
    assert page.post(reverse("event_key_add"), none).status_code == 422, "0 would read as no limit"
    page.post(reverse("event_key_revoke", args=[key.pk]))
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert key_text(key) not in text(page, reverse("event_key", args=[key.pk]))


def test_waiting_events_stand_in_groups_newest_first(key: WriteKey) -> None:
    send(key, *[track("login", group="org_9", user=f"u{n}") for n in range(3)], track("open", group="org_9"))
    send(key, track("login", group="", user="kim@beta.example"))
    found = read_groups(is_dropped=False).groups
    assert [(one.hint, one.value, one.count) for one in found] == [("domain", "beta.example", 1), ("group", "org_9", 4)]
    assert found[1].names == ["login", "open"]
    assert [one.value for one in read_groups(is_dropped=False, words=["ORG"]).groups] == ["org_9"]
    assert [one.value for one in read_groups(is_dropped=False, hints=["domain"]).groups] == ["beta.example"]
    assert not read_groups(is_dropped=True).groups


def test_a_domain_or_a_similar_name_suggests_the_account(admin: User) -> None:
    beta = make_account(name="Beta Works", domains=["beta.example"])
    assert suggest_accounts(user=admin, hint="domain", value="beta.example")[0][0] == beta
    assert suggest_accounts(user=admin, hint="domain", value="beta-labs.io")[0][0] == beta
    assert suggest_accounts(user=admin, hint="user", value="zz") == []


def test_a_group_is_mapped_dropped_and_brought_back_with_the_keyboard_or_the_mouse(
    page: Client, key: WriteKey, account: Account, admin: User
) -> None:
    send(key, track("login", group="org_9"), track("login", group="org_9", user="u2"))
    place = "?hint=group&value=org_9"
    assert "org_9" in text(page, reverse("quarantine_group") + place)
    page.post(reverse("quarantine_drop") + place)
    assert QuarantinedEvent.objects.filter(is_dropped=True).count() == 2
    assert "org_9" in text(page, reverse("quarantine") + "?tab=dropped")
    page.post(reverse("quarantine_restore") + place)
    assert page.post(reverse("quarantine_map") + place).status_code == 422
    page.post(reverse("quarantine_map") + place, {"account": account.pk})
    assert Event.objects.filter(account=account).count() == 2
    shown = text(page, reverse("quarantine_group") + place + "&of=2")
    assert "2 events went to their account" in shown
    assert "Every event found its account" in text(page, reverse("quarantine"))
    undo = ActionLog.objects.filter(actor=admin).latest("pk")
    page.post(reverse("undo", args=[undo.pk]))
    assert QuarantinedEvent.objects.filter(hint_value="org_9", is_dropped=False).count() == 2
    on_its_page = {"HX-Request": "true", "HX-Current-URL": "http://testserver" + reverse("quarantine_group") + place}
    left = page.post(reverse("quarantine_map") + place, {"account": account.pk}, headers=on_its_page)
    assert left.headers["HX-Redirect"].endswith("&of=2"), "its button to map would lead nowhere now"


def test_lists_ask_the_same_number_of_questions_for_one_row_and_for_many(
    page: Client, key: WriteKey, account: Account
) -> None:
    numbers = []
    for size in (1, 12):
        for n in range(size):
            send(key, track(f"n{n}"), track("login", group=f"org_x{n}"), "ping")
        with CaptureQueriesContext(connection) as asked:
            for name in ("events", "event_receipts", "quarantine", "features"):
                text(page, reverse(name))
        numbers.append(len(asked))
    assert numbers[0] == numbers[1]


def test_what_a_worker_does_to_many_events_stands_on_the_page_of_the_group(
    page: Client, key: WriteKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "AT_ONCE", 1)
    send(key, *[track("login", user=f"u{number}", group="org_9") for number in range(3)])
    place = "?hint=group&value=org_9"
    told = page.post(reverse("quarantine_drop") + place, headers={"HX-Request": "true"})
    assert "A worker is at it" in told.headers["HX-Trigger"]
    poll = {"HX-Request": "true", "HX-Target": "progress"}
    waiting = page.get(reverse("quarantine_group") + place, headers=poll)
    assert "Events are put out of sight" in waiting.content.decode()
    assert "HX-Trigger" not in waiting.headers
    settle_quarantine()
    done = page.get(reverse("quarantine_group") + place, headers=poll)
    assert "out of sight" not in done.content.decode()
    assert "quarantine-changed" in done.headers["HX-Trigger"], "what stands around the bar is drawn anew"
