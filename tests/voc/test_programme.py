"""The programme: scope, goals against figures, who read and acted, who stayed, and the way back of every change."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from accounts.models import Segment
from lifecycle.models import Movement
from team.clock import now, today
from team.models import ActionLog, User
from team.services.undo import CannotUndo, undo_action
from tests.makers import make_account, make_department, make_user
from tests.voc.makers import make_feedback
from tests.voc.makers_analysis import make_closed
from tests.voc.makers_inbox import browser
from voc.models import InsightRead, InsightStep, Programme, ProgrammeGoal
from voc.selectors.programme import ProgrammeReading, read_programme
from voc.selectors.programme_figures import FIGURES
from voc.services import programme as services

pytestmark = pytest.mark.django_db
TOP = [{"name": "account.segment", "operator": "eq", "value": "top"}]


@pytest.fixture
def top(db: None) -> Segment:
    return Segment.objects.create(slug="top", name="Top")


def known(reading: ProgrammeReading, key: str) -> tuple[float | None, int]:
    found = next(value for stage in reading.stages for figure, value in stage.others if figure.key == key)
    return found.value, found.n


def test_the_figures_count_accounts_in_scope_alone(csm: User, manager: User, top: Segment) -> None:
    inside, outside = make_account(csm=csm, segment=top), make_account(csm=csm)
    make_account(csm=csm, segment=top)
    make_feedback(inside, received_at=now() - dt.timedelta(days=3))
    make_feedback(outside, received_at=now() - dt.timedelta(days=3))
    everything = read_programme(manager, Programme(started_on=today()))
    assert (everything.accounts, everything.all_accounts) == (3, 3)
    assert known(everything, "heard")[0] == pytest.approx(200 / 3)
    scoped = read_programme(manager, Programme(started_on=today(), scope=TOP))
    assert (scoped.accounts, scoped.all_accounts) == (2, 3)
    assert known(scoped, "heard") == (50, 2)
    assert read_programme(make_user(role="csm"), Programme(started_on=today())).accounts == 0


def test_a_scope_that_nobody_understands_counts_nothing_and_says_so(csm: User, manager: User) -> None:
    make_account(csm=csm)
    broken = Programme(started_on=today(), scope=[{"name": "fact.gone", "operator": "gte", "value": 1}])
    reading = read_programme(manager, broken)
    assert reading.is_scope_broken and reading.accounts == 0
    Programme.objects.create(pk=1, started_on=today(), scope=broken.scope)
    assert b"does not exist any more" in browser(manager).get(reverse("programme")).content


def test_who_read_and_acted_is_counted_by_department_and_week(csm: User, manager: User) -> None:
    priya = make_user(role="member", name="Priya")
    make_department("product", members=(priya,))
    account = make_account(csm=csm)
    read, acted, _neither = (make_closed(account, age_days=1, theme=slug) for slug in ("bugs", "speed", "value"))
    InsightRead.objects.create(insight=read, user=priya)
    InsightRead.objects.create(insight=_neither, user=manager)  # not of the department
    InsightStep.objects.create(insight=acted, state="triaged", actor=priya)
    reading = read_programme(manager, Programme(started_on=today()))
    (product,) = reading.departments
    assert (product.n, product.read.value, product.acted.value) == pytest.approx((3, 2 / 3, 1 / 3))
    assert len(product.weeks) == 8
    assert known(reading, "read") == pytest.approx((200 / 3, 3))


def test_those_who_stayed_are_compared_with_others_alike_from_the_same_moment_on(csm: User, manager: User) -> None:
    day = today()
    for number in range(48):
        account = make_account(csm=csm)
        is_closed = number % 2 == 0
        make_closed(account, age_days=250, closed_after=20 if is_closed else None, theme="bugs")
        first = {"account": account, "recorded_at": now(), "versions": []}
        Movement.objects.create(
            **first, effective_on=day - dt.timedelta(days=400), kind="new", amount=5000, closing=5000
        )
        lost_on = {1: 240, 3: 150, 5: 150, 7: 20}.get(number)
        if lost_on:  # before the landmark: not compared; after the 90 days: still there
            gone = {"kind": "churn", "amount": -5000, "closing": 0}
            Movement.objects.create(**first, effective_on=day - dt.timedelta(days=lost_on), **gone)
    found = read_programme(manager, Programme(started_on=today())).retention
    assert found is not None
    assert (found.n, found.others) == (24, 23)
    assert (found.share, found.others_share) == pytest.approx((1.0, 21 / 23))
    assert not found.is_clear
    assert b"No evidence that those whose loop was closed" in browser(manager).get(reverse("programme")).content


def test_goals_are_set_measured_changed_and_taken_back(csm: User, manager: User) -> None:
    make_feedback(make_account(csm=csm))
    client = browser(manager)
    page = reverse("programme_goal_add")
    assert client.post(page, {"measure": "heard", "target": "120", "due_on": "+2w"}).status_code == 422
    assert client.post(page, {"measure": "heard", "target": "80", "due_on": "+2w", "owner": csm.pk}).status_code == 302
    goal = ProgrammeGoal.objects.get()
    assert (goal.stage, int(goal.target), goal.owner) == ("listen", 80, csm)
    assert b"reached" in client.get(reverse("programme")).content
    assert client.post(page, {"measure": "heard", "target": "9", "due_on": "+2w"}).status_code == 422
    url = reverse("programme_goal", args=[goal.pk])
    assert client.post(url, {"target": "70", "due_on": "+3w", "owner": ""}).status_code == 302
    client.post(reverse("programme_goal_delete", args=[goal.pk]))
    assert not ProgrammeGoal.objects.exists()
    assert undo_action(actor=manager, action=ActionLog.objects.latest("id"))
    assert ProgrammeGoal.objects.get().target == 70
    undo = ActionLog.objects.order_by("-id")[1]
    assert undo_action(actor=manager, action=undo)
    assert ProgrammeGoal.objects.get().owner == csm


def test_an_overtaken_change_is_not_taken_back(manager: User, csm: User) -> None:
    fields: dict[str, Any] = {"stage": "act", "target": Decimal(9), "due_on": today(), "owner": None}
    services.add_goal(actor=manager, measure="days_to_close", **fields)
    first = ActionLog.objects.latest("id")
    services.edit_programme(actor=manager, name="Ours", scope=TOP, started_on=today(), sponsor=csm)
    assert services.edit_programme(actor=manager, name="Ours", scope=TOP, started_on=today(), sponsor=csm) is None
    with pytest.raises(CannotUndo):
        undo_action(actor=manager, action=first)
    assert undo_action(actor=manager, action=ActionLog.objects.latest("id"))
    assert not Programme.objects.exists()
    with pytest.raises(PermissionDenied):
        services.add_goal(actor=csm, measure="heard", **fields)


def test_the_scope_is_edited_in_the_editor_of_conditions(manager: User, top: Segment) -> None:
    client = browser(manager)
    page = reverse("programme_edit")
    sent = {"name": "Line one", "started_on": "2026-01-05", "sponsor": ""}
    sent |= {"scope-0-name": "account.segment", "scope-0-operator": "eq", "scope-0-value": "top"}
    assert client.post(page, {**sent, "scope-0-operator": "before"}).status_code == 422
    assert client.post(page, sent).status_code == 302
    assert Programme.objects.get().scope == TOP
    shown = client.get(reverse("programme")).content.decode()
    assert "Line one" in shown and "Top" in shown


def test_less_is_better_for_days(manager: User) -> None:
    figure = FIGURES["days_to_close"]
    reading = read_programme(manager, Programme(started_on=today()))
    assert known(reading, "days_to_close") == (None, 0)
    fields: dict[str, Any] = {"due_on": today() - dt.timedelta(days=1), "owner": None}
    services.add_goal(actor=manager, stage="act", measure="days_to_close", target=Decimal(9), **fields)
    line = read_programme(manager, Programme(started_on=today())).stages[1].goals[0]
    assert line.is_late and not line.is_reached
    assert figure.is_reached(line.known.__class__(8.0, 3), 9)
