"""From the button to the file: the builder's page, the job, the worker."""

import datetime as dt
import time

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccountFile
from team.models import User
from tests.makers import make_account
from tests.workspace.makers_decks import make_reviewed_account
from ui.pango import has_pango
from workspace.formulas.decks import SLIDES, Composition, default_choice
from workspace.models import Deck, DeckJob
from workspace.services.decks.jobs import ask_for_file, jobs_to_work_on, make_deck, purge_jobs

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
COMPOSITION = Composition(12, "en", tuple(default_choice(kind) for kind in SLIDES))
FORM = {"weeks": "12", "language": "en", "title-on": "on", "goals-on": "on"}


def ask(user: User, *, kind: str = "pptx", name: str = "Acme") -> DeckJob:
    return ask_for_file(actor=user, account=make_account(csm=user, name=name), composition=COMPOSITION, kind=kind)


def test_the_builder_shows_the_slides_and_a_change_sends_them_alone(csm: User, as_csm: Client) -> None:
    account = make_reviewed_account(csm)
    url = reverse("account_review", args=[account.pk])
    page = as_csm.get(url).content.decode()
    assert "Færre sene planer" in page
    assert "Secret" not in page
    part = as_csm.post(url, FORM | {"goals-option-unshared": "on"}, headers=HTMX | {"HX-Target": "preview"})
    text = part.content.decode()
    assert "<html" not in text
    assert "Secret upsell to Enterprise" in text
    assert text.count('<section class="slide ') == 2
    assert [one["name"] for one in Deck.objects.get(account=account).slides if one["is_on"]] == ["title", "goals"]


def test_the_builder_asks_a_flat_number_of_questions(csm: User, as_csm: Client) -> None:
    small, large = make_account(csm=csm), make_reviewed_account(csm)
    counts = []
    for account in (small, large):
        url = reverse("account_review", args=[account.pk])
        as_csm.get(url)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            as_csm.get(url)
        counts.append(len(queries))
    # An account with shared goals asks for nothing more; tags of feedback are fetched where there is feedback.
    assert counts[1] - counts[0] <= 3
    assert counts[1] <= 40


def test_the_button_makes_a_job_and_the_worker_a_file_on_the_account(csm: User, as_csm: Client) -> None:
    account = make_reviewed_account(csm)
    answer = as_csm.post(reverse("review_make", args=[account.pk, "pptx"]), FORM, headers=HTMX | {"HX-Target": "files"})
    job = DeckJob.objects.get(account=account)
    assert f'id="deck-job-{job.pk}"' in answer.content.decode()
    began = time.monotonic()
    assert make_deck(job_id=job.pk) is True
    assert time.monotonic() - began < 10
    job.refresh_from_db()
    assert (job.state, job.position) == ("done", job.total)
    assert job.file is not None
    assert job.file.account_id == account.pk
    poll = as_csm.get(reverse("review_job", args=[account.pk, job.pk]), headers=HTMX).content.decode()
    download = reverse("file_download", args=[job.file.pk])
    assert download in poll
    assert "hx-trigger" not in poll
    got = as_csm.get(download)
    assert b"".join(got.streaming_content)[:2] == b"PK"  # type: ignore[attr-defined]


@pytest.mark.skipif(not has_pango(), reason="Pango is missing")
def test_a_pdf_is_made_within_ten_seconds(csm: User) -> None:
    account = make_reviewed_account(csm)
    job = ask_for_file(actor=csm, account=account, composition=COMPOSITION, kind="pdf")
    began = time.monotonic()
    assert make_deck(job_id=job.pk) is True
    assert time.monotonic() - began < 10
    job.refresh_from_db()
    assert job.file is not None
    assert job.file.content_type == "application/pdf"


def test_two_workers_make_one_file_and_two_presses_one_job(csm: User) -> None:
    account = make_account(csm=csm)
    jobs = {ask_for_file(actor=csm, account=account, composition=COMPOSITION, kind="pptx").pk for _press in range(2)}
    assert len(jobs) == 1
    job = jobs.pop()
    assert [make_deck(job_id=job), make_deck(job_id=job)] == [True, False]
    assert AccountFile.objects.filter(account=account).count() == 1
    assert ask_for_file(actor=csm, account=account, composition=COMPOSITION, kind="pptx").pk != job


def test_the_database_refuses_a_second_open_job_for_the_same_deck(csm: User) -> None:
    job = ask(csm)
    copy = DeckJob(account=job.account, kind=job.kind, digest=job.digest, composition={}, asked_by=csm)
    with pytest.raises(IntegrityError, match="one_open_job_per_deck"), transaction.atomic():
        copy.save()


def test_a_killed_worker_leaves_a_job_that_the_sweep_hands_out_again(csm: User) -> None:
    job = ask(csm)
    now = timezone.now()
    DeckJob.objects.filter(pk=job.pk).update(state="working", attempts=1, lease_until=now + dt.timedelta(seconds=9))
    assert jobs_to_work_on(moment=now) == []
    assert make_deck(job_id=job.pk) is False
    DeckJob.objects.filter(pk=job.pk).update(lease_until=now - dt.timedelta(seconds=1))
    assert jobs_to_work_on(moment=now) == [job.pk]
    assert make_deck(job_id=job.pk) is True


def test_the_third_failure_is_the_last(csm: User) -> None:
    job = ask(csm)
    DeckJob.objects.filter(pk=job.pk).update(attempts=3)
    assert make_deck(job_id=job.pk) is False
    job.refresh_from_db()
    assert job.state == "failed"
    assert "three times" in job.message
    assert jobs_to_work_on(moment=timezone.now()) == []


def test_who_lost_the_account_meanwhile_gets_no_file(csm: User, stranger: User) -> None:
    job = ask(csm)
    job.account.csm = stranger
    job.account.save()
    assert make_deck(job_id=job.pk) is False
    job.refresh_from_db()
    assert job.state == "failed"
    assert not AccountFile.objects.exists()


def test_old_jobs_go_and_their_files_stay(csm: User) -> None:
    done, open_one = ask(csm, name="A"), ask(csm, name="B")
    assert make_deck(job_id=done.pk)
    assert purge_jobs(before=timezone.now() + dt.timedelta(days=1), limit=10) == 1
    assert list(DeckJob.objects.all()) == [open_one]
    assert AccountFile.objects.count() == 1


def test_the_account_leads_to_its_review_where_one_may_change_it(csm: User, as_csm: Client) -> None:
    account = make_account(csm=csm)
    assert reverse("account_review", args=[account.pk]) in as_csm.get(f"/accounts/{account.pk}/").content.decode()
