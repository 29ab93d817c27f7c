"""The audit trail: complete, readable, and only ever longer."""

import datetime as dt
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, AccountGrant, Touchpoint
from team.clock import now
from team.models import User
from team.selectors.audit import AuditEntry, audited_models, previous_events, read_audit
from team.services.people import change_password, change_role
from tests.makers import make_account, make_department, make_user

EVENT_TABLES = [model._meta.db_table for model in audited_models().values()]


def entries(**words: object) -> list[AuditEntry]:
    reader = words.pop("reader", None) or User(role="manager")
    return read_audit(reader=reader, **words).entries  # type: ignore[arg-type]


def test_a_change_in_the_browser_has_person_address_and_path(admin: User, csm: User) -> None:
    client = Client()
    client.force_login(admin)
    client.post(f"/settings/people/{csm.pk}/", {"name": "Carla Jones", "title": ""}, REMOTE_ADDR="192.0.2.7")
    entry = entries(slug="user", object_id=csm.pk)[0]
    assert (entry.user_name, entry.address, entry.url) == ("Adam Min", "192.0.2.7", f"/settings/people/{csm.pk}/")
    assert [(change.field, change.before, change.after) for change in entry.changes] == [
        ("name", "Carla Smith", "Carla Jones")
    ]


def test_bulk_and_raw_changes_are_seen_too(csm: User) -> None:
    account = make_account(csm=csm, name="Acme")
    Account.objects.filter(pk=account.pk).update(name="Acme Ltd")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_account SET name = 'Acme Inc' WHERE id = %s", [account.pk])
    found = entries(slug="account", object_id=account.pk)
    assert [entry.verb for entry in found] == ["changed", "changed", "created"]
    assert found[0].changes[0].after == "Acme Inc"
    assert found[0].user_name == ""


def test_words_instead_of_ids(csm: User, stranger: User) -> None:
    account = make_account(csm=csm)
    Account.objects.filter(pk=account.pk).update(csm=stranger, status="churned")
    changes = {change.field: (change.before, change.after) for change in entries(slug="account")[0].changes}
    assert changes == {"CSM": ("Carla Smith", "Sten Ranger"), "status": ("Customer", "Churned")}


def test_customers_are_called_by_name_for_those_who_see_them(csm: User, stranger: User, manager: User) -> None:
    account = make_account(csm=csm, name="Acme")
    child = make_account(csm=csm, name="Child", parent=account)
    call = Touchpoint.objects.create(account=account, kind="call", occurred_at=now())

    def told(reader: User) -> tuple[str, str]:
        [made] = entries(slug="account", object_id=child.pk, reader=reader)
        [called] = entries(slug="touchpoint", reader=reader)
        return {change.field: change.after for change in made.changes}["parent account"], called.object_name

    assert told(manager) == told(csm) == ("Acme", f"Acme #{call.pk}")
    assert told(stranger) == (f"#{account.pk}", f"#{call.pk}")


@pytest.mark.django_db
@pytest.mark.parametrize("slug", sorted(audited_models()))
def test_every_table_of_the_trail_is_searched_for_what_was_before(slug: str) -> None:
    assert previous_events([(slug, SimpleNamespace(pgh_id=1))], audited_models()) == {}


@pytest.mark.parametrize("table", EVENT_TABLES)
@pytest.mark.parametrize("statement", ["UPDATE {} SET pgh_label = 'x'", "DELETE FROM {}"])
def test_the_database_refuses_to_change_the_trail(table: str, statement: str, csm: User) -> None:
    """A row of the table is needed: the triggers stand on rows."""
    model = next(model for model in audited_models().values() if model._meta.db_table == table)
    has_row = model._default_manager.exists()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname LIKE 'pgtrigger_append_only%%'"
            " AND tgenabled IN ('O', 'A')",
            [table],
        )
        assert cursor.fetchone() == (1,)
        if has_row:
            with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
                cursor.execute(statement.format(table))


def test_a_password_is_never_in_the_trail(csm: User) -> None:
    change_password(person=csm, password="correct horse battery")
    assert "password" not in {field.name for field in audited_models()["user"]._meta.get_fields()}
    assert [change.field for change in entries(slug="user", object_id=csm.pk)[0].changes] == ["access version"]


def test_pages_join_without_gap_or_repeat(admin: User, csm: User) -> None:
    for number in range(7):
        make_account(csm=csm, name=f"A{number}")
        make_user(name=f"U{number}")
    whole = [(entry.model, entry.object_id) for entry in entries(limit=200)]
    cursor, joined = "", []
    while True:
        page = read_audit(reader=admin, cursor=cursor, limit=4)
        joined += [(entry.model, entry.object_id) for entry in page.entries]
        cursor = page.next_cursor
        if not cursor:
            break
    assert joined == whole


@pytest.mark.parametrize("cursor", ["rubbish", "user.-1", "user.x", "'; DROP TABLE", "user." + "9" * 40, "-.-"])
def test_a_rubbish_cursor_is_the_first_page(csm: User, cursor: str) -> None:
    assert entries(cursor=cursor) == entries()


def test_by_person(admin: User, csm: User) -> None:
    client = Client()
    client.force_login(admin)
    client.post("/settings/profile/", profile_of(admin, name="Ada Min"))
    assert [entry.object_id for entry in entries(user_id=admin.pk)] == [admin.pk]
    assert entries(user_id=csm.pk) == []


def profile_of(user: User, **changed: str) -> dict[str, str]:
    words = {"name": user.name, "time_zone": "UTC", "language": "en", "theme": "system"}
    return {**words, "is_dense": "on", "has_shortcuts": "on", **changed}


def test_the_number_of_queries_does_not_grow_with_rows(admin: User, csm: User) -> None:
    client = Client()
    client.force_login(admin)
    make_account(csm=csm)

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/audit/").status_code == 200
        return len(queries)

    few = count()
    for _ in range(20):
        make_account(csm=csm)
        make_user()
    assert count() == few


def test_departments_see_what_changed_but_no_values(csm: User) -> None:
    account = make_account(csm=csm, name="Acme", desired_outcomes="Cut costs by half")
    member = make_user(role="member")
    product = make_department("product", members=(member,))
    AccountGrant.objects.create(account=account, department=product, reason="Insight", source_ref="insight:1")
    client = Client()
    client.force_login(member)
    page = client.get(f"/audit/account/{account.pk}/").content.decode()
    assert "desired outcomes" in page
    assert "Cut costs by half" not in page
    client.force_login(csm)
    assert "Cut costs by half" in client.get(f"/audit/account/{account.pk}/").content.decode()


def test_the_trail_outlives_what_it_tells_of(admin: User, csm: User) -> None:
    change_role(actor=admin, person=csm, role="viewer")
    pk = csm.pk
    csm.actions.all().delete()
    csm.delete()
    assert entries(slug="user", object_id=pk)[0].verb == "deleted"


def test_days_and_moments_are_spelled_as_everywhere_else(csm: User) -> None:
    account = make_account(csm=csm)
    Account.objects.filter(pk=account.pk).update(signed_on=dt.date(2026, 12, 5), custom={"tier": "gold", "note": ""})
    after = {change.field: change.after for change in entries(slug="account", object_id=account.pk)[0].changes}
    assert "5 Dec 2026" in after.values()
    assert "tier: gold" in after.values()
