"""The weekly tallies of themes are exact, whatever was written in which way."""

import datetime as dt
import io
import random
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import transaction

from accounts.models import Account, AccountSummary
from team.clock import now, today
from team.models import User
from tests.makers import make_account
from tests.voc.makers_analysis import make_said, make_theme
from voc.models import Feedback, FeedbackTheme, Theme, ThemeStanding, ThemeWeek, ThemeWeekMark
from voc.models.programme import week_of
from voc.services.theme_weeks import count_marked_weeks, rebuild_theme_weeks, sweep_theme_weeks
from voc.services.understanding.correcting import add_theme, remove_theme
from voc.services.understanding.tree import merge_themes
from voc.tasks import sweep_theme_weeks as task

pytestmark = pytest.mark.django_db
COLUMNS = ("theme", "week", "pieces", "negative", "positive", "accounts", "arr")


def kept() -> set[tuple[object, ...]]:
    return set(ThemeWeek.objects.values_list(*COLUMNS))


def from_scratch() -> set[tuple[object, ...]]:
    """The same counted here, in Python, from the rows themselves."""
    found: dict[tuple[object, dt.date], list[Feedback]] = {}
    for feedback in Feedback.objects.select_related("account__summary").prefetch_related("themes"):
        if feedback.account and feedback.account.deleted_at:
            continue
        week = week_of(feedback.received_at.astimezone(dt.UTC).date())
        for theme in [None, *(theme.pk for theme in feedback.themes.all())]:
            found.setdefault((theme, week), []).append(feedback)
    return {
        (
            theme,
            week,
            len(rows),
            sum(row.label == "negative" for row in rows),
            sum(row.label == "positive" for row in rows),
            len({row.account_id for row in rows} - {None}),
            sum({row.account_id: row.account.summary.arr for row in rows if row.account}.values()),
        )
        for (theme, week), rows in found.items()
    }


def test_after_any_changes_the_tallies_equal_a_count_from_scratch(csm: User, manager: User) -> None:
    rng = random.Random(7)
    accounts: list[Account | None] = [make_account(csm=csm) for _ in range(4)]
    for place, account in enumerate(accounts):
        AccountSummary.objects.filter(account=account).update(arr=1000 * (place + 1))
    accounts.append(None)
    themes = [make_theme(slug) for slug in ("bugs", "pricing", "speed")]
    for _step in range(60):
        do = rng.choice(["say", "say", "say", "tag", "untag", "label", "move", "late", "gone", "count"])
        some = Feedback.objects.order_by("?").first()
        if do == "say" or some is None:
            chosen = rng.sample(themes, rng.randint(0, 3))
            label = rng.choice(["negative", "positive", "neutral"])
            make_said(rng.choice(accounts), *chosen, weeks_ago=rng.uniform(0, 12), label=label)
        elif do == "tag":
            add_theme(actor=manager, feedback=some, theme=rng.choice(themes))
        elif do == "untag" and (tag := some.tags.select_related("theme").first()):
            remove_theme(actor=manager, feedback=some, theme=tag.theme)
        elif do == "label":
            Feedback.objects.filter(pk=some.pk).update(label=rng.choice(["negative", "positive", "mixed"]))
        elif do == "move":
            Feedback.objects.filter(pk=some.pk).update(account=rng.choice(accounts))
        elif do == "late":
            Feedback.objects.filter(pk=some.pk).update(received_at=now() - dt.timedelta(weeks=rng.uniform(0, 30)))
        elif do == "gone":
            some.delete()
        else:
            sweep_theme_weeks()
    sweep_theme_weeks()
    assert kept() == from_scratch()
    assert not ThemeWeekMark.objects.exists()
    before = kept()
    make_said(None, themes[0], weeks_ago=40)
    assert rebuild_theme_weeks() > 0
    assert kept() == from_scratch() > before
    assert not ThemeWeekMark.objects.exists()


def test_a_late_arrival_and_a_merge_of_themes_are_counted_in_their_weeks(csm: User, manager: User) -> None:
    account, old, new = make_account(csm=csm), make_theme("bugs"), make_theme("speed")
    make_said(account, old, weeks_ago=1)
    sweep_theme_weeks()
    make_said(account, old, weeks_ago=9)
    merge_themes(actor=manager, theme=old, into=new)
    assert sweep_theme_weeks() == 2
    assert kept() == from_scratch()
    assert ThemeWeek.objects.filter(theme=new).count() == 2
    assert not ThemeWeek.objects.filter(theme=old).exists()


def test_what_moves_no_tally_marks_no_week(csm: User) -> None:
    feedback = make_said(make_account(csm=csm), make_theme())
    sweep_theme_weeks()
    Feedback.objects.filter(pk=feedback.pk).update(is_handled=True, sentiment="-0.5", understood_by="again")
    assert not ThemeWeekMark.objects.exists()
    assert sweep_theme_weeks() == 0


def test_one_statement_marks_a_week_once(csm: User) -> None:
    account = make_account(csm=csm)
    rows = [Feedback(account=account, source="mail", text=f"No {n}", received_at=now()) for n in range(30)]
    ThemeWeekMark.objects.all().delete()
    Feedback.objects.bulk_create(rows)
    assert ThemeWeekMark.objects.count() == 1


def test_a_count_that_failed_leaves_its_marks(csm: User) -> None:
    make_said(make_account(csm=csm), make_theme())
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        assert count_marked_weeks() == 1
        raise ZeroDivisionError
    assert ThemeWeekMark.objects.exists()
    assert task() == 1
    assert kept() == from_scratch()


def test_a_deleted_account_leaves_with_the_next_rebuild(csm: User) -> None:
    account = make_account(csm=csm)
    make_said(account, make_theme())
    sweep_theme_weeks()
    Account.objects.filter(pk=account.pk).update(deleted_at=now())
    call_command("rebuild_theme_weeks", stdout=io.StringIO())
    assert kept() == from_scratch() == set()


def test_the_standing_counts_each_account_once_in_a_quarter(csm: User) -> None:
    theme = make_theme()
    one, two = make_account(csm=csm), make_account(csm=csm)
    AccountSummary.objects.filter(account__in=[one, two]).update(arr=500)
    for weeks_ago in (2, 3, 4):
        make_said(one, theme, weeks_ago=weeks_ago)
    make_said(two, theme, weeks_ago=20)
    make_said(None, theme, weeks_ago=3)
    sweep_theme_weeks()
    found = ThemeStanding.objects.get(theme=theme)
    assert (found.accounts, found.accounts_before) == (1, 1)
    assert found.arr == found.arr_before == Decimal(500)
    assert found.until == week_of(today())
    assert Theme.objects.filter(standings__isnull=False).count() == 1
    assert FeedbackTheme.objects.count() == 5
