"""What each kind of row becomes."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from accounts.models import (
    Account,
    ChurnEvent,
    Contact,
    ContactConsent,
    ContactExternalId,
    CustomField,
    Subscription,
    SubscriptionVersion,
    Ticket,
    Touchpoint,
)
from accounts.services.imports.undo import undo_run
from team.models import User
from tests.accounts.importing import counts, import_text, reasons
from tests.makers import make_account, make_contact

pytestmark = pytest.mark.django_db


def test_an_account_with_everything(tmp_path: Path, csm: User) -> None:
    text = (
        "id;name;domains;segment;country;csm;tags;parent;signup_date;churned\n"
        f"1;Acme;https://www.acme.com/en;Enterprise;Denmark;{csm.email};a,b;2;13-05-2024;TRUE\n"
        "2;Group;;enterprise;UK;nobody@vendor.example;;;14-05-2024;FALSE\n"
    )
    run = import_text(
        "accounts", text, tmp_path, source="crm", custom_fields={"churned": "boolean"},
        columns={name: name for name in ("name", "domains", "segment", "country", "csm", "tags", "parent")}
        | {"external_id": "id", "signed_on": "signup_date", "custom.churned": "churned"},
    )  # fmt: skip
    assert counts(run) == (2, 0, 0, 0)
    acme, group = Account.objects.get(name="Acme"), Account.objects.get(name="Group")
    assert (acme.domains, acme.country, acme.csm, acme.tags) == (["acme.com"], "DK", csm, ["a", "b"])
    assert (acme.parent, acme.signed_on, acme.custom) == (group, dt.date(2024, 5, 13), {"churned": True})
    assert acme.segment == group.segment
    assert (group.country, group.csm) == ("GB", None)
    assert reasons(run) == ["Nobody here has the address nobody@vendor.example: no CSM."]
    assert CustomField.objects.get().key == "churned"
    assert counts(import_text("accounts", text, tmp_path, **run.mapping)) == (0, 0, 2, 0)
    assert undo_run(run=run) == []


def test_accounts_without_ids_are_known_by_name(tmp_path: Path) -> None:
    make_account(name="Acme")
    run = import_text("accounts", "name,industry\nAcme,Toys\n", tmp_path)
    assert counts(run) == (0, 1, 0, 0)
    assert Account.objects.get().industry == "Toys"


def test_a_namesake_is_flagged_not_merged(tmp_path: Path) -> None:
    make_account(name="Acme")
    run = import_text("accounts", "id,name\n7,Acme\n", tmp_path)
    assert counts(run) == (1, 0, 0, 0)
    assert "merge them if they are one" in reasons(run)[0]


def test_a_deleted_account_is_not_made_anew(tmp_path: Path) -> None:
    import_text("accounts", "id,name\n7,Acme\n", tmp_path)
    Account.objects.update(deleted_at=dt.datetime(2024, 1, 1, tzinfo=dt.UTC))
    run = import_text("accounts", "id,name\n7,Acme\n", tmp_path)
    assert counts(run) == (0, 0, 0, 1)
    assert "restore it first" in reasons(run)[0]


def test_contacts_are_known_by_id_or_address(tmp_path: Path) -> None:
    account = make_account(name="Acme", domains=["acme.com"])
    known = make_contact(account, name="Ana", email="ana@acme.com")
    text = (
        "contact_id,account,first_name,last_name,email,persona,opted_out\n"
        "P1,Acme,Ana,Lyst,ANA@acme.com,Champion,no\nP2,,Bo,Ek,bo@acme.com,sponsor,yes\nP3,,Cy,Oh,cy@gmail.com,,no\n"
    )
    run = import_text("contacts", text, tmp_path)
    assert counts(run) == (1, 1, 0, 1)
    known.refresh_from_db()
    assert (known.name, known.persona) == ("Ana Lyst", "champion")
    bo = Contact.objects.get(email="bo@acme.com")
    assert (bo.account, bo.persona) == (account, "executive")
    assert set(ContactExternalId.objects.values_list("external_id", flat=True)) == {"P1", "P2"}
    assert ContactConsent.objects.filter(contact=bo, is_allowed=False).count() == 3
    assert counts(import_text("contacts", text, tmp_path)) == (0, 0, 2, 1)
    assert ContactConsent.objects.count() == 3


def test_a_contract_leaves_a_version_of_its_start_and_of_its_end(tmp_path: Path) -> None:
    make_account(name="Acme")
    text = (
        "id,account,start_date,end_date,mrr,is_trial\nS1,Acme,2023-01-01,2023-12-31,100,no\nS2,Acme,2024-02-01,,50,no\n"
    )
    assert counts(import_text("subscriptions", text, tmp_path)) == (2, 0, 0, 0)
    ended = Subscription.objects.get(external_id="S1")
    assert (ended.arr, ended.status) == (Decimal(1200), "ended")
    versions = SubscriptionVersion.objects.filter(subscription=ended).values_list("effective_on", "status")
    assert list(versions) == [(dt.date(2023, 1, 1), "active"), (dt.date(2023, 12, 31), "ended")]
    import_text("subscriptions", text.replace("2024-02-01,,50", "2024-02-01,,80"), tmp_path)
    grown = SubscriptionVersion.objects.filter(subscription__external_id="S2").values_list("arr", flat=True)
    assert list(grown) == [Decimal(600), Decimal(960)]


def test_a_contract_that_ends_before_it_starts_is_refused(tmp_path: Path) -> None:
    make_account(name="Acme")
    run = import_text("subscriptions", "id,account,start_date,end_date\nS1,Acme,2023-01-01,2022-01-01\n", tmp_path)
    assert "before it starts" in reasons(run)[0]


def test_tickets_with_minutes_and_words_of_other_systems(tmp_path: Path) -> None:
    make_account(name="Acme")
    text = (
        "ticket_id,account,submitted_at,closed_at,minutes,priority\n"
        "T1,Acme,27-07-2023,28-07-2023 03:00,74,urgent\nT2,Acme,27-07-2023,26-07-2023 03:00,5,low\n"
    )
    run = import_text(
        "tickets", text, tmp_path,
        columns={"external_id": "ticket_id", "account": "account", "opened_at": "submitted_at",
                 "closed_at": "closed_at",
                 "priority": "priority", "first_response_at": {"column": "minutes", "minutes_after": "submitted_at"}},
    )  # fmt: skip
    assert counts(run) == (1, 0, 0, 1)
    ticket = Ticket.objects.get()
    assert ticket.priority == "p1"
    assert ticket.first_response_at == dt.datetime(2023, 7, 27, 1, 14, tzinfo=dt.UTC)
    assert "before it was opened" in reasons(run)[0]


def test_times_are_read_in_the_zone_of_the_mapping(tmp_path: Path) -> None:
    make_account(name="Acme")
    import_text("tickets", "id,account,opened\nT1,Acme,2024-07-01 12:00\n", tmp_path, time_zone="Europe/Copenhagen")
    assert Ticket.objects.get().opened_at == dt.datetime(2024, 7, 1, 10, tzinfo=dt.UTC)


def test_touchpoints_seat_their_people_and_end_silence(tmp_path: Path) -> None:
    account = make_account(name="Acme")
    ana = make_contact(account, email="ana@acme.com")
    text = "account,type,date,contacts,notes\nAcme,phone,2024-05-13 10:00,ana@acme.com;who@acme.com,hello\n"
    run = import_text("touchpoints", text, tmp_path)
    touch = Touchpoint.objects.get()
    assert (touch.kind, touch.direction, list(touch.contacts.all())) == ("call", "two_way", [ana])
    ana.refresh_from_db()
    assert ana.last_two_way_at == touch.occurred_at
    assert reasons(run) == ["No contact who@acme.com at this account."]
    assert counts(import_text("touchpoints", text, tmp_path)) == (0, 0, 1, 0)
    assert undo_run(run=run) == []
    ana.refresh_from_db()
    assert ana.last_two_way_at is None


def test_churn_labels_never_change_revenue_and_conflicts_are_written(tmp_path: Path) -> None:
    make_account(name="Acme", custom={"churn_flag": False})
    import_text("subscriptions", "id,account,start_date,arr\nS1,Acme,2023-01-01,100\n", tmp_path)
    run = import_text("churn", "id,account,churn_date,reason_code\nC1,Acme,2023-06-13,price\n", tmp_path)
    assert Subscription.objects.get().arr == 100
    event = ChurnEvent.objects.get()
    assert event.conflict == "1 paid subscription ran on after it. The account is not flagged as churned."
    assert run.flagged_count == 1
    ended = "id,account,start_date,end_date,arr\nS1,Acme,2023-01-01,2023-06-13,100\n"
    import_text("subscriptions", ended, tmp_path)
    event.refresh_from_db()
    assert event.conflict == "The account is not flagged as churned."


def test_an_unknown_account_names_the_cure(tmp_path: Path) -> None:
    run = import_text("tickets", "id,account,opened\nT1,Nope,2024-07-01\n", tmp_path)
    assert reasons(run) == ["No account 'Nope': import the accounts first."]


def test_an_ambiguous_name_is_not_guessed(tmp_path: Path) -> None:
    make_account(name="Acme")
    make_account(name="Acme")
    run = import_text("tickets", "id,account,opened\nT1,Acme,2024-07-01\n", tmp_path)
    assert reasons(run) == ["Several accounts are called 'Acme': give the account's id."]
