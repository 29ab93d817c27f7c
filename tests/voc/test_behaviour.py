"""Behaviour that proves an insight solved, and the page on which it stands."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import AccountSummary, Fact, FactDefinition
from lifecycle.models import Trigger
from team.clock import now, today
from team.models import Notice, User
from tests.makers import make_account, make_department, make_user
from tests.team.racing import at_once
from tests.voc.makers import make_insight
from voc.formulas.behaviour import has_changed
from voc.models import BehaviourCheck, Insight
from voc.selectors.behaviour import checkable_names, read_numbers
from voc.services.behaviour import attach_check, call_off_check, check_behaviour
from voc.services.insights import NotAllowedNow

DAY = dt.timedelta(days=1)
numbers = st.decimals(-1000, 1000, places=2)


@settings(deadline=None, max_examples=50)
@given(numbers, numbers, st.decimals(0, 100, places=2))
def test_up_and_down_are_mirror_images(before: Decimal, after: Decimal, by: Decimal) -> None:
    assert has_changed(before=before, after=after, is_up=True, by=by) == has_changed(
        before=-before, after=-after, is_up=False, by=by
    )
    assert not (
        has_changed(before=before, after=after, is_up=True, by=by)
        and has_changed(before=before, after=after, is_up=False, by=by)
    )
    assert not has_changed(before=before, after=before, is_up=True, by=by)


def done_insight(csm: User, **fields: Any) -> Insight:
    account = make_account(csm=csm)
    AccountSummary.objects.filter(account=account).update(open_tickets=5, arr=9000)
    words: dict[str, Any] = {"state": "acted_on", "promise": "A fix", "promised_on": today(), "action": "Done"} | fields
    return make_insight(account, owner=csm, decided_at=now(), **words)


def attach(csm: User, insight: Insight, **fields: Any) -> BehaviourCheck:
    words: dict[str, Any] = {"fact": "account.open_tickets", "direction": "down", "by": Decimal(2)} | fields
    return attach_check(actor=csm, insight=insight, check_on=today() + 7 * DAY, **words)


def day_comes(check: BehaviourCheck, *, tickets: int) -> None:
    BehaviourCheck.objects.filter(pk=check.pk).update(check_on=today())
    AccountSummary.objects.filter(account=check.insight.account_id).update(open_tickets=tickets)


def test_a_change_by_enough_verifies(csm: User) -> None:
    check = attach(csm, done_insight(csm))
    assert check.before == 5
    assert check_behaviour() == 0
    day_comes(check, tickets=3)
    assert check_behaviour() == 1
    assert check_behaviour() == 0
    check.refresh_from_db()
    insight = Insight.objects.get()
    assert (check.state, check.after, insight.state) == ("met", Decimal(3), "verified")
    assert insight.verified_at is not None
    assert Trigger.objects.filter(kind="insight_verified").count() == 1
    assert list(insight.steps.values_list("state", flat=True))[-1] == "verified"


def test_too_little_tells_the_owner(csm: User) -> None:
    check = attach(csm, done_insight(csm))
    day_comes(check, tickets=4)
    check_behaviour()
    check.refresh_from_db()
    assert (check.state, Insight.objects.get().state) == ("missed", "acted_on")
    assert Notice.objects.filter(user=csm, text__contains="did not change").count() == 1


def test_a_number_that_is_not_known_is_looked_for_a_week(csm: User) -> None:
    definition = FactDefinition.objects.create(name="exports", label="Exports", owner="test")
    insight = done_insight(csm)
    Fact.objects.create(account=insight.account, definition=definition, number=10, observed_at=now())
    check = attach(csm, insight, fact="fact.exports", direction="up")
    Fact.objects.all().delete()
    BehaviourCheck.objects.update(check_on=today())
    assert check_behaviour() == 0
    BehaviourCheck.objects.update(check_on=today() - 8 * DAY)
    assert check_behaviour() == 1
    check.refresh_from_db()
    assert (check.state, check.after) == ("missed", None)


def test_what_ended_otherwise_is_not_looked_at(csm: User) -> None:
    check = attach(csm, done_insight(csm))
    Insight.objects.update(state="verified")
    day_comes(check, tickets=0)
    check_behaviour()
    check.refresh_from_db()
    assert check.state == "called_off"


def test_one_waits_at_a_time_and_can_be_called_off(csm: User) -> None:
    insight = done_insight(csm)
    first, second = attach(csm, insight), attach(csm, insight, by=Decimal(1))
    first.refresh_from_db()
    assert first.state == "called_off"
    assert call_off_check(actor=csm, check=second)
    assert not call_off_check(actor=csm, check=second)


def test_only_what_was_decided_is_looked_at_and_members_look_at_no_sums(csm: User) -> None:
    member = make_user(role="member")
    assert "account.arr" in checkable_names(csm)
    assert "account.arr" not in checkable_names(member)
    with pytest.raises(NotAllowedNow):
        attach(member, done_insight(csm), fact="account.arr")
    with pytest.raises(NotAllowedNow):
        attach(csm, done_insight(csm, state="new", theme="bugs"))


def test_the_numbers_of_many_accounts_are_read_in_two_questions(csm: User, django_assert_num_queries: Any) -> None:
    ids = [done_insight(csm, theme=f"t{number}").account_id for number in range(4)]
    with django_assert_num_queries(2):
        found = read_numbers(account_ids=ids, names=["account.open_tickets", "fact.exports", "custom.x"])
    assert [found[account_id] for account_id in ids] == [{"account.open_tickets": Decimal(5)}] * 4


@pytest.mark.django_db(transaction=True)
def test_eight_looks_at_once_verify_once(csm: User) -> None:
    day_comes(attach(csm, done_insight(csm)), tickets=0)
    results = at_once(8, check_behaviour)
    assert sum(one for one in results if isinstance(one, int)) == 1, results
    assert Trigger.objects.filter(kind="insight_verified").count() == 1


def test_the_box_stands_on_the_page_and_hides_sums_from_members(csm: User, as_csm: Client) -> None:
    member = make_user(role="member")
    make_department("product", members=(member,))
    insight = done_insight(csm)
    attach_check(actor=csm, insight=insight, fact="account.arr", direction="up", by=Decimal(1), check_on=today() + DAY)
    url = reverse("insight", args=[insight.pk])
    assert "9,000" in as_csm.get(url).content.decode()
    client = Client()
    client.force_login(member)
    page = client.get(url).content.decode()
    assert "Until the customer confirms" in page
    assert "9,000" not in page
    assert client.get(reverse("insight_check", args=[insight.pk])).status_code == 200
    form = {"fact": "account.open_tickets", "direction": "down", "by": "1", "check_on": "+2w"}
    assert client.post(reverse("insight_check", args=[insight.pk]), form).status_code == 302
    assert client.post(reverse("insight_check_off", args=[insight.pk])).status_code == 302
    assert client.post(reverse("insight_ask", args=[insight.pk]), {"text": ""}).status_code == 422
