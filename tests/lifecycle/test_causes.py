"""One of three causes for what went wrong, with evidence, told to who can act."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account, AccountGrant
from lifecycle.models import Cause, Task
from lifecycle.selectors.causes import open_causes, tally_causes
from lifecycle.services.causes import need_cause, record_cause
from team.clock import today
from team.models import ActionLog, Notice, User
from team.services.undo import undo_action
from tests.lifecycle.makers_goals import make_goal, make_promise
from tests.makers import make_account, make_department, make_user

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 5, 4)


def loss(account: Account, day: dt.date = DAY) -> Cause:
    return need_cause(account=account, about="loss", movement_on=day)


def test_each_thing_asks_once(csm: User) -> None:
    account = make_account(csm=csm)
    goal = make_goal(account, state="missed")
    for _ in range(2):
        need_cause(account=account, about="goal", goal=goal)
        need_cause(account=account, about="contraction", movement_on=DAY)
        loss(account)
        loss(account, DAY + dt.timedelta(days=1))
    assert Cause.objects.count() == Task.objects.open().filter(owner=csm).count() == 4


def test_the_department_that_can_act_hears_it_and_sees_the_account(csm: User) -> None:
    lead, member, other = make_user(role="member"), make_user(role="member"), make_user(role="member")
    product = make_department("product", members=(member,))
    product.lead = lead
    product.save()
    make_department("sales", members=(other,))
    cause = loss(make_account(csm=csm, name="Acme"))
    with pytest.raises(ValidationError, match="shows"):
        record_cause(actor=csm, cause=cause, kind="product", evidence=" ")
    with pytest.raises(ValidationError, match="three"):
        record_cause(actor=csm, cause=cause, kind="price", evidence="x")
    assert record_cause(actor=csm, cause=cause, kind="product", evidence="It crashed")
    assert record_cause(actor=csm, cause=cause, kind="product", evidence="It crashed") is None
    assert set(Notice.objects.filter(kind="cause").values_list("user", flat=True)) == {lead.pk, member.pk}
    assert not Task.objects.open().exists()
    reader = User.objects.get(pk=member.pk)
    assert Cause.objects.visible_to(reader).get() == cause
    assert not Cause.objects.visible_to(User.objects.get(pk=other.pk)).exists()
    assert AccountGrant.objects.get().until is not None


def test_another_cause_goes_elsewhere_and_undo_asks_again(csm: User) -> None:
    make_department("product")
    make_department("sales")
    cause = loss(make_account(csm=csm))
    record_cause(actor=csm, cause=cause, kind="product", evidence="It crashed")
    record_cause(actor=csm, cause=cause, kind="wrong_customer", evidence="Two users")
    assert AccountGrant.objects.get().department.slug == "sales"
    for action in ActionLog.objects.filter(inverse__service="lifecycle.undo_record_cause").order_by("-pk"):
        assert undo_action(actor=csm, action=action)
    cause.refresh_from_db()
    assert (cause.kind, cause.evidence, cause.routed_to, cause.recorded_by) == ("", "", "", None)
    assert not AccountGrant.objects.exists()
    assert Task.objects.open().count() == 1


def test_who_does_not_edit_the_account_says_nothing(csm: User, stranger: User) -> None:
    with pytest.raises(PermissionDenied):
        record_cause(actor=stranger, cause=loss(make_account(csm=csm)), kind="product", evidence="x")


def test_the_database_keeps_what_a_cause_is(csm: User) -> None:
    account = make_account(csm=csm)
    wrong: list[dict[str, Any]] = [
        {"about": "loss"},
        {"about": "goal", "movement_on": DAY},
        {"about": "loss", "movement_on": DAY, "kind": "product"},
    ]
    for values in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            Cause.objects.create(account=account, **values)


def test_the_tally_counts_what_one_sees(csm: User, stranger: User, manager: User) -> None:
    mine, theirs = make_account(csm=csm), make_account(csm=stranger)
    record_cause(actor=csm, cause=loss(mine), kind="product", evidence="x")
    record_cause(actor=stranger, cause=loss(theirs), kind="product", evidence="x")
    loss(mine, DAY + dt.timedelta(days=2))
    goal = make_goal(mine, state="missed")
    record_cause(actor=csm, cause=need_cause(account=mine, about="goal", goal=goal), kind="engagement", evidence="x")
    found = {one.kind: (one.goals, one.losses, one.share) for one in tally_causes(csm)}
    assert found == {"product": (0, 1, 50), "engagement": (1, 0, 50), "wrong_customer": (0, 0, 0)}
    assert {one.kind: one.total for one in tally_causes(manager)}["product"] == 2
    assert (open_causes(csm), open_causes(stranger)) == (1, 0)


# The pages


def test_causes_shows_mine_hides_theirs_and_saves(as_csm: Client, csm: User, stranger: User) -> None:
    mine = loss(make_account(csm=csm, name="Mine Ltd"))
    loss(make_account(csm=stranger, name="Theirs Ltd"))
    page = as_csm.get(reverse("causes")).content.decode()
    assert "Mine Ltd" in page and "Theirs Ltd" not in page
    url = reverse("cause", args=[mine.pk])
    assert as_csm.post(url, {"kind": "product", "evidence": "It crashed"}).status_code == 302
    assert "Mine Ltd" not in as_csm.get(reverse("causes"), {"kind": "open"}).content.decode()
    assert "It crashed" in as_csm.get(reverse("causes"), {"kind": "product"}).content.decode()
    part = as_csm.get(reverse("causes"), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part and "Mine Ltd" in part


def test_promises_shows_mine_hides_theirs_and_knows_late_ones(as_csm: Client, csm: User, stranger: User) -> None:
    account = make_account(csm=csm)
    make_promise(account, words="Soon enough")
    make_promise(account, words="Much too late", due_in=-5)
    make_promise(account, words="Done", state="kept")
    make_promise(make_account(csm=stranger), words="Not mine")
    url = reverse("promises")
    every = as_csm.get(url).content.decode()
    assert all(words in every for words in ("Soon enough", "Much too late", "Done")) and "Not mine" not in every
    late = as_csm.get(url, {"state": "late"}).content.decode()
    assert "Much too late" in late and "Soon enough" not in late
    not_late = as_csm.get(url, {"state.not": "late"}).content.decode()
    assert "Much too late" not in not_late and "Soon enough" in not_late
    part = as_csm.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part


@pytest.mark.parametrize("name", ["promises", "causes"])
def test_the_lists_take_the_same_queries_at_any_size(as_csm: Client, csm: User, name: str) -> None:
    def fill(count: int) -> None:
        for number in range(count):
            account = make_account(csm=csm)
            make_promise(account)
            loss(account, DAY + dt.timedelta(days=number))

    def count() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert as_csm.get(reverse(name)).status_code == 200
        return len(caught)

    fill(1)
    as_csm.get(reverse(name))
    few = count()
    fill(12)
    assert count() == few


def test_dialogs_of_goals_and_promises_save(as_csm: Client, csm: User) -> None:
    account = make_account(csm=csm)
    goal = {"title": "Faster", "baseline": "10", "target": "2", "owner": csm.pk, "due_on": "+6m", "starts_on": ""}
    assert as_csm.post(reverse("goal_add", args=[account.pk]), goal).status_code == 302
    made = account.goals.get()
    reading = {"value": "8", "evidence": "Their report"}
    assert as_csm.post(reverse("goal_reading", args=[made.pk]), reading).status_code == 302
    assert "Their report" in as_csm.get(reverse("goal_reading", args=[made.pk])).content.decode()
    assert as_csm.post(reverse("goal_close", args=[made.pk]), {"state": "reached"}).status_code == 302
    made.refresh_from_db()
    assert (made.state, made.current, made.closed_on) == ("reached", Decimal(8), today())
    promise = {"words": "A plan", "due_on": "+1w", "owner": csm.pk}
    assert as_csm.post(reverse("promise_add", args=[account.pk]), promise).status_code == 302
    given = account.promises.get()
    kept = {"state": "kept", "evidence": "Their mail"}
    assert as_csm.post(reverse("promise_settle", args=[given.pk]), kept).status_code == 302
    shown = as_csm.get(reverse("account_plan", args=[account.pk])).content.decode()
    assert "Faster" in shown and "A plan" in shown and "Kept" in shown
