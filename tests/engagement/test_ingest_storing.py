"""What becomes of requests that wait: read, told from known ones, given to accounts, counted, exactly."""

import datetime as dt
import random
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from accounts.models import Account, AccountChange, AccountExternalId
from engagement.formulas.segment_bodies import pack
from engagement.models import Event, EventBatch, EventIdentity, Feature, QuarantinedEvent, UsageDay, UserDay
from engagement.services.events.claiming import retry_failed, store_waiting
from engagement.services.events.partitions import keep_months
from engagement.services.events.trimming import trim_events
from engagement.services.rebuilding import OutOfRange, rebuild_usage
from engagement.services.rollups import rebuild_rollups
from engagement.services.usage import UsageRow, record_usage
from tests.engagement.ingesting import NOON, make_key, receipt_of, store_all, sums, sums_of_events, track, wait_with
from tests.makers import make_account, make_contact, make_user

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def account(db: None) -> Account:
    account = make_account(csm=make_user(), domains=["acme.example"])
    AccountExternalId.objects.create(account=account, source="crm", external_id="g-1")
    return account


def test_one_bad_call_of_many_is_reported_by_its_place_and_the_others_are_stored(account: Account) -> None:
    calls = [track(groupId="g-1") for _ in range(99)]
    calls.insert(41, {"type": "track", "userId": "ann"})
    batch = wait_with(make_key(), calls)
    store_all()
    assert receipt_of(batch) == (100, 99, 0, 1, 0)
    assert batch.reasons == {"no_name": {"count": 1, "examples": [[41, "It names no event."]]}}
    assert (batch.state, batch.body) == ("done", None)
    assert Event.objects.filter(account=account).count() == 99


def test_identifiers_that_begin_alike_stay_two_however_long_they_are(account: Account) -> None:
    wait_with(make_key(), [track(groupId="g-1", userId="u" * 300 + end) for end in ("a", "b", "b")])
    store_all()
    assert sorted(UserDay.objects.values_list("events", flat=True)) == [1, 2]
    assert max(map(len, UserDay.objects.values_list("user_key", flat=True))) == 120


def test_a_claim_takes_no_more_than_it_wants_and_leaves_the_rest_to_others(account: Account) -> None:
    key = make_key()
    for _ in range(4):
        wait_with(key, [track(groupId="g-1") for _ in range(10)])
    assert store_waiting(most_events=10).batches == 1
    assert store_waiting(most_events=20).batches == 2
    assert EventBatch.objects.filter(state="waiting").count() == 1


def test_every_reason_is_told(account: Account) -> None:
    now = dt.datetime.now(dt.UTC)
    bad = {
        "not_an_object": 7,
        "unknown_type": track(type="sing"),
        "no_name": track(""),
        "no_user": track(userId=None),
        "bad_value": track(properties=[1]),
        "bad_timestamp": track(timestamp="yesterday"),
        "too_old": track(at=now - 36 * DAY),
        "in_the_future": track(at=now + 2 * DAY),
        "no_group": {"type": "group", "userId": "ann"},
        "no_previous": {"type": "alias", "userId": "ann"},
        "too_large": track(properties={"x": "y" * 33000}),
    }
    batch = wait_with(make_key(), list(bad.values()))  # type: ignore[arg-type]
    store_all()
    assert receipt_of(batch) == (len(bad), 0, 0, len(bad), 0)
    assert {code: told["examples"][0][0] for code, told in batch.reasons.items()} == {
        code: place for place, code in enumerate(bad)
    }


def test_a_key_sends_what_its_scopes_allow(account: Account) -> None:
    only_tracks = wait_with(make_key(scopes=["track"]), [track(groupId="g-1"), {"type": "identify", "userId": "ann"}])
    only_meets = wait_with(make_key(scopes=["identify"]), [track(groupId="g-1"), {"type": "identify", "userId": "ann"}])
    store_all()
    assert [list(batch.reasons) for batch in (only_tracks, only_meets) if receipt_of(batch)] == [["not_allowed"]] * 2
    assert [
        only_tracks.reasons["not_allowed"]["examples"][0][0],
        only_meets.reasons["not_allowed"]["examples"][0][0],
    ] == [
        1,
        0,
    ]


def test_the_same_message_is_stored_once_for_its_key(account: Account) -> None:
    key, call = make_key(), track(groupId="g-1")
    first, again = wait_with(key, [call, call]), wait_with(key, [call])
    store_all()
    later, other = wait_with(key, [call]), wait_with(make_key(), [call])
    store_all()
    assert [receipt_of(batch)[1:3] for batch in (first, again, later, other)] == [(1, 1), (0, 1), (0, 1), (1, 0)]
    assert UsageDay.objects.get().events == 2


def test_a_request_with_some_known_messages_anywhere_is_stored_for_the_rest(account: Account) -> None:
    key, calls = make_key(), [track(groupId="g-1") for _ in range(4)]
    wait_with(key, calls[1:3])
    store_all()
    mixed = wait_with(key, calls)
    store_all()
    assert receipt_of(mixed) == (4, 2, 2, 0, 0)
    assert Event.objects.count() == UsageDay.objects.get().events == 4


def test_calls_without_a_message_id_are_told_by_what_they_say(account: Account) -> None:
    key = make_key()
    call = {name: value for name, value in track(groupId="g-1").items() if name != "messageId"}
    timeless = {name: value for name, value in call.items() if name != "timestamp"}
    wait_with(key, [call]), wait_with(key, [call, timeless, timeless])
    store_all()
    assert Event.objects.count() == 3


def test_a_call_without_a_time_is_known_over_the_turn_of_a_month(account: Account) -> None:
    key = make_key()
    call = {name: value for name, value in track(groupId="g-1").items() if name != "timestamp"}
    turn = dt.datetime(2026, 3, 1, 0, 0, 5, tzinfo=dt.UTC)
    wait_with(key, [call], received_at=turn - dt.timedelta(seconds=20))
    store_all()
    wait_with(key, [call], received_at=turn)
    store_all()
    assert list(Event.objects.values_list("happened_at", flat=True)) == [turn - dt.timedelta(seconds=20)]


def test_a_wrong_clock_is_set_right_and_the_way_of_the_request_is_not(account: Account) -> None:
    key, now = make_key(), dt.datetime.now(dt.UTC)
    wrong, slow = now - dt.timedelta(hours=5), now - dt.timedelta(seconds=30)
    wait_with(key, [track(groupId="g-1", at=wrong - dt.timedelta(minutes=1))], sent_at=wrong, received_at=now)
    wait_with(key, [track(groupId="g-1", at=slow)], sent_at=slow, received_at=now)
    wait_with(key, [track(groupId="g-1", at=now + dt.timedelta(hours=3))], received_at=now)
    store_all()
    assert sorted(Event.objects.values_list("happened_at", flat=True)) == [now - dt.timedelta(minutes=1), slow, now]


def test_an_import_takes_any_age(account: Account) -> None:
    batch = wait_with(make_key(), [track(groupId="g-1", at=NOON - 400 * DAY)], is_import=True)
    store_all()
    assert receipt_of(batch)[:2] == (1, 1)
    assert UsageDay.objects.get().day == (NOON - 400 * DAY).date()


def test_accounts_are_found_in_the_order_that_is_written_down(account: Account) -> None:
    other, third = make_account(csm=account.csm, domains=["other.example"]), make_account(csm=account.csm)
    make_contact(third, email="eve@acme.example")
    EventIdentity.objects.create(kind="group", value="said", account=other, is_manual=True)
    calls = {
        "group": (track(groupId="g-1", userId="eve@acme.example"), account),
        "our id": (track(groupId=str(other.pk)), other),
        "said": (track(groupId="said"), other),
        "traits": (track(userId="bo"), account),
        "contact": (track(userId="Eve@acme.example"), third),
        "domain": (track(userId="kim@other.example"), other),
    }
    wait_with(make_key(), [{"type": "identify", "userId": "bo", "traits": {"company": {"id": "g-1"}}}])
    for name, (call, _owner) in calls.items():
        call["event"] = name
    wait_with(make_key(), [call for call, _owner in calls.values()])
    store_all()
    found = dict(UsageDay.objects.values_list("feature__name", "account_id"))
    assert found == {name: owner.pk for name, (_call, owner) in calls.items()}


def test_what_nobody_knows_waits_under_what_a_person_can_map(account: Account) -> None:
    make_account(csm=account.csm, domains=["acme.example"])
    calls = [
        track(groupId="unheard"),
        track(userId="x@new.example"),
        track(userId="x@gmail.com"),
        track(userId="zoe"),
        track(userId="x@acme.example"),
    ]
    batch = wait_with(make_key(), calls)
    store_all()
    assert receipt_of(batch) == (5, 0, 0, 0, 5)
    assert {code: told["count"] for code, told in batch.reasons.items()} == {
        "unknown_account": 4,
        "ambiguous_account": 1,
    }
    assert set(QuarantinedEvent.objects.values_list("hint", "hint_value")) == {
        ("group", "unheard"),
        ("domain", "new.example"),
        ("user", "x@gmail.com"),
        ("user", "zoe"),
        ("domain", "acme.example"),
    }


def test_an_alias_counts_for_who_it_became(account: Account) -> None:
    key = make_key()
    wait_with(key, [{"type": "alias", "previousId": "guest-1", "userId": "ann"}])
    wait_with(key, [{"type": "identify", "anonymousId": "guest-2", "userId": "ann"}])
    store_all()
    wait_with(key, [track(userId=name, groupId="g-1") for name in ("guest-1", "guest-2", "ann")])
    store_all()
    assert list(UserDay.objects.values_list("user_key", "events")) == [("ann", 3)]
    assert UsageDay.objects.get().users == 1


def test_names_are_learned_and_merged_ones_count_for_their_target(account: Account) -> None:
    target = Feature.objects.create(name="Reports", is_core_action=True)
    Feature.objects.create(name="Report opened", merged_into=target)
    calls = [track(groupId="g-1"), track("Reports", groupId="g-1")]
    calls += [
        track(groupId="g-1", type="page", properties={"name": "Home"}),
        track(groupId="g-1", type="screen", properties={"name": "Home"}),
    ]
    wait_with(make_key(), calls)
    store_all()
    assert dict(UsageDay.objects.values_list("feature__name", "events")) == {
        "Reports": 2,
        "Page: Home": 1,
        "Screen: Home": 1,
    }
    assert sums() == sums_of_events()
    assert Feature.objects.get(name="Page: Home").first_seen_on == NOON.date()


def test_hostile_words_are_stored_as_words(account: Account) -> None:
    words = "a\tb\\N\n\"{},'); DROP TABLE engagement_event; --\x00\u2028é中"
    calls = [
        track(words, groupId="g-1", userId=words, messageId=words, properties={words: [words, {"x": words}]}),
        track(words, groupId=words, userId=words, properties={words: words}),
    ]
    batch = wait_with(make_key(), calls)
    store_all()
    assert receipt_of(batch) == (2, 1, 0, 0, 1)
    clean = words.replace("\x00", "")
    stored = Event.objects.get()
    assert stored.properties == {clean: [clean, {"x": clean}]}
    assert stored.user_key == UserDay.objects.get().user_key == "ab\\N\"{},'); DROP TABLE engagement_event; --é中"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (pack(b"{broken"), "not JSON"),
        (b"\x04\0\0\0never packed", "stored body is broken"),
        (b"\xff\xff\xff\x7fa size beyond all bodies", "stored body is broken"),
        (b"cut", "stored body is broken"),
    ],
)
def test_what_breaks_one_request_spoils_no_other(account: Account, body: bytes, words: str) -> None:
    key = make_key()
    poison = wait_with(key, [track(groupId="g-1")])
    EventBatch.objects.filter(pk=poison.pk).update(body=body)
    good = wait_with(key, [track(groupId="g-1")])
    with transaction.atomic():
        store_all()
    assert receipt_of(good)[1] == 1
    for _attempt in range(5):
        retry_failed()
    poison.refresh_from_db()
    assert (poison.state, poison.attempts) == ("failed", 5)
    assert words in poison.reasons["failed"]["examples"][0][1]
    assert poison.body is not None


def test_each_account_is_marked_once_for_a_claim(account: Account) -> None:
    AccountChange.objects.all().delete()
    key = make_key()
    for _ in range(3):
        wait_with(key, [track(groupId="g-1"), track(groupId="g-1")])
    store_all()
    assert list(AccountChange.objects.values_list("account", "reason")) == [(account.pk, "events")]


@given(seed=st.integers(0, 10**6))
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_shuffled_and_doubled_and_split_gives_the_same_sums(account: Account, seed: int) -> None:
    dice = random.Random(seed)
    other, _is_new = Account.objects.get_or_create(name="Other", domains=["other.example"])
    stream = make_stream(dice, account, other)
    in_order = _told_in(stream, [stream])
    doubled = [*stream, *dice.sample(stream, 20)]
    dice.shuffle(doubled)
    cuts = sorted(dice.sample(range(len(doubled)), 5))
    parts = [doubled[a:b] for a, b in zip([0, *cuts], [*cuts, len(doubled)], strict=True)]
    assert _told_in(stream, parts) == in_order


def make_stream(dice: random.Random, account: Account, other: Account) -> list[dict[str, Any]]:
    """Uses of two accounts over some days, and calls that say who is who, anywhere in between."""
    people = {"ann": {"groupId": "g-1"}, "bo": {}, "kim@other.example": {}, "cy": {}}
    stream: list[dict[str, Any]] = [
        {"type": "identify", "userId": "bo", "traits": {"email": "bo@acme.example"}},
        {"type": "group", "userId": "cy", "groupId": str(other.pk)},
    ]
    for _ in range(40):
        user = dice.choice(list(people))
        at = NOON - dt.timedelta(hours=dice.randint(0, 100))
        stream.append(track(dice.choice(["Open", "Save", "Send"]), at=at, userId=user, **people[user]))
    dice.shuffle(stream)
    return stream


def _told_in(stream: list[dict[str, Any]], parts: list[list[dict[str, Any]]]) -> object:
    """The sums after these requests; taken back afterwards."""
    point = transaction.savepoint()
    key = make_key()
    for part in parts:
        wait_with(key, part)
        store_waiting()
    store_all()
    told = sums()
    assert told == sums_of_events()
    assert not QuarantinedEvent.objects.exists()
    transaction.savepoint_rollback(point)
    return told


def test_a_rebuild_makes_the_same_from_events_and_records(account: Account) -> None:
    wait_with(make_key(), make_stream(random.Random(3), account, make_account(csm=account.csm)))
    store_all()
    rows = [
        UsageRow(account_id=account.pk, feature="Open", day=NOON.date(), row_key=str(n), source="x", user_key=user)
        for n, user in enumerate(["ann", "dee", ""])
    ]
    record_usage(rows=rows)
    before = sums()
    UsageDay.objects.update(events=1, users=9)
    UserDay.objects.filter(user_key="ann").delete()
    assert sums() != before
    rebuild_usage(start=(NOON - 10 * DAY).date(), end=NOON.date())
    assert sums() == before
    rebuild_rollups(account_ids=[account.pk])
    assert sums() == before
    with pytest.raises(OutOfRange):
        rebuild_usage(start=dt.date(2001, 1, 1), end=NOON.date())


def test_months_are_made_ahead_and_dropped_whole(account: Account, settings: Settings) -> None:
    key, march = make_key(), dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)
    wait_with(key, [track(groupId="g-1", at=march)], received_at=march)
    store_all()
    made, gone = keep_months(moment=march)
    assert {"engagement_event_2026_03", "engagement_event_2026_05", "engagement_seenmessage_2026_02"} <= set(made)
    assert gone == []
    assert Event.objects.get().received_at == march
    assert keep_months(moment=march) == ([], [])
    wait_with(key, [track(groupId="g-1", at=march)], received_at=march)
    store_all()
    late = dt.datetime(2027, 5, 1, tzinfo=dt.UTC)
    assert {"engagement_event_2026_03", "engagement_seenmessage_2026_03"} <= set(keep_months(moment=late)[1])
    assert not Event.objects.exists()
    assert UsageDay.objects.get().events == 2


def test_receipts_and_what_nobody_mapped_go_by_age(account: Account) -> None:
    old = dt.datetime.now(dt.UTC) - 100 * DAY
    key = make_key()
    wait_with(key, [track(groupId="unheard", at=old)], received_at=old)
    kept = wait_with(key, [track(groupId="unheard")])
    store_all()
    assert trim_events() == {"receipts": 1, "quarantined": 1, "mapped": 0}
    assert list(EventBatch.objects.values_list("pk", flat=True)) == [kept.pk]
    assert QuarantinedEvent.objects.count() == 1
