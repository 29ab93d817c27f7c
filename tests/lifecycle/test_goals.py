"""Goals and promises: judged by a straight line, fed by facts, closed, and every step taken back."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Fact
from accounts.services.facts import FactRow, declare_fact, push_facts
from accounts.services.versions import EditConflict
from lifecycle.formulas.goals import STALE_DAYS, TOLERANCE, promise_word, share_done, share_expected, word_of
from lifecycle.models import Cause, Goal, Task, Trigger
from lifecycle.selectors.goals import GOAL_WORD, goals_of, judge_goal
from lifecycle.services import goals as services
from team.clock import now, today
from team.models import ActionLog, User
from team.services.undo import CannotUndo, undo_action
from tests.lifecycle.makers_goals import make_goal, make_promise
from tests.makers import make_account, make_contact

DAY = dt.date(2026, 6, 1)


def undo_newest(user: User) -> bool:
    return undo_action(actor=user, action=ActionLog.objects.filter(actor=user).latest("pk"))


def facts_of(account_id: int) -> dict[str, Decimal | None]:
    rows = Fact.objects.current().filter(account=account_id).select_related("definition")
    return {row.definition.name: row.number for row in rows}


# Formulas


@pytest.mark.parametrize(
    ("current", "due_on", "word"),
    [
        (Decimal(20), dt.date(2026, 7, 21), "on_track"),  # half way, half the time
        (Decimal(18), dt.date(2026, 7, 21), "on_track"),  # a tenth behind is allowed
        (Decimal(17), dt.date(2026, 7, 21), "late"),
        (Decimal(30), dt.date(2026, 5, 31), "on_track"),  # past its day, and at the target
        (Decimal(29), dt.date(2026, 5, 31), "late"),
        (None, dt.date(2026, 7, 21), "unknown"),
        (None, dt.date(2026, 5, 31), "late"),
        (Decimal(20), None, "unknown"),
    ],
)
def test_a_straight_line_decides(current: Decimal | None, due_on: dt.date | None, word: str) -> None:
    share = share_done(baseline=Decimal(10), target=Decimal(30), current=current)
    judged = word_of(
        state="open",
        starts_on=dt.date(2026, 4, 12),
        due_on=due_on,
        share=share,
        current_on=DAY if current is not None else None,
        is_fed=False,
        today=DAY,
    )
    assert judged == word


def test_what_was_noted_long_ago_says_nothing_but_a_fact_does() -> None:
    words = [
        word_of(
            state="open",
            starts_on=DAY - dt.timedelta(days=200),
            due_on=DAY + dt.timedelta(days=10),
            share=Decimal("0.99"),
            current_on=DAY - dt.timedelta(days=STALE_DAYS + 1),
            is_fed=is_fed,
            today=DAY,
        )
        for is_fed in (False, True)
    ]
    assert words == ["unknown", "on_track"]


def test_a_goal_may_go_down() -> None:
    assert share_done(baseline=Decimal(80), target=Decimal(20), current=Decimal(50)) == Decimal("0.5")
    assert share_done(baseline=Decimal(5), target=Decimal(5), current=Decimal(5)) is None
    assert share_done(baseline=None, target=Decimal(4), current=Decimal(1)) == Decimal("0.25")


@given(
    start=st.dates(DAY, DAY + dt.timedelta(days=900)),
    length=st.integers(0, 900),
    day=st.dates(DAY, dt.date(2031, 1, 1)),
)
def test_what_is_expected_never_falls_and_stays_between_nothing_and_all(
    start: dt.date, length: int, day: dt.date
) -> None:
    due = start + dt.timedelta(days=length)
    here = share_expected(starts_on=start, due_on=due, today=day)
    later = share_expected(starts_on=start, due_on=due, today=day + dt.timedelta(days=1))
    assert 0 <= here <= later <= 1


def test_a_day_that_passes_makes_a_promise_late_and_never_broken() -> None:
    assert promise_word(state="open", due_on=DAY, today=DAY) == "open"
    assert promise_word(state="open", due_on=DAY - dt.timedelta(days=400), today=DAY) == "late"
    assert promise_word(state="broken", due_on=DAY - dt.timedelta(days=1), today=DAY) == "broken"


values = st.none() | st.integers(-40, 40).map(lambda number: Decimal(number) / 2)


@pytest.mark.django_db
@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    drawn=st.fixed_dictionaries(
        {
            "state": st.sampled_from(["open", "open", "open", "reached", "dropped"]),
            "numbers": st.tuples(values, values, values),
            "start": st.integers(-300, 10),
            "length": st.none() | st.integers(0, 600),
            "age": st.integers(0, 120),
            "is_fed": st.booleans(),
        }
    )
)
def test_the_database_judges_as_the_formula_does(csm: User, drawn: dict[str, Any]) -> None:
    baseline, target, current = drawn["numbers"]
    if baseline is not None and baseline == target:
        return
    with transaction.atomic():
        starts_on = today() + dt.timedelta(days=drawn["start"])
        length = drawn["length"]
        goal = make_goal(
            make_account(csm=csm),
            state=drawn["state"],
            baseline=baseline,
            target=target,
            current=current,
            current_at=now() - dt.timedelta(days=drawn["age"]) if current is not None else None,
            starts_on=starts_on,
            due_on=starts_on + dt.timedelta(days=length) if length is not None else None,
            fact=declare_fact(owner="api", name="logins", label="Log-ins") if drawn["is_fed"] else None,
        )
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {GOAL_WORD} FROM lifecycle_goal goal WHERE goal.id = %(pk)s",  # noqa: S608 a constant
                {"pk": goal.pk, "today": today(), "stale": STALE_DAYS, "tolerance": TOLERANCE},
            )
            (word,) = cursor.fetchone()
        assert judge_goal(goal, today()).word == word
        transaction.set_rollback(True)


# Goals


@pytest.mark.django_db
def test_a_goal_is_added_judged_and_taken_back(csm: User) -> None:
    account = make_account(csm=csm)
    due_on = today() + dt.timedelta(days=100)
    goal = services.add_goal(
        actor=csm, account=account, title="Faster planning", baseline=Decimal(10), target=Decimal(2), due_on=due_on
    )
    assert (goal.owner, goal.starts_on) == (csm, today())
    assert [line.word for line in goals_of(account)] == ["unknown"]
    assert facts_of(account.pk)["goals_open"] == 1
    assert undo_newest(csm)
    assert goals_of(account) == []
    assert facts_of(account.pk)["goals_open"] == 0


@pytest.mark.django_db
def test_a_reading_needs_evidence_and_moves_the_goal(csm: User) -> None:
    account = make_account(csm=csm)
    goal = make_goal(account, current=None)
    with pytest.raises(ValidationError, match="shows"):
        services.record_reading(actor=csm, goal=goal, value=Decimal(22), evidence=" ")
    services.record_reading(actor=csm, goal=goal, value=Decimal(22), evidence="Their report of May")
    services.record_reading(
        actor=csm, goal=goal, value=Decimal(15), evidence="April", observed_at=now() - dt.timedelta(days=40)
    )
    (line,) = goals_of(account)
    assert (line.goal.current, line.share, line.word) == (Decimal(22), 60, "on_track")
    assert facts_of(account.pk)["goal_progress"] == Decimal("0.6")
    first = ActionLog.objects.filter(inverse__service="lifecycle.undo_record_reading").earliest("pk")
    assert undo_action(actor=csm, action=first)
    goal.refresh_from_db()
    assert goal.current == Decimal(15)


@pytest.mark.django_db
def test_a_fact_feeds_its_goals_and_keeps_their_history(csm: User) -> None:
    account, other = make_account(csm=csm), make_account(csm=csm)
    fact = declare_fact(owner="api", name="late_plans", label="Late plans")
    earlier = now() - dt.timedelta(days=3)
    push_facts(owner="api", rows=[FactRow(account.pk, "late_plans", 12, earlier)])
    goal = services.add_goal(
        actor=csm, account=account, title="Less", baseline=Decimal(20), target=Decimal(0), fact=fact
    )
    goal.refresh_from_db()
    assert goal.current == Decimal(12)
    make_goal(other, fact=fact, current=None)
    push_facts(
        owner="api", rows=[FactRow(account.pk, "late_plans", 8, now()), FactRow(other.pk, "late_plans", 3, now())]
    )
    assert services.feed_goals() == {account.pk, other.pk}
    assert services.feed_goals() == set()
    goal.refresh_from_db()
    assert goal.current == Decimal(8)
    assert [reading.value for reading in goal.readings.all()] == [Decimal(12), Decimal(8)]
    with pytest.raises(ValidationError, match="feeds"):
        services.record_reading(actor=csm, goal=goal, value=Decimal(1), evidence="No")
    assert services.edit_goal(actor=csm, goal=goal, fact=None)
    assert services.record_reading(actor=csm, goal=goal, value=Decimal(1), evidence="Yes")


@pytest.mark.django_db
def test_a_missed_goal_asks_for_its_cause_once_and_undo_takes_the_question_back(csm: User) -> None:
    account = make_account(csm=csm)
    goal = make_goal(account)
    assert services.close_goal(actor=csm, goal=goal, state="missed", note="Nobody had time")
    assert services.close_goal(actor=csm, goal=goal, state="reached") is None
    cause = Cause.objects.get(goal=goal)
    task = Task.objects.open().get(dedupe_key=f"cause:{cause.pk}")
    assert task.owner == csm and goal.title in task.title
    assert Trigger.objects.get(kind="goal_missed").payload["title"] == goal.title
    (line,) = goals_of(account)
    assert line.word == "missed" and line.needs_cause
    assert facts_of(account.pk)["goals_missed"] == 1
    assert undo_newest(csm)
    goal.refresh_from_db()
    assert goal.state == "open" and not Cause.objects.exists()
    assert not Task.objects.open().exists()


@pytest.mark.django_db
def test_a_goal_is_reached_opened_again_and_deleted(csm: User) -> None:
    goal = make_goal(make_account(csm=csm))
    services.close_goal(actor=csm, goal=goal, state="reached")
    assert Trigger.objects.filter(kind="goal_reached").count() == 1
    assert services.reopen_goal(actor=csm, goal=goal)
    assert services.reopen_goal(actor=csm, goal=goal) is None
    assert services.delete_goal(actor=csm, goal=goal)
    assert services.delete_goal(actor=csm, goal=goal) is None
    assert not Goal.objects.exists()
    assert undo_newest(csm)
    assert Goal.objects.get().state == "open"


@pytest.mark.django_db
def test_two_people_do_not_overwrite_each_other(csm: User, manager: User) -> None:
    goal = make_goal(make_account(csm=csm))
    version = goal.version
    services.edit_goal(actor=manager, goal=Goal.objects.get(), version=version, title="Theirs")
    services.edit_goal(actor=csm, goal=Goal.objects.get(), version=version, unit="%")
    with pytest.raises(EditConflict):
        services.edit_goal(actor=csm, goal=Goal.objects.get(), version=version, title="Mine")
    goal.refresh_from_db()
    assert (goal.title, goal.unit) == ("Theirs", "%")


@pytest.mark.django_db
def test_an_edit_that_was_changed_again_is_not_undone(csm: User) -> None:
    goal = make_goal(make_account(csm=csm))
    action = services.edit_goal(actor=csm, goal=goal, title="Second")
    services.edit_goal(actor=csm, goal=goal, title="Third")
    assert action is not None
    with pytest.raises(CannotUndo):
        undo_action(actor=csm, action=action)


@pytest.mark.django_db
def test_who_does_not_edit_the_account_changes_nothing(csm: User, stranger: User) -> None:
    account = make_account(csm=csm)
    goal, given = make_goal(account), make_promise(account)
    for change in (
        lambda: services.add_goal(actor=stranger, account=account, title="x"),
        lambda: services.edit_goal(actor=stranger, goal=goal, title="x"),
        lambda: services.close_goal(actor=stranger, goal=goal, state="missed"),
        lambda: services.record_reading(actor=stranger, goal=goal, value=Decimal(1), evidence="x"),
        lambda: services.settle_promise(actor=stranger, given=given, state="kept", evidence="x"),
        lambda: services.delete_promise(actor=stranger, given=given),
    ):
        with pytest.raises(PermissionDenied):
            change()
    with pytest.raises(ValidationError, match="account"):
        services.add_goal(actor=csm, account=account, title="x", customer_owner=make_contact(make_account(csm=csm)))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"baseline": Decimal(3), "target": Decimal(3)},
        {"due_on": DAY - dt.timedelta(days=1), "starts_on": DAY},
        {"state": "reached", "closed_on": None},
        {"signed_off_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "signed_off_by": ""},
    ],
)
def test_the_database_refuses_goals_that_make_no_sense(csm: User, wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError):
        make_goal(make_account(csm=csm), **wrong)


# Promises
