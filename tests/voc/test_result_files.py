"""Files of results, the worker's jobs, and the settled part of large surveys."""

import datetime as dt
import io

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from team.models import User
from tests.makers import make_account
from tests.voc.makers import make_feedback
from tests.voc.makers_results import make_answered, make_survey
from voc.formulas.results.filters import Filters
from voc.models import Response, ResultFile, SettledSheet
from voc.selectors.results import read_overview, read_survey, scope_of
from voc.selectors.results.settled import is_exact
from voc.services.results import files, keeping


def test_csv_and_excel_hold_the_figures_of_the_page_and_the_answers(client: Client, manager: User) -> None:
    version = make_survey(manager)
    for score in (10, 10, 2):
        make_answered(version, score, account=make_account(name="=EVIL()"), answers={"why": ["speed"], "words": "=1+1"})
    client.force_login(manager)
    text = client.get(reverse("survey_export", args=[version.survey_id, "csv"])).content.decode()
    assert "NPS,33.33," in text
    assert "Speed,3,1.0" in text
    assert "'=1+1" in text
    assert ",=EVIL" not in text
    book = openpyxl.load_workbook(
        io.BytesIO(client.get(reverse("survey_export", args=[version.survey_id, "xlsx"])).content)
    )
    figures = {row[0]: row[1:] for row in book["Figures"].iter_rows(values_only=True) if row and row[0]}
    assert figures["NPS"][0] == pytest.approx(33.33)
    assert book["Answers"].max_row == 4
    assert not any(cell.data_type == "f" for row in book["Answers"].iter_rows() for cell in row)


def test_a_pdf_is_made_or_a_sentence_says_what_is_missing(client: Client, manager: User) -> None:
    version = make_survey(manager)
    make_answered(version, 10)
    client.force_login(manager)
    answer = client.get(reverse("survey_export", args=[version.survey_id, "pdf"]))
    if answer.status_code == 200:
        assert answer.content.startswith(b"%PDF")
    else:
        assert answer.status_code == 302


def test_files_of_an_anonymous_survey_hold_no_single_answer(client: Client, manager: User) -> None:
    version = make_survey(manager, is_anonymous=True)
    for number in range(6):
        response = make_answered(version, 9, answers={"words": f"Secret {number}"})
        make_feedback(make_account(name="Nordlys"), "Secret words", response=response)
    client.force_login(manager)
    text = client.get(reverse("survey_export", args=[version.survey_id, "csv"])).content.decode()
    assert "NPS,100.0" in text
    assert "Secret" not in text
    assert "Nordlys" not in text


def test_a_large_file_is_asked_for_and_made_once(
    client: Client, manager: User, csm: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = make_survey(manager)
    make_answered(version, 10)
    monkeypatch.setattr(files, "LARGE", 0)
    client.force_login(manager)
    url = reverse("survey_export", args=[version.survey_id, "csv"])
    assert "A large file" in client.get(url).content.decode()
    assert client.post(url).status_code == 302
    assert client.post(url).status_code == 302
    job = ResultFile.objects.get()
    place = reverse("survey_file", args=[version.survey_id, job.pk])
    assert "Look again" in client.get(place).content.decode()
    assert files.files_to_make(moment=timezone.now()) == [job.pk]
    assert files.make_result_file(file_id=job.pk)
    assert not files.make_result_file(file_id=job.pk)
    download = reverse("survey_file_download", args=[version.survey_id, job.pk])
    assert download in client.get(place).content.decode()
    assert "NPS,100.0" in client.get(download).getvalue().decode()
    client.force_login(csm)
    assert client.get(download).status_code == 404
    assert files.purge_result_files(before=timezone.now() + dt.timedelta(days=1), limit=10) == 1
    assert not ResultFile.objects.exists()


def test_a_file_that_fails_three_times_says_so(manager: User) -> None:
    version = make_survey(manager)
    job = files.ask_for_file(actor=manager, survey=version.survey, kind="csv", query="")
    ResultFile.objects.filter(pk=job.pk).update(attempts=files.MOST_ATTEMPTS)
    assert not files.make_result_file(file_id=job.pk)
    job.refresh_from_db()
    assert job.state == ResultFile.State.FAILED
    assert job.error


def test_the_settled_part_and_the_young_rest_are_the_whole(manager: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "LARGE", 3)
    version = make_survey(manager)
    for number in range(8):
        make_answered(version, number, days_ago=5 if number < 6 else 0, persona="user", answers={"why": ["speed"]})
    make_answered(version, 1, state="partial", seen=["nps"])

    def look() -> object:
        reading = read_survey(scope_of(manager, version.survey), Filters())
        return (
            read_overview(reading).headline,
            len(reading.sheet),
            sorted(reading.sheet.score.tolist()),
            {name: int(column.sum()) for name, column in reading.sheet.seen.items()},
        )

    live = look()
    assert keeping.keep_settled() == 1
    assert SettledSheet.objects.get().rows == 6
    assert look() == live
    assert keeping.keep_settled() == 0


@pytest.mark.parametrize("change", ["update", "delete", "insert"])
def test_whatever_changes_a_settled_answer_is_seen_at_once(
    manager: User, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    monkeypatch.setattr(keeping, "LARGE", 3)
    version = make_survey(manager)
    for _ in range(6):
        make_answered(version, 10)
    keeping.keep_settled()
    first = Response.objects.order_by("pk")[0]
    if change == "update":
        Response.objects.filter(pk=first.pk).update(score=0)
    elif change == "delete":
        first.delete()
    else:
        make_answered(version, 0)
    assert not is_exact(SettledSheet.objects.get())
    found = read_overview(read_survey(scope_of(manager, version.survey), Filters())).headline
    assert found is not None
    expected = {"update": (6, 4 / 6 * 100), "delete": (5, 100.0), "insert": (7, 5 / 7 * 100)}[change]
    assert (found.n, found.value) == pytest.approx(expected)
    assert keeping.keep_settled() == 1


def test_the_smallest_group_is_a_setting_within_bounds(manager: User, settings: Settings) -> None:
    survey = make_survey(manager, is_anonymous=True).survey
    for given, least in ((1, 3), (8, 8), (99, 10)):
        settings.SMALLEST_GROUP = given
        assert scope_of(manager, survey).least == least
