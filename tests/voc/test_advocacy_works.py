"""Works with customers, that warn when their account turns at risk, and whom one would ask first."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.models import AccountGrant, AccountSummary, Fact, Touchpoint
from lifecycle.models import Task, Trigger
from team.clock import now, today
from team.models import Notice, User
from tests.makers import make_account, make_department
from tests.voc.makers_advocacy import make_fan, make_marketer, make_reference, make_request, make_work, worsening
from voc.models import AdvocacyRequest, AdvocacyWork
from voc.selectors.advocacy import find_candidates
from voc.services.advocacy import add_work, edit_work, look_for, restore_work, sweep_advocacy, withdraw_work
from voc.services.advocacy.works import warn_of_end, warn_of_risk

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def test_a_work_is_added_edited_withdrawn_and_brought_back(csm: User) -> None:
    account = make_fan(csm=csm)
    make_department("marketing")
    fields: dict[str, Any] = {"kind": "webinar", "title": "Nine days", "published_on": today()}
    work, _action = add_work(actor=csm, account=account, **fields)
    assert AccountGrant.objects.get(account=account).source_ref == f"advocacy_work:{work.pk}"
    assert edit_work(actor=csm, work=work, ends_on=today() + DAY)
    assert not edit_work(actor=csm, work=work, ends_on=today() + DAY)
    assert AccountGrant.objects.get(account=account).until == today() + DAY
    with pytest.raises(ValidationError):
        edit_work(actor=csm, work=work, ends_on=today() - DAY)
    assert withdraw_work(actor=csm, work=work) is not None
    assert withdraw_work(actor=csm, work=work) is None
    assert AccountGrant.objects.get(account=account).until == today()
    restore_work(actor=csm, work_id=work.pk, is_there=True)
    assert AdvocacyWork.objects.in_use(today()).get() == work
    with pytest.raises(ValidationError):
        add_work(actor=csm, account=account, request=make_request(make_account(csm=csm)), **fields)


def test_a_work_warns_once_when_its_account_turns_and_again_after_it_was_well(csm: User) -> None:
    account = make_fan(csm=csm, name="Northwind")
    make_work(account)
    make_work(account, withdrawn_at=now(), title="Old")
    marketer = make_marketer()
    assert warn_of_risk() == 0
    rows = AccountSummary.objects.filter(account=account)
    rows.update(health_band="risk")
    assert (warn_of_risk(), warn_of_risk()) == (1, 0)
    assert set(Notice.objects.values_list("user", flat=True)) == {csm.pk, marketer.pk}
    assert "From sheets to one plan" in Notice.objects.filter(user=marketer).get().text
    rows.update(health_band="watch")
    warn_of_risk()
    rows.update(health_band="risk")
    assert warn_of_risk() == 0
    rows.update(health_band="good")
    assert warn_of_risk() == 0
    rows.update(health_band="critical")
    assert warn_of_risk() == 1


def test_the_end_of_use_is_told_thirty_days_ahead_once(csm: User) -> None:
    make_work(make_fan(csm=csm), ends_on=today() + 30 * DAY)
    make_work(make_fan(csm=csm), ends_on=today() + 31 * DAY)
    make_marketer()
    assert (warn_of_end(), warn_of_end()) == (1, 0)


def test_the_whole_sweep_twice_is_once(csm: User) -> None:
    worsening(csm)
    make_marketer()
    make_work(make_fan(csm=csm, health_band="risk"))
    make_reference(make_account(csm=csm), outcome="yes", direction="two_way")
    sweep_advocacy()
    counts = [model.objects.count() for model in (Notice, Trigger, AdvocacyRequest, Touchpoint, Fact)]
    sweep_advocacy()
    assert counts == [model.objects.count() for model in (Notice, Trigger, AdvocacyRequest, Touchpoint, Fact)]


def test_candidates_are_well_say_so_and_were_left_in_peace(csm: User) -> None:
    best = make_fan(csm=csm, name="Best")
    busy = make_fan(csm=csm, name="Busy", open_tickets=3)
    make_fan(csm=csm, name="Critic", nps=5)
    make_fan(csm=csm, name="Weak", health_band="watch")
    make_request(make_fan(csm=csm, name="Asked"), days_ago=30, answer="no")
    found = find_candidates(csm)
    assert [one.account for one in found.rows] == [best, busy]
    assert found.rows[0].points > found.rows[1].points
    assert [reason.points for reason in found.rows[1].bad] == [-15]


def test_marketing_learns_the_number_of_what_it_may_not_see(csm: User) -> None:
    shown = make_fan(csm=csm, name="Granted")
    make_fan(csm=csm, name="Secret")
    found = find_candidates(make_marketer(shown))
    assert ([one.account.name for one in found.rows], found.hidden) == (["Granted"], 1)


def test_the_csms_of_the_best_get_one_task_each(csm: User, stranger: User) -> None:
    make_fan(csm=csm, name="Best", health=95)
    make_fan(csm=csm, name="Second")
    make_fan(csm=stranger, name="Third")
    marketer = make_marketer()
    assert look_for(actor=marketer, kind="reference", purpose="A prospect") == 2
    look_for(actor=marketer, kind="reference", purpose="A prospect")
    assert sorted(Task.objects.values_list("owner", flat=True)) == sorted([csm.pk, stranger.pk])
    assert "A prospect" in Task.objects.get(owner=stranger).why
