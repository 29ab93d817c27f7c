"""Full recomputes: handed out in stretches, paused, stopped, begun anew; and the day's sweep."""

import datetime as dt

import pytest
from django.db import OperationalError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import AccountChange
from accounts.services.changes import mark_changed
from engagement.models import RecomputeChunk, RecomputeRun, Score
from engagement.selectors.runs import progress_words
from engagement.selectors.scorecard_documents import document_of
from engagement.selectors.scorecards import scorecards
from engagement.services import recompute, runs
from engagement.services.claims import claim_stretch
from engagement.services.defaults import ensure_default_scorecard
from engagement.services.recompute import claim_and_recompute
from engagement.services.risk_rules import set_risk_rule, stamp_of
from engagement.services.runs import mark_aged, pause_run, resume_run, start_run, stop_run
from engagement.services.scorecards import create_draft, publish_draft
from engagement.services.use_cases import save_use_case
from team.clock import today
from team.models import User
from tests.engagement.test_views import sign_in
from tests.makers import make_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def book(csm: User) -> list[int]:
    accounts = [make_account(csm=csm) for _ in range(5)]
    AccountChange.objects.all().delete()
    return [account.pk for account in accounts]


def test_a_paused_run_hands_out_nothing_and_changes_go_first(book: list[int]) -> None:
    run = start_run(actor=None, size=2)
    assert [chunk.accounts for chunk in run.chunks.order_by("pk")] == [2, 2, 1]
    assert claim_and_recompute() == 2
    assert pause_run(run=run)
    assert not pause_run(run=run)
    assert claim_and_recompute() == 0
    mark_changed(account_ids=[book[4]], reason="test")
    assert claim_and_recompute() == 1
    assert Score.objects.current().get(account=book[4])
    RecomputeRun.objects.filter(pk=run.pk).update(paused_at=timezone.now() - dt.timedelta(minutes=2))
    assert resume_run(run=run)
    assert not resume_run(run=run)
    while claim_and_recompute():
        pass
    run.refresh_from_db()
    assert (run.done, run.paused_at) == (5, None)
    assert 119 <= run.paused_seconds <= 125
    assert run.finished_at is not None


def test_a_stopped_run_keeps_what_is_judged(book: list[int]) -> None:
    run = start_run(actor=None, size=2)
    claim_and_recompute()
    assert stop_run(run=run)
    assert not stop_run(run=run)
    assert claim_and_recompute() == 0
    run.refresh_from_db()
    assert (run.done, run.stopped_at is not None, run.finished_at is not None) == (2, True, True)
    assert Score.objects.current().count() == 2
    assert not RecomputeChunk.objects.exists()


def test_a_run_begun_anew_takes_the_place_of_the_one_before(book: list[int]) -> None:
    run = start_run(actor=None, size=2)
    claim_and_recompute()
    anew = start_run(actor=None, is_anew=True, size=2)
    assert anew.pk != run.pk
    while claim_and_recompute():
        pass
    run.refresh_from_db()
    anew.refresh_from_db()
    assert run.stopped_at is not None
    assert (anew.done, anew.stopped_at, anew.finished_at is not None) == (5, None, True)


@pytest.mark.django_db(transaction=True)
def test_a_run_begun_anew_does_not_wait_for_who_judges_a_stretch_of_the_one_before(book: list[int]) -> None:
    """The worker counts its stretch on the row of the run that is being stopped: each would wait for the other."""
    first = start_run(actor=None, size=2)
    worker = connection.copy()
    try:
        worker.set_autocommit(False)
        with worker.cursor() as cursor:
            held = first.chunks.order_by("pk")[0].pk
            cursor.execute("SELECT 1 FROM engagement_recomputechunk WHERE id = %s FOR UPDATE", [held])
            with connection.cursor() as own:
                own.execute("SET lock_timeout TO '1s'")
            again = start_run(actor=None, is_anew=True, size=2)
            cursor.execute("DELETE FROM engagement_recomputechunk WHERE id = %s", [held])
            assert cursor.rowcount == 1
        worker.commit()
    finally:
        worker.close()
        with connection.cursor() as own:
            own.execute("RESET lock_timeout")
    assert set(RecomputeChunk.objects.values_list("run", flat=True)) == {again.pk}


def test_a_stretch_covers_the_marks_of_its_accounts(book: list[int]) -> None:
    run = start_run(actor=None, size=5)
    mark_changed(account_ids=book[:2], reason="test")
    mark_changed(account_ids=book[:1], reason="again")
    with transaction.atomic():
        claim = claim_stretch()
    assert claim is not None
    assert (claim.account_ids, len(claim.marks), claim.stretch and claim.stretch[1]) == (book, 3, run.pk)


def test_all_marks_of_an_account_are_taken_at_once(book: list[int]) -> None:
    for reason in ("a", "b", "c"):
        mark_changed(account_ids=book[:2], reason=reason)
    assert claim_and_recompute(limit=1) == 3
    assert set(AccountChange.objects.values_list("account", flat=True)) == {book[1]}


def test_a_new_day_is_a_run_and_a_few_stragglers_are_marks(
    book: list[int], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "RUN_FROM", 5)
    assert mark_aged() == 5
    run = RecomputeRun.objects.get()
    assert (run.total, run.started_by) == (5, None)
    assert mark_aged() == 0
    while claim_and_recompute():
        pass
    assert mark_aged() == 0
    Score.objects.filter(account__in=book[:2]).delete()
    assert mark_aged() == 2
    assert AccountChange.objects.count() == 2
    while claim_and_recompute():
        pass
    settings.DATA_DATE = today() + dt.timedelta(days=1)
    assert mark_aged() == 5
    yesterdays = RecomputeRun.objects.get(finished_at=None)
    pause_run(run=yesterdays)
    settings.DATA_DATE = today() + dt.timedelta(days=1)
    assert mark_aged() == 5  # the run that was left paused is over
    assert RecomputeRun.objects.get(finished_at=None).pk != yesterdays.pk


def test_the_time_that_is_left_is_told_without_the_pauses() -> None:
    started = timezone.now() - dt.timedelta(seconds=219.5)
    run = RecomputeRun(total=100_000, done=10_000, paused_seconds=120)
    run.started_at = started
    assert progress_words(run) == "100 accounts a second, about 15 minutes to go"
    run.done = 99_000
    assert progress_words(run).endswith("less than a minute to go")
    run.done = 0
    assert progress_words(run) == ""
    run.paused_at = timezone.now()
    assert progress_words(run).startswith("Paused")


def test_a_deadlock_is_tried_again(book: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[int] = []

    class Deadlock(Exception):
        pgcode = "40P01"

    def once(limit: int) -> int:
        turns.append(limit)
        if len(turns) < 3:
            raise OperationalError from Deadlock()
        return 7

    monkeypatch.setattr(recompute, "_claim_once", once)
    monkeypatch.setattr(recompute, "_is_inside", lambda: False)
    assert claim_and_recompute(limit=9) == 7
    turns[:] = []
    monkeypatch.setattr(Deadlock, "pgcode", "22003")
    with pytest.raises(OperationalError):
        claim_and_recompute(limit=9)
    assert turns == [9]


def test_managers_pause_and_stop_a_run_on_screen(book: list[int], manager: User) -> None:
    client = sign_in(manager)
    run = start_run(actor=manager, size=2)
    claim_and_recompute()
    page = client.get(reverse("recompute_runs")).content.decode()
    assert reverse("recompute_pause", args=[run.pk]) in page
    assert reverse("recompute_stop", args=[run.pk]) in page
    client.post(reverse("recompute_pause", args=[run.pk]))
    page = client.get(reverse("recompute_runs")).content.decode()
    assert reverse("recompute_resume", args=[run.pk]) in page
    assert "Paused" in page
    client.post(reverse("recompute_resume", args=[run.pk]))
    client.post(reverse("recompute_stop", args=[run.pk]))
    page = client.get(reverse("recompute_runs")).content.decode()
    assert "stopped after 2 of 5" in page
    asked = client.get(reverse("recompute_run", args=[run.pk]), headers={"hx-request": "true"})
    part = asked.content.decode()
    assert "Stopped" in part
    assert "hx-get" not in part
    assert "run-finished" in asked.headers["HX-Trigger"], "the list around the bar counts anew"


def test_the_history_says_what_began_each_run(
    book: list[int], admin: User, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = sign_in(manager)
    client.post(reverse("recompute_start"))
    card = ensure_default_scorecard()
    draft = create_draft(actor=admin, document=document_of(scorecards([card.pk])[card.pk]))
    publish_draft(actor=admin, card=draft, note="Silence weighs more")
    criterion = {"words": "", "what": "events", "feature_id": None, "persona": "", "least": 1, "days": 28}
    case: dict[str, object] = {
        "name": "Weekly",
        "description": "",
        "intents": [],
        "is_on": True,
        "criteria": [criterion],
    }
    save_use_case(actor=manager, document=case)
    set_risk_rule(
        actor=manager,
        kind="silent",
        segment=None,
        is_on=False,
        thresholds={},
        playbook=None,
        started_from=stamp_of(None),
    )
    stop_run(run=RecomputeRun.objects.latest("pk"))
    monkeypatch.setattr(runs, "RUN_FROM", 1)
    AccountChange.objects.all().delete()
    assert mark_aged() == len(book)
    found = [(run.cause, run.about, run.started_by) for run in RecomputeRun.objects.order_by("pk")]
    assert found == [
        ("asked", "", manager),
        ("published", str(draft), admin),
        ("use_case", "Weekly", manager),
        ("risk", "Silent", manager),
        ("day", "", None),
    ]
    page = client.get(reverse("recompute_runs")).content.decode()
    for words in ("Asked for", f"Scorecard published: {draft}", "Use case changed: Weekly", "A new day"):
        assert words in page
