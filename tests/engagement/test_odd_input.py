"""Input that no sane sender writes, and that must hold up nobody."""

import datetime as dt

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import AccountExternalId
from accounts.services.erasure import erase_contacts
from accounts.services.merges import merge_accounts
from engagement.models import Event, EventIdentity, Feature, ProductUser, QuarantinedEvent, UsageDay, UserDay
from engagement.services.catalogue.writing import mark_features, merge_feature, unmerge_feature
from engagement.services.events import replaying
from engagement.services.events.quarantine import map_identifier
from engagement.services.recompute import recompute_accounts
from team.models import User
from team.services.undo import undo_action
from tests.engagement.ingesting import NOON, make_key, receipt_of, store_all, track, wait_with
from tests.engagement.more_worlds import make_invoice
from tests.engagement.worlds import make_usage
from tests.makers import make_account, make_contact, make_user

pytestmark = pytest.mark.django_db


def test_a_clock_thousands_of_years_off_spoils_its_own_calls_alone(csm: User) -> None:
    account = make_account(csm=csm)
    group = str(account.pk)
    late = wait_with(make_key(), [track(groupId=group)], sent_at=dt.datetime(9999, 12, 31, tzinfo=dt.UTC))
    early = wait_with(
        make_key(), [track(groupId=group, timestamp="9999-12-31T23:59:59Z"), track(groupId=group)], sent_at=NOON
    )
    store_all()
    assert (receipt_of(late), list(late.reasons)) == ((1, 0, 0, 1, 0), ["bad_timestamp"])
    assert (receipt_of(early), list(early.reasons)) == ((2, 1, 0, 1, 0), ["bad_timestamp"])


def test_a_message_id_known_in_two_months_is_known_once(csm: User) -> None:
    account, key = make_account(csm=csm), make_key()
    call = track(groupId=str(account.pk), messageId="1")
    before = NOON.replace(day=1) - dt.timedelta(days=1)
    wait_with(key, [call, {**call, "timestamp": before.isoformat()}], is_import=True)
    store_all()
    wait_with(key, [{**call, "timestamp": before.isoformat()}], is_import=True)
    store_all()
    last = wait_with(key, [{name: value for name, value in call.items() if name != "timestamp"}])
    store_all()
    assert receipt_of(last) == (1, 0, 1, 0, 0)
    assert Event.objects.count() == 2


def test_a_site_with_signs_that_nobody_can_store_says_nothing(csm: User) -> None:
    make_account(csm=csm, domains=["acme.example"])
    call = {"type": "group", "userId": "ann", "groupId": "g", "traits": {"website": "https://acme.example\x00"}}
    batch = wait_with(make_key(), [call])
    store_all()
    assert receipt_of(batch) == (1, 1, 0, 0, 0)


def test_properties_are_measured_in_bytes(csm: User) -> None:
    batch = wait_with(make_key(), [track(groupId="g", properties={"x": "æ" * 20_000})])
    store_all()
    assert receipt_of(batch) == (1, 0, 0, 1, 0)


def test_who_is_erased_goes_however_the_address_was_written(csm: User) -> None:
    account = make_account(csm=csm)
    person = make_contact(account, email="ann@acme.example")
    wait_with(make_key(), [track(groupId=str(account.pk), userId="Ann@Acme.Example")])
    store_all()
    with transaction.atomic():
        erase_contacts(ids=[person.pk])
    for rows in (Event.objects, UserDay.objects, ProductUser.objects):
        assert [name[:7] for name in rows.values_list("user_key", flat=True)] == ["erased-"]


def test_an_invoice_due_at_infinity_is_no_day(csm: User) -> None:
    account = make_account(csm=csm)
    make_invoice(account, due_days_ago=20, due_on="infinity")
    make_invoice(account, due_days_ago=20, due_on="today", paid_on="-infinity")
    make_invoice(account, due_days_ago=20, paid_on="-infinity")
    assert recompute_accounts(account_ids=[account.pk]).judged == 1


def test_a_mapping_is_taken_back_although_its_account_became_part_of_another() -> None:
    manager = make_user(role="manager")
    keep, drop = make_account(csm=manager), make_account(csm=manager)
    wait_with(make_key(), [track(groupId="g-9"), track(groupId=str(drop.pk)), track("Other", groupId=str(keep.pk))])
    store_all()
    log = map_identifier(actor=manager, kind="group", value="g-9", account=drop)
    merge_accounts(actor=manager, keep=keep, drop=drop)
    assert sorted(UsageDay.objects.filter(account=keep).values_list("events", flat=True)) == [1, 2]
    undo_action(actor=manager, action=log)
    assert QuarantinedEvent.objects.count() == 1
    assert sorted(UsageDay.objects.filter(account=keep).values_list("events", flat=True)) == [1, 1]
    names = {row.features and len(row.features) for row in UserDay.objects.filter(account=keep)}
    assert names == {2}


def test_a_name_parts_again_with_the_events_of_an_account_that_became_part_of_another() -> None:
    admin = make_user(role="admin")
    keep, drop = make_account(csm=admin), make_account(csm=admin)
    into, feature = Feature.objects.create(name="Report"), Feature.objects.create(name="Old report")
    merge_feature(actor=admin, feature=feature, into=into)
    wait_with(make_key(), [track(name, groupId=str(drop.pk)) for name in ("Old report", "Old report", "Report")])
    store_all()
    merge_accounts(actor=admin, keep=keep, drop=drop)
    unmerge_feature(actor=admin, feature=Feature.objects.get(pk=feature.pk))
    told = UsageDay.objects.filter(account=keep, events__gt=0).values_list("feature__name", "events", "users")
    assert sorted(told) == [("Old report", 2, 1), ("Report", 1, 1)]


def test_of_very_many_unknown_people_each_has_its_turn(csm: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaying, "MOST_HINTS", 2)
    monkeypatch.setattr(replaying, "_after", replaying.START)
    wait_with(make_key(), [track(userId=f"visitor-{number}") for number in range(5)])
    store_all()
    account = make_account(csm=csm)
    EventIdentity.objects.create(kind="user", value="visitor-4", account=account)
    assert sum(replaying.replay_waiting() for _ in range(4)) == 1
    EventIdentity.objects.filter(value="visitor-4").delete()
    calls = [track(userId=f"visitor-{number}", groupId="g-7") for number in range(5)]
    wait_with(make_key(), calls)
    store_all()
    AccountExternalId.objects.create(account=account, source="crm", external_id="g-7")
    assert replaying.replay_waiting(hint="group", value="g-7") == 5


def locks_before(context: CaptureQueriesContext, table: str) -> bool:
    """Whether usage was locked alone before rows of the table were written or locked."""
    asked = [query["sql"] for query in context.captured_queries]
    lock = next(at for at, sql in enumerate(asked) if "pg_advisory_xact_lock(" in sql)
    first = (at for at, sql in enumerate(asked) if table in sql and ("UPDATE" in sql or "DELETE" in sql))
    return lock < next(first)


def test_who_makes_sums_anew_waits_for_writers_before_it_locks_what_they_need(csm: User) -> None:
    account, other = make_account(csm=csm), make_account(csm=csm)
    make_usage(account, days_ago=1)
    with CaptureQueriesContext(connection) as queries:
        mark_features(actor=make_user(role="admin"), feature_ids=[Feature.objects.get().pk], what="core")
    assert locks_before(queries, "engagement_feature")
    with CaptureQueriesContext(connection) as queries:
        merge_accounts(actor=csm, keep=other, drop=account)
    assert locks_before(queries, "engagement_usageday")
