"""The wizard in the browser's words: upload, columns, check, import, result, undo."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import Account, ImportRun
from accounts.services.imports.steps import purge_files, runs_to_work_on, undo_import, work_on_run
from team.models import ActionLog, Notice, User
from team.services.undo import CannotUndo, undo_action

pytestmark = pytest.mark.django_db
TEXT = b"id;Company;Signed;Country\n1;Acme;03/04/2024;DK\n2;=Evil();05/06/2024;Atlantis\n3;<b>Bold</b>;07/08/2024;SE\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def browser(manager: User) -> Client:
    client = Client()
    client.force_login(manager)
    return client


def upload(browser: Client, content: bytes = TEXT, name: str = "my accounts.csv") -> ImportRun:
    answer = browser.post(
        reverse("import_new"), {"kind": "accounts", "source": "crm", "file": SimpleUploadedFile(name, content)}
    )
    run = ImportRun.objects.latest("pk")
    assert (answer.status_code, answer["Location"]) == (302, reverse("import_page", args=[run.pk]))
    return run


def page(browser: Client, run: ImportRun, **headers: str) -> str:
    return browser.get(reverse("import_page", args=[run.pk]), headers=headers).content.decode()


def columns(**answers: str) -> dict[str, str]:
    return {"field_0": "external_id", "field_1": "name", "field_2": "signed_on", "field_3": "country", **answers}


def test_a_file_walks_through_every_step_and_back(browser: Client, manager: User, folder: Path) -> None:
    run = upload(browser)
    assert 'hx-trigger="every 1s"' in page(browser, run)
    assert work_on_run(run_id=run.pk) == "ready"
    shown = page(browser, run)
    assert "How is 03/04/2024 meant?" in shown
    assert "&lt;b&gt;Bold&lt;/b&gt;" in shown

    asked = browser.post(reverse("import_mapping", args=[run.pk]), columns())
    assert asked.status_code == 422
    browser.post(reverse("import_mapping", args=[run.pk]), columns(date_order_2="day_first"))
    assert work_on_run(run_id=run.pk) == "checked"
    assert not Account.objects.exists()
    assert "&#x27;Atlantis&#x27; is not a country" in page(browser, run)

    browser.post(reverse("import_start", args=[run.pk]))
    assert work_on_run(run_id=run.pk) == "done"
    assert set(Account.objects.values_list("name", flat=True)) == {"Acme", "<b>Bold</b>"}
    assert Account.objects.get(name="Acme").signed_on.isoformat() == "2024-04-03"  # type: ignore[union-attr]
    assert Notice.objects.get(user=manager).text == "my accounts.csv is in: 2 rows, 1 rejected."

    errors = browser.get(reverse("import_errors", args=[run.pk])).getvalue().decode()
    assert "'=Evil()" in errors
    assert "Atlantis" in errors

    browser.post(reverse("import_undo", args=[run.pk]))
    assert work_on_run(run_id=run.pk) == "undone"
    assert not Account.everything.exists()


def test_the_list_of_recent_changes_takes_an_import_back(browser: Client, manager: User) -> None:
    run = done_run(browser)
    assert undo_action(actor=manager, action=ActionLog.objects.get(inverse__service="accounts.undo_import"))
    run.refresh_from_db()
    assert run.state == "undoing"
    assert runs_to_work_on(moment=timezone.now()) == [run.pk]


def done_run(browser: Client) -> ImportRun:
    run = upload(browser)
    work_on_run(run_id=run.pk)
    browser.post(reverse("import_mapping", args=[run.pk]), columns(date_order_2="day_first"))
    work_on_run(run_id=run.pk)
    browser.post(reverse("import_start", args=[run.pk]))
    work_on_run(run_id=run.pk)
    return run


def test_htmx_gets_only_the_part(browser: Client) -> None:
    run = upload(browser)
    part = page(browser, run, **{"HX-Request": "true", "HX-Target": "import"})
    assert part.strip().startswith('<div class="stack" id="import"')
    assert "<html" not in part


def test_a_wrong_file_fails_with_its_sentence_and_can_be_discarded(browser: Client, folder: Path) -> None:
    run = upload(browser, b"%PDF-1.7", "../../etc/passwd")
    assert run.file_name == "passwd"
    assert work_on_run(run_id=run.pk) == "failed"
    assert "The file is a PDF document" in page(browser, run)
    browser.post(reverse("import_discard", args=[run.pk]))
    assert not ImportRun.objects.exists()


def test_a_mapping_file_that_is_wrong_is_refused_with_its_form(browser: Client) -> None:
    form = {
        "kind": "accounts", "source": "x", "file": SimpleUploadedFile("a.csv", TEXT),
        "mapping": SimpleUploadedFile("m.yaml", b"columns: {nme: Company}"),
    }  # fmt: skip
    answer = browser.post(reverse("import_new"), form)
    assert answer.status_code == 422
    assert "do you mean name?" in answer.content.decode()


def test_a_lost_message_is_found_by_the_sweep_and_a_finished_run_left_alone(browser: Client) -> None:
    run = upload(browser)
    assert runs_to_work_on(moment=timezone.now()) == [run.pk]
    work_on_run(run_id=run.pk)
    assert runs_to_work_on(moment=timezone.now()) == []
    assert work_on_run(run_id=run.pk) == ""


def test_old_files_are_purged_and_runs_stay(browser: Client, folder: Path) -> None:
    run = done_run(browser)
    assert purge_files(before=timezone.now(), limit=10) == 1
    assert not [path for path in folder.rglob("*") if path.is_file()]
    run.refresh_from_db()
    assert run.file.name == ""


def test_undo_of_nothing_says_so(browser: Client, manager: User) -> None:
    run = done_run(browser)
    undo_import(actor=manager, run_id=run.pk)
    work_on_run(run_id=run.pk)
    with pytest.raises(CannotUndo, match="taken back already"):
        undo_import(actor=manager, run_id=run.pk)


def test_the_list_costs_the_same_however_long_it_is(browser: Client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(reverse("imports")).status_code == 200
        return len(queries)

    ImportRun.objects.create(kind="accounts", file_name="first.csv", state="done")
    cost()
    at_one = cost()
    for number in range(20):
        ImportRun.objects.create(kind="accounts", file_name=f"{number}.csv", state="done")
    assert cost() == at_one
