"""The demo world: the same seed makes the same world, stories are told, the database's promises hold."""

import datetime as dt
import hashlib
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import F

from accounts.models import Account, Contact, Ticket, Touchpoint
from engagement.models import Risk, SayDo, Score, UsageDay
from engagement.services.recompute import recompute_everyone
from lifecycle.models import StageVisit
from team.clock import now, today
from team.models import Notice
from tests.workspace.alarms import check_false_alarms, check_stories
from voc.models import Feedback, Insight, InsightStep, Response
from workspace.demo.inbox import write_inbox
from workspace.demo.sheets import encode_array, encode_cell
from workspace.demo.stories import STORIES
from workspace.demo.world import make_world

pytestmark = pytest.mark.django_db


def fingerprint() -> str:
    """What the world says, without the numbers that the database gave it."""
    accounts = Account.objects.order_by("pk").values_list("name", "country", "subscriptions__arr", "summary__nps")
    people = Contact.objects.order_by("pk").values_list("name", "email")
    said = Feedback.objects.order_by("pk").values_list("text", "score")
    used = UsageDay.objects.order_by("account", "day", "feature__name").values_list("day", "events")
    return hashlib.sha256(repr([list(rows) for rows in (accounts, people, said, used)]).encode()).hexdigest()


def test_the_same_seed_makes_the_same_world_and_another_seed_another() -> None:
    prints = []
    for seed in (3, 3, 4):
        with transaction.atomic():
            make_world(accounts=9, seed=seed)
            prints.append(fingerprint())
            transaction.set_rollback(True)
    assert prints[0] == prints[1]
    assert prints[0] != prints[2]


def test_every_story_is_told_in_the_csms_book_and_every_account_is_judged(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("demo", accounts=12, seed=7)
    call_command("demo", stories=True)
    told = capsys.readouterr().out
    for story in STORIES:
        assert story.title in told
    book = {account.pk: account for account in Account.objects.filter(csm__email="csm@example.com")}
    by_story = dict(zip([story.slug for story in STORIES], sorted(book), strict=False))
    assert Contact.objects.get(account=by_story["champion-left"], status="left").later.exists()
    assert Ticket.objects.open().filter(account=by_story["ticket-pressure"], priority="p1").count() >= 3
    assert Score.objects.get(account=by_story["dark"], is_current=True).state == Score.State.UNOBSERVED
    assert Response.objects.filter(account=by_story["zombie"], score=2).exists()
    danish = Feedback.objects.filter(account=by_story["bungled-handover"], score=3, language="da")
    assert danish.filter(insights__department__slug="sales").exists()
    assert Feedback.objects.filter(account=by_story["ticket-pressure"], language="zh").exists()
    assert Score.objects.filter(is_current=True).count() == Account.objects.count() == 12
    assert StageVisit.objects.open().count() == 11, "all but the dark account, which nobody tends"
    assert Insight.objects.exists()
    opened = dict(Risk.objects.open().values_list("account", "opened_on"))
    left = Contact.objects.get(account=by_story["champion-left"], status="left").left_on
    assert len(set(opened.values())) > 3, "risks did not all begin today"
    assert Risk.objects.get(account=by_story["champion-left"], kind="champion_left").opened_on == left
    assert not SayDo.objects.filter(since=today()).exists()
    with pytest.raises(CommandError, match="accounts already"):
        call_command("demo", accounts=9, seed=1)


@pytest.mark.slow
# What is in time and what is late hangs on business hours, what was agreed when on the calendar.
@pytest.mark.parametrize(
    "day",
    [
        None,  # today
        dt.date(2026, 11, 22),  # a Sunday
        dt.date(2026, 11, 23),  # a Monday
        dt.date(2027, 1, 1),
    ],
    ids=lambda day: f"{day:%a-%d-%b}" if day else "today",
)
def test_queues_inboxes_and_courses_look_like_a_working_week(day: dt.date | None, settings: Any) -> None:
    settings.DATA_DATE = day
    is_judged = day is None or day.month == 1
    world = make_world(accounts=200 if is_judged else 60, seed=7)
    moment = now()
    triage = Insight.objects.triage().filter(is_praise=False)
    assert triage.filter(due_at__gt=moment, level=0).exists(), "some are in time"
    assert triage.filter(level__gt=0).exists(), "some rose because nobody decided"
    assert triage.count() > 2 * triage.filter(level__gt=0).count(), "most did not"
    assert not InsightStep.objects.filter(happened_at__gt=moment).exists()
    assert not Insight.objects.filter(decided_at__lt=F("created_at")).exists()
    for insight in Insight.objects.all():
        assert insight.mentions == insight.quotes.count()
    for mail in ("csm", "manager", "product", "support"):
        assert Notice.objects.filter(user__email=f"{mail}@example.com").exists(), mail
    assert Notice.objects.filter(read_at__isnull=True, user__email="csm@example.com").exists()
    kinds = set(Notice.objects.filter(user__email="csm@example.com").values_list("kind", flat=True))
    assert {"insight", "task"} <= kinds, "what services told on the way does not keep the rest out"
    before = Notice.objects.count()
    assert (write_inbox(today=today()), Notice.objects.count()) == (0, before), "no reason is told twice"
    opened = Account.objects.filter(summary__open_insights__gt=0).count()
    assert (
        opened
        == Account.objects.filter(pk__in=Insight.objects.open().filter(is_praise=False).values("account")).count()
    )
    taught = Touchpoint.objects.filter(kind="course")
    assert taught.exists()
    assert not taught.filter(is_automated=False).exists(), "the course system told us, nobody here did"
    if is_judged:  # what was planted is found, and little else; holidays are no fall
        recompute_everyone()
        check_stories()
        check_false_alarms(world)


def test_cells_survive_copy() -> None:
    assert encode_cell("a\tb\\c\nd") == "a\\tb\\\\c\\nd"
    assert encode_cell(None) == "\\N"
    assert encode_array(['a "b"', "c,d"]) == '{"a \\\\"b\\\\"","c,d"}'
