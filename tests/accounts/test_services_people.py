"""Contacts, contracts, tickets and files."""

import datetime as dt
import io
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import AccountChange, AccountFile, Contact, ContactConsent, SubscriptionVersion
from accounts.services.contacts import create_contact, delete_contact, edit_contact, move_contact, set_consent
from accounts.services.files import LARGEST_BYTES, add_file, delete_file
from accounts.services.subscriptions import create_subscription, delete_subscription, edit_subscription
from accounts.services.tickets import close_ticket, create_ticket, edit_ticket
from team.clock import now, today
from team.models import ActionLog, User
from team.services.undo import CannotUndo, undo_action
from tests.makers import make_account, make_contact

NEW_YEAR = dt.date(2026, 1, 1)


def _newest() -> ActionLog:
    return ActionLog.objects.latest("pk")


def test_two_people_of_an_account_never_share_an_address(csm: User) -> None:
    account = make_account(csm=csm)
    create_contact(actor=csm, account=account, name="Ana", email="ana@acme.example")
    with pytest.raises(ValidationError):
        create_contact(actor=csm, account=account, name="Anna", email="ANA@acme.example")
    account.summary.refresh_from_db()
    assert account.summary.contacts == 1


def test_who_left_has_a_day_and_a_leaving_champion_is_told(csm: User) -> None:
    contact = make_contact(make_account(csm=csm), persona="champion")
    edit_contact(actor=csm, contact=contact, status="left")
    contact.refresh_from_db()
    assert contact.left_on == today()
    assert AccountChange.objects.filter(reason="champion_left").exists()


def test_nobody_reports_to_another_customer(csm: User) -> None:
    contact, foreign = make_contact(make_account(csm=csm)), make_contact(make_account(csm=csm))
    with pytest.raises(ValidationError):
        edit_contact(actor=csm, contact=contact, reports_to=foreign)


def test_a_deleted_contact_comes_back_unless_its_address_was_taken(csm: User) -> None:
    account = make_account(csm=csm)
    contact = make_contact(account, email="ana@acme.example")
    action = delete_contact(actor=csm, contact=contact)
    assert delete_contact(actor=csm, contact=contact) is None
    make_contact(account, email="Ana@acme.example")
    assert action is not None
    with pytest.raises(CannotUndo):
        undo_action(actor=csm, action=action)
    assert Contact.objects.filter(pk=contact.pk).count() == 0


def test_who_changes_employer_keeps_the_history_on_both(csm: User) -> None:
    old, new = make_account(csm=csm), make_account(csm=csm)
    contact = make_contact(old, persona="champion", strength=5)
    there = move_contact(actor=csm, contact=contact, to_account=new, email="x@new.example")
    assert move_contact(actor=csm, contact=contact, to_account=new).pk == there.pk
    contact.refresh_from_db()
    assert (contact.status, contact.left_on) == ("left", today())
    assert (there.previous, there.account, there.strength) == (contact, new, 2)
    assert AccountChange.objects.filter(account=old, reason="champion_left").exists()
    assert AccountChange.objects.filter(account=new, reason="contact_arrived").exists()
    assert undo_action(actor=csm, action=_newest())
    contact.refresh_from_db()
    assert (contact.status, contact.left_on) == ("active", None)
    assert not Contact.objects.filter(pk=there.pk).exists()


def test_moving_to_another_book_is_refused(csm: User, stranger: User) -> None:
    contact = make_contact(make_account(csm=csm))
    with pytest.raises(PermissionDenied):
        move_contact(actor=csm, contact=contact, to_account=make_account(csm=stranger))


def test_consent_is_append_only_and_said_once(csm: User) -> None:
    contact = make_contact(make_account(csm=csm))
    assert set_consent(actor=csm, contact=contact, purpose="survey", is_allowed=False, source="call")
    assert not set_consent(actor=csm, contact=contact, purpose="survey", is_allowed=False, source="call")
    assert set_consent(actor=csm, contact=contact, purpose="survey", is_allowed=True, source="mail")
    assert ContactConsent.objects.count() == 2


def test_each_change_of_a_contract_leaves_a_version(csm: User) -> None:
    account = make_account(csm=csm)
    contract = create_subscription(actor=csm, account=account, arr=100, seats=5, starts_on=NEW_YEAR)
    edit_subscription(actor=csm, subscription=contract, arr=150, effective_on=dt.date(2026, 2, 1), reason="upsell")
    assert edit_subscription(actor=csm, subscription=contract, arr=150) is None
    edit_subscription(actor=csm, subscription=contract, is_auto_renewed=True)
    versions = list(SubscriptionVersion.objects.values_list("effective_on", "arr", "reason"))
    assert versions == [(NEW_YEAR, Decimal(100), "created"), (dt.date(2026, 2, 1), Decimal(150), "upsell")]
    account.summary.refresh_from_db()
    assert account.summary.arr == 150


def test_an_end_holds_from_its_day_and_needs_one(csm: User) -> None:
    contract = create_subscription(actor=csm, account=make_account(csm=csm), arr=100, starts_on=NEW_YEAR)
    with pytest.raises(ValidationError):
        edit_subscription(actor=csm, subscription=contract, status="ended")
    edit_subscription(actor=csm, subscription=contract, status="ended", ends_on=dt.date(2026, 3, 1))
    assert SubscriptionVersion.objects.last().effective_on == dt.date(2026, 3, 1)  # type: ignore[union-attr]


def test_a_deleted_contract_leaves_every_movement_and_comes_back(csm: User) -> None:
    account = make_account(csm=csm)
    contract = create_subscription(actor=csm, account=account, arr=100, starts_on=NEW_YEAR)
    action = delete_subscription(actor=csm, subscription=contract)
    account.summary.refresh_from_db()
    assert account.summary.arr == 0
    last = SubscriptionVersion.objects.order_by("-pk")[0]
    assert (last.arr, last.effective_on) == (Decimal(0), NEW_YEAR)
    assert action is not None
    assert undo_action(actor=csm, action=action)
    account.summary.refresh_from_db()
    assert account.summary.arr == 100


def test_a_contract_ends_after_it_starts(csm: User) -> None:
    with pytest.raises(ValidationError):
        create_subscription(
            actor=csm, account=make_account(csm=csm), starts_on=NEW_YEAR, ends_on=NEW_YEAR - dt.timedelta(days=1)
        )


def test_taking_the_closing_away_counts_as_reopened(csm: User) -> None:
    account = make_account(csm=csm)
    ticket = create_ticket(actor=csm, account=account, subject="Broken", opened_at=now() - dt.timedelta(days=1))
    assert close_ticket(actor=csm, ticket=ticket) is not None
    assert close_ticket(actor=csm, ticket=ticket) is None
    edit_ticket(actor=csm, ticket=ticket, closed_at=None)
    ticket.refresh_from_db()
    account.summary.refresh_from_db()
    assert (ticket.reopened_count, account.summary.open_tickets) == (1, 1)


def test_a_ticket_closes_after_it_opens(csm: User) -> None:
    with pytest.raises(ValidationError):
        create_ticket(actor=csm, account=make_account(csm=csm), opened_at=now(), closed_at=now() - dt.timedelta(days=1))


PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 32


def _upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_a_file_is_kept_by_what_it_is(csm: User) -> None:
    account = make_account(csm=csm)
    kept = add_file(actor=csm, account=account, upload=_upload("../../deck.pdf", b"%PDF-1.7\n%abc\n" + b"x" * 100))
    assert (kept.name, kept.content_type) == ("deck.pdf", "application/pdf")
    assert add_file(actor=csm, account=account, upload=_upload("shot.png", PNG)).content_type == "image/png"
    assert add_file(actor=csm, account=account, upload=_upload("a.csv", "æ,ø\n1,2".encode())).size == 9
    action = delete_file(actor=csm, file=kept)
    assert delete_file(actor=csm, file=kept) is None
    assert action is not None
    assert undo_action(actor=csm, action=action)
    assert AccountFile.objects.filter(pk=kept.pk).exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("x.html", b"<html><script>alert(1)</script>"),
        ("x.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("x.txt", b"<!DOCTYPE html><script>alert(1)</script>"),
        ("x.txt", b"\xef\xbb\xbf  <script>alert(1)</script>"),
        ("x.csv", b"a\x00b"),
        ("x.exe", b"MZ\x90\x00"),
        ("x.pdf", b"MZ\x90\x00" + b"\x00" * 50),
        ("x.jpg", PNG),
        ("x.docx", b"not a zip"),
        ("noextension", b"hello"),
        ("x.txt", b""),
    ],
)
def test_what_a_browser_could_run_or_what_lies_is_refused(csm: User, name: str, content: bytes) -> None:
    with pytest.raises(ValidationError):
        add_file(actor=csm, account=make_account(csm=csm), upload=_upload(name, content))
    assert not AccountFile.objects.exists()


def test_a_file_over_20_mb_is_refused(csm: User) -> None:
    upload = _upload("big.txt", b"x")
    upload.file = io.BytesIO(b"x")
    upload.size = LARGEST_BYTES + 1
    with pytest.raises(ValidationError):
        add_file(actor=csm, account=make_account(csm=csm), upload=upload)
