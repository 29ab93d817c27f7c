"""A contact list alone: the companies are made of it."""

from pathlib import Path

import pytest

from accounts.models import Account, AccountSummary, Contact
from accounts.services.imports.undo import undo_run
from tests.accounts.importing import counts, import_text
from tests.makers import make_account

pytestmark = pytest.mark.django_db

LIST = (
    "company,email,name\n"
    "Nordlys,ana@nordlys.example,Ana\n"
    "Nordlys,bo@nordlys.example,Bo\n"
    ",cy@havn.example,Cy\n"
    ",di@havn.example,Di\n"
    "Acme,ed@acme.example,Ed\n"
    ",fi@gmail.com,Fi\n"
)


def test_accounts_are_made_by_name_and_by_domain(tmp_path: Path) -> None:
    known = make_account(name="Acme")
    run = import_text("contact_list", LIST, tmp_path)
    assert counts(run) == (5, 0, 0, 1)
    assert sorted(Account.objects.values_list("name", flat=True)) == ["Acme", "Nordlys", "havn.example"]
    assert Contact.objects.filter(account__name="Nordlys").count() == 2
    assert Account.objects.get(name="Nordlys").domains == ["nordlys.example"]
    assert AccountSummary.objects.count() == 3
    assert Contact.objects.get(name="Ed").account == known
    assert counts(import_text("contact_list", LIST, tmp_path)) == (0, 0, 5, 1)
    assert Account.objects.count() == 3


def test_a_dry_run_makes_nothing(tmp_path: Path) -> None:
    run = import_text("contact_list", LIST, tmp_path, is_dry=True)
    assert counts(run) == (5, 0, 0, 1)
    assert not Account.objects.exists()


def test_taking_it_back_takes_the_empty_accounts_along(tmp_path: Path) -> None:
    run = import_text("contact_list", LIST, tmp_path)
    assert Account.objects.count() == 3
    assert undo_run(run=run) == []
    assert not Contact.objects.exists()
    assert not Account.objects.exists()
