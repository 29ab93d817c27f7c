"""The interruption budget: what comes first, what is parked and why, how it comes back, and how much was planned."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Account, AccountSummary
from accounts.services.touchpoints import log_touchpoint
from lifecycle.formulas.ranking import (
    Work,
    busy_minutes,
    chance_of_loss,
    overflow_of,
    protected_arr,
    rank_of,
    urgency_of_due,
    week_of,
)
from lifecycle.models import Meeting, Play, PlayStepRun, Task
from lifecycle.selectors.ranking import proactive_shares
from lifecycle.services.ranking import rank_tasks, take_task
from lifecycle.services.tasks import complete_task
from team.clock import now, today
from team.models import ActionLog, User
from team.services.undo import undo_action
from tests.lifecycle.makers_plays import at, make_playbook
from tests.makers import make_account, make_task, make_user

MONDAY = dt.datetime(2026, 11, 16, 9, tzinfo=dt.UTC)


def worth(csm: User, arr: int, *, band: str = "risk") -> Account:
    account = make_account(csm=csm)
    AccountSummary.objects.filter(account=account).update(arr=arr, health_band=band)
    return account


def made_by_rule(csm: User, arr: int, minutes: int = 60, **fields: object) -> Task:
    given_fields: dict[str, Any] = {"due_on": today(), **fields}
    return make_task(owner=csm, account=worth(csm, arr), effort_minutes=minutes, **given_fields)


works = st.builds(
    Work,
    pk=st.integers(1, 10**6),
    rank=st.decimals(0, 10**9, places=4),
    minutes=st.integers(1, 600),
    must_stay=st.booleans(),
)


@given(st.lists(works, unique_by=lambda one: one.pk, max_size=40), st.integers(0, 3000))
def test_what_is_kept_fits_and_what_must_stay_stays(work: list[Work], room: int) -> None:
    over = {one.pk for one in overflow_of(work, room_minutes=room)}
    assert not over & {one.pk for one in work if one.must_stay}
    promised = sum(one.minutes for one in work if one.must_stay)
    free = sum(one.minutes for one in work if not one.must_stay and one.pk not in over)
    assert free <= max(room - promised, 0)


@given(st.lists(works, unique_by=lambda one: one.pk, max_size=40), st.integers(0, 3000), st.integers(0, 600))
def test_more_room_never_keeps_fewer_minutes_of_the_best(work: list[Work], room: int, more: int) -> None:
    def first_over(minutes: int) -> int:
        return min((one.place for one in overflow_of(work, room_minutes=minutes)), default=10**9)

    assert first_over(room) <= first_over(room + more)


@given(st.floats(0, 1e9), st.floats(0, 1), st.floats(0, 1), st.integers(-60, 60), st.integers(1, 600))
def test_the_rank_is_the_formula_of_the_design(
    arr: float, chance: float, share: float, late: int, minutes: int
) -> None:
    protected = protected_arr(arr=arr, chance=chance, share=share)
    found = rank_of(protected=protected, urgency=urgency_of_due(late), minutes=minutes)
    expected = max(arr, 5000) * chance * share * urgency_of_due(late) * 60 / max(minutes, 5)
    assert found >= 0
    assert float(found) == pytest.approx(expected, abs=1e-3, rel=1e-6)


def test_a_worse_band_and_a_nearer_renewal_make_a_loss_more_likely() -> None:
    bands = ["great", "good", "watch", "risk", "critical"]
    chances = [chance_of_loss(band=band, days_to_renewal=100) for band in bands]
    assert chances == sorted(chances)
    near = [chance_of_loss(band="risk", days_to_renewal=days) for days in (500, 300, 150, 60, 10)]
    assert near == sorted(near)


def test_meetings_that_overlap_take_their_time_once() -> None:
    def clock(hour: int, minute: int = 0) -> dt.datetime:
        return dt.datetime(2026, 11, 16, hour, minute, tzinfo=dt.UTC)

    assert busy_minutes([(clock(9), clock(10)), (clock(9, 30), clock(11)), (clock(14), clock(14, 30))]) == 150
    assert week_of(dt.date(2026, 11, 22)) == (dt.date(2026, 11, 16), dt.date(2026, 11, 22))


def test_the_belief_of_the_playbook_ranks_its_task(csm: User) -> None:
    playbook = make_playbook(believed_save=Decimal("0.4"))
    account = worth(csm, 100_000)
    play = Play.objects.create(playbook=playbook, account=account, started_at=now())
    run = PlayStepRun.objects.create(play=play, step_key="call", kind="task", due_at=now())
    by_play = make_task(owner=csm, account=account, due_on=today(), run=run)
    by_rule = make_task(owner=csm, account=account, due_on=today())
    assert rank_tasks(owner_ids=[csm.pk]).looked_at == 2
    by_play.refresh_from_db()
    by_rule.refresh_from_db()
    assert by_play.rank == 4 * by_rule.rank > 0


def test_what_is_above_the_week_is_parked_with_the_reason_and_the_best_stay(csm: User) -> None:
    with at(MONDAY):
        csm.weekly_capacity_minutes = 120
        csm.save()
        least, middle, most = (made_by_rule(csm, arr) for arr in (10_000, 50_000, 90_000))
        result = rank_tasks()
        assert (result.looked_at, result.parked) == (3, 1)
        assert list(Task.objects.at_hand().order_by("-rank")) == [most, middle]
        least.refresh_from_db()
        assert least.parked_reason == "above this week's 2 h: ranked 3 of 3"
        assert rank_tasks().changed == 0


def test_a_meeting_takes_room_and_its_cancellation_gives_it_back(csm: User) -> None:
    with at(MONDAY):
        csm.weekly_capacity_minutes = 120
        csm.save()
        for arr in (10_000, 50_000):
            made_by_rule(csm, arr)
        start = MONDAY + dt.timedelta(days=1)
        meeting = Meeting.objects.create(
            user=csm, uid="m", title="Review", starts_at=start, ends_at=start + dt.timedelta(hours=1)
        )
        rank_tasks()
        (parked,) = Task.objects.parked()
        assert parked.parked_reason == "above this week's 2 h, 1 h of them meetings: ranked 2 of 2"
        Meeting.objects.filter(pk=meeting.pk).update(is_cancelled=True)
        rank_tasks()
        assert not Task.objects.parked().exists()


def test_finished_work_keeps_its_share_of_the_week_and_the_next_week_brings_the_parked_back(csm: User) -> None:
    with at(MONDAY):
        csm.weekly_capacity_minutes = 60
        csm.save()
        first, second = made_by_rule(csm, 90_000), made_by_rule(csm, 10_000)
        rank_tasks()
        complete_task(actor=csm, task=first)
        rank_tasks()
        assert list(Task.objects.parked()) == [second]
    with at(MONDAY + dt.timedelta(days=7)):
        rank_tasks()
        assert not Task.objects.parked().exists()


def test_work_of_later_weeks_is_ranked_but_neither_counted_nor_parked(csm: User) -> None:
    with at(MONDAY):
        csm.weekly_capacity_minutes = 60
        csm.save()
        made_by_rule(csm, 10_000)
        later = made_by_rule(csm, 90_000, due_on=today() + dt.timedelta(days=10))
        asleep = made_by_rule(csm, 90_000, snoozed_until=today() + dt.timedelta(days=10))
        rank_tasks()
        assert not Task.objects.parked().exists()
        later.refresh_from_db()
        asleep.refresh_from_db()
        assert later.rank > 0 and asleep.rank > 0


def test_what_a_person_gave_a_day_or_a_customer_sees_is_never_parked(csm: User) -> None:
    with at(MONDAY):
        csm.weekly_capacity_minutes = 0
        csm.save()
        made_by_rule(csm, 10, created_by=csm)
        made_by_rule(csm, 10, is_shared=True)
        undated = made_by_rule(csm, 10, created_by=csm, due_on=None)
        rank_tasks()
        assert list(Task.objects.parked()) == [undated]


def test_a_parked_task_can_be_taken_anyway_and_that_can_be_undone(csm: User) -> None:
    csm.weekly_capacity_minutes = 0
    csm.save()
    task = made_by_rule(csm, 10_000)
    rank_tasks()
    action = take_task(actor=csm, task=task)
    assert action is not None
    assert take_task(actor=csm, task=task) is None
    rank_tasks()
    assert list(Task.objects.at_hand()) == [task]
    assert undo_action(actor=csm, action=ActionLog.objects.get(pk=action.pk))
    assert list(Task.objects.parked()) == [task]


def test_other_owners_are_left_alone(csm: User, stranger: User) -> None:
    theirs = made_by_rule(stranger, 10_000)
    rank_tasks(owner_ids=[csm.pk])
    theirs.refresh_from_db()
    assert theirs.rank == 0


def test_the_number_of_queries_does_not_grow_with_people_and_tasks(
    csm: User, django_assert_max_num_queries: object
) -> None:
    owners = [make_user() for _ in range(20)]
    for owner in owners:
        for _ in range(3):
            made_by_rule(owner, 10_000)
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        assert rank_tasks(owner_ids=[owner.pk for owner in owners]).looked_at == 60


def test_the_task_list_names_the_parked_with_reason_and_today_leaves_them_out(as_csm: Client, csm: User) -> None:
    csm.weekly_capacity_minutes = 60
    csm.save()
    make_task(owner=csm, account=worth(csm, 900_000), title="Large one", due_on=today(), effort_minutes=60)
    small = make_task(owner=csm, account=worth(csm, 10_000), title="Small one", due_on=today(), effort_minutes=60)
    rank_tasks()
    listed = as_csm.get(reverse("tasks"))
    assert [group.key for group in listed.context["list"].groups] == ["today", "parked"]
    shown = listed.content.decode()
    assert "above this week&#x27;s 1 h" in shown and "Take it anyway" in shown
    day = as_csm.get("/").content.decode()
    assert "Large one" in day and "Small one" not in day
    assert as_csm.post(reverse("task_take", args=[small.pk])).status_code == 302
    assert "Small one" in as_csm.get("/").content.decode()


def test_today_and_the_tasks_stand_in_the_order_of_rank(as_csm: Client, csm: User) -> None:
    make_task(owner=csm, account=worth(csm, 20_000), title="Second", due_on=today() - dt.timedelta(days=2))
    make_task(owner=csm, account=worth(csm, 800_000), title="First", due_on=today() - dt.timedelta(days=1))
    rank_tasks()
    for url in ("/", reverse("tasks")):
        shown = as_csm.get(url).content.decode()
        assert shown.index("First") < shown.index("Second")


def test_the_proactive_share_counts_work_of_people_and_never_automated_mail(csm: User) -> None:
    account = make_account(csm=csm)
    make_task(owner=csm, account=account, state="done", is_proactive=True)
    make_task(owner=csm, account=account, state="done", is_proactive=False)
    log_touchpoint(actor=csm, account=account, kind="call", is_proactive=True)
    log_touchpoint(actor=csm, account=account, kind="mail", direction="in", is_proactive=True)
    log_touchpoint(actor=csm, account=account, kind="note", is_proactive=True)
    before = proactive_shares(owner_ids=[csm.pk], until=now())[csm.pk]
    assert (before.planned, before.total, before.share) == (2, 4, 0.5)
    for _ in range(5):
        log_touchpoint(actor=csm, account=account, kind="mail", is_proactive=True, is_automated=True)
    assert proactive_shares(owner_ids=[csm.pk], until=now())[csm.pk] == before
    make_task(owner=csm, account=account, state="done", done_at=now() - dt.timedelta(days=40))
    assert proactive_shares(owner_ids=[csm.pk], until=now())[csm.pk] == before
