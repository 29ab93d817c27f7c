"""The ledger against counting by hand: any sequence of changes, the demo world, a real export."""

import datetime as dt
from dataclasses import asdict
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import Min, Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.models import AccountSummary, ExchangeRate, SubscriptionVersion
from lifecycle.formulas.retention import STANDARD, Definition, Retention
from lifecycle.models import Ledger, Movement
from lifecycle.selectors.movements import Scope, arr_on, retention, waterfall
from lifecycle.selectors.movements.retaining import retention_series
from lifecycle.services.movements import check_movements, refresh_movements
from team.models import Install, User
from team.services.install import ensure_install
from tests.accounts.test_import_ravenstack import DATA, bring_in
from tests.lifecycle.counting import ONE_DAY, Counted, count_by_hand, months_until, standing
from tests.lifecycle.makers_movements import make_contract, make_rate, say
from tests.makers import make_account, make_user
from workspace.demo.world import make_world

START = dt.date(2025, 11, 1)
TODAY = dt.date(2026, 6, 17)
CONTRACTS = 4  # two at each of two accounts; the second of each is in euros


def as_counted(found: Retention) -> Counted:
    return Counted(found.opening, found.kept, found.retained, found.closing, found.customers, found.kept_customers)


def check_every_month(scope: Scope, first: dt.date, last: dt.date) -> int:
    """Each month's retention equals the count by hand to the cent, and its waterfall adds up; how many months."""
    months = months_until(first, last)
    by_period = dict(retention_series(months[-1], len(months), scope=scope))
    for month in months:
        counted = count_by_hand(month, last)
        found = retention(month.starts_on, month.ends_on, scope=scope, as_of=last)
        assert asdict(as_counted(found)) == asdict(counted), month.name
        assert as_counted(by_period[month]) == counted, month.name
        assert found.grr is None or 0 <= found.grr <= 1
        steps = waterfall(month.starts_on, month.ends_on, scope=scope, as_of=last)
        assert (steps.opening, steps.closing) == (counted.opening, counted.closing), month.name
    return len(months)


change = st.tuples(
    st.integers(0, CONTRACTS - 1),
    st.integers(0, (TODAY - START).days + 20),
    st.decimals(0, 1000, places=2),
    st.sampled_from(["active", "active", "active", "cancelled", "ended", "trial"]),
    st.booleans(),
)
rates = st.lists(
    st.tuples(st.integers(0, 250), st.decimals("0.1", "9.9", places=4)), max_size=4, unique_by=lambda pair: pair[0]
)


class AnySequence(TestCase):
    """Up, down, cancelled, back again, backdated, in two currencies, with a look at the ledger in between."""

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(changes=st.lists(change, min_size=1, max_size=12), dated=rates, late=rates)
    def test_opening_and_movements_make_closing(self, changes: Any, dated: Any, late: Any) -> None:
        with self.settings(DATA_DATE=TODAY):
            self._live(changes, dated, late)

    def _live(self, changes: Any, dated: Any, late: Any) -> None:
        ensure_install()
        scope = Scope(make_user(role="manager"))
        accounts = [make_account(), make_account()]
        contracts = [
            make_contract(accounts[number // 2], starts_on=START, currency="USD" if number % 2 == 0 else "EUR")
            for number in range(CONTRACTS)
        ]
        for days, rate in dated:
            make_rate("EUR", START + dt.timedelta(days=days), str(rate))
        for number, days, arr, status, looks in changes:
            is_trial = status == "trial"
            told = "active" if is_trial else status
            say(contracts[number], START + dt.timedelta(days=days), arr, status=told, is_trial=is_trial)
            if looks:
                refresh_movements()
        for days, rate in late:
            if not ExchangeRate.objects.filter(valid_from=START + dt.timedelta(days=days)).exists():
                make_rate("EUR", START + dt.timedelta(days=days), str(rate))
        refresh_movements()
        assert refresh_movements() == 0
        assert refresh_movements(account_ids=[account.pk for account in accounts]) == 0
        assert check_movements() == []
        check_every_month(scope, START - ONE_DAY, TODAY)
        for account in accounts:
            self._adds_up(account.pk)

    def _adds_up(self, account_id: int) -> None:
        """Day by day the parts make the closing, and every row that was ever written adds up to the same."""
        closing = Decimal(0)
        rows = Movement.objects.live().filter(account=account_id).order_by("effective_on")
        for day in sorted({row.effective_on for row in rows}):
            of_day = [row for row in rows if row.effective_on == day]
            closing += sum(row.amount for row in of_day)
            assert {row.closing for row in of_day} == {closing}
            assert closing == standing(day)[account_id]
        everything = Movement.objects.filter(account=account_id).aggregate(sum=Sum("amount"))["sum"] or 0
        assert everything == closing
        ledger = Ledger.objects.filter(account=account_id).first()
        assert ledger is None or (ledger.closings or [0])[-1] == closing * 100


@pytest.fixture
def scope(db: None) -> Scope:
    ensure_install()
    return Scope(make_user(role="manager"))


def test_the_demo_world_counted_by_hand(scope: Scope, settings: Any) -> None:
    settings.DATA_DATE = dt.date(2026, 6, 17)
    make_world(accounts=60, seed=7)
    refresh_movements()
    first = SubscriptionVersion.objects.aggregate(day=Min("effective_on"))["day"]
    assert check_every_month(scope, first, settings.DATA_DATE) > 24
    assert check_movements() == []
    held = AccountSummary.objects.filter(account__deleted_at=None).aggregate(sum=Sum("arr"))["sum"]
    assert held == arr_on(settings.DATA_DATE, scope=scope)


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_dir(), reason="the RavenStack files are not beside the project (../shared)")
def test_a_real_export_counted_by_hand(scope: Scope, settings: Any) -> None:
    settings.DATA_DATE = dt.date(2024, 12, 31)
    for kind in ("accounts", "subscriptions"):
        bring_in(kind)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE accounts_subscription, accounts_subscriptionversion")  # a live server has counted too
    refresh_movements()
    assert check_every_month(scope, dt.date(2023, 1, 1), settings.DATA_DATE) == 24
    assert check_movements() == []
    held = AccountSummary.objects.aggregate(sum=Sum("arr"))["sum"]
    assert held == arr_on(settings.DATA_DATE, scope=scope)


@pytest.mark.parametrize("known", ["now", "then"])
def test_the_ledger_and_the_versions_tell_the_same_retention(scope: Scope, settings: Any, known: Any) -> None:
    """The other way of counting, used for other definitions and for what was known then, agrees on the standard."""
    settings.DATA_DATE = dt.date(2026, 6, 17)
    make_world(accounts=40, seed=9)
    refresh_movements()
    SubscriptionVersion.objects.update(recorded_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    for month in months_until(dt.date(2025, 1, 1), settings.DATA_DATE):
        span = (month.starts_on, min(month.ends_on, settings.DATA_DATE))
        expected = retention(*span, scope=scope)
        assert retention(*span, scope=scope, known="then") == expected
        assert waterfall(*span, scope=scope, known=known) == waterfall(*span, scope=scope)
        by_contract = retention(*span, scope=scope, definition=Definition(netting="subscription"))
        assert by_contract.retained <= expected.retained
        assert by_contract.kept == expected.kept
    assert Definition() == STANDARD
    assert Install.objects.count() == 1
    assert User.objects.exists()
