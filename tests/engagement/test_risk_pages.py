"""The queue, the board and the rules: mine and theirs, parts for htmx, flat queries, no sums for members."""

import datetime as dt
import html
import re
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, AccountGrant, AccountSummary, Segment
from accounts.selectors import sizes
from engagement.models import Risk, RiskRule, SayDo
from engagement.selectors.board import read_density, stands_of
from team.clock import now, today
from team.http.reports import query_of
from team.models import User
from team.services.reports import work_out_report
from tests.makers import make_account, make_contact, make_department, make_user

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Target": "list"}


def make_risk(account: Account, kind: str = "silent", **fields: Any) -> Risk:
    values: dict[str, Any] = {"words": "Seven attempts", "opened_on": today(), "seen_on": today(), **fields}
    return Risk.objects.create(account=account, kind=kind, **values)


def stand(account: Account, field: str = "zombie", say: str | None = "-0.5", do: str | None = "0.6") -> None:
    SayDo.objects.create(
        account=account,
        field=field,
        say=None if say is None else Decimal(say),
        do=None if do is None else Decimal(do),
        since=today(),
        as_of=today(),
    )


def log_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def granted(csm: User) -> tuple[User, Account]:
    """A member of product to whom one account is open, with ARR that they must not read."""
    account = make_account(csm=csm, name="Acme")
    AccountSummary.objects.filter(account=account).update(arr=1_234_567)
    member = make_user(role="member")
    department = make_department("product", members=(member,))
    until = now().date() + dt.timedelta(days=30)
    AccountGrant.objects.create(account=account, department=department, source_ref="t", reason="Asked", until=until)
    return member, account


def test_the_queue_shows_mine_and_hides_theirs_in_as_many_queries_at_any_size(as_csm: Client, csm: User) -> None:
    make_risk(make_account(csm=csm, name="Mine"))
    make_risk(make_account(csm=make_user(), name="Theirs"))
    with CaptureQueriesContext(
        connection,
    ) as few:
        page = as_csm.get("/risks/").content.decode()
    assert "Mine" in page
    assert "Theirs" not in page
    for number in range(12):
        make_risk(make_account(csm=csm, name=f"Further {number}"))
    with CaptureQueriesContext(connection) as many:
        as_csm.get("/risks/")
    assert len(many) == len(few)


def test_tabs_filters_and_the_part_for_htmx(as_csm: Client, csm: User) -> None:
    rests = make_risk(make_account(csm=csm, name="Resting"))
    Risk.objects.filter(pk=rests.pk).update(snoozed_until=today() + dt.timedelta(days=3), snooze_reason="Holidays")
    make_risk(make_account(csm=csm, name="Awake"), kind="zombie", severity=3)
    assert "Resting" not in as_csm.get("/risks/").content.decode()
    assert "Resting" in as_csm.get("/risks/?tab=snoozed").content.decode()
    assert "Awake" not in as_csm.get("/risks/?kind=silent").content.decode()
    part = as_csm.get("/risks/?kind=zombie", headers=HTMX).content.decode()
    assert "Awake" in part
    assert "<html" not in part
    assert as_csm.get("/risks/?tab=nonsense").status_code == 404
    exported = b"".join(as_csm.get("/risks/?format=csv").streaming_content)  # type: ignore[attr-defined]
    assert b"Zombie" in exported


def test_a_risk_names_its_person_and_opens_its_rows(as_csm: Client, csm: User) -> None:
    account = make_account(csm=csm)
    person = make_contact(account, name="Ana Ruiz", persona="champion", status="left")
    evidence = [
        {"words": "Figure", "at": None, "what": "figure", "id": None},
        {"words": "", "at": None, "what": "contact", "id": person.pk},
        {"words": "", "at": None, "what": "measure", "id": "silence"},
        {"words": "", "at": None, "what": "stand", "id": None},
    ]
    stand(account)
    risk = make_risk(account, kind="champion_left", evidence=evidence)
    page = as_csm.get(f"/risks/{risk.pk}/").content.decode()
    assert "Ana Ruiz" in page
    assert "What they say: −0.5, what they do: +0.6" in page
    assert f"/accounts/{account.pk}/evidence/silence/" in page


def test_snoozing_by_the_form_and_many_at_once(as_csm: Client, csm: User) -> None:
    first, second = (make_risk(make_account(csm=csm)) for _ in range(2))
    theirs = make_risk(make_account(csm=make_user()))
    url = f"/risks/{first.pk}/snooze/"
    assert as_csm.post(url, {"until": "+1w", "reason": ""}).status_code == 422
    assert as_csm.post(url, {"until": "+1w", "reason": "Holidays"}).status_code == 302
    as_csm.post("/risks/snooze/", {"selected": [second.pk, theirs.pk], "until": "+1w", "reason": "Holidays"})
    assert set(Risk.objects.asleep(today()).values_list("pk", flat=True)) == {first.pk, second.pk}


def test_the_board_counts_and_leads_to_the_list(as_csm: Client, csm: User) -> None:
    mine = make_account(csm=csm, name="Mine")
    AccountSummary.objects.filter(account=mine).update(arr=50_000)
    stand(mine)
    stand(make_account(csm=make_user(), name="Theirs"))
    page = as_csm.get("/board/").content.decode()
    assert "Mine" in page
    assert "Theirs" not in page
    assert "/accounts/?field=zombie" in page
    assert "Mine" in as_csm.get("/accounts/?field=zombie").content.decode()
    assert "Mine" not in as_csm.get("/accounts/?field=dark").content.decode()
    assert as_csm.get("/board/?segment=nonsense").status_code == 404


def test_a_narrowed_board_leads_to_a_list_that_is_narrowed_alike(as_csm: Client, csm: User) -> None:
    big = Segment.objects.create(name="Big", slug="big")
    stand(make_account(csm=csm, name="Large", segment=big))
    stand(make_account(csm=csm, name="Little"))
    page = as_csm.get(f"/board/?segment=big&csm={csm.pk}").content.decode()
    links = re.findall(r'"(/accounts/\?field=zombie[^"]*)"', page)
    assert links
    found = as_csm.get(html.unescape(links[0]))
    assert found.status_code == 200
    assert "Large" in found.content.decode()
    assert "Little" not in found.content.decode()


def test_the_export_has_sums_to_reckon_with(as_csm: Client, csm: User) -> None:
    account = make_account(csm=csm)
    AccountSummary.objects.filter(account=account).update(arr=1_234_567)
    make_risk(account)
    exported = b"".join(as_csm.get("/risks/?format=csv").streaming_content)  # type: ignore[attr-defined]
    assert b"1234567" in exported


def test_the_board_of_a_large_book_waits_for_a_worker_and_everybody_has_their_own_me(
    as_csm: Client, csm: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sizes, "QUICK", 0)
    cache.clear()
    stand(make_account(csm=csm, name="Mine"))
    waiting = as_csm.get("/board/?csm=me")
    assert "<progress" in waiting.content.decode()
    assert query_of(waiting.wsgi_request) == f"csm={csm.pk}"
    assert work_out_report(name="board", user_id=csm.pk, query=f"csm={csm.pk}")
    page = as_csm.get("/board/?csm=me").content.decode()
    assert "Mine" in page
    assert "Work it out anew" in page


def test_members_read_risks_and_board_without_sums(granted: tuple[User, Account]) -> None:
    member, account = granted
    stand(account)
    risk = make_risk(account)
    client = log_in(member)
    for url in ("/risks/", "/board/", f"/risks/{risk.pk}/", f"/accounts/{account.pk}/", "/risks/?sort=-arr"):
        page = client.get(url).content.decode()
        for sum_of_it in ("1,234,567", "$1.2M", "1234567"):
            assert sum_of_it not in page, url
    assert b"1234567" not in b"".join(client.get("/risks/?format=csv").streaming_content)  # type: ignore[attr-defined]


def test_the_account_says_each_thing_once(as_csm: Client, csm: User) -> None:
    account = make_account(csm=csm)
    make_contact(account, persona="champion", status="left", name="Ana Ruiz")
    AccountSummary.objects.filter(account=account).update(health_at=now())
    stand(account)
    make_risk(account, kind="champion_left", words="The champion left 20 days ago, and nobody took the place")
    page = as_csm.get(f"/accounts/{account.pk}/").content.decode()
    assert page.count("The champion left 20 days ago") >= 1
    assert "The champion Ana Ruiz has left" not in page, "the risk says it"
    assert "Zombie" in page


def test_the_list_of_accounts_finds_and_shows_risks(as_csm: Client, csm: User) -> None:
    account = make_account(csm=csm, name="Troubled Works")
    make_account(csm=csm, name="Calm")
    AccountSummary.objects.filter(account=account).update(top_risk="Silent")
    make_risk(account)
    page = as_csm.get("/accounts/?risk=silent").content.decode()
    assert "Troubled Works" in page
    assert "Calm" not in page
    assert "Troubled Works" not in as_csm.get("/accounts/?risk.not=silent").content.decode()


def test_a_rule_shows_its_count_before_it_is_saved_and_tells_of_others(client: Client) -> None:
    manager = make_user(role="manager")
    client.force_login(manager)
    account = make_account()
    make_contact(account, persona="champion", status="left", left_on=today() - dt.timedelta(days=50))
    url = "/risks/rules/champion_left/"
    shown = client.post(f"{url}preview/", {"is_on": "on", "within": "60"}).content.decode()
    assert "open on 1 account" in shown
    shown = client.post(f"{url}preview/", {"is_on": "on", "within": "40"}).content.decode()
    assert "open on 0 accounts" in shown
    assert not RiskRule.objects.exists(), "a preview writes nothing"
    assert client.post(url, {"is_on": "on", "within": "9999"}).status_code == 422
    assert client.post(url, {"is_on": "on", "within": "60", "started_from": ""}).status_code == 302
    clash = client.post(url, {"is_on": "on", "within": "90", "started_from": ""})
    assert clash.status_code == 409
    assert "60 days" in clash.content.decode()
    assert "90 days" in clash.content.decode()


def test_squares_count_every_account_of_which_both_numbers_are_known(csm: User) -> None:
    for said, done in (("-1", "1"), ("-1", "0.99"), ("0.05", "-0.05"), (None, "1")):
        stand(make_account(csm=csm), say=said, do=done)
    assert read_density(stands_of(csm)) == [(4, 5, 1), (9, 0, 2)]
