"""The pages of retention: the numbers, what stands behind them, who sees whose."""

import csv
import datetime as dt
import io
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from accounts.models import Account, AccountSummary, Segment
from accounts.services.touchpoints import log_touchpoint
from lifecycle.formulas.retention import Definition
from lifecycle.models import Renewal, ServiceCost
from lifecycle.selectors.movements import Scope, Span, arr_on, cohorts, retention, waterfall
from lifecycle.selectors.movements.behind import PARTS, accounts_behind, numbers
from lifecycle.selectors.movements.comparing import compare
from lifecycle.selectors.movements.renewing import renewal_rate
from lifecycle.selectors.movements.retaining import retention_by_group
from lifecycle.selectors.movements.serving import cost_to_serve
from lifecycle.services.movements import refresh_movements
from team.models import User
from team.services.install import ensure_install
from tests.lifecycle.makers_movements import at, make_contract, make_rate, say
from tests.makers import make_account, make_task, make_user

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 6, 30)
START, END = dt.date(2026, 4, 1), dt.date(2026, 6, 30)
Q2 = Span(START, END)
PAGES = ("retention", "retention_accounts", "retention_compare", "retention_cost")


@pytest.fixture(autouse=True)
def today(settings: Settings, db: None) -> None:
    settings.DATA_DATE = TODAY
    ensure_install()


def these(*values: object) -> tuple[object, ...]:
    """Numbers of several types side by side."""
    return values


def day(month: int, number: int = 1, year: int = 2026) -> dt.date:
    return dt.date(year, month, number)


def customer(name: str, csm: User | None, *steps: tuple[dt.date, int], segment: Segment | None = None) -> Account:
    """An account whose one contract stood at these sums from these days on; 0 is the end."""
    account = make_account(name=name, csm=csm, segment=segment)
    contract = make_contract(account, starts_on=steps[0][0])
    for on, arr in steps:
        say(contract, on, arr, status="active" if arr else "cancelled", recorded_at=at(on))
    return account


@pytest.fixture
def world(csm: User, stranger: User) -> None:
    """Start 1000: 400 grows to 500, 300 shrinks to 200, 200 leaves, 100 stays; 50 comes, 70 comes back."""
    large = Segment.objects.create(slug="large", name="Large")
    customer("Grows", csm, (day(1), 400), (day(5), 500), segment=large)
    customer("Shrinks", csm, (day(1), 300), (day(5), 200), segment=large)
    customer("Leaves", stranger, (day(1), 200), (day(6), 0))
    customer("Stays", stranger, (day(1), 100))
    customer("Comes", stranger, (day(5), 50))
    customer("Returns", stranger, (day(1, year=2025), 70), (day(2), 0), (day(4, 15), 70))
    refresh_movements()


def test_the_numbers_of_a_quarter(world: None, manager: User) -> None:
    found = retention(START, END, scope=Scope(manager))
    assert these(found.opening, found.churn, found.contraction, found.expansion) == (1000, 200, 100, 100)
    assert these(found.closing, found.customers, found.kept_customers) == (920, 4, 3)
    assert (found.grr, found.nrr, found.logo_retention) == (Decimal("0.7"), Decimal("0.8"), Decimal("0.75"))
    steps = waterfall(START, END, scope=Scope(manager))
    assert {kind: int(amount) for kind, amount in steps.kinds.items() if amount} == {
        "new": 50, "reactivation": 70, "expansion": 100, "contraction": -100, "churn": -200,
    }  # fmt: skip
    assert these(steps.opening, steps.closing) == (1000, 920)


def test_everybody_counts_the_own_accounts_only(world: None, csm: User, stranger: User, manager: User) -> None:
    assert retention(START, END, scope=Scope(csm)).opening == 700
    assert retention(START, END, scope=Scope(stranger)).opening == 300
    assert retention(START, END, scope=Scope(manager, csm_id=csm.pk)).opening == 700
    assert retention(START, END, scope=Scope(csm, csm_id=stranger.pk)).opening == 0
    assert retention(START, END, scope=Scope(make_user(role="viewer"))).opening == 1000
    assert retention(START, END, scope=Scope(make_user(role="member"))).opening == 0
    assert retention(START, END, scope=Scope(csm), known="then").opening == 700
    groups = retention_by_group(Q2, scope=Scope(manager))
    assert {pk: one.opening for pk, one in groups.csms.items()} == {csm.pk: 700, stranger.pk: 300}
    large = Segment.objects.get()
    assert {pk: one.opening for pk, one in groups.segments.items()} == {large.pk: 700, None: 300}
    assert retention(START, END, scope=Scope(manager, segment_id=0)).opening == 300


def test_every_number_opens_accounts_that_add_up_to_it(world: None, manager: User) -> None:
    scope = Scope(manager)
    found, steps = retention(START, END, scope=scope), waterfall(START, END, scope=scope)
    totals = {number: accounts_behind(number, scope=scope, span=Q2).total for number in numbers() - {"cohort"}}
    assert totals["opening"] == found.opening
    assert totals["closing"] == found.closing
    assert totals["lost"] == -found.lost
    assert totals["churn"] == -found.churn
    assert totals["contraction"] == -found.contraction
    assert totals["expansion"] == found.expansion
    assert totals["changed"] == found.kept - found.opening
    assert (totals["retained"], totals["kept"]) == (found.retained, found.kept)
    assert accounts_behind("customers_kept", scope=scope, span=Q2).count == found.kept_customers
    lost = accounts_behind("customers_lost", scope=scope, span=Q2)
    assert [part.name for part in lost.parts] == ["Leaves"]
    for kind, amount in steps.kinds.items():
        assert totals[f"moved_{kind}"] == amount
    told = Span(START, END, "then")
    assert accounts_behind("moved_new", scope=scope, span=told).total == 50
    assert set(PARTS) < numbers()


def test_parts_come_in_pages_that_meet(world: None, manager: User) -> None:
    seen: list[str] = []
    after = ""
    while True:
        page = accounts_behind("closing", scope=Scope(manager), span=Q2, after=after, limit=2)
        seen += [part.name for part in page.parts]
        after = page.after
        if not after:
            break
    assert seen == ["Grows", "Shrinks", "Stays", "Returns", "Comes"]


def test_as_of_a_past_day_and_as_it_was_known_then(manager: User) -> None:
    account = make_account()
    contract = make_contract(account, starts_on=day(1))
    say(contract, day(1), 100, recorded_at=at(day(1)))
    say(contract, day(3), 160, recorded_at=at(day(5)))
    refresh_movements()
    scope = Scope(manager)
    assert these(arr_on(day(3, 10), scope=scope), arr_on(day(3, 10), scope=scope, known="then")) == (160, 100)
    assert arr_on(day(5, 20), scope=scope, known="then") == 160
    assert arr_on(day(1) - dt.timedelta(days=1), scope=scope) == 0
    assert retention(day(2), day(4), scope=scope, as_of=day(2, 20)).nrr == 1
    assert retention(day(2), day(4), scope=scope).nrr == Decimal("1.6")
    assert retention(day(2), day(4), scope=scope, known="then").nrr == 1


def test_two_definitions_differ_by_the_accounts_that_are_listed(manager: User, csm: User) -> None:
    swap = make_account(name="Swaps", csm=csm)
    one, two = make_contract(swap, starts_on=day(1)), make_contract(swap, starts_on=day(5))
    say(one, day(1), 100)
    say(one, day(5), 0, status="ended")
    say(two, day(5), 100)
    euro = make_account(name="Euro", csm=csm)
    make_rate("EUR", day(1), "1")
    make_rate("EUR", day(5), "0.8")
    say(make_contract(euro, starts_on=day(1), currency="EUR"), day(1), 100)
    back = customer("Back", csm, (day(1), 50), (day(5), 0), (day(6), 50))
    trial = make_account(name="Tries", csm=csm)
    say(make_contract(trial, starts_on=day(1)), day(1), 30, is_trial=True)
    refresh_movements()
    scope, standard = Scope(manager), Definition()

    def names(second: Definition) -> list[str]:
        found = compare(Q2, scope=scope, first=standard, second=second)
        assert found.second.retained - found.first.retained == found.gross
        assert found.second.kept - found.first.kept == found.net
        return [row.name for row in found.differences]

    assert names(standard) == []
    assert names(Definition(netting="subscription")) == ["Swaps"]
    assert names(Definition(with_currency=True)) == ["Euro"]
    assert names(Definition(returns="new")) == [back.name]
    assert names(Definition(with_trials=True)) == [trial.name]
    assert retention(START, END, scope=scope).grr == 1
    assert retention(START, END, scope=scope, definition=Definition(netting="subscription")).grr == Decimal("0.6")
    assert retention(START, END, scope=scope, definition=Definition(returns="new")).logo_retention == Decimal(2) / 3


def test_cohorts_start_with_the_first_revenue(manager: User) -> None:
    customer("A", None, (day(2, year=2025), 100), (day(8, year=2025), 150))
    customer("B", None, (day(3, year=2025), 100), (day(5, year=2025), 0))
    customer("C", None, (day(5), 40))
    refresh_movements()
    found = {one.quarter.name: one for one in cohorts(TODAY, scope=Scope(manager))}
    first = found["Q1 2025"]
    assert first.accounts == 2
    assert [cell.arr for cell in first.cells] == [200, 100, 150, 150, 150, 150]
    assert [cell.customer_share for cell in first.cells[:2]] == [1, Decimal("0.5")]
    assert found["Q2 2026"].cells[0].arr_share == 1
    assert found["Q3 2025"].cells == []
    early = {one.quarter.name: one for one in cohorts(day(5, 10, 2025), scope=Scope(manager))}
    assert [cell.arr for cell in early["Q1 2025"].cells] == [200, 100]
    assert "Q3 2025" not in early


def test_the_renewal_rate_has_what_was_due_as_its_base(manager: User, csm: User) -> None:
    account = make_account(csm=csm)
    outcomes = (("won", 100, 130), ("won", 100, 80), ("lost", 100, 0), ("void", 100, None), ("open", 100, None))
    for state, arr, final in outcomes:
        contract = make_contract(account, starts_on=day(1), arr=arr)
        is_closed = final is not None
        Renewal.objects.create(
            account=account, subscription=contract, due_on=day(5), currency="USD", arr=arr, target_arr=arr,
            forecast_arr=arr, state=state, final_arr=final, closed_on=day(5) if is_closed else None,
        )  # fmt: skip
    found = renewal_rate(Q2, scope=Scope(manager))
    assert these(found.due, found.renewed, found.due_count, found.renewed_count, found.open) == (300, 180, 3, 2, 1)
    assert found.rate == Decimal("0.6")
    assert renewal_rate(Span(day(1), day(3)), scope=Scope(manager)).rate is None


def test_cost_to_serve_adds_minutes_of_people(world: None, manager: User, csm: User) -> None:
    account = Account.objects.get(name="Grows")
    AccountSummary.objects.filter(account=account).update(stage="Onboarding")
    log_touchpoint(actor=csm, account=account, kind="call", minutes=30, occurred_at=at(day(5)))
    log_touchpoint(actor=csm, account=account, kind="call", minutes=500, occurred_at=at(day(2)))
    make_task(owner=csm, account=account, state="done", done_at=at(day(5)), minutes=90)
    ServiceCost.objects.create(pk=1, hourly_rate=60, minutes_per_ticket=15)
    found = cost_to_serve(Q2, scope=Scope(manager))
    assert these(found.total.touches, found.total.tasks, found.total.minutes, found.total.cost) == (30, 90, 120, 120)
    assert found.accounts[0].name == "Grows"
    assert {one.name: one.minutes for one in found.stages} == {"Onboarding": 120, "": 0}
    assert found.total.arr == 920
    assert cost_to_serve(Q2, scope=Scope(make_user())).total.minutes == 0


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("name", PAGES)
def test_pages_show_mine_and_hide_theirs(world: None, csm: User, name: str) -> None:
    page = signed_in(csm).get(reverse(name), {"number": "closing", "b": ["contracts", "returns", "rates"]})
    assert page.status_code == 200
    text = page.content.decode()
    assert "Leaves" not in text
    assert "Stays" not in text
    if name == "retention_accounts":
        assert "Grows" in text


@pytest.mark.parametrize("name", PAGES)
def test_htmx_gets_only_the_part_and_nothing_can_be_posted(world: None, manager: User, name: str) -> None:
    client = signed_in(manager)
    part = client.get(reverse(name), headers={"HX-Request": "true"})
    assert b"<html" not in part.content
    assert client.post(reverse(name)).status_code == 405
    assert Client().get(reverse(name)).status_code == 302


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_as_often_for_many_accounts_as_for_one(manager: User, csm: User, name: str) -> None:
    client = signed_in(manager)

    def asked() -> int:
        refresh_movements()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(reverse(name)).status_code == 200
        return len(queries)

    customer("One", csm, (day(1), 100), (day(5), 50))
    client.get(reverse(name))
    few = asked()
    for number in range(20):
        customer(f"More {number}", make_user(), (day(1), 100), (day(5), 60))
    assert asked() == few


def test_the_charts_come_after_the_numbers(world: None, manager: User) -> None:
    client = signed_in(manager)
    first = client.get(reverse("retention")).content.decode()
    assert '<table class="heat">' not in first
    assert "charts=yes" in first, "a link for readers without script"
    headers = {"HX-Request": "true", "HX-Target": "retention-charts"}
    part = client.get(reverse("retention"), {"charts": "yes"}, headers=headers).content.decode()
    assert part.strip().startswith('<div id="retention-charts"')
    assert '<table class="heat">' in part
    whole = client.get(reverse("retention"), {"charts": "yes", "cohorts": "customers"}).content.decode()
    assert "<html" in whole
    assert '<table class="heat">' in whole


@pytest.mark.parametrize(
    "query",
    ["period=2026-q9", "period=x", "as_of=x", "known=maybe", "segment=a", "csm=1.5", "number=x", "number=cohort",
     "number=lost&after=x", "number=lost&after=1.x"],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(manager: User, query: str) -> None:
    assert signed_in(manager).get(f"{reverse('retention_accounts')}?{query}").status_code == 400


def test_the_whole_list_comes_as_a_file(world: None, manager: User) -> None:
    page = signed_in(manager).get(reverse("retention_accounts"), {"number": "lost", "format": "csv"})
    lines = list(csv.reader(io.StringIO(b"".join(page.streaming_content).decode("utf-8-sig"))))  # type: ignore[attr-defined]
    assert [(line[0], line[-1]) for line in lines[1:]] == [("Leaves", "-200"), ("Shrinks", "-100")]


def test_the_page_says_what_day_it_shows(world: None, manager: User) -> None:
    client = signed_in(manager)
    page = client.get(reverse("retention"), {"period": "2026-q2", "as_of": "2026-05-31", "known": "then"})
    text = page.content.decode()
    assert page.status_code == 200
    assert "by the end of 31 May 2026" in text
    later = client.get(reverse("retention"), {"period": "2027-q1"})
    assert "Q2 2026" in later.content.decode(), "a period that has not begun is answered with the present one"


def test_without_revenue_the_page_says_where_it_comes_from(manager: User) -> None:
    assert "counted from contracts" in signed_in(manager).get(reverse("retention")).content.decode()


def test_missing_rates_are_named_where_sums_are_added(manager: User) -> None:
    make_contract(make_account(), starts_on=day(1), currency="CHF")
    for name in PAGES:
        assert "No exchange rate is known for CHF" in signed_in(manager).get(reverse(name)).content.decode()


def test_an_admin_sets_what_an_hour_costs(admin: User) -> None:
    client = signed_in(admin)
    sent = {"hourly_rate": "75.50", "minutes_per_ticket": "20"}
    assert client.post(reverse("retention_cost_rate"), sent).status_code == 302
    assert ServiceCost.objects.get().hourly_rate == Decimal("75.50")
    assert client.post(reverse("retention_cost_rate"), sent | {"hourly_rate": "-1"}).status_code == 422
