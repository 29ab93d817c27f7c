"""Whom a measure is about: the accounts that stand worst and best in it, on its page and as a file."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account
from engagement.models import Score
from engagement.selectors import measure_pages
from engagement.services.recompute import recompute_accounts
from team.clock import today
from team.models import User
from team.services.reports import work_out_report
from tests.engagement.worlds import make_known_account
from tests.makers import make_account

pytestmark = pytest.mark.django_db


def put_silence(account: Account, days: float | None, points: int, standing: int = 2) -> None:
    """Let the current score hold this of silence."""
    score = Score.objects.current().get(account=account)
    score.inputs["silence"] = [days, points, (today() - dt.timedelta(days=1)).isoformat(), standing]
    score.save(update_fields=["inputs"])


@pytest.fixture
def book(csm: User) -> list[Account]:
    """Four accounts whose silence counts, one of them at the edge of the same points, one stale, and one without."""
    accounts = [make_known_account(csm, name=name) for name in ("Quiet", "Dead", "Fine", "Stale", "None")]
    recompute_accounts(account_ids=[account.pk for account in accounts])
    given = ((200.0, 0, 2), (365.0, 0, 2), (3.0, 9800, 2), (90.0, 100, 1), (None, 0, 0))
    for account, (days, points, standing) in zip(accounts, given, strict=True):
        put_silence(account, days, points, standing)
    return accounts


def test_the_page_names_the_worst_first_with_a_way_to_the_rows(
    client: Client, manager: User, book: list[Account]
) -> None:
    client.force_login(manager)
    url = reverse("measure", args=["silence"])
    page = client.get(url)
    found = page.context["accounts"]
    assert [one.name for one in found.lines] == ["Dead", "Quiet", "Fine"], "of equal points the longer silence is worse"
    assert (found.counting, found.stale, found.missing) == (3, 1, 1)
    assert reverse("measure_evidence", args=[book[1].pk, "silence"]) in page.content.decode()
    best = client.get(url, {"order": "best"}).context["accounts"]
    assert [one.name for one in best.lines] == ["Fine", "Quiet", "Dead"]
    file = b"".join(client.get(url, {"format": "csv"}).streaming_content).decode()  # type: ignore[attr-defined]
    assert [line.split(",")[0] for line in file.splitlines()[1:]] == ["Dead", "Quiet", "Fine"]
    assert "365 days,0.0" in file


def test_nobody_reads_of_accounts_that_are_not_theirs(client: Client, csm: User, book: list[Account]) -> None:
    Account.objects.filter(pk=book[1].pk).update(csm=None)
    client.force_login(csm)
    found = client.get(reverse("measure", args=["silence"])).context["accounts"]
    assert [one.name for one in found.lines] == ["Quiet", "Fine"]


def test_many_accounts_are_a_workers(
    client: Client, manager: User, book: list[Account], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measure_pages, "QUICK", 2)
    client.force_login(manager)
    url = reverse("measure", args=["silence"])
    waiting = client.get(url)
    assert waiting.context["accounts"] is None
    assert "every 1s" in waiting.content.decode()
    assert work_out_report(name="measure_accounts", user_id=manager.pk, query=waiting.context["report_query"])
    assert len(client.get(url).context["accounts"].lines) == 3


def test_the_page_asks_as_often_for_many_as_for_one(client: Client, manager: User, csm: User) -> None:
    client.force_login(manager)
    counts = []
    for number in (1, 4):
        accounts = [make_account(csm=csm) for _ in range(number)]
        recompute_accounts(account_ids=[account.pk for account in accounts])
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(reverse("measure", args=["silence"]))
        counts.append(len(asked))
    assert counts[0] == counts[1]
