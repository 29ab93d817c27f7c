"""Pages: mine shown, theirs hidden, forms, parts for htmx, flat query counts."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account, Contact, CustomField, Segment, Subscription, Ticket, Touchpoint
from accounts.services.accounts import delete_account, edit_account
from accounts.services.contacts import move_contact
from accounts.services.merges import merge_accounts, merge_contacts
from accounts.services.subscriptions import create_subscription
from team.clock import today
from team.models import ActionLog, User
from tests.makers import make_account, make_contact, make_department, make_user

HTMX = {"HTTP_HX_REQUEST": "true"}


def _in_dialog(target: str = "dialog") -> dict[str, str]:
    return {**HTMX, "HTTP_HX_TARGET": target}


def _text(response: Any) -> str:
    streamed = getattr(response, "streaming_content", None)
    return (b"".join(streamed) if streamed else response.content).decode()


def _fill(account: Account, number: int) -> None:
    for _ in range(number):
        contact = make_contact(account)
        Subscription.objects.create(account=account, starts_on=today(), arr=7)
        touchpoint = Touchpoint.objects.create(account=account, kind="call", occurred_at=timezone.now(), subject="x")
        touchpoint.participants.create(contact=contact)
        Ticket.objects.create(account=account, opened_at=timezone.now(), subject="x", contact=contact)


@pytest.mark.parametrize("name", ["contacts", "subscriptions", "touchpoints", "tickets"])
def test_a_list_shows_mine_hides_theirs_and_costs_the_same(
    as_csm: Client, csm: User, stranger: User, name: str
) -> None:
    mine, theirs = make_account(csm=csm, name="Mine Ltd"), make_account(csm=stranger, name="Theirs Ltd")
    _fill(mine, 1)
    _fill(theirs, 1)
    as_csm.get(reverse(name))
    counts = []
    for extra in (0, 20):
        _fill(mine, extra)
        with CaptureQueriesContext(connection) as queries:
            text = _text(as_csm.get(reverse(name)))
        counts.append(len(queries))
    assert "Mine Ltd" in text
    assert "Theirs Ltd" not in text
    assert counts[0] == counts[1]


@pytest.mark.parametrize("name", ["contacts", "subscriptions", "touchpoints", "tickets"])
def test_a_list_gives_htmx_only_the_part_and_refuses_nonsense(as_csm: Client, csm: User, name: str) -> None:
    _fill(make_account(csm=csm), 1)
    part = _text(as_csm.get(reverse(name), **_in_dialog("list")))  # type: ignore[arg-type]
    assert "<html" not in part
    assert "list-table" in part
    assert as_csm.get(reverse(name), {"account__csm__password__startswith": "a"}).status_code == 400
    assert as_csm.get(reverse(name), {"sort": "account__csm__password"}).status_code == 400
    assert as_csm.post(reverse(name)).status_code == 405


@pytest.mark.parametrize("name", ["contacts", "subscriptions", "touchpoints", "tickets"])
def test_an_empty_list_names_the_next_step(as_csm: Client, name: str) -> None:
    assert 'class="empty' in _text(as_csm.get(reverse(name)))


def test_lists_filter_sort_and_export(as_csm: Client, csm: User) -> None:
    account = make_account(csm=csm, name="Acme")
    make_contact(account, name="=cmd()", persona="champion")
    make_contact(account, name="Zoe", persona="user")
    page = _text(as_csm.get(reverse("contacts"), {"q": "persona:champion"}))
    assert "=cmd()" in page
    assert "Zoe" not in page
    lines = _text(as_csm.get(reverse("contacts"), {"format": "csv", "sort": "-name", "col": ["name", "account"]}))
    assert [line.split(",")[0] for line in lines.strip().splitlines()][1:] == ["Zoe", "'=cmd()"]


@pytest.fixture
def member(csm: User) -> User:
    """Of a department that was granted an account with an ARR of 123,456."""
    member = make_user(role="member", email="member@vendor.example")
    account = make_account(csm=csm, name="Acme")
    department = make_department(members=(member,))
    account.grants.create(department=department, reason="An insight", source_ref="insight:1")
    create_subscription(actor=None, account=account, arr=123456, starts_on=today())
    return member


def test_a_department_never_meets_the_arr(client: Client, member: User) -> None:
    client.force_login(member)
    contract = Subscription.objects.get()
    pages = [
        client.get(reverse("subscriptions")),
        client.get(reverse("subscriptions"), {"format": "csv"}),
        client.get(reverse("subscription", args=[contract.pk])),
        client.get(reverse("account_history", args=[contract.account_id])),
        client.get(reverse("api_subscriptions")),
        client.get(reverse("api_subscription", args=[contract.pk])),
        client.get(reverse("api_accounts")),
        client.get(reverse("api_account", args=[contract.account_id])),
    ]
    for response in pages:
        assert response.status_code == 200
        text = _text(response).replace(",", "").replace("\u202f", "")
        assert "123456" not in text
        assert "123.456" not in text
    assert "$100K–$250K" in _text(client.get(reverse("subscriptions")))
    assert client.get(reverse("subscriptions"), {"arr.from": "1"}).status_code == 400
    assert client.get(reverse("subscriptions"), {"sort": "-arr"}).status_code == 400


def test_a_department_has_no_private_notes(client: Client, member: User) -> None:
    client.force_login(member)
    account = Account.objects.get()
    values = {"account": account, "kind": "note", "occurred_at": timezone.now(), "is_private": True}
    note = Touchpoint.objects.create(**values, subject="They may leave")
    for url in (reverse("touchpoints"), reverse("account_history", args=[account.pk]), reverse("api_touchpoints")):
        assert "They may leave" not in _text(client.get(url))
    assert client.get(reverse("touchpoint", args=[note.pk])).status_code == 404


def test_an_account_is_added_and_opened(as_csm: Client, csm: User) -> None:
    CustomField.objects.create(key="region", label="Region", type="choice", choices=["EU"])
    data = {"name": "Acme", "csm": csm.pk, "status": "customer", "currency": "USD", "custom_region": "EU"}
    response = as_csm.post(
        reverse("account_create"), {**data, "domains": "acme.com, acme.dk", "signed_on": "2026-01-02"}
    )
    account = Account.objects.get()
    assert response["Location"] == reverse("account", args=[account.pk])
    assert (account.domains, account.custom) == (["acme.com", "acme.dk"], {"region": "EU"})


def _account_form(account: Account, **changes: object) -> dict[str, object]:
    start = {"name": account.name, "csm": account.csm_id, "status": "customer", "currency": "USD"}
    return {**start, "version": account.version, **changes}


def test_an_edit_in_a_dialog_closes_it_and_can_be_undone(as_csm: Client, csm: User) -> None:
    account = make_account(csm=csm, name="Acme")
    url = reverse("account_edit", args=[account.pk])
    assert "<html" not in _text(as_csm.get(url, **_in_dialog()))  # type: ignore[arg-type]
    response = as_csm.post(url, _account_form(account, industry="Software"), **_in_dialog())  # type: ignore[arg-type]
    assert response.status_code == 204
    undo = reverse("undo", args=[ActionLog.objects.get().pk])
    assert undo in response["HX-Trigger"]
    assert "account-changed" in response["HX-Trigger"]
    as_csm.post(undo)
    account.refresh_from_db()
    assert account.industry == ""


def test_who_saves_second_sees_both_values_and_decides(as_csm: Client, csm: User, manager: User) -> None:
    account = make_account(csm=csm, name="Acme")
    form = _account_form(account, industry="Software")
    edit_account(actor=manager, account=Account.objects.get(pk=account.pk), industry="Retail")
    url = reverse("account_edit", args=[account.pk])
    response = as_csm.post(url, form)
    assert response.status_code == 422
    text = _text(response)
    assert "Retail" in text
    assert "Software" in text
    assert 'name="version" value="2"' in text
    account.refresh_from_db()
    assert account.industry == "Retail"
    as_csm.post(url, {**form, "version": "2"})
    account.refresh_from_db()
    assert account.industry == "Software"


def test_a_wrong_form_says_what_is_wrong(as_csm: Client, csm: User) -> None:
    account = make_account(csm=csm)
    response = as_csm.post(reverse("account_edit", args=[account.pk]), _account_form(account, domains="no domain"))
    assert response.status_code == 422
    assert "is no domain" in _text(response)


def test_a_deleted_account_waits_and_comes_back(as_csm: Client, csm: User) -> None:
    account = make_account(csm=csm, name="Acme")
    as_csm.post(reverse("account_delete", args=[account.pk]))
    assert not Account.objects.exists()
    assert "Acme" in _text(as_csm.get(reverse("deleted_things")))
    as_csm.post(reverse("restore_thing", args=["account", account.pk]))
    assert Account.objects.exists()


def test_a_merged_account_is_not_among_the_deleted(as_csm: Client, csm: User) -> None:
    keep, drop = make_account(csm=csm, name="Keep"), make_account(csm=csm, name="Drop")
    merge_accounts(actor=csm, keep=keep, drop=drop)
    assert "Drop" not in _text(as_csm.get(reverse("deleted_things")))


def test_the_quick_log_answers_with_an_empty_form_a_toast_and_undo(as_csm: Client, csm: User) -> None:
    account = make_account(csm=csm)
    ana = make_contact(account)
    data = {"log-body": "Spoke about the roll-out", "log-kind": "call", "log-contacts": [ana.pk], "log-minutes": "20"}
    data |= {"log-asks_for": "a date", "log-due_on": "+2w", "log-valence": "positive", "log-is_private": "on"}
    url = reverse("touchpoint_log", args=[account.pk])
    response = as_csm.post(url, data, **_in_dialog("log-form"))  # type: ignore[arg-type]
    touchpoint = Touchpoint.objects.get()
    assert response.status_code == 200
    assert "Spoke about" not in _text(response)
    assert 'id="log-form"' in _text(response)
    assert reverse("undo", args=[ActionLog.objects.get().pk]) in response["HX-Trigger"]
    assert (touchpoint.minutes, touchpoint.is_private, touchpoint.valence) == (20, True, "positive")
    assert touchpoint.due_on is not None
    assert (touchpoint.due_on - today()).days == 14
    ana.refresh_from_db()
    assert ana.last_two_way_at == touchpoint.occurred_at


def test_the_quick_log_in_a_dialog_closes_it(as_csm: Client, csm: User) -> None:
    url = reverse("touchpoint_log", args=[make_account(csm=csm).pk])
    assert "<html" not in _text(as_csm.get(url, **_in_dialog()))  # type: ignore[arg-type]
    response = as_csm.post(url, {"log-body": "x", "log-kind": "note"}, **_in_dialog())  # type: ignore[arg-type]
    assert response.status_code == 204
    assert "close-dialog" in response["HX-Trigger"]


@pytest.mark.parametrize(
    "wrong",
    [{"log-body": ""}, {"log-due_on": "fri"}, {"log-on": "tomorrow"}, {"log-kind": "invoice"}, {"log-minutes": "-1"}],
)
def test_the_quick_log_refuses(as_csm: Client, csm: User, wrong: dict[str, str]) -> None:
    url = reverse("touchpoint_log", args=[make_account(csm=csm).pk])
    response = as_csm.post(url, {"log-body": "x", "log-kind": "call", **wrong}, **_in_dialog("log-form"))  # type: ignore[arg-type]
    assert response.status_code == 422
    assert not Touchpoint.objects.exists()


def test_the_quick_log_takes_no_people_of_others(as_csm: Client, csm: User, stranger: User) -> None:
    foreign = make_contact(make_account(csm=stranger))
    url = reverse("touchpoint_log", args=[make_account(csm=csm).pk])
    response = as_csm.post(url, {"log-body": "x", "log-kind": "call", "log-contacts": [foreign.pk]})
    assert response.status_code == 422


def test_the_timeline_gives_a_page_a_part_and_older_rows(as_csm: Client, csm: User) -> None:
    account = make_account(csm=csm)
    _fill(account, 20)
    url = reverse("account_history", args=[account.pk])
    assert "<html" in _text(as_csm.get(url))
    part = _text(as_csm.get(url, **_in_dialog("timeline")))  # type: ignore[arg-type]
    assert part.count('class="entry') >= 30
    assert "Older" in part
    notes = _text(as_csm.get(url, {"kind": "note"}, **_in_dialog("timeline")))  # type: ignore[arg-type]
    assert "Nothing of this kind" in notes


def test_one_tap_says_that_it_came(as_csm: Client, csm: User) -> None:
    values = {"kind": "mail", "occurred_at": timezone.now(), "asks_for": "a date"}
    touchpoint = Touchpoint.objects.create(account=make_account(csm=csm), **values)
    response = as_csm.post(reverse("touchpoint_got", args=[touchpoint.pk]), **HTMX)  # type: ignore[arg-type]
    touchpoint.refresh_from_db()
    assert response.status_code == 204
    assert touchpoint.got_it_at is not None


def test_a_person_who_moved_is_shown_on_both_pages(as_csm: Client, csm: User) -> None:
    contact = make_contact(make_account(csm=csm, name="Old Ltd"))
    there = move_contact(actor=csm, contact=contact, to_account=make_account(csm=csm, name="New Ltd"))
    assert "New Ltd" in _text(as_csm.get(reverse("contact", args=[contact.pk])))
    assert "Old Ltd" in _text(as_csm.get(reverse("contact", args=[there.pk])))


def test_a_merged_contact_leads_to_the_kept_one(as_csm: Client, csm: User) -> None:
    account = make_account(csm=csm)
    keep, drop = make_contact(account), make_contact(account)
    merge_contacts(actor=csm, keep=keep, drop=drop)
    response = as_csm.get(reverse("contact", args=[drop.pk]))
    assert response["Location"] == reverse("contact", args=[keep.pk])


def test_pages_of_a_merged_account_lead_to_the_kept_one(
    as_csm: Client, client: Client, csm: User, stranger: User
) -> None:
    keep, drop = make_account(csm=csm), make_account(csm=csm)
    merge_accounts(actor=csm, keep=keep, drop=drop)
    for name in ("account", "account_history", "account_edit"):
        response = as_csm.get(reverse(name, args=[drop.pk]), {"kind": "call"})
        assert response["Location"] == f"{reverse(name, args=[keep.pk])}?kind=call"
    client.force_login(stranger)
    assert client.get(reverse("account", args=[drop.pk])).status_code == 404
    assert as_csm.get(reverse("account", args=[10**9])).status_code == 404


def test_a_merge_is_previewed_and_done(as_csm: Client, csm: User) -> None:
    keep, drop = make_account(csm=csm, name="Acme", industry="A"), make_account(csm=csm, name="Acme Inc", industry="B")
    url = reverse("account_merge", args=[keep.pk])
    assert "Acme Inc" in _text(as_csm.get(url, {"with": drop.pk}))
    assert as_csm.get(url, {"with": "x"}).status_code == 404
    as_csm.post(url, {"with": drop.pk, "taken": ["industry"]})
    keep.refresh_from_db()
    assert (keep.industry, Account.objects.count()) == ("B", 1)


def test_duplicates_are_listed(as_csm: Client, csm: User) -> None:
    make_account(csm=csm, name="Acme")
    make_account(csm=csm, name="ACME")
    assert "ACME" in _text(as_csm.get(reverse("duplicates")))


def test_a_file_is_an_attachment_in_a_sandbox(as_csm: Client, csm: User, tmp_path: Any) -> None:
    account = make_account(csm=csm)
    upload = tmp_path / "notes.txt"
    upload.write_text("hello")
    with upload.open("rb") as handle:
        as_csm.post(reverse("account_files", args=[account.pk]), {"file": handle})
    response = as_csm.get(reverse("file_download", args=[account.files.get().pk]))
    assert _text(response) == "hello"
    assert response["Content-Disposition"] == 'attachment; filename="notes.txt"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]


def test_admins_keep_segments_and_fields(client: Client, admin: User) -> None:
    client.force_login(admin)
    values = {"name": "Enterprise", "slug": "enterprise", "touch": "high", "touch_every_days": "14", "position": "0"}
    client.post(reverse("segment_create"), values)
    segment = Segment.objects.get()
    make_account(segment=segment)
    client.post(reverse("segment_delete", args=[segment.pk]))
    assert Segment.objects.exists()
    client.post(reverse("custom_field_create"), {"label": "Region", "key": "region", "type": "text", "position": "0"})
    assert CustomField.objects.get().label == "Region"
    response = client.post(
        reverse("custom_field_create"), {"label": "R", "key": "r", "type": "choice", "position": "0"}
    )
    assert response.status_code == 422


def test_hostile_text_is_escaped_everywhere(as_csm: Client, csm: User) -> None:
    nasty = "<img src=x onerror=alert(1)>"
    account = make_account(csm=csm, name=nasty)
    contact = make_contact(account, name=nasty, title=nasty, notes=nasty)
    values = {"account": account, "occurred_at": timezone.now(), "subject": nasty, "body": nasty + "\n" + nasty}
    touchpoint = Touchpoint.objects.create(**values, kind="note", asks_for=nasty)
    ticket = Ticket.objects.create(account=account, subject=nasty, body=nasty, opened_at=timezone.now())
    for name, arguments in [
        ("contacts", []),
        ("tickets", []),
        ("touchpoints", []),
        ("contact", [contact.pk]),
        ("touchpoint", [touchpoint.pk]),
        ("ticket", [ticket.pk]),
        ("account_history", [account.pk]),
        ("touchpoint_log", [account.pk]),
        ("account_edit", [account.pk]),
        ("account_merge", [account.pk]),
        ("deleted_things", []),
    ]:
        assert "<img src=x" not in _text(as_csm.get(reverse(name, args=arguments))), name


def test_what_hangs_on_a_deleted_account_is_gone_with_it(as_csm: Client, csm: User) -> None:
    account = make_account(csm=csm)
    contact = make_contact(account)
    delete_account(actor=csm, account=account)
    assert as_csm.get(reverse("contact", args=[contact.pk])).status_code == 404
    assert Contact.objects.filter(pk=contact.pk).exists()


def test_an_edit_takes_the_account_from_no_csm_who_has_left(client: Client, manager: User, csm: User) -> None:
    account = make_account(csm=csm)
    User.objects.filter(pk=csm.pk).update(is_active=False)
    client.force_login(manager)
    form = client.get(reverse("account_edit", args=[account.pk])).context["form"]
    sent = {name: value for name, value in form.initial.items() if value not in (None, [])}
    assert client.post(reverse("account_edit", args=[account.pk]), {**sent, "name": "Renamed"}).status_code == 302
    account.refresh_from_db()
    assert (account.name, account.csm) == ("Renamed", csm)


def test_a_ticket_of_tomorrow_is_closed_when_it_opens(as_csm: Client, csm: User) -> None:
    opens = timezone.now() + dt.timedelta(days=1)
    ticket = Ticket.objects.create(account=make_account(csm=csm), subject="Maintenance", opened_at=opens)
    assert as_csm.post(reverse("ticket_close", args=[ticket.pk])).status_code == 302
    ticket.refresh_from_db()
    assert ticket.closed_at == opens
