"""A real export goes in whole: five files of another vendor, counted here once more by hand."""

import csv
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db.models import Sum
from pytest_django.fixtures import Settings

from accounts.models import Account, AccountSummary, ChurnEvent, ImportRun, Subscription, SubscriptionVersion, Ticket
from accounts.services.imports.mapping import load_mapping
from engagement.models import UsageDay, UsageRecord
from tests.accounts.importing import counts, import_file

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data" / "ravenstack"
MAPS = ROOT / "docs" / "examples" / "ravenstack"
FILES = {
    "accounts": "accounts",
    "subscriptions": "subscriptions",
    "tickets": "supports_ticket",
    "usage": "feature_usage",
    "churn": "churn_events",
}

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.is_dir(), reason="the RavenStack files are not beside the project (../shared)"),
]


def lines(kind: str) -> Iterator[dict[str, str]]:
    with (DATA / f"ravenstack_{FILES[kind]}.csv").open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def day(text: str) -> dt.date:
    return dt.datetime.strptime(text, "%d-%m-%Y").replace(tzinfo=dt.UTC).date()


def bring_in(kind: str) -> ImportRun:
    data = load_mapping((MAPS / f"{kind}.yaml").read_text())
    assert data.pop("kind") == kind
    return import_file(kind, DATA / f"ravenstack_{FILES[kind]}.csv", **data)


def test_every_row_is_in_once_and_the_sums_are_those_of_the_files(settings: Settings) -> None:
    settings.DATA_DATE = dt.date(2024, 12, 31)
    runs = {kind: bring_in(kind) for kind in FILES}
    found = {kind: counts(run) for kind, run in runs.items()}
    assert found == {
        "accounts": (500, 0, 0, 0),
        "subscriptions": (5000, 0, 0, 0),
        "tickets": (2000, 0, 0, 0),
        "usage": (25000, 0, 0, 0),
        "churn": (600, 0, 0, 0),
    }
    assert (Account.objects.count(), Ticket.objects.count(), ChurnEvent.objects.count()) == (500, 2000, 600)
    check_contracts()
    check_usage()
    check_churn()
    assert {kind: counts(bring_in(kind)) for kind in FILES} == {
        kind: (0, 0, created, 0) for kind, (created, *_rest) in found.items()
    }


def check_contracts() -> None:
    rows = list(lines("subscriptions"))
    running = [row for row in rows if not row["end_date"] and row["is_trial"] == "FALSE"]
    assert Subscription.objects.running().count() == len(running)
    assert AccountSummary.objects.aggregate(sum=Sum("arr"))["sum"] == sum(int(row["arr_amount"]) for row in running)
    assert SubscriptionVersion.objects.count() == len(rows) + sum(1 for row in rows if row["end_date"]) == 5486
    assert Subscription.objects.filter(is_trial=True).count() == 778


def check_usage() -> None:
    starts = {row["subscription_id"]: day(row["start_date"]) for row in lines("subscriptions")}
    rows = list(lines("usage"))
    early = sum(day(row["usage_date"]) < starts[row["subscription_id"]] for row in rows)
    assert UsageRecord.objects.filter(flag="precedes_subscription").count() == early == 19142
    assert len(rows) - len({row["usage_id"] for row in rows}) == 21
    sums = UsageDay.objects.aggregate(events=Sum("events"), seconds=Sum("seconds"), errors=Sum("errors"))
    assert sums == {
        "events": sum(int(row["usage_count"]) for row in rows),
        "seconds": sum(int(row["usage_duration_secs"]) for row in rows),
        "errors": sum(int(row["error_count"]) for row in rows),
    }


def check_churn() -> None:
    flags = {row["account_id"]: row["churn_flag"] for row in lines("accounts")}
    denied = sum(flags[row["account_id"]] == "FALSE" for row in lines("churn"))
    assert ChurnEvent.objects.filter(conflict__contains="not flagged as churned").count() == denied == 465
    assert ChurnEvent.objects.filter(conflict__contains="ran on after it").count() == 531
