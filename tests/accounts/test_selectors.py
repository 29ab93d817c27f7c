"""The timeline and the roll-up."""

import datetime as dt
from decimal import Decimal

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AccountSummary, Ticket, Touchpoint
from accounts.selectors.contacts import lives_of
from accounts.selectors.timeline import Cursor, read_timeline
from accounts.selectors.trees import ancestor_ids, roll_up, tree_ids
from accounts.services.subscriptions import create_subscription, edit_subscription
from team.models import User
from tests.makers import make_account, make_contact, make_department, make_user

MIDNIGHT = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)


def _touches(account: object, number: int, **fields: object) -> None:
    for _ in range(number):
        Touchpoint.objects.create(**{"account": account, "kind": "call", "occurred_at": MIDNIGHT, **fields})


def test_pages_of_the_same_instant_lose_and_repeat_nothing(csm: User) -> None:
    account = make_account(csm=csm)
    _touches(account, 5)
    for _ in range(5):
        Ticket.objects.create(account=account, subject="x", opened_at=MIDNIGHT)
    contract = create_subscription(actor=csm, account=account, arr=1, starts_on=MIDNIGHT.date())
    edit_subscription(actor=csm, subscription=contract, arr=2, effective_on=MIDNIGHT.date())
    keys: list[str] = []
    before: str | None = None
    while True:
        page = read_timeline(account=account, user=csm, before=before, limit=3)
        keys += [entry.key for entry in page.rows]
        before = page.next
        if before is None:
            break
    assert len(keys) == len(set(keys)) == 12


def test_newest_first_and_by_kind(csm: User) -> None:
    account = make_account(csm=csm)
    _touches(account, 1, occurred_at=MIDNIGHT + dt.timedelta(hours=1), kind="note")
    _touches(account, 1, kind="event")
    Ticket.objects.create(account=account, subject="x", opened_at=MIDNIGHT + dt.timedelta(hours=2))
    rows = read_timeline(account=account, user=csm).rows
    assert [row.kind for row in rows] == ["ticket", "note", "other"]
    kinds = [row.kind for row in read_timeline(account=account, user=csm, kinds=["note", "other", "nonsense"]).rows]
    assert kinds == ["note", "other"]


def test_departments_see_neither_private_notes_nor_contracts_nor_files(csm: User) -> None:
    account = make_account(csm=csm)
    member = make_user(role="member")
    department = make_department(members=(member,))
    account.grants.create(department=department, reason="x", source_ref="insight:1")
    _touches(account, 1, is_private=True, subject="secret")
    _touches(account, 1, subject="open")
    create_subscription(actor=csm, account=account, arr=1, starts_on=MIDNIGHT.date())
    assert [row.title for row in read_timeline(account=account, user=member).rows] == ["open"]
    assert len(read_timeline(account=account, user=csm).rows) == 3


def test_a_contract_says_what_changed(csm: User) -> None:
    account = make_account(csm=csm)
    contract = create_subscription(actor=csm, account=account, arr=100, plan="Pro", starts_on=MIDNIGHT.date())
    edit_subscription(actor=csm, subscription=contract, arr=150, effective_on=dt.date(2026, 4, 1))
    titles = [row.title for row in read_timeline(account=account, user=csm).rows]
    assert titles == ["Pro: $100 → $150", "Pro: $100"]


def test_a_touch_that_asks_offers_its_taps_to_editors_alone(csm: User) -> None:
    account = make_account(csm=csm)
    _touches(account, 1, kind="mail", asks_for="a date", awaiting_reply_since=MIDNIGHT)
    row = read_timeline(account=account, user=csm).rows[0]
    pk = Touchpoint.objects.get().pk
    urls = [reverse("touchpoint_got", args=[pk]), reverse("touchpoint_replied", args=[pk])]
    assert [action[0] for action in row.actions] == urls
    assert read_timeline(account=account, user=make_user(role="viewer")).rows[0].actions == ()


@pytest.mark.parametrize(
    "text",
    ["", "x", "2026-01-01~touchpoint-1", "2026-01-01T00:00:00~touchpoint-1", "a~b~c", "0001-01-01T00:00:00+10:00~x-1"],
)
def test_a_broken_cursor_is_the_first_page(text: str) -> None:
    assert Cursor.parse(text) is None


def test_the_timeline_costs_the_same_for_one_and_for_many(csm: User) -> None:
    account = make_account(csm=csm)
    # Who the user is to see is asked once a request.
    read_timeline(account=account, user=csm)
    counts = []
    for number in (1, 20):
        _touches(account, number)
        with CaptureQueriesContext(connection) as queries:
            read_timeline(account=account, user=csm)
        counts.append(len(queries))
    # touches, their people, tickets, files, contract versions, and on the average three of each upper app
    assert counts[0] == counts[1] <= 5 + 3 * len(settings.TIMELINE_SOURCES)


def test_a_tree_adds_up_what_the_viewer_sees(csm: User, stranger: User) -> None:
    top = make_account(csm=csm, name="Top")
    middle = make_account(csm=csm, name="Middle", parent=top)
    make_account(csm=csm, name="Low", parent=middle)
    make_account(csm=stranger, name="Foreign", parent=top)
    AccountSummary.objects.update(arr=100, seats=2)
    found = roll_up(account=top, user=csm)
    assert found is not None
    assert [(child.account.name, child.depth) for child in found.children] == [("Middle", 0), ("Low", 1)]
    assert (found.accounts, found.hidden, found.arr, found.seats) == (3, 1, Decimal(300), 6)
    assert roll_up(account=make_account(csm=csm), user=csm) is None
    member = make_user(role="member")
    assert roll_up(account=top, user=member).arr is None  # type: ignore[union-attr]


def test_ancestors_come_nearest_first(csm: User) -> None:
    top = make_account(csm=csm)
    middle = make_account(csm=csm, parent=top)
    low = make_account(csm=csm, parent=middle)
    assert ancestor_ids(low.pk) == [middle.pk, top.pk]
    assert sorted(tree_ids(top.pk)) == [top.pk, middle.pk, low.pk]


def test_a_persons_lives_are_found_both_ways(csm: User) -> None:
    first = make_contact(make_account(csm=csm))
    second = make_contact(make_account(csm=csm), previous=first)
    third = make_contact(make_account(csm=csm), previous=second)
    assert {one.pk for one in lives_of(first)} == {second.pk, third.pk}
    assert {one.pk for one in lives_of(third)} == {first.pk, second.pk}
