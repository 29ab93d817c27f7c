"""Accounts: made, changed, hidden, brought back; custom fields and external ids."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from accounts.models import Account, AccountChange, AccountExternalId, CustomField, Segment
from accounts.services.accounts import (
    create_account,
    delete_account,
    edit_account,
    restore_account,
    set_external_ids,
)
from accounts.services.custom_fields import declare_field, drop_field
from accounts.services.versions import EditConflict
from team.models import ActionLog, User
from team.services.undo import CannotUndo, undo_action
from tests.makers import make_account, make_user


def test_a_csm_who_adds_an_account_becomes_its_csm(csm: User) -> None:
    account = create_account(actor=csm, name="  Acme   Corp ", domains=["ACME.com", "@acme.com"], country="dk")
    assert account.csm == csm
    assert account.name == "Acme Corp"
    assert account.domains == ["acme.com"]
    assert account.country == "DK"
    assert account.summary.arr == 0
    assert AccountChange.objects.filter(account=account).exists()


def test_adding_is_refused_without_a_name_and_for_viewers(csm: User) -> None:
    with pytest.raises(ValidationError):
        create_account(actor=csm, name=" ")
    with pytest.raises(PermissionDenied):
        create_account(actor=make_user(role="viewer"), name="Acme")
    assert not Account.objects.exists()


def test_an_added_account_can_be_taken_back(csm: User) -> None:
    account = create_account(actor=csm, name="Acme")
    assert undo_action(actor=csm, action=ActionLog.objects.get())
    assert not Account.objects.filter(pk=account.pk).exists()


def test_an_edit_writes_what_differs_once(csm: User) -> None:
    account = make_account(csm=csm, name="Acme")
    assert edit_account(actor=csm, account=account, version=1, industry="Software") is not None
    assert edit_account(actor=csm, account=account, version=2, industry="Software") is None
    account.refresh_from_db()
    assert (account.industry, account.version) == ("Software", 2)


def test_an_edit_is_undone_unless_somebody_went_on(csm: User) -> None:
    segment = Segment.objects.create(slug="e", name="Enterprise")
    account = make_account(csm=csm, name="Acme", tags=["a"])
    action = edit_account(actor=csm, account=account, segment=segment, tags=["b"], name="Acme 2")
    assert action is not None
    assert undo_action(actor=csm, action=action)
    account.refresh_from_db()
    assert (account.segment, account.tags, account.name) == (None, ["a"], "Acme")
    second = edit_account(actor=csm, account=account, name="Acme 3")
    edit_account(actor=csm, account=account, name="Acme 4")
    assert second is not None
    with pytest.raises(CannotUndo):
        undo_action(actor=csm, action=second)


def test_nobody_overwrites_in_silence(csm: User, manager: User) -> None:
    account = make_account(csm=csm, name="Acme")
    edit_account(actor=manager, account=Account.objects.get(pk=account.pk), version=1, industry="Retail")
    with pytest.raises(EditConflict) as caught:
        edit_account(actor=csm, account=account, version=1, industry="Software", country="DK")
    assert [clash.field for clash in caught.value.clashes] == ["industry"]
    assert (caught.value.version, caught.value.clashes[0].theirs) == (2, "Retail")
    account.refresh_from_db()
    assert (account.industry, account.country) == ("Retail", "")


def test_editing_another_book_is_refused(csm: User, stranger: User) -> None:
    with pytest.raises(PermissionDenied):
        edit_account(actor=stranger, account=make_account(csm=csm), industry="x")


def test_an_account_cannot_stand_below_itself(csm: User) -> None:
    top = make_account(csm=csm)
    middle = make_account(csm=csm, parent=top)
    low = make_account(csm=csm, parent=middle)
    with pytest.raises(ValidationError):
        edit_account(actor=csm, account=top, parent=low)


def test_the_database_refuses_a_circle_of_parents(csm: User) -> None:
    top = make_account(csm=csm)
    low = make_account(csm=csm, parent=make_account(csm=csm, parent=top))
    with pytest.raises(IntegrityError, match="no_circle_of_parents"), transaction.atomic():
        Account.objects.filter(pk=top.pk).update(parent=low)


def test_deleting_hides_and_restoring_brings_back(csm: User) -> None:
    account = make_account(csm=csm)
    action = delete_account(actor=csm, account=account)
    assert delete_account(actor=csm, account=account) is None
    assert not Account.objects.filter(pk=account.pk).exists()
    assert action is not None
    assert undo_action(actor=csm, action=action)
    assert Account.objects.filter(pk=account.pk).exists()
    assert not restore_account(actor=csm, account=account)


def test_external_ids_are_replaced_and_belong_to_one_account(csm: User) -> None:
    account, other = make_account(csm=csm), make_account(csm=csm)
    assert set_external_ids(actor=csm, account=account, external_ids=[("hubspot", "1"), ("sap", "9")]) == 2
    assert set_external_ids(actor=csm, account=account, external_ids=[("hubspot", "1")]) == 1
    assert set_external_ids(actor=csm, account=account, external_ids=[("hubspot", "1")]) == 0
    with pytest.raises(ValidationError):
        set_external_ids(actor=csm, account=other, external_ids=[("hubspot", "1")])
    assert AccountExternalId.objects.get().account == account


@pytest.fixture
def declared(admin: User) -> None:
    declare_field(actor=admin, key="employees", label="Employees", type="number")
    declare_field(actor=admin, key="live_on", label="Live on", type="date")
    declare_field(actor=admin, key="partner", label="Partner", type="boolean")
    declare_field(actor=admin, key="region", label="Region", type="choice", choices=["EU", "US"])
    declare_field(actor=admin, key="note", label="Note", type="text")


@pytest.mark.usefixtures("declared")
def test_custom_values_are_kept_typed(csm: User) -> None:
    custom = {"employees": "12", "live_on": "2026-01-02", "partner": "yes", "region": "EU", "note": " x "}
    account = create_account(actor=csm, name="Acme", custom=custom)
    account.refresh_from_db()
    assert account.custom == {
        "employees": 12,
        "live_on": "2026-01-02",
        "partner": True,
        "region": "EU",
        "note": "x",
    }
    edit_account(actor=csm, account=account, custom={"note": ""})
    account.refresh_from_db()
    assert "note" not in account.custom
    assert account.custom["employees"] == 12


@pytest.mark.usefixtures("declared")
@pytest.mark.parametrize(
    "custom",
    [
        {"employees": "many"},
        {"employees": "1e999"},
        {"live_on": "3/4/26"},
        {"partner": "perhaps"},
        {"region": "Mars"},
        {"unknown": 1},
        {"employees": "NaN"},
    ],
)
def test_custom_values_of_the_wrong_type_are_refused(csm: User, custom: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        create_account(actor=csm, name="Acme", custom=custom)


def test_a_required_field_must_be_there(csm: User, admin: User) -> None:
    declare_field(actor=admin, key="region", label="Region", is_required=True)
    with pytest.raises(ValidationError):
        create_account(actor=csm, name="Acme")
    assert create_account(actor=csm, name="Acme", custom={"region": "EU"}).custom == {"region": "EU"}


def test_only_admins_declare_and_values_outlive_the_declaration(csm: User, admin: User) -> None:
    with pytest.raises(PermissionDenied):
        declare_field(actor=csm, key="region", label="Region")
    with pytest.raises(ValidationError):
        declare_field(actor=admin, key="region", label="Region", type="choice")
    declare_field(actor=admin, key="region", label="Region")
    account = create_account(actor=csm, name="Acme", custom={"region": "EU"})
    drop_field(actor=admin, field=CustomField.objects.get())
    account.refresh_from_db()
    assert account.custom == {"region": "EU"}
