"""Each page: shows mine, hides theirs, only the part for htmx, and the same number of queries at any size."""

import csv
import datetime as dt
import re
from decimal import Decimal
from io import StringIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account, AccountGrant, AccountSummary
from accounts.services.touchpoints import log_touchpoint
from lifecycle.models import Task
from lifecycle.services.defaults import ensure_default_journey
from team.clock import now, today
from team.models import Notice, User
from team.services.install import ensure_install
from tests.makers import make_account, make_contact, make_department, make_task, make_user
from tests.sums import spells

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(client: Client, url: str, **headers: str) -> str:
    answer = client.get(url, headers=headers)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def fill_book(csm: User, count: int) -> list[Account]:
    """A book with summaries, people, tasks and touches, as the list and Today read them."""
    made = Account.objects.bulk_create([Account(name=f"Customer {number:05}", csm=csm) for number in range(count)])
    AccountSummary.objects.bulk_create(
        [
            AccountSummary(
                account=account,
                arr=Decimal(1000 * number),
                health=Decimal(number % 100),
                health_state="scored",
                health_band="watch",
                health_delta=Decimal(-12),
                health_coverage=Decimal("0.8"),
                health_at=now(),
                renews_on=today() + dt.timedelta(days=number % 300),
                last_touch_at=now() - dt.timedelta(days=number % 200),
            )
            for number, account in enumerate(made)
        ]
    )
    return made


def queries(client: Client, url: str) -> int:
    client.get(url)  # fills what a process keeps for ever, such as content types and scorecards
    with CaptureQueriesContext(connection) as caught:
        answer = client.get(url)
    assert answer.status_code == 200
    return len(caught)


# Today


def test_today_shows_my_tasks_and_suggestions_and_hides_theirs(as_csm: Client, csm: User, stranger: User) -> None:
    mine, theirs = make_account(csm=csm, name="Mine"), make_account(csm=stranger, name="Theirs")
    make_task(owner=csm, account=mine, title="Call Ana", due_on=today())
    make_task(owner=stranger, account=theirs, title="Call Zoe", due_on=today())
    make_account(csm=csm, name="Silent one")
    shown = page(as_csm, "/")
    assert "Call Ana" in shown and "Silent one" in shown and "no two-way touch on record" in shown
    assert "Theirs" not in shown and "Call Zoe" not in shown


def test_today_of_a_department_is_its_queue() -> None:
    answer = client_of(make_user(role="member")).get("/")
    assert answer["Location"] == reverse("insights")


def test_a_fresh_install_says_what_to_do_first(admin: User) -> None:
    shown = page(client_of(admin), "/")
    assert reverse("imports") in shown and reverse("people") in shown


def test_an_empty_day_with_accounts_is_not_a_fresh_install(as_csm: Client, csm: User) -> None:
    account = make_account(csm=csm)
    AccountSummary.objects.filter(account=account).update(last_touch_at=now(), health=90)
    shown = page(as_csm, "/")
    assert "Nothing waits for you" in shown and "Welcome" not in shown


def test_today_gives_htmx_the_list_alone(as_csm: Client, csm: User) -> None:
    make_account(csm=csm)
    shown = page(as_csm, "/", **{**HTMX, "HX-Target": "do-next"})
    assert shown.strip().startswith('<div id="do-next"') and "<html" not in shown


def test_today_tells_what_changed_and_what_the_calendar_holds(as_csm: Client, csm: User) -> None:
    account = make_account(csm=csm, name="Mover")
    log_touchpoint(actor=csm, account=account, kind="mail", direction="in", subject="We have a question")
    AccountSummary.objects.filter(account=account).update(
        health=40, health_delta=-9, health_at=now(), renews_on=today() + dt.timedelta(days=20), arr=5000
    )
    shown = page(as_csm, "/")
    assert "health −9 in 4 weeks" in shown
    assert "wrote: We have a question" in shown
    assert "Renewals in 90 days" in shown and "Nothing renews" not in shown


def test_a_suggestion_that_is_done_stays_on_record_and_off_the_list(as_csm: Client, csm: User) -> None:
    account = make_account(csm=csm, name="Silent one")
    answer = as_csm.post(reverse("suggestion_done", args=[account.pk]), headers=HTMX)
    assert answer.status_code == 200 and "toast" in answer.headers["HX-Trigger"]
    task = Task.objects.get()
    assert (task.state, task.account, task.why) == ("done", account, "no two-way touch on record")
    assert "Silent one" not in page(as_csm, "/")
    assert as_csm.post(reverse("suggestion_done", args=[account.pk])).status_code == 404


def test_a_snoozed_suggestion_comes_back_as_a_task(as_csm: Client, csm: User) -> None:
    account = make_account(csm=csm)
    until = today() + dt.timedelta(days=1)
    as_csm.post(reverse("suggestion_snooze", args=[account.pk]), {"until": until.isoformat()}, headers=HTMX)
    task = Task.objects.get()
    assert (task.state, task.snoozed_until, task.due_on) == ("open", until, until)


def test_a_snooze_into_the_past_is_refused(as_csm: Client, csm: User) -> None:
    task = make_task(owner=csm)
    answer = as_csm.post(reverse("task_snooze", args=[task.pk]), {"until": today().isoformat()}, headers=HTMX)
    assert answer.status_code == 422


def test_today_takes_seven_queries_at_any_size(as_csm: Client, csm: User) -> None:
    ensure_install()
    # session, person, the frame, do next and its accounts, the day and its accounts
    fill_book(csm, 1)
    few = queries(as_csm, "/")
    for account in fill_book(csm, 120):
        make_task(owner=csm, account=account, due_on=today())
    assert queries(as_csm, "/") == few <= 7


# The list


def test_the_list_shows_my_book_and_hides_theirs(as_csm: Client, csm: User, stranger: User) -> None:
    make_account(csm=csm, name="Mine")
    make_account(csm=stranger, name="Theirs")
    shown = page(as_csm, "/accounts/")
    assert "Mine" in shown and "Theirs" not in shown


def test_the_list_takes_the_same_queries_at_any_size(as_csm: Client, csm: User) -> None:
    ensure_install()
    # session, person, the frame, choices, rows; the next rows need no choices
    fill_book(csm, 20)
    few = queries(as_csm, "/accounts/")
    fill_book(csm, 3000)
    assert queries(as_csm, "/accounts/") == few <= 5
    more = re.search(r'hx-get="([^"]*after=[^"]*)"', page(as_csm, "/accounts/"))
    assert more
    with CaptureQueriesContext(connection) as caught:
        as_csm.get(more[1].replace("&amp;", "&"), headers=HTMX)
    assert len(caught) == 4


def test_the_next_rows_come_by_key_and_never_twice(as_csm: Client, csm: User) -> None:
    fill_book(csm, 120)
    seen: list[str] = []
    url: str | None = "/accounts/?sort=-arr"
    while url:
        context = as_csm.get(url).context["page"]
        seen += [row.object.name for row in context.rows]
        url = context.next_url or None
    assert len(seen) == len(set(seen)) == 120


def test_filters_stand_in_the_address_and_in_the_box(as_csm: Client, csm: User) -> None:
    fill_book(csm, 30)
    rows = as_csm.get("/accounts/", {"q": "arr>=25k health<28"}).context["page"].rows
    assert sorted(row.object.name for row in rows) == ["Customer 00025", "Customer 00026", "Customer 00027"]
    assert as_csm.get("/accounts/?nonsense=1").status_code == 400


def test_a_department_member_sees_bands_and_cannot_ask_for_sums(csm: User) -> None:
    member = make_user(role="member")
    department = make_department("product", members=(member,))
    account = make_account(csm=csm, name="Granted")
    make_account(csm=csm, name="Hidden")
    AccountSummary.objects.filter(account=account).update(arr=72_345)
    AccountGrant.objects.create(account=account, department=department, reason="An insight", source_ref="insight:1")
    client = client_of(member)
    shown = page(client, "/accounts/")
    assert "Granted" in shown and "Hidden" not in shown and "$50K–$100K" in shown and not spells(shown, 72_345)
    assert client.get("/accounts/?arr.from=70000").status_code == 400
    assert client.get("/accounts/?sort=-arr").status_code == 400
    file = b"".join(client.get("/accounts/?format=csv")).decode("utf-8-sig")
    assert "$50K–$100K" in file and not spells(file, 72_345)
    on_page = page(client, f"/accounts/{account.pk}/")
    assert "An insight" in on_page and not spells(on_page, 72_345)
    assert client.get(f"/accounts/{account.pk}/commercial/").status_code == 404
    assert not spells(page(client, "/palette/"), 72_345)


def test_the_export_holds_all_rows_and_no_formula(as_csm: Client, csm: User) -> None:
    fill_book(csm, 60)
    make_account(csm=csm, name="=HYPERLINK(1)")
    text = b"".join(as_csm.get("/accounts/?format=csv")).decode("utf-8-sig")
    rows = list(csv.reader(StringIO(text)))
    assert len(rows) == 62
    assert "'=HYPERLINK(1)" in {row[0] for row in rows}


def test_the_three_empty_states_differ(csm: User, manager: User) -> None:
    member = make_user(role="member")
    assert "Your book is empty" in page(client_of(csm), "/accounts/")
    assert "Import accounts" in page(client_of(manager), "/accounts/")
    assert "No account is open to your department" in page(client_of(member), "/accounts/")
    make_account(csm=csm)
    assert "Nothing matches" in page(client_of(csm), "/accounts/?q=zzz")


def test_picked_accounts_are_assigned_together_and_undone_together(
    as_csm: Client, csm: User, stranger: User, manager: User
) -> None:
    mine = [make_account(csm=csm) for _number in range(3)]
    theirs = make_account(csm=stranger)
    client = client_of(manager)
    picked = {"selected": [account.pk for account in mine], "csm": stranger.pk}
    client.post(reverse("account_bulk", args=["assign"]), picked)
    assert set(Account.objects.values_list("csm", flat=True)) == {stranger.pk}
    assert Notice.objects.get(user=stranger).text == "3 accounts are yours now"
    client.post(reverse("undo_last"))
    assert Account.objects.filter(csm=csm).count() == 3
    as_csm.post(reverse("account_bulk", args=["assign"]), {"selected": [theirs.pk], "csm": csm.pk})
    theirs.refresh_from_db()
    assert theirs.csm == stranger


def test_picked_accounts_move_are_tagged_and_get_tasks(as_csm: Client, csm: User) -> None:
    ensure_default_journey()
    mine = [make_account(csm=csm, tags=["old"]) for _number in range(2)]
    picked = [account.pk for account in mine]
    as_csm.post(reverse("account_bulk", args=["stage"]), {"selected": picked, "stage": "Renewal"})
    as_csm.post(reverse("account_bulk", args=["tag"]), {"selected": picked, "tag": "EMEA"})
    as_csm.post(
        reverse("account_bulk", args=["task"]), {"selected": picked, "title": "Book the review", "due_on": "+2w"}
    )
    for account in Account.objects.all():
        assert account.summary.stage == "Renewal"
        assert account.tags == ["old", "EMEA"]
        assert account.summary.next_step == "Book the review"


def test_the_list_returns_to_where_it_was_and_nowhere_else(as_csm: Client, csm: User) -> None:
    url = reverse("account_bulk", args=["tag"])
    data = {"selected": [make_account(csm=csm).pk], "tag": "x"}
    ours = as_csm.post(url, data, headers={"Referer": "http://testserver/accounts/?sort=-arr"})
    assert ours["Location"] == "http://testserver/accounts/?sort=-arr"
    assert as_csm.post(url, data, headers={"Referer": "https://evil.example/"})["Location"] == "/accounts/"


def test_owner_and_next_step_are_edited_in_place(as_csm: Client, csm: User, stranger: User) -> None:
    account = make_account(csm=csm)
    url = reverse("account_field", args=[account.pk, "next_step"])
    assert as_csm.post(url, {"title": "Call Ana", "due_on": "+1w"}, headers=HTMX).status_code == 204
    as_csm.post(url, {"title": "Call Ben", "due_on": ""}, headers=HTMX)
    assert Task.objects.get().title == AccountSummary.objects.get().next_step == "Call Ben"
    as_csm.post(reverse("account_field", args=[account.pk, "csm"]), {"csm": stranger.pk}, headers=HTMX)
    account.refresh_from_db()
    assert account.csm == stranger
    assert as_csm.get(url).status_code == 404


# The account page

TABS = ("account", "account_timeline", "account_people", "account_plan", "account_usage", "account_voice")


@pytest.mark.parametrize("name", [*TABS, "account_commercial", "account_peek", "account_strip"])
def test_each_tab_is_there_for_its_csm_and_not_for_a_stranger(
    name: str, as_csm: Client, csm: User, stranger: User
) -> None:
    account = make_account(csm=csm, name="Acme & Sons")
    make_contact(account, name="Ana")
    url = reverse(name, args=[account.pk])
    assert "Acme &amp; Sons" in page(as_csm, url)
    assert client_of(stranger).get(url).status_code == 404
    assert as_csm.post(url).status_code == 405
    assert "<html" not in page(as_csm, url, **HTMX)


def test_the_overview_says_who_sits_where_and_what_is_wrong(as_csm: Client, csm: User) -> None:
    account = make_account(csm=csm, name="Acme")
    make_contact(account, name="Ana Champion", persona="champion", status="left")
    AccountSummary.objects.filter(account=account).update(
        nps=3, arr=604_000, health=41, health_delta=-14, health_state="scored"
    )
    shown = page(as_csm, f"/accounts/{account.pk}/")
    assert "The champion Ana Champion has left" in shown
    assert "Acme fell 14 points to 41 in four weeks" in shown
    assert "empty seat" in shown


def test_the_account_page_takes_eight_queries_however_much_is_there(as_csm: Client, csm: User) -> None:
    ensure_install()
    # session, person, the frame; account, people, score, its history, last word
    account = make_account(csm=csm)
    few = queries(as_csm, f"/accounts/{account.pk}/")
    for number in range(30):
        person = make_contact(account)
        log_touchpoint(actor=csm, account=account, kind="call", subject=f"Call {number}", contacts=[person])
        make_task(owner=csm, account=account)
    assert queries(as_csm, f"/accounts/{account.pk}/") == few <= 8


def test_the_plan_shows_the_journey_with_its_present_stage(as_csm: Client, csm: User) -> None:
    journey = ensure_default_journey()
    account = make_account(csm=csm)
    stage = journey.stages.get(kind="first_value")
    answer = as_csm.post(
        reverse("stage_enter", args=[account.pk]), {"stage": stage.pk, "note": "Went live"}, headers=HTMX
    )
    assert answer.status_code == 204
    states = [step.state for step in as_csm.get(reverse("account_plan", args=[account.pk])).context["journey"].steps]
    assert states == ["skipped", "skipped", "current", "ahead", "ahead"]


# Tasks, search


def test_tasks_stand_in_spans_of_time(as_csm: Client, csm: User, stranger: User) -> None:
    for days in (-3, 0, 4, 40):
        make_task(owner=csm, due_on=today() + dt.timedelta(days=days))
    make_task(owner=csm, snoozed_until=today() + dt.timedelta(days=3))
    make_task(owner=stranger, title="Theirs")
    answer = as_csm.get("/tasks/")
    assert [group.key for group in answer.context["list"].groups] == ["overdue", "today", "week", "later", "snoozed"]
    assert "Theirs" not in answer.content.decode()


def test_a_task_on_an_account_that_one_does_not_see_is_refused(as_csm: Client, csm: User, stranger: User) -> None:
    theirs = make_account(csm=stranger)
    answer = as_csm.post(
        "/tasks/new/", {"title": "Spy", "account": theirs.pk, "owner": csm.pk, "kind": "todo"}, headers=HTMX
    )
    assert answer.status_code == 422
    assert not Task.objects.exists()


def test_tick_off_takes_the_row_away_and_offers_undo(as_csm: Client, csm: User) -> None:
    task = make_task(owner=csm)
    answer = as_csm.post(reverse("task_complete", args=[task.pk]), headers=HTMX)
    assert answer.content == b"" and "undo" in answer.headers["HX-Trigger"]
    as_csm.post(reverse("undo_last"))
    assert Task.objects.open().count() == 1


def test_search_finds_mine_and_not_theirs(as_csm: Client, csm: User, stranger: User) -> None:
    make_contact(make_account(csm=csm, name="Northwind"), name="Nora Berg")
    make_contact(make_account(csm=stranger, name="Northern Lights"), name="Norbert Klein")
    found = as_csm.get("/palette/search/?q=nor").json()
    assert [hit["label"] for hit in found] == ["Northwind", "Nora Berg"]
    assert as_csm.get("/palette/search/?q=n").json() == []
    shown = page(as_csm, "/search/?q=nor")
    assert "Northwind" in shown and "Norbert" not in shown
    assert [one["label"] for one in as_csm.get("/search/accounts/?q=nor").json()] == ["Northwind"]


def test_the_palette_knows_the_own_book(as_csm: Client, csm: User, stranger: User) -> None:
    make_account(csm=csm, name="Mine")
    make_account(csm=stranger, name="Theirs")
    labels = [row["label"] for row in as_csm.get("/palette/").json()]
    assert "Mine" in labels and "New task" in labels and "Theirs" not in labels
