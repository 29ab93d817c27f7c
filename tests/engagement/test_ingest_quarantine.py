"""What nobody could place: mapped, stored, taken back, dropped; who is forgotten; what two workers do at once."""

import datetime as dt
import json
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.db import connection, transaction

from accounts.models import Account, AccountExternalId
from accounts.services.erasure import erase_contacts
from accounts.services.merges import merge_accounts, undo_merge
from engagement.formulas.segment_bodies import unpack
from engagement.models import (
    AccountDay,
    Event,
    EventBatch,
    EventIdentity,
    QuarantinedEvent,
    QuarantineWork,
    UsageDay,
    UserDay,
)
from engagement.services.events import quarantine, replaying, settling
from engagement.services.events.claiming import store_waiting
from engagement.services.events.quarantine import drop_identifier, map_identifier
from engagement.services.events.replaying import replay_waiting
from engagement.services.events.settling import advance_settling
from engagement.services.rebuilding import rebuild_usage
from engagement.tasks import replay_identifier, settle_quarantine
from team.models import User
from team.services.undo import undo_action
from tests.engagement.ingesting import NOON, make_key, receipt_of, store_all, sums, sums_of_events, track, wait_with
from tests.makers import make_account, make_contact, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(csm: User) -> Account:
    return make_account(csm=csm)


def test_mapping_stores_what_waited_and_what_comes_and_undo_brings_it_back(account: Account, manager: User) -> None:
    wait_with(make_key(), [track(groupId="known"), track(groupId="g-9"), track(groupId="g-9", userId="bo")])
    AccountExternalId.objects.create(account=account, source="crm", external_id="known")
    store_all()
    before = sums()
    log = map_identifier(actor=manager, kind="group", value="g-9", account=account)
    assert not QuarantinedEvent.objects.exists()
    assert UsageDay.objects.get().events == 3
    assert sums() == sums_of_events()
    wait_with(make_key(), [track(groupId="g-9")])
    store_all()
    assert UsageDay.objects.get().events == 4
    Event.objects.filter(message_id=Event.objects.latest("received_at").message_id).delete()
    rebuild_usage(start=NOON.date(), end=NOON.date(), account_ids=[account.pk])
    assert undo_action(actor=manager, action=log)
    assert QuarantinedEvent.objects.filter(hint="group", hint_value="g-9").count() == 2
    assert sums() == before
    assert replay_waiting() == 0


def test_many_are_left_to_a_worker_who_stops_when_it_is_taken_back(
    account: Account, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "AT_ONCE", 1)
    wait_with(make_key(), [track(groupId="g-9"), track(groupId="g-9")])
    store_all()
    log = map_identifier(actor=manager, kind="group", value="g-9", account=account)
    assert quarantine.is_for_worker(kind="group", value="g-9")
    assert not Event.objects.exists()
    waiting = ("group", "g-9", "", "web")
    known = [(waiting, replaying._asked(*waiting))]
    assert undo_action(actor=manager, action=log)
    assert replaying._replay_page(known) == 0
    map_identifier(actor=manager, kind="group", value="g-9", account=account)
    replay_identifier("group", "g-9")
    assert UsageDay.objects.get().events == 2
    assert not QuarantinedEvent.objects.exists()


def test_a_word_about_many_is_followed_by_a_worker_who_goes_on_where_another_stopped(
    account: Account, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_with(make_key(), [track(groupId="g-9", userId=f"user-{number}") for number in range(5)])
    wait_with(make_key(), [track(groupId=str(account.pk))])
    store_all()
    before = sums()
    monkeypatch.setattr(settling, "AT_ONCE", 1)
    monkeypatch.setattr(settling, "PAGE", 2)

    def seen() -> list[bool]:
        return list(QuarantinedEvent.objects.order_by("is_dropped").values_list("is_dropped", flat=True))

    drop_identifier(actor=manager, kind="group", value="g-9")
    assert seen() == [False] * 5, "nothing in the request"
    with connection.cursor() as cursor:
        # As the database plans it at times, when it knows the table as nearly empty: the page is looked up row by row.
        for way in ("hashjoin", "mergejoin", "hashagg", "sort", "material", "indexscan", "bitmapscan"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
    assert advance_settling()
    assert seen() == [False] * 3 + [True] * 2
    # Said otherwise on the way: what was hidden is shown again, the rest never goes.
    log = map_identifier(actor=manager, kind="group", value="g-9", account=account)
    settle_quarantine()
    assert (seen(), sum(UsageDay.objects.values_list("events", flat=True))) == ([], 6)
    assert not QuarantineWork.objects.exists()
    assert undo_action(actor=manager, action=log)
    assert (Event.objects.count(), QuarantineWork.objects.get().total) == (6, 5)
    assert advance_settling()
    assert (Event.objects.count(), len(seen())) == (4, 2)
    assert replay_waiting() == 0, "nothing is said of it any more"
    while advance_settling():
        continue
    # Before the mapping somebody had dropped it.
    assert (seen(), sums()) == ([True] * 5, before)


def test_dropped_is_out_of_sight_and_comes_back(account: Account, manager: User) -> None:
    wait_with(make_key(), [track(groupId="bots")])
    store_all()
    log = drop_identifier(actor=manager, kind="group", value="bots")
    wait_with(make_key(), [track(groupId="bots")])
    store_all()
    assert list(QuarantinedEvent.objects.values_list("is_dropped", flat=True)) == [True, True]
    assert undo_action(actor=manager, action=log)
    assert list(QuarantinedEvent.objects.values_list("is_dropped", flat=True)) == [False, False]
    map_identifier(actor=manager, kind="group", value="bots", account=account)
    assert UsageDay.objects.get().events == 2


def test_only_those_who_lead_may_say_whose_it_is(account: Account, csm: User, manager: User) -> None:
    with pytest.raises(PermissionDenied):
        map_identifier(actor=csm, kind="group", value="x", account=account)
    with pytest.raises(ValidationError):
        map_identifier(actor=manager, kind="nobody", value="", account=account)


def test_events_leave_by_themselves_when_their_account_comes(account: Account) -> None:
    wait_with(make_key(), [track(groupId="g-7"), track(userId="eve@new.example"), track(userId="zoe")])
    store_all()
    assert QuarantinedEvent.objects.count() == 3
    AccountExternalId.objects.create(account=account, source="crm", external_id="g-7")
    make_contact(account, email="eve@new.example")
    wait_with(make_key(), [{"type": "group", "userId": "zoe", "groupId": "g-7"}])
    store_all()
    assert not QuarantinedEvent.objects.exists()
    assert UsageDay.objects.get().events == 3


def test_a_merge_of_accounts_keeps_the_sums_together(account: Account, manager: User) -> None:
    other = make_account(csm=account.csm)
    wait_with(make_key(), [track(groupId=str(account.pk)), track(groupId=str(other.pk), userId="bo")])
    store_all()
    merge = merge_accounts(actor=manager, keep=account, drop=other)
    assert AccountDay.objects.get(account_id=account.pk).events == 2
    rebuild_usage(start=NOON.date(), end=NOON.date(), account_ids=[account.pk])
    assert list(UsageDay.objects.filter(account_id=account.pk).values_list("events", "users")) == [(2, 2)]
    undo_merge(actor=manager, merge_id=merge.pk)
    rebuild_usage(start=NOON.date(), end=NOON.date(), account_ids=[account.pk, other.pk])
    assert sums() == sums_of_events()


def test_who_is_erased_leaves_no_name_in_events(account: Account) -> None:
    person = make_contact(account, email="Eve@acme.example")
    calls = [
        {"type": "identify", "userId": "u-7", "traits": {"email": "eve@acme.example"}},
        track(groupId=str(account.pk), userId="u-7", properties={"word": "secret"}),
        track(groupId=str(account.pk), userId="Eve@acme.example"),
        track(groupId=str(account.pk), userId="bo", properties={"kept": 1}),
    ]
    wait_with(make_key(), calls)
    store_all()
    days = sorted(UsageDay.objects.values_list("events", "users"))
    with transaction.atomic():
        erase_contacts(ids=[person.pk])
    left = set(Event.objects.values_list("user_key", flat=True)) | set(
        UserDay.objects.values_list("user_key", flat=True)
    )
    assert {name for name in left if not name.startswith("erased-")} == {"bo"}
    assert sorted(str(each) for each in Event.objects.values_list("properties", flat=True)) == [
        "{'kept': 1}",
        "{}",
        "{}",
    ]
    assert not EventIdentity.objects.filter(kind="user").exists()
    assert sorted(UsageDay.objects.values_list("events", "users")) == days


def test_commands_make_and_show_a_key_and_rebuild(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("write_key", "--show")
    first = capsys.readouterr().out.splitlines()[-1]
    call_command("write_key", "--show")
    assert capsys.readouterr().out.splitlines() == [first]
    wait_with(make_key(), [track(groupId=str(account.pk))])
    store_all()
    before = sums()
    UsageDay.objects.all().delete()
    call_command("rebuild_usage", "--from", str(NOON.date()), "--to", str(NOON.date()), "--account", str(account.pk))
    assert sums() == before


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_count_exactly() -> None:
    """The same accounts, days, users and doubled messages in every request, four workers in different orders."""
    owner, dice = make_user(), random.Random(11)
    accounts = [make_account(csm=owner) for _ in range(3)]
    key = make_key()
    calls = [
        track(
            dice.choice(["Open", "Save"]),
            at=NOON - dt.timedelta(hours=dice.randint(0, 40)),
            groupId=str(dice.choice(accounts).pk),
            userId=dice.choice(["ann", "bo", "cy"]),
        )
        for _ in range(120)
    ]
    batches = [wait_with(key, dice.sample(calls, 60)) for _ in range(40)]
    sent = {call["messageId"] for batch in batches for call in _calls(batch)}

    def work(_number: int) -> None:
        try:
            while any(_one_by_one()):
                continue
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert set(Event.objects.values_list("message_id", flat=True)) == sent
    assert Event.objects.count() == len(sent)
    told = [receipt_of(batch) for batch in batches]
    assert all(events == accepted + duplicates == 60 for events, accepted, duplicates, _r, _q in told)
    assert sum(accepted for _e, accepted, *_rest in told) == len(sent)
    assert sums() == sums_of_events()


def _calls(batch: EventBatch) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(unpack(bytes(batch.body or b"")))["batch"]
    return found


def _one_by_one() -> list[int]:
    """Small claims, so that workers meet."""
    return [store_waiting(most_events=100).batches]
