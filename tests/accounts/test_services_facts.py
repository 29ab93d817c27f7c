"""Change marks, summaries, facts pushed down."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from accounts.models import AccountChange, AccountSummary, Fact, Subscription, Ticket
from accounts.services.changes import mark_changed
from accounts.services.facts import FactRow, WrongOwner, declare_fact, push_facts
from accounts.services.summaries import UnknownColumn, refresh_summaries, set_summary, sweep_summaries
from accounts.services.touchpoints import log_touchpoint
from team.clock import now, today
from tests.makers import make_account, make_contact

MONDAY = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.mark.django_db
def test_one_mark_per_account_in_one_statement(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    accounts = [make_account() for _ in range(5)]
    AccountChange.objects.all().delete()
    with django_assert_num_queries(1):
        assert mark_changed(account_ids=[a.pk for a in accounts] * 2, reason="test") == 5
    assert AccountChange.objects.filter(reason="test").count() == 5
    assert mark_changed(account_ids=[], reason="test") == 0


@pytest.mark.django_db
def test_a_summary_adds_up_what_runs_today() -> None:
    account = make_account()
    starts = today() - 100 * DAY
    common = {"account": account, "starts_on": starts, "seats": 5}
    Subscription.objects.create(**common, arr=100, renews_on=today() + 30 * DAY)
    Subscription.objects.create(**common, arr=50, renews_on=today() + 10 * DAY)
    Subscription.objects.create(**common, arr=7, is_trial=True)
    Subscription.objects.create(**common, arr=7, status="ended", ends_on=today())
    Subscription.objects.create(**common, arr=7, deleted_at=now())
    Subscription.objects.create(account=account, starts_on=today() + DAY, arr=7)
    Ticket.objects.create(account=account, opened_at=now())
    Ticket.objects.create(account=account, opened_at=now(), closed_at=now())
    make_contact(account)
    make_contact(account, status="left")
    assert refresh_summaries() == 1
    assert refresh_summaries() == 0
    summary = AccountSummary.objects.get(account=account)
    assert (summary.arr, summary.seats, summary.renews_on) == (Decimal(150), 10, today() + 10 * DAY)
    assert (summary.open_tickets, summary.contacts) == (1, 1)


@pytest.mark.django_db
def test_a_refresh_costs_the_same_for_one_and_for_many() -> None:
    accounts = [make_account() for _ in range(20)]
    with CaptureQueriesContext(
        connection,
    ) as one:
        refresh_summaries(account_ids=[accounts[0].pk])
    with CaptureQueriesContext(connection) as many:
        refresh_summaries(account_ids=[account.pk for account in accounts])
    assert len(one) == len(many)


@pytest.mark.django_db
def test_the_sweep_finds_what_ended_by_itself_and_marks_it() -> None:
    account, other = make_account(), make_account()
    Subscription.objects.create(account=account, starts_on=today() - 9 * DAY, ends_on=today() - DAY, arr=5)
    AccountSummary.objects.filter(account=account).update(arr=5)
    refresh_summaries(account_ids=[other.pk])
    AccountChange.objects.all().delete()
    assert sweep_summaries() == 1
    assert sweep_summaries() == 0
    marks = set(AccountChange.objects.values_list("account", "reason"))
    assert marks == {(account.pk, "subscription_lapsed"), (account.pk, "time")}


@pytest.mark.django_db
def test_missing_summaries_are_made() -> None:
    account = make_account()
    AccountSummary.objects.all().delete()
    refresh_summaries()
    assert AccountSummary.objects.get().account == account


@pytest.mark.django_db
def test_upper_apps_set_their_columns_and_no_others() -> None:
    one, two = make_account(), make_account()
    columns: dict[str, object] = {"health": Decimal("71.5"), "stage": "x" * 100}
    given: dict[int, dict[str, object]] = {one.pk: columns, two.pk: {"nps": 9, "next_step_on": None}}
    assert set_summary(account_ids_and_columns=given) == 2
    assert set_summary(account_ids_and_columns=given) == 0
    summary = AccountSummary.objects.get(account=one)
    assert (summary.health, len(summary.stage)) == (Decimal("71.5"), 60)
    with pytest.raises(UnknownColumn):
        set_summary(account_ids_and_columns={one.pk: {"arr": 5}})


def _current(account_id: int, name: str) -> Fact:
    return Fact.objects.current().get(account=account_id, definition__name=name)


@pytest.mark.django_db
def test_facts_keep_their_history_and_unchanged_ones_are_not_written() -> None:
    account = make_account()
    assert push_facts(owner="test", rows=[FactRow(account.pk, "seats_used", 5, MONDAY)]) == 1
    assert push_facts(owner="test", rows=[FactRow(account.pk, "seats_used", 5, MONDAY + DAY)]) == 0
    assert push_facts(owner="test", rows=[FactRow(account.pk, "seats_used", 7, MONDAY + 2 * DAY)]) == 1
    assert _current(account.pk, "seats_used").number == 7
    assert Fact.objects.count() == 2


@pytest.mark.django_db
def test_a_late_row_joins_the_history_without_becoming_current() -> None:
    account = make_account()
    push_facts(owner="test", rows=[FactRow(account.pk, "band", "good", MONDAY)])
    assert push_facts(owner="test", rows=[FactRow(account.pk, "band", "risk", MONDAY - DAY)]) == 1
    assert _current(account.pk, "band").text == "good"


@pytest.mark.django_db
def test_any_order_in_one_call_gives_the_same_current_facts() -> None:
    account = make_account()
    rows = [FactRow(account.pk, "n", value, MONDAY + value * DAY) for value in (3, 1, 2)]
    assert push_facts(owner="test", rows=rows) == 3
    assert _current(account.pk, "n").number == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("value", "column", "kept"),
    [
        (True, "number", 1),
        (Decimal("1.23456"), "number", Decimal("1.2346")),
        (today(), "day", today()),
        ("x", "text", "x"),
    ],
)
def test_each_type_has_its_column(value: object, column: str, kept: object) -> None:
    account = make_account()
    push_facts(owner="test", rows=[FactRow(account.pk, "thing", value, MONDAY)])  # type: ignore[arg-type]
    assert getattr(_current(account.pk, "thing"), column) == kept
    assert push_facts(owner="test", rows=[FactRow(account.pk, "thing", value, MONDAY)]) == 0  # type: ignore[arg-type]


@pytest.mark.django_db
def test_a_fact_has_one_owner() -> None:
    account = make_account()
    declare_fact(owner="voc", name="nps", label="NPS")
    declare_fact(owner="voc", name="nps", label="Last NPS")
    with pytest.raises(WrongOwner):
        push_facts(owner="engagement", rows=[FactRow(account.pk, "nps", 9, MONDAY)])
    with pytest.raises(WrongOwner):
        declare_fact(owner="engagement", name="nps", label="NPS")


@pytest.mark.django_db
def test_many_facts_take_few_statements() -> None:
    accounts = [make_account() for _ in range(10)]
    rows = [FactRow(account.pk, "usage", 1, MONDAY) for account in accounts]
    push_facts(owner="test", rows=rows)
    with CaptureQueriesContext(connection) as queries:
        push_facts(owner="test", rows=[FactRow(row.account_id, "usage", 2, MONDAY + DAY) for row in rows])
    # savepoint, definitions, close, write, release
    assert len(queries) <= 5


@pytest.mark.django_db
def test_silence_counts_the_accounts_own_touches_alone() -> None:
    account, other = make_account(), make_account()
    log_touchpoint(actor=None, account=other, kind="call", body="x", occurred_at=MONDAY)
    refresh_summaries()
    assert AccountSummary.objects.get(account=account).last_touch_at is None
    assert AccountSummary.objects.get(account=other).last_touch_at == MONDAY
