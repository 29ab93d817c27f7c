"""Exchange rates: dated, replaced, missing; sums follow them."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import Account, AccountChange, ExchangeRate, ImportRun
from accounts.selectors.rates import missing_rates, rate_table, rates_by_currency
from accounts.services.imports.undo import undo_run
from accounts.services.rates import convert, delete_rate, save_rate
from accounts.services.subscriptions import create_subscription
from accounts.services.summaries import refresh_summaries, sweep_summaries
from team.models import User
from tests.accounts.importing import counts, import_text, reasons
from tests.makers import make_account

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 6, 30)


@pytest.fixture(autouse=True)
def today(settings: Settings) -> None:
    settings.DATA_DATE = TODAY


def rate(currency: str, day: dt.date, worth: str) -> ExchangeRate:
    return save_rate(actor=None, currency=currency, valid_from=day, rate=Decimal(worth))


def arr(account: Account) -> Decimal:
    account.summary.refresh_from_db()
    return account.summary.arr


def test_a_rate_counts_from_its_day_until_the_next_and_the_first_before_too() -> None:
    rate("EUR", dt.date(2026, 1, 1), "1.10")
    rate("EUR", dt.date(2026, 3, 1), "1.20")
    table = rate_table()
    days = {dt.date(2025, 1, 1): "1.10", dt.date(2026, 2, 28): "1.10", dt.date(2026, 3, 1): "1.20", TODAY: "1.20"}
    for day, worth in days.items():
        assert table.rate("EUR", day) == Decimal(worth)
        assert convert(amount=Decimal(100), currency="EUR", on=day) == Decimal(worth) * 100
    assert convert(amount=Decimal("7.77"), currency="USD", on=TODAY) == Decimal("7.77")
    assert convert(amount=Decimal("7.77"), currency="CHF", on=TODAY) == Decimal("7.77")
    assert (table.misses("CHF"), table.misses("EUR"), table.misses("USD")) == (True, False, False)


def test_half_a_cent_is_rounded_as_the_database_rounds(csm: User) -> None:
    rate("EUR", dt.date(2026, 1, 1), "0.5")
    account = make_account(csm=csm)
    create_subscription(actor=csm, account=account, arr=Decimal("0.01"), currency="EUR", starts_on=TODAY)
    assert arr(account) == convert(amount=Decimal("0.01"), currency="EUR", on=TODAY) == Decimal("0.01")


def test_an_accounts_arr_is_in_our_currency_at_todays_rate(csm: User, settings: Settings) -> None:
    account = make_account(csm=csm)
    create_subscription(actor=csm, account=account, arr=100, currency="EUR", starts_on=dt.date(2026, 1, 1))
    create_subscription(actor=csm, account=account, arr=50, currency="USD", starts_on=dt.date(2026, 1, 1))
    assert (arr(account), missing_rates()) == (Decimal(150), ["EUR"])
    AccountChange.objects.all().delete()
    rate("EUR", dt.date(2026, 1, 1), "1.5")
    assert (arr(account), missing_rates()) == (Decimal(200), [])
    assert AccountChange.objects.filter(account=account, reason="rates").exists(), "the score hears of it"
    assert refresh_summaries() == 0
    later = rate("EUR", dt.date(2026, 7, 1), "2")
    assert arr(account) == 200
    settings.DATA_DATE = dt.date(2026, 7, 1)
    assert sweep_summaries() == 1
    assert arr(account) == 250
    delete_rate(actor=None, rate=later)
    assert arr(account) == 200


def test_one_rate_per_currency_and_day_and_only_sensible_ones(manager: User, admin: User) -> None:
    rate("EUR", TODAY, "1.1")
    rate("EUR", TODAY, "1.3")
    assert ExchangeRate.objects.get().rate == Decimal("1.3")
    for currency, worth in (("USD", "1"), ("EUR", "0"), ("EUR", "-1")):
        with pytest.raises(ValidationError):
            rate(currency, TODAY, worth)
    with pytest.raises(PermissionDenied):
        save_rate(actor=manager, currency="EUR", valid_from=TODAY, rate=Decimal(1))
    with pytest.raises(PermissionDenied):
        delete_rate(actor=manager, rate=ExchangeRate.objects.get())
    save_rate(actor=admin, currency="DKK", valid_from=TODAY, rate=Decimal("0.14"))
    assert [one.currency for one in rates_by_currency()] == ["DKK", "EUR"]


def test_a_file_of_rates_goes_in_once_and_comes_out_again(csm: User, tmp_path: Path) -> None:
    account = make_account(csm=csm)
    create_subscription(actor=csm, account=account, arr=100, currency="EUR", starts_on=dt.date(2026, 1, 1))
    text = "currency,date,rate\nEUR,2026-01-01,1.08345678\neur,2026-02-01,1.2\nUSD,2026-01-01,1\nEUR,2026-03-01,0\n"
    run = import_text("rates", text, tmp_path)
    assert counts(run) == (2, 0, 0, 2)
    assert len(reasons(run)) == 2
    assert set(ExchangeRate.objects.values_list("rate", flat=True)) == {Decimal("1.08345678"), Decimal("1.2")}
    assert arr(account) == 120
    assert counts(import_text("rates", text, tmp_path)) == (0, 0, 2, 2)
    changed = import_text("rates", "currency,date,rate\nEUR,2026-01-01,1.09\n", tmp_path)
    assert counts(changed) == (0, 1, 0, 0)
    assert undo_run(run=ImportRun.objects.get(pk=changed.pk)) == []
    assert ExchangeRate.objects.get(valid_from=dt.date(2026, 1, 1)).rate == Decimal("1.08345678")
    assert undo_run(run=ImportRun.objects.get(pk=run.pk)) == []
    assert not ExchangeRate.objects.exists()
    assert arr(account) == 100


def test_the_page_shows_rates_and_names_what_is_missing(admin: User, csm: User) -> None:
    client = Client()
    client.force_login(admin)
    create_subscription(actor=csm, account=make_account(csm=csm), arr=1, currency="SEK", starts_on=TODAY)
    page = client.get(reverse("rates")).content.decode()
    assert "No rate is known for SEK" in page
    sent = {"currency": "sek", "valid_from": "2026-01-01", "rate": "0.095", "source": "Bank"}
    assert client.post(reverse("rate_create"), sent).status_code == 302
    found = ExchangeRate.objects.get()
    assert (found.currency, found.rate, found.source) == ("SEK", Decimal("0.095"), "Bank")
    page = client.get(reverse("rates")).content.decode()
    assert "0.095" in page
    assert "No rate is known" not in page
    edited = {"rate": "0.1", "source": ""}
    assert client.post(reverse("rate_edit", args=[found.pk]), edited).status_code == 302
    found.refresh_from_db()
    assert (found.currency, found.rate) == ("SEK", Decimal("0.1"))
    assert client.post(reverse("rate_create"), sent | {"currency": "XQX"}).status_code == 422
    assert client.post(reverse("rate_delete", args=[found.pk])).status_code == 302
    assert not ExchangeRate.objects.exists()
