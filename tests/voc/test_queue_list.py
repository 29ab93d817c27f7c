"""The queue as a list: tabs, filters, order, files, many at once, asleep and awake; what members cannot find out."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, Segment, Ticket
from team.clock import now, today
from team.models import User
from tests.makers import make_account, make_contact, make_department, make_user
from tests.voc.makers import make_feedback, make_insight
from voc.models import Insight
from voc.selectors.queue import in_tab, queue_of, read_evidence
from voc.services.insights import NotAllowedNow, snooze_insight
from voc.services.routing import mention

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(db: None) -> User:
    person = make_user(name="Ann Lee", role="member")
    make_department("product", members=(person,))
    return person


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def listed(client: Client, query: str = "") -> list[str]:
    """The titles of the queue, in its order."""
    page = client.get(f"/insights/?{query}")
    return [row.object.title for row in page.context["page"].rows]


def rich(csm: User, arr: int, **fields: Any) -> Account:
    account = make_account(csm=csm, **fields)
    account.summary.arr = Decimal(arr)
    account.summary.save()
    return account


def content_of(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode()


def test_most_urgent_first_then_what_is_due_first(csm: User, member: User) -> None:
    for title, priority, days in (("later", 2, 3), ("calm", 4, -1), ("first", 2, 1), ("open end", 2, None)):
        due_at = None if days is None else now() + dt.timedelta(days=days)
        make_insight(make_account(csm=csm), title=title, priority=priority, due_at=due_at)
    assert listed(browser(member)) == ["first", "later", "open end", "calm"]
    assert listed(browser(member), "sort=-due")[:2] == ["later", "first"]


def test_filters_stand_in_the_address_and_narrow(csm: User, member: User) -> None:
    small = Segment.objects.create(slug="small", name="Small")
    here = make_insight(make_account(csm=csm, segment=small, name="Alder"), title="one", owner=member)
    make_insight(make_account(csm=csm, name="Birch"), title="two", theme="bugs", is_praise=True)
    mention(insight=here, feedback=make_feedback(here.account, "By phone", source="call"), actor=None)
    client = browser(member)
    for query, found in {
        "theme=bugs": ["two"],
        "theme.not=bugs": ["one"],
        "source=call": ["one"],
        "source.not=call": ["two"],
        "owner=me": ["one"],
        "owner.none=yes": ["two"],
        "segment=small": ["one"],
        "praise=yes": ["two"],
        "late=yes": [],
        "watched=yes": [],
        "q=birch": ["two"],
        "tab=accepted": [],
        "department=product&theme=bugs&tab=triage": ["two"],
    }.items():
        assert listed(client, query) == found, query
    assert client.get("/insights/?owner=abc").status_code == 400


def test_members_cannot_sort_by_revenue_nor_read_it_in_a_file(csm: User, member: User) -> None:
    make_insight(rich(csm, 123_456), text="=1+1 is what the export gives.")
    answer = browser(member).get("/insights/?sort=-arr")
    assert answer.status_code == 400
    text = content_of(browser(member).get("/insights/?format=csv"))
    assert "$100K–$250K" in text
    assert "123456" not in text
    assert "\n1,'=1+1 is what" in text.replace("\r", "")
    assert browser(csm).get("/insights/?department=all&sort=-arr").status_code == 200


def test_a_sum_for_members_needs_five_accounts(csm: User, member: User) -> None:
    shown, *_others = [make_insight(rich(csm, 100_000)) for _turn in range(4)]
    shown = Insight.objects.select_related("account__summary").get(pk=shown.pk)
    four = read_evidence(insight=shown, user=member).together
    assert four is not None
    assert (four.accounts, four.arr) == (4, "")
    assert read_evidence(insight=shown, user=csm).together.arr == "$400K"  # type: ignore[union-attr]
    make_insight(rich(csm, 100_000))
    assert read_evidence(insight=shown, user=member).together.arr == "$500K"  # type: ignore[union-attr]


def test_it_sleeps_until_a_day_or_until_it_is_said_again(csm: User, member: User) -> None:
    insight = make_insight(make_account(csm=csm))
    rows = queue_of(member, None)
    with pytest.raises(NotAllowedNow):
        snooze_insight(actor=member, insight=insight)
    snooze_insight(actor=member, insight=insight, until_it_grows=True)
    assert (in_tab(rows, "snoozed").count(), in_tab(rows, "triage").count()) == (1, 0)
    mention(insight=insight, feedback=make_feedback(insight.account, "Again"), actor=None)
    insight.refresh_from_db()
    assert (insight.snoozed_at_mentions, in_tab(rows, "triage").count()) == (None, 1)
    assert "it has grown" in insight.steps.last().text  # type: ignore[union-attr]

    day = today() + dt.timedelta(days=2)
    answer = browser(member).post(f"/insights/{insight.pk}/snooze/", {"until": day.isoformat(), "until_it_grows": "on"})
    assert answer.status_code == 302
    insight.refresh_from_db()
    assert (insight.snoozed_until, insight.snoozed_at_mentions) == (day, 2)
    Insight.objects.update(snoozed_until=today())
    assert in_tab(rows, "triage").count() == 1
    assert browser(member).post(f"/insights/{insight.pk}/snooze/", {}).status_code == 422


def test_many_are_assigned_or_snoozed_and_others_stay(csm: User, member: User) -> None:
    mine = [make_insight(make_account(csm=csm)) for _turn in range(2)]
    theirs = make_insight(make_account(csm=csm), department="sales", theme="handover")
    picked = [str(one.pk) for one in (*mine, theirs)]
    client = browser(member)
    client.post("/insights/many/assign/", {"selected": picked, "owner": member.pk})
    assert set(Insight.objects.filter(owner=member)) == set(mine)
    client.post("/insights/many/assign/", {"selected": picked, "owner": make_user(role="csm").pk})
    assert set(Insight.objects.filter(owner=member)) == set(mine)
    client.post("/insights/many/snooze/", {"selected": [*picked, "²", "9" * 30], "until": "+1w"})
    assert not Insight.objects.filter(snoozed_until__isnull=False).exists()
    client.post("/insights/many/snooze/", {"selected": picked, "until": "+1w"})
    assert set(Insight.objects.filter(snoozed_until=today() + dt.timedelta(days=7))) == set(mine)
    client.post("/insights/many/snooze/", {"selected": picked, "until": "1999-01-01"})
    assert not Insight.objects.filter(snoozed_until__year=1999).exists()


def test_a_file_of_quotes_is_masked_and_runs_nothing(csm: User, member: User) -> None:
    account = make_account(csm=csm)
    insight = make_insight(account, text='=HYPERLINK("x") call me at +45 12 34 56 78')
    path = f"/insights/{insight.pk}/quotes/"
    masked, clear = content_of(browser(member).get(path)), content_of(browser(csm).get(path))
    assert "[phone]" in masked
    assert "12 34 56 78" not in masked
    assert "12 34 56 78" in clear
    assert "\"'=HYPERLINK" in masked


def test_severity_split_behalf_and_ticket_on_screen(csm: User, member: User) -> None:
    account = make_account(csm=csm)
    insight = make_insight(account, contact=make_contact(account, name="Nora"))
    client, path = browser(member), f"/insights/{insight.pk}"
    other = make_feedback(account, "Something else entirely.")
    mention(insight=insight, feedback=other, actor=None)
    assert client.post(f"{path}/severity/", {"severity": "1"}).status_code == 302
    assert client.post(f"{path}/split/", {"quotes": [other.pk]}).status_code == 302
    assert Insight.objects.filter(title="Something else entirely").exists()
    client.post(f"{path}/behalf/", {"text": "Heard it at the fair.", "account": account.pk})
    insight.refresh_from_db()
    assert (insight.severity, insight.mentions) == (1, 2)
    stranger = make_account(csm=make_user())
    assert client.post(f"{path}/behalf/", {"text": "x", "account": stranger.pk}).status_code == 422

    client.post(f"{path}/ticket/", {"subject": "Export drops filters", "priority": "p2"})
    ticket = Ticket.objects.get()
    insight.refresh_from_db()
    assert (insight.ticket, ticket.account, ticket.contact.name) == (ticket, account, "Nora")  # type: ignore[union-attr]
    assert client.post(f"{path}/ticket/", {"subject": "Twice", "priority": "p2"}).status_code == 422
    page = client.get(f"{path}/").content.decode()
    assert "Export drops filters" in page
    assert "called severe by a person" in page


@pytest.mark.parametrize("path", ["/insights/", "/insights/{pk}/", "/insights/{pk}/peek/"])
def test_pages_ask_the_same_number_of_queries_however_much_there_is(csm: User, member: User, path: str) -> None:
    insight = make_insight(make_account(csm=csm))
    client = browser(member)

    def ask() -> int:
        client.get(path.format(pk=insight.pk))
        with CaptureQueriesContext(connection) as queries:
            answer: HttpResponse = client.get(path.format(pk=insight.pk))  # type: ignore[assignment]
        assert answer.status_code == 200
        return len(queries)

    def grow(number: int) -> None:
        for turn in range(number):
            make_insight(make_account(csm=csm))
            mention(insight=insight, feedback=make_feedback(insight.account, f"Again {turn} {number}"), actor=csm)

    grow(2)
    few = ask()
    grow(8)
    assert ask() == few
    assert few <= 32
