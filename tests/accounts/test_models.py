"""The promises that the database keeps, whoever writes."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import (
    Account,
    AccountExternalId,
    AccountGrant,
    Contact,
    Fact,
    FactDefinition,
    Merge,
    Subscription,
    Ticket,
    Touchpoint,
)
from tests.makers import make_account, make_contact, make_department, make_user

NOW = timezone.now()
DAY = dt.timedelta(days=1)
NEW_YEAR = dt.date(2026, 1, 1)

BROKEN: dict[str, Callable[[Account], object]] = {
    "account_has_a_name": lambda account: Account.objects.create(name=""),
    "no_account_is_its_own_parent": lambda account: Account.objects.filter(pk=account.pk).update(parent=account),
    "one_account_per_external_id": lambda account: [
        AccountExternalId.objects.create(account=account, source="crm", external_id="1") for _ in range(2)
    ],
    "one_grant_per_reason": lambda account: [
        AccountGrant.objects.create(account=account, department=make_department(), reason="x", source_ref="insight:1")
        for _ in range(2)
    ],
    "one_contact_per_mail_and_account": lambda account: [
        make_contact(account, email=email) for email in ("a@acme.example", "A@acme.example")
    ],
    "strength_is_1_to_5": lambda account: make_contact(account, strength=6),
    "nobody_reports_to_themselves": lambda account: Contact.objects.filter(pk=make_contact(account).pk).update(
        reports_to_id=Contact.objects.latest("pk").pk
    ),
    "subscription_ends_after_it_starts": lambda account: Subscription.objects.create(
        account=account, starts_on=NEW_YEAR, ends_on=NEW_YEAR - DAY
    ),
    "subscription_arr_is_not_negative": lambda account: Subscription.objects.create(
        account=account, starts_on=NEW_YEAR, arr=-1
    ),
    "one_subscription_per_external_id": lambda account: [
        Subscription.objects.create(account=account, starts_on=NEW_YEAR, external_id="1") for _ in range(2)
    ],
    "ticket_closes_after_it_opens": lambda account: Ticket.objects.create(
        account=account, opened_at=NOW, closed_at=NOW - DAY
    ),
    "satisfaction_is_1_to_5": lambda account: Ticket.objects.create(account=account, opened_at=NOW, satisfaction=0),
    "a_due_date_belongs_to_an_ask": lambda account: Touchpoint.objects.create(
        account=account, kind="call", occurred_at=NOW, due_on=NEW_YEAR
    ),
    "one_touchpoint_per_external_id": lambda account: [
        Touchpoint.objects.create(account=account, kind="call", occurred_at=NOW, external_id="1") for _ in range(2)
    ],
    "one_current_fact": lambda account: [
        Fact.objects.create(
            account=account,
            definition=FactDefinition.objects.get_or_create(name="n", owner="test")[0],
            observed_at=NOW,
        )
        for _ in range(2)
    ],
    "nothing_merges_into_itself": lambda account: Merge.objects.create(
        kind="account", keep_id=1, drop_id=1, merged_by=make_user()
    ),
    "dropped_once_at_a_time": lambda account: [
        Merge.objects.create(kind="account", keep_id=keep, drop_id=9, merged_by=make_user()) for keep in (1, 2)
    ],
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(BROKEN))
def test_the_constraint_holds(name: str) -> None:
    account = make_account()
    # The circle check stands before the shorter promise of the same kind.
    told = "no_circle_of_parents" if name == "no_account_is_its_own_parent" else name
    with pytest.raises(IntegrityError, match=told), transaction.atomic():
        BROKEN[name](account)


@pytest.mark.django_db
def test_a_deleted_contact_frees_its_address() -> None:
    account = make_account()
    make_contact(account, email="a@acme.example", deleted_at=NOW)
    make_contact(account, email="a@acme.example")
    make_contact(account, email="")
    make_contact(account)
    assert account.contacts.count() == 3
    assert Contact.everything.count() == 4
