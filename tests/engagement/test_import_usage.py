"""Usage rows: each once, days exact, undone without a trace."""

import datetime as dt
from pathlib import Path

import pytest
from django.db.models import Sum

from accounts.services.imports.undo import undo_run
from engagement.models import Feature, UsageDay, UsageRecord, UserDay
from tests.accounts.importing import counts, import_text, reasons
from tests.makers import make_account

pytestmark = pytest.mark.django_db
CONTRACT = "id,account,start_date,end_date\nS1,Acme,2024-01-01,2024-06-30\n"
ROWS = (
    "usage_id,subscription_id,usage_date,feature_name,usage_count,user\n"
    "U1,S1,2024-02-13,report,5,ann\nU1,S1,2024-02-13,report,7,bob\nU2,S1,2023-12-31,export,1,\nU3,S1,2024-07-01,export,1,\n"
)


def test_ids_that_recur_on_other_rows_are_other_rows(tmp_path: Path) -> None:
    make_account(name="Acme")
    import_text("subscriptions", CONTRACT, tmp_path)
    run = import_text("usage", ROWS + "U3,S1,2024-07-01,export,1,\nU9,S9,2024-07-01,export,1,\n", tmp_path)
    assert counts(run) == (4, 0, 1, 1)
    assert UsageRecord.objects.filter(external_id="U1").count() == 2
    assert UsageDay.objects.get(day=dt.date(2024, 2, 13)).events == 12
    assert UserDay.objects.count() == 2
    assert set(Feature.objects.values_list("name", flat=True)) == {"report", "export"}
    assert reasons(run) == [
        "It precedes its subscription: kept.",
        "It follows the end of its subscription: kept.",
        "The same as line 5.",
        "No subscription 'S9': import the subscriptions first.",
    ]


def test_twice_is_once_and_undo_leaves_what_others_brought(tmp_path: Path) -> None:
    make_account(name="Acme")
    import_text("subscriptions", CONTRACT, tmp_path)
    run = import_text("usage", ROWS, tmp_path)
    assert counts(import_text("usage", ROWS, tmp_path)) == (0, 0, 4, 0)
    import_text("usage", "account,usage_date,feature_name,usage_count\nAcme,2024-02-13,report,100\n", tmp_path)
    assert UsageDay.objects.aggregate(sum=Sum("events"))["sum"] == 114
    assert undo_run(run=run) == []
    assert list(UsageDay.objects.values_list("day", "events")) == [(dt.date(2024, 2, 13), 100)]
    assert UserDay.objects.count() == 0
    assert UsageRecord.objects.count() == 1


def test_ids_in_the_column_of_counts_are_refused_row_by_row(tmp_path: Path) -> None:
    make_account(name="Acme")
    rows = "Acme,2024-02-13,report,2000000001\nAcme,2024-02-13,report,2000000002\nAcme,2024-02-13,report,3\n"
    run = import_text("usage", f"account,usage_date,feature_name,usage_count\n{rows}", tmp_path)
    assert counts(run) == (1, 0, 0, 2)
    assert UsageDay.objects.get().events == 3
