"""What forms refuse: codes that are none, days that cannot be."""

import pytest

from accounts.forms.accounts import AccountForm
from accounts.forms.facts import SubscriptionForm
from team.models import User
from tests.makers import make_account

CONTRACT = {"arr": "1000", "currency": "eur", "seats": "5", "billing": "annual", "starts_on": "2026-03-01"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("currency", "ZZ"),
        ("currency", "🎉🎉🎉"),
        ("renews_on", "2026-02-28"),
        ("starts_on", "9999-12-31"),
        ("starts_on", "0000-00-00"),
        ("seats", "-5"),
        ("seats", "9" * 20),
        ("arr", "1e999"),
        ("arr", "NaN"),
    ],
)
def test_a_contract_that_cannot_be_is_refused_at_its_field(csm: User, field: str, value: str) -> None:
    form = SubscriptionForm({**CONTRACT, field: value}, user=csm, account=make_account(csm=csm))
    assert list(form.errors) == [field]


def test_a_contract_that_can_be_is_taken_with_its_currency_in_capitals(csm: User) -> None:
    form = SubscriptionForm(CONTRACT, user=csm, account=make_account(csm=csm))
    assert form.is_valid(), form.errors
    assert form.cleaned_data["currency"] == "EUR"


@pytest.mark.parametrize(("field", "value"), [("country", "!!"), ("country", "QQ"), ("currency", "X1X")])
def test_an_account_has_a_country_and_a_currency_that_exist(csm: User, field: str, value: str) -> None:
    data = {"name": "Acme", "status": "customer", "currency": "USD", "country": "dk"}
    assert AccountForm(data, user=csm).is_valid()
    assert list(AccountForm({**data, field: value}, user=csm).errors) == [field]
