"""Runs: every row once, nothing twice, and the way back."""

import datetime as dt
import time
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Account, AccountChange, AccountSummary, ImportRun, Subscription, SubscriptionVersion
from accounts.services.imports.runs import TakenOver, alone, apply, open_run, prepare
from accounts.services.imports.undo import undo_run
from tests.accounts.importing import counts, import_text, reasons
from tests.forking import Forked, forked

ACCOUNTS = "id,name,industry,tags\n1,Acme,Toys,a;b\n2,Beta,Food,\n3,Gamma,Food,c\n"
CONTRACTS = (
    "subscription_id,account_id,start_date,end_date,plan,seats,arr,is_trial\n"
    "S1,1,2024-01-01,,Pro,5,1200,no\nS2,1,2023-01-01,2023-12-31,Basic,2,600,no\n"
)


@pytest.mark.django_db
def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    assert counts(import_text("accounts", ACCOUNTS, tmp_path)) == (3, 0, 0, 0)
    before = list(Account.objects.order_by("pk").values())
    assert counts(import_text("accounts", ACCOUNTS, tmp_path)) == (0, 0, 3, 0)
    assert list(Account.objects.order_by("pk").values()) == before


@pytest.mark.django_db
def test_a_changed_row_changes_that_row_only(tmp_path: Path) -> None:
    import_text("accounts", ACCOUNTS, tmp_path)
    before = {row["name"]: row for row in Account.objects.values()}
    run = import_text("accounts", ACCOUNTS.replace("2,Beta,Food", "2,Beta,Steel"), tmp_path)
    assert counts(run) == (0, 1, 2, 0)
    after = {row["name"]: row for row in Account.objects.values()}
    assert after["Acme"] == before["Acme"]
    assert after["Beta"]["industry"] == "Steel"
    changed = run.rows.get(outcome="updated")
    assert (changed.before, changed.after) == ({"industry": "Food"}, {"industry": "Steel"})


@pytest.mark.django_db
def test_a_dry_run_shows_the_diff_and_writes_nothing(tmp_path: Path) -> None:
    import_text("accounts", ACCOUNTS, tmp_path)
    text = ACCOUNTS.replace("2,Beta,Food", "2,Beta,Steel") + "4,Delta,Oil,\n,,x,\n"
    before = list(Account.objects.order_by("pk").values())
    run = import_text("accounts", text, tmp_path, is_dry=True)
    assert counts(run) == (1, 1, 2, 1)
    assert run.rows.get(outcome="updated").after == {"industry": "Steel"}
    assert list(Account.objects.order_by("pk").values()) == before


@pytest.mark.django_db
def test_an_id_twice_in_a_file_is_refused_unless_it_says_the_same(tmp_path: Path) -> None:
    run = import_text("accounts", ACCOUNTS + "1,Acme,Toys,a;b\n2,Beta,Steel,\n", tmp_path)
    assert counts(run) == (3, 0, 1, 1)
    assert reasons(run) == ["The same as line 2.", "Line 3 has the same id and says something else: keep one of them."]


@pytest.mark.django_db
def test_what_the_database_refuses_costs_its_row_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "id,account,opened,priority,satisfaction\n1,Acme,2024-01-01,high,4\n2,Acme,2024-01-01,high,9\n"
    import_text("accounts", ACCOUNTS, tmp_path)
    run = import_text("tickets", text, tmp_path)
    assert counts(run) == (1, 0, 0, 1)
    assert reasons(run) == ["satisfaction: '9' is more than 5."]


@pytest.mark.django_db
def test_summaries_and_marks_follow_an_import(tmp_path: Path) -> None:
    import_text("accounts", ACCOUNTS, tmp_path)
    AccountChange.objects.all().delete()
    import_text("subscriptions", CONTRACTS, tmp_path)
    acme = Account.objects.get(name="Acme")
    assert AccountSummary.objects.get(account=acme).arr == 1200
    assert list(AccountChange.objects.values_list("account__name", flat=True)) == ["Acme"]


@pytest.mark.django_db
def test_undo_restores_every_value_and_deletes_what_was_made(tmp_path: Path) -> None:
    import_text("accounts", ACCOUNTS, tmp_path)
    import_text("subscriptions", CONTRACTS, tmp_path)
    before = list(Subscription.objects.order_by("pk").values("plan", "seats", "arr", "status", "ends_on", "account_id"))
    versions = SubscriptionVersion.objects.count()
    changed = (
        CONTRACTS.replace("S1,1,2024-01-01,,Pro,5", "S1,2,2024-01-01,2024-06-30,Max,9")
        + "S3,3,2024-01-01,,Pro,1,1,no\n"
    )
    run = import_text("subscriptions", changed, tmp_path)
    assert counts(run) == (1, 1, 1, 0)
    assert undo_run(run=run) == []
    after = list(Subscription.objects.order_by("pk").values("plan", "seats", "arr", "status", "ends_on", "account_id"))
    assert after == before
    assert SubscriptionVersion.objects.count() == versions
    assert AccountSummary.objects.get(account__name="Acme").arr == 1200
    assert undo_run(run=run) == []


@pytest.mark.django_db
def test_undo_refuses_where_later_work_depends_on_it(tmp_path: Path) -> None:
    accounts = import_text("accounts", ACCOUNTS, tmp_path)
    contracts = import_text("subscriptions", CONTRACTS, tmp_path)
    assert any("Acme (line 2) has" in why and "subscriptions" in why for why in undo_run(run=accounts))
    assert Account.objects.count() == 3
    assert undo_run(run=contracts) == []
    Account.objects.filter(name="Beta").update(version=2)
    assert undo_run(run=accounts) == ["Beta (line 3) was edited since."]
    Account.objects.filter(name="Beta").update(version=1)
    assert undo_run(run=accounts) == []
    assert not Account.everything.exists()


@pytest.mark.django_db
def test_a_later_import_of_the_same_rows_holds_an_undo_back(tmp_path: Path) -> None:
    import_text("accounts", ACCOUNTS, tmp_path)
    second = import_text("accounts", ACCOUNTS.replace("Toys", "Games"), tmp_path)
    import_text("accounts", ACCOUNTS.replace("Toys", "Chess"), tmp_path)
    assert undo_run(run=second) == ["Acme (line 2) was changed since."]
    assert Account.objects.get(name="Acme").industry == "Chess"


@pytest.mark.django_db
def test_an_interrupted_import_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.services.imports.runs.BATCH", 2)
    path = tmp_path / "file.csv"
    path.write_text("id,name\n" + "".join(f"{number},Company {number}\n" for number in range(7)))
    run, _ = open_run(kind="accounts", path=path, data={}, is_dry=False)

    def die(state: ImportRun) -> None:
        if state.position == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        apply(prepare(run, path), tick=die)
    assert Account.objects.count() == 4
    again, is_resumed = open_run(kind="accounts", path=path, data={}, is_dry=False)
    assert (again.pk, is_resumed, again.position) == (run.pk, True, 4)
    assert counts(apply(prepare(again, path))) == (7, 0, 0, 0)
    assert Account.objects.count() == 7


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_a_killed_import_ends_with_each_row_once(tmp_path: Path) -> None:
    path = tmp_path / "big.csv"
    path.write_text("id,name,industry\n" + "".join(f"{number},Company {number},x\n" for number in range(8_000)))
    for share in (0.25, 0.5, 0.75):
        with forked(lambda: call_command("import_csv", "accounts", str(path))) as child:
            wait_for(lambda share=share: ImportRun.objects.filter(position__gte=8_000 * share).exists(), child)
        run = ImportRun.objects.get()
        assert run.rows.count() == Account.objects.count() == run.position
    run, is_resumed = open_run(kind="accounts", path=path, data={}, is_dry=False)
    assert is_resumed or run.state == "done"
    wait_for(lambda: is_free(run.pk), None)
    assert counts(apply(prepare(run, path))) == (8_000, 0, 0, 0)
    assert Account.objects.values("name").distinct().count() == Account.objects.count() == 8_000


def wait_for(is_there: object, child: Forked | None) -> None:
    assert callable(is_there)
    end = time.monotonic() + 60
    while not is_there():
        assert time.monotonic() < end, "it took too long"
        assert child is None or child.is_running(), "the import ended before it could be killed"
        time.sleep(0.02)


def is_free(run_id: int) -> bool:
    """Whether the killed process's connection has ended, and with it its lock."""
    try:
        with alone(run_id):
            return True
    except TakenOver:
        return False


@pytest.mark.django_db
class TestCommand:
    def test_exit_codes_and_the_file_of_errors(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path = tmp_path / "a.csv"
        path.write_text("id,name,country\n1,Acme,DK\n2,=cmd(),Atlantis\n")
        with pytest.raises(SystemExit) as stopped:
            call_command("import_csv", "accounts", str(path), "--errors", str(tmp_path / "errors.csv"))
        assert stopped.value.code == 3
        rejected = (tmp_path / "errors.csv").read_text(encoding="utf-8-sig")
        assert "'=cmd()" in rejected
        assert "'Atlantis' is not a country" in rejected
        assert str(tmp_path / "errors.csv") in capsys.readouterr().out

    def test_nothing_in_is_exit_1(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text("id,name,country\n2,B,Atlantis\n")
        with pytest.raises(SystemExit) as stopped:
            call_command("import_csv", "accounts", str(path), "--errors", str(tmp_path / "errors.csv"))
        assert stopped.value.code == 1
        path.write_text("id,name,signed_on\n1,A,03/04/2024\n")
        with pytest.raises(CommandError, match="date_order") as refused:
            call_command("import_csv", "accounts", str(path))
        assert refused.value.returncode == 1
        assert not Account.objects.exists()

    def test_date_order_answers_the_question(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text("id,name,signed_on\n1,A,03/04/2024\n")
        call_command("import_csv", "accounts", str(path), "--date-order", "month_first")
        assert Account.objects.get().signed_on == dt.date(2024, 3, 4)

    def test_undo_import(self, tmp_path: Path) -> None:
        run = import_text("accounts", ACCOUNTS, tmp_path)
        call_command("undo_import", str(run.pk))
        assert not Account.objects.exists()
