"""The ledger: derived from versions alone, netted per account and day, append-only."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from accounts.models import Account, Subscription, SubscriptionVersion
from accounts.services.accounts import delete_account
from accounts.services.lapses import lapse_subscriptions
from accounts.services.merges import merge_accounts, undo_merge
from accounts.services.subscriptions import create_subscription, delete_subscription, edit_subscription
from lifecycle.models import Cause, Ledger, Movement, Task
from lifecycle.services.movements import check_movements, refresh_movements
from team.models import User
from tests.lifecycle.makers_movements import make_contract, make_rate, say
from tests.makers import make_account

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 6, 30)


@pytest.fixture(autouse=True)
def today(settings: Settings) -> None:
    settings.DATA_DATE = TODAY


def day(month: int, number: int = 1, year: int = 2026) -> dt.date:
    return dt.date(year, month, number)


def lines(account: Account) -> list[tuple[dt.date, str, Decimal, Decimal]]:
    # On one day the rate comes first; the rows of a day have no order of their own.
    rows = sorted(
        Movement.objects.live().filter(account=account), key=lambda row: (row.effective_on, row.kind != "currency")
    )
    return [(row.effective_on, row.kind, row.amount, row.closing) for row in rows]


def kinds(account: Account) -> list[tuple[str, int]]:
    return [(kind, int(amount)) for _on, kind, amount, _closing in lines(account)]


def test_a_life_of_a_contract_is_told_in_its_kinds() -> None:
    account = make_account()
    contract = make_contract(account, starts_on=day(1))
    for month, arr, status in ((1, 100, "active"), (2, 160, "active"), (3, 40, "active"), (4, 40, "cancelled")):
        say(contract, day(month), arr, status=status)
    say(contract, day(5), 70)
    assert refresh_movements() == 5
    assert lines(account) == [
        (day(1), "new", Decimal(100), Decimal(100)),
        (day(2), "expansion", Decimal(60), Decimal(160)),
        (day(3), "contraction", Decimal(-120), Decimal(40)),
        (day(4), "churn", Decimal(-40), Decimal(0)),
        (day(5), "reactivation", Decimal(70), Decimal(70)),
    ]
    assert refresh_movements() == 0, "a second run finds nothing to do"
    assert refresh_movements(account_ids=[account.pk]) == 0, "nor does a forced one write what is there"
    assert check_movements() == []


def test_several_contracts_that_change_on_one_day_net_out() -> None:
    account = make_account()
    one, two = make_contract(account, starts_on=day(1)), make_contract(account, starts_on=day(1))
    say(one, day(1), 100)
    say(two, day(1), 50)
    say(one, day(3), 0, status="ended")
    say(two, day(3), 150)
    refresh_movements()
    assert kinds(account) == [("new", 150)], "moved from one contract to the other: nothing happened"
    say(two, day(4), 120)
    say(make_contract(account, starts_on=day(4)), day(4), 20)
    refresh_movements()
    assert kinds(account) == [("new", 150), ("contraction", -10)]
    assert len(Movement.objects.live().get(kind="contraction").versions) == 2


def test_trials_bring_no_revenue_and_becoming_a_customer_is_new() -> None:
    account = make_account()
    contract = make_contract(account, starts_on=day(1))
    say(contract, day(1), 100, is_trial=True)
    assert refresh_movements() == 0
    say(contract, day(2), 100)
    refresh_movements()
    assert lines(account) == [(day(2), "new", Decimal(100), Decimal(100))]


def test_a_lapsed_contract_stops_on_its_end(csm: User) -> None:
    account = make_account(csm=csm)
    create_subscription(actor=csm, account=account, arr=100, starts_on=day(1), ends_on=TODAY)
    later = create_subscription(actor=csm, account=account, arr=30, starts_on=day(1), ends_on=dt.date(2026, 7, 1))
    assert lapse_subscriptions() == 1
    assert lapse_subscriptions() == 0
    later.refresh_from_db()
    assert later.status == "active"
    refresh_movements()
    assert kinds(account) == [("new", 130), ("contraction", -100)]
    account.summary.refresh_from_db()
    assert account.summary.arr == Ledger.objects.get(account=account).closings[-1] / Decimal(100) == 30


def test_a_backdated_change_reverses_what_it_makes_wrong_and_keeps_the_rows() -> None:
    account = make_account()
    contract = make_contract(account, starts_on=day(1))
    say(contract, day(1), 100)
    say(contract, day(4), 150)
    refresh_movements()
    first = list(Movement.objects.values_list("pk", "effective_on", "kind", "amount", "closing"))
    say(contract, day(2), 120)
    assert refresh_movements() == 2
    assert kinds(account) == [("new", 100), ("expansion", 20)], "the later statement holds from its day on"
    kept = Movement.objects.filter(pk__in=[row[0] for row in first])
    assert list(kept.values_list("pk", "effective_on", "kind", "amount", "closing")) == first
    reversal = Movement.objects.get(reverses__isnull=False)
    assert (reversal.effective_on, reversal.amount, reversal.is_live) == (day(4), Decimal(-50), False)
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(amount) FROM lifecycle_movement")
        assert cursor.fetchone()[0] == 120, "all rows, live or not, add up to what is held"


def test_a_rate_that_changes_is_no_expansion() -> None:
    account = make_account(currency="EUR")
    contract = make_contract(account, starts_on=day(1), currency="EUR")
    make_rate("EUR", day(1), "1.10")
    make_rate("EUR", day(3), "1.20")
    make_rate("EUR", day(5), "1.15")
    say(contract, day(1), 100)
    say(contract, day(4), 200)
    say(contract, day(5), 150)
    refresh_movements()
    assert kinds(account) == [
        ("new", 110),
        ("currency", 10),
        ("expansion", 120),
        ("currency", -10),
        ("contraction", -57),
    ]
    assert lines(account)[-1] == (day(5), "contraction", Decimal("-57.50"), Decimal("172.50"))
    assert check_movements() == []


def test_before_its_first_day_the_first_rate_counts_and_a_new_one_values_again() -> None:
    account = make_account()
    contract = make_contract(account, starts_on=day(1), currency="EUR")
    say(contract, day(1), 100)
    refresh_movements()
    assert kinds(account) == [("new", 100)], "without any rate: one to one"
    make_rate("EUR", day(4), "1.50")
    assert refresh_movements() == 2
    assert kinds(account) == [("new", 150)]
    make_rate("EUR", dt.date(2026, 7, 1), "9")
    assert refresh_movements() == 0, "a rate of the future has no effect yet"


def test_a_version_of_the_future_moves_on_its_day(settings: Settings) -> None:
    account = make_account()
    contract = make_contract(account, starts_on=day(1))
    say(contract, day(1), 100)
    say(contract, dt.date(2026, 7, 15), 180)
    refresh_movements()
    assert kinds(account) == [("new", 100)]
    settings.DATA_DATE = dt.date(2026, 7, 15)
    assert refresh_movements() == 1
    assert kinds(account) == [("new", 100), ("expansion", 80)]


def test_a_deleted_contract_never_was_and_comes_back(csm: User) -> None:
    account = make_account(csm=csm)
    contract = create_subscription(actor=csm, account=account, arr=100, starts_on=day(1))
    edit_subscription(actor=csm, subscription=contract, effective_on=day(3), arr=130)
    refresh_movements()
    assert kinds(account) == [("new", 100), ("expansion", 30)]
    delete_subscription(actor=csm, subscription=contract)
    refresh_movements()
    assert kinds(account) == []
    assert Ledger.objects.get(account=account).closings == []


def test_versions_that_an_undone_import_took_away_leave_the_ledger() -> None:
    account = make_account()
    contract = make_contract(account, starts_on=day(1))
    say(contract, day(1), 100)
    version = say(contract, day(2), 300)
    refresh_movements()
    version.delete()
    refresh_movements()
    assert kinds(account) == [("new", 100)]
    SubscriptionVersion.objects.all().delete()
    refresh_movements()
    assert kinds(account) == []
    assert refresh_movements() == 0


def test_a_merge_carries_the_revenue_and_parting_brings_it_back(admin: User) -> None:
    keep, drop = make_account(name="Keep"), make_account(name="Drop")
    say(make_contract(keep, starts_on=day(1)), day(1), 100)
    say(make_contract(drop, starts_on=day(2)), day(2), 60)
    refresh_movements()
    merge = merge_accounts(actor=admin, keep=keep, drop=drop)
    refresh_movements()
    assert kinds(keep) == [("new", 100), ("expansion", 60)]
    assert kinds(drop) == []
    undo_merge(actor=admin, merge_id=merge.pk)
    refresh_movements()
    assert (kinds(keep), kinds(drop)) == ([("new", 100)], [("new", 60)])
    assert check_movements() == []


def test_a_contract_that_moves_to_another_account_is_a_loss_here_and_new_there() -> None:
    here, there = make_account(), make_account()
    contract = make_contract(here, starts_on=day(1))
    say(contract, day(1), 100)
    refresh_movements()
    Subscription.objects.filter(pk=contract.pk).update(account=there)
    contract.refresh_from_db()
    say(contract, day(3), 100)
    refresh_movements()
    assert (kinds(here), kinds(there)) == ([("new", 100), ("churn", -100)], [("new", 100)])
    assert refresh_movements() == 0


def test_a_deleted_account_is_in_no_total_but_keeps_its_ledger(admin: User) -> None:
    account = make_account()
    say(make_contract(account, starts_on=day(1)), day(1), 100)
    refresh_movements()
    delete_account(actor=admin, account=account)
    assert refresh_movements() == 0
    assert kinds(account) == [("new", 100)]
    assert not Movement.objects.visible_to(admin).exists()


def test_months_are_rolled_up(csm: User) -> None:
    account = make_account(csm=csm)
    contract = make_contract(account, starts_on=day(1), currency="EUR")
    make_rate("EUR", day(1), "1")
    make_rate("EUR", day(3), "2")
    say(contract, day(1, 15), 100)
    say(contract, day(4), 150)
    refresh_movements()
    ledger = Ledger.objects.get(account=account)
    assert ledger.first_month == 2026 * 12
    assert ledger.closings == [10000, 10000, 20000, 30000]
    assert ledger.effects == [0, 0, 10000, 10000]
    assert ledger.first_on == day(1, 15)


def test_fresh_losses_ask_for_their_cause_and_old_ones_do_not(csm: User) -> None:
    account = make_account(csm=csm)
    contract = make_contract(account, starts_on=day(1))
    say(contract, day(1), 100)
    say(contract, day(2), 80)
    say(contract, day(5), 60)
    say(contract, day(6), 0, status="cancelled")
    refresh_movements()
    assert list(Cause.objects.order_by("movement_on").values_list("about", "movement_on")) == [
        ("contraction", day(5)),
        ("loss", day(6)),
    ]
    refresh_movements(account_ids=[account.pk])
    assert Cause.objects.count() == 2


def test_a_question_goes_when_a_backdated_change_takes_its_movement_and_an_answer_stays(csm: User) -> None:
    account = make_account(csm=csm)
    contract = make_contract(account, starts_on=day(1))
    say(contract, day(1), 100)
    answered, asked = say(contract, day(5), 60), say(contract, day(6), 0, status="cancelled")
    refresh_movements()
    Cause.objects.filter(about="contraction").update(kind="product", evidence="It crashed")
    assert Task.objects.open().filter(account=account).count() == 2
    for version in (answered, asked):
        version.delete()
    refresh_movements()
    assert list(Cause.objects.values_list("about", flat=True)) == ["contraction"]
    assert not Task.objects.open().filter(account=account, title__contains="left").exists()


def test_the_command_derives_and_its_check_names_what_differs(capsys: pytest.CaptureFixture[str]) -> None:
    account = make_account()
    say(make_contract(account, starts_on=day(1)), day(1), 100)
    call_command("movements")
    assert "1 movements written" in capsys.readouterr().out
    call_command("movements", check=True)
    Movement.objects.update(amount=90)
    with pytest.raises(CommandError, match="differs from the contracts"):
        call_command("movements", check=True)
    assert f"account {account.pk}, 2026-01-01, new: the ledger says 90.00, versions say 100" in capsys.readouterr().out
