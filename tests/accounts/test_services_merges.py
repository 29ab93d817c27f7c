"""Merging duplicates, and parting them."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import Account, AccountGrant, Contact, Merge
from accounts.selectors.duplicates import duplicate_accounts, duplicate_contacts
from accounts.selectors.merges import preview_merge, survivor_id
from accounts.services.merges import merge_accounts, merge_contacts
from accounts.services.subscriptions import create_subscription
from accounts.services.touchpoints import log_touchpoint
from engagement.models import Feature, UsageDay
from team.models import ActionLog, User
from team.services.undo import CannotUndo, undo_action
from tests.makers import make_account, make_contact, make_department, make_task

NEW_YEAR = dt.date(2026, 1, 1)
NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)


def _undo(user: User) -> None:
    assert undo_action(actor=user, action=ActionLog.objects.filter(inverse__service="accounts.undo_merge").latest("pk"))


def test_everything_moves_and_comes_back(csm: User) -> None:
    keep = make_account(csm=csm, name="Acme", tags=["a"], domains=["acme.com"])
    drop = make_account(csm=csm, name="ACME Inc", tags=["b"], domains=["acme.dk"], industry="Software", country="DK")
    child = make_account(csm=csm, parent=drop)
    contact = make_contact(drop)
    contract = create_subscription(actor=csm, account=drop, arr=100, starts_on=NEW_YEAR)
    log_touchpoint(actor=csm, account=drop, kind="call", body="x", occurred_at=NOON)
    merge_accounts(actor=csm, keep=keep, drop=drop, taken=["name"])
    for row in (keep, child, contact, contract, keep.summary):
        row.refresh_from_db()
    assert (keep.name, keep.tags, keep.domains) == ("ACME Inc", ["a", "b"], ["acme.com", "acme.dk"])
    assert (keep.industry, keep.country) == ("Software", "DK")
    assert child.parent_id == contact.account_id == contract.account_id == keep.pk
    assert (keep.summary.arr, keep.summary.last_touch_at) == (Decimal(100), NOON)
    assert not Account.objects.filter(pk=drop.pk).exists()
    assert survivor_id(Account, drop.pk) == keep.pk
    assert survivor_id(Account, keep.pk) is None
    _undo(csm)
    for row in (keep, child, contact, contract, keep.summary):
        row.refresh_from_db()
    assert (keep.name, keep.tags, keep.industry) == ("Acme", ["a"], "")
    assert child.parent_id == contact.account_id == contract.account_id == drop.pk
    assert keep.summary.arr == 0
    assert Account.objects.filter(pk=drop.pk).exists()
    assert survivor_id(Account, drop.pk) is None


def test_the_same_person_at_both_becomes_one_and_two_again(csm: User) -> None:
    keep, drop = make_account(csm=csm), make_account(csm=csm)
    ours, theirs = make_contact(keep, email="ana@acme.com"), make_contact(drop, email="Ana@acme.com", title="CTO")
    log_touchpoint(actor=csm, account=drop, kind="call", body="x", contacts=[theirs], occurred_at=NOON)
    merge_accounts(actor=csm, keep=keep, drop=drop)
    ours.refresh_from_db()
    assert list(keep.contacts.all()) == [ours]
    assert (ours.title, ours.last_two_way_at) == ("CTO", NOON)
    _undo(csm)
    ours.refresh_from_db()
    theirs.refresh_from_db()
    assert (ours.title, ours.last_two_way_at) == ("", None)
    assert (theirs.account_id, theirs.deleted_at, theirs.last_two_way_at) == (drop.pk, None, NOON)


def test_numbers_of_the_same_day_are_added_and_taken_off_again(csm: User) -> None:
    keep, drop = make_account(csm=csm), make_account(csm=csm)
    feature = Feature.objects.create(name="export")
    UsageDay.objects.create(account=keep, feature=feature, day=NEW_YEAR, events=5)
    UsageDay.objects.create(account=drop, feature=feature, day=NEW_YEAR, events=7)
    UsageDay.objects.create(account=drop, feature=feature, day=NEW_YEAR + dt.timedelta(days=1), events=1)
    merge_accounts(actor=csm, keep=keep, drop=drop)
    assert sorted(UsageDay.objects.filter(account=keep).values_list("events", flat=True)) == [1, 12]
    _undo(csm)
    assert list(UsageDay.objects.filter(account=keep).values_list("events", flat=True)) == [5]
    assert sorted(UsageDay.objects.filter(account=drop).values_list("events", flat=True)) == [1, 7]


def test_a_parent_can_be_merged_into_its_grandchild(csm: User) -> None:
    top = make_account(csm=csm)
    middle = make_account(csm=csm, parent=top)
    low = make_account(csm=csm, parent=middle)
    merge_accounts(actor=csm, keep=low, drop=top)
    middle.refresh_from_db()
    low.refresh_from_db()
    assert (low.parent_id, middle.parent_id) == (None, low.pk)


def test_merging_is_refused_for_one_account_for_another_book_and_twice(csm: User, stranger: User) -> None:
    keep, drop = make_account(csm=csm), make_account(csm=csm)
    with pytest.raises(ValidationError):
        merge_accounts(actor=csm, keep=keep, drop=keep)
    with pytest.raises(PermissionDenied):
        merge_accounts(actor=csm, keep=keep, drop=make_account(csm=stranger))
    merge_accounts(actor=csm, keep=keep, drop=drop)
    with pytest.raises((ValidationError, PermissionDenied)):
        merge_accounts(actor=csm, keep=keep, drop=drop)
    assert Merge.objects.count() == 1


def test_what_was_merged_on_is_parted_in_the_right_order(csm: User) -> None:
    one, two, three = make_account(csm=csm), make_account(csm=csm), make_account(csm=csm)
    merge_accounts(actor=csm, keep=two, drop=three)
    first = ActionLog.objects.latest("pk")
    merge_accounts(actor=csm, keep=one, drop=two)
    assert survivor_id(Account, three.pk) == one.pk
    with pytest.raises(CannotUndo):
        undo_action(actor=csm, action=first)
    _undo(csm)
    assert undo_action(actor=csm, action=first)
    assert Account.objects.count() == 3


def test_two_contacts_of_an_account_become_one(csm: User) -> None:
    account = make_account(csm=csm)
    keep, drop = make_contact(account, name="Ana"), make_contact(account, name="Ana")
    report = make_contact(account, reports_to=drop)
    Contact.objects.filter(pk=keep.pk).update(reports_to=drop)
    call = log_touchpoint(actor=csm, account=account, kind="call", body="x", contacts=[keep, drop], occurred_at=NOON)
    merge_contacts(actor=csm, keep=keep, drop=drop)
    keep.refresh_from_db()
    report.refresh_from_db()
    assert (keep.reports_to, report.reports_to) == (None, keep)
    assert list(call.contacts.filter(deleted_at=None)) == [keep]
    _undo(csm)
    report.refresh_from_db()
    assert report.reports_to_id == drop.pk
    with pytest.raises(ValidationError):
        merge_contacts(actor=csm, keep=keep, drop=make_contact(make_account(csm=csm)))


def test_the_preview_says_which_value_wins_and_what_moves(csm: User) -> None:
    keep = make_account(csm=csm, name="Acme", industry="Retail")
    drop = make_account(csm=csm, name="Acme", industry="Software", country="DK", intent="roll_out")
    make_contact(drop)
    AccountGrant.objects.create(account=drop, department=make_department(), reason="Why")
    make_task(owner=csm, account=drop)
    preview = preview_merge(keep=keep, drop=drop)
    wins = {choice.name: choice.wins for choice in preview.choices}
    assert wins == {"industry": "keep", "country": "drop", "intent": "drop"}
    intent = next(choice for choice in preview.choices if choice.name == "intent")
    assert intent.drop == intent.result == drop.get_intent_display() != "roll_out"
    assert {(moving.label, moving.count) for moving in preview.moving} == {
        ("people", 1),
        ("departments that see it", 1),
        ("tasks", 1),
    }


def test_likely_duplicates_are_found_in_the_own_book(csm: User, stranger: User) -> None:
    one = make_account(csm=csm, name="Acme, Inc.")
    two = make_account(csm=csm, name="ACME inc")
    three = make_account(csm=csm, name="Other", domains=["o.example"])
    four = make_account(csm=csm, name="Else", domains=["O.example"])
    make_account(csm=stranger, name="Acme Inc")
    pairs = [(pair.keep.pk, pair.drop.pk, pair.sign) for pair in duplicate_accounts(user=csm)]
    assert pairs == [(one.pk, two.pk, "name"), (three.pk, four.pk, "domain")]
    make_contact(one, name="Ana Li")
    make_contact(one, name="ana li")
    make_contact(two, name="Ana Li")
    assert len(duplicate_contacts(user=csm)) == 1
