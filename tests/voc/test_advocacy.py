"""Asking with open eyes, answers that reach timeline, facts and risks, works that warn, sweeps that may repeat."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import AccountGrant, Fact, Ticket, Touchpoint
from accounts.services.erasure import erase_contacts
from lifecycle.models import Trigger
from team.clock import now, today
from team.models import Notice, User
from team.services.undo import CannotUndo, undo_action
from tests.makers import make_account, make_contact, make_department, make_user
from tests.voc.makers import make_feedback, make_insight, make_invitation, make_nps
from tests.voc.makers_advocacy import (
    make_fan,
    make_marketer,
    make_reference,
    make_request,
    worsening,
)
from voc.formulas.advocacy import quarter_of
from voc.models import AdvocacyRequest, Response
from voc.selectors.advocacy import read_check, read_quarters
from voc.services.advocacy import (
    Unseen,
    ask_account,
    record_answer,
    settle_overdue,
    undo_answer,
)
from voc.services.advocacy.sweeping import adopt_references, take_over_outcomes, watch_rate
from voc.services.insights import NotAllowedNow, Overtaken

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def facts_of(account_id: int) -> dict[str, int]:
    rows = Fact.objects.current().filter(account=account_id, definition__name__startswith="advocacy_")
    return {name: int(number) for name, number in rows.values_list("definition__name", "number") if number is not None}


# --- Before asking


def test_the_check_shows_say_do_tickets_insights_and_former_answers(csm: User) -> None:
    account = make_fan(csm=csm)
    contact = make_contact(account)
    version = make_nps(csm)
    invitation, _token = make_invitation(version, contact)
    Response.objects.create(
        version=version, invitation=invitation, account=account, contact=contact, state="confirmed", score=4,
        submitted_at=now() - 3 * DAY,
    )  # fmt: skip
    for number in range(3):
        make_feedback(account, f"Too slow, again {number}", sentiment=-0.6)
    Ticket.objects.create(account=account, subject="It is down", priority="p1", opened_at=now())
    make_insight(account)
    make_request(account, days_ago=40, answer="no", reason="Not while it is so slow.")
    check = read_check(account=account, user=csm)
    assert (check.say.nps.n, check.say.last_score, check.say.sentiment_n) == (1, 4, 3)
    assert [ticket.subject for ticket in check.tickets] == ["It is down"]
    assert (len(check.insights), check.insights_count, check.requests[0].answer) == (1, 1, "no")
    assert {one.code for one in check.warnings} == {"critic", "sour", "urgent_tickets", "insights", "refused"}


def test_a_department_sees_no_insight_of_another_but_their_number(csm: User) -> None:
    account = make_fan(csm=csm)
    make_insight(account, department="product")
    check = read_check(account=account, user=make_marketer(account))
    assert (check.insights, check.insights_count) == ([], 1)


def test_a_warned_person_must_say_that_they_ask_nevertheless(csm: User) -> None:
    account = make_fan(csm=csm, health_band="risk")
    with pytest.raises(Unseen) as refused:
        ask_account(actor=csm, account=account, kind="reference")
    assert "at_risk" in {one.code for one in refused.value.warnings}
    assert not AdvocacyRequest.objects.exists()
    request, _action = ask_account(actor=csm, account=account, kind="reference", has_seen=True)
    assert "at_risk" in {one["code"] for one in request.warned_of}
    assert all(one["words"] for one in request.warned_of)


def test_asking_writes_the_timeline_grants_marketing_and_tells_the_csm(csm: User, manager: User) -> None:
    account = make_fan(csm=csm)
    contact = make_contact(account)
    marketing = make_department("marketing")
    request, _action = ask_account(
        actor=manager, account=account, kind="review", contact=contact, purpose="Spring badge", has_seen=True
    )
    touch = Touchpoint.objects.get(account=account)
    assert (touch.kind, touch.direction, touch.outcome, touch.logged_by) == ("reference", "out", "", manager)
    assert (touch.asks_for, touch.due_on, request.touchpoint) == ("Review", request.answer_by, touch)
    assert AccountGrant.objects.filter(account=account, department=marketing).exists()
    assert Notice.objects.get(user=csm).url == f"/advocacy/{request.pk}/"


def test_one_open_request_of_a_kind_and_days_that_make_sense(csm: User) -> None:
    account = make_fan(csm=csm)
    ask_account(actor=csm, account=account, kind="reference", has_seen=True)
    with pytest.raises(ValidationError, match="already"):
        ask_account(actor=csm, account=account, kind="reference", has_seen=True)
    ask_account(actor=csm, account=account, kind="review", has_seen=True)
    with pytest.raises(ValidationError, match="to come"):
        ask_account(actor=csm, account=account, kind="quote", asked_on=today() + DAY, has_seen=True)
    with pytest.raises(ValidationError, match="before the question"):
        ask_account(actor=csm, account=account, kind="quote", answer_by=today() - DAY, has_seen=True)
    stray = make_contact(make_account(csm=csm))
    with pytest.raises(ValidationError, match="another account"):
        ask_account(actor=csm, account=account, kind="quote", contact=stray, has_seen=True)


def test_only_the_desk_asks_and_only_about_what_it_sees(csm: User, stranger: User) -> None:
    account = make_fan(csm=csm)
    viewer = make_user(role="viewer")
    product = make_user(role="member")
    granted_product = make_department("product", members=(product,))
    AccountGrant.objects.create(account=account, department=granted_product, reason="An insight", source_ref="x")
    outsider = make_marketer(email="other@vendor.example")
    for person in (stranger, viewer, product, outsider):
        with pytest.raises(PermissionDenied):
            ask_account(actor=person, account=account, kind="reference", has_seen=True)
    insider = make_marketer(account)
    assert ask_account(actor=insider, account=account, kind="reference", has_seen=True)[0].asked_by == insider


def test_asking_can_be_taken_back_until_there_is_an_answer(csm: User) -> None:
    account = make_fan(csm=csm)
    make_department("marketing")
    _request, action = ask_account(actor=csm, account=account, kind="reference", has_seen=True)
    undo_action(actor=csm, action=action)
    assert not AdvocacyRequest.objects.exists()
    assert not Touchpoint.objects.exists()
    assert not AccountGrant.objects.exists()
    request, action = ask_account(actor=csm, account=account, kind="reference", has_seen=True)
    record_answer(actor=csm, request=request, answer="yes")
    with pytest.raises(CannotUndo):
        undo_action(actor=csm, action=action)


# --- Answers


def test_a_yes_reaches_timeline_facts_and_the_person_who_asked(csm: User, manager: User) -> None:
    account = make_fan(csm=csm)
    contact = make_contact(account)
    request, _action = ask_account(actor=manager, account=account, kind="reference", contact=contact, has_seen=True)
    record_answer(actor=csm, request=request, answer="yes", reason="Happy to.")
    said = Touchpoint.objects.get(outcome="yes")
    assert (said.kind, said.direction, said.valence, said.body) == ("reference", "two_way", "positive", "Happy to.")
    ask = Touchpoint.objects.exclude(pk=said.pk).get()
    assert ask.got_it_at is not None
    assert ask.replied_at is not None
    contact.refresh_from_db()
    assert contact.last_two_way_at is not None
    assert facts_of(account.pk) == {"advocacy_yes": 1, "advocacy_refusals": 0}
    assert Notice.objects.filter(user=manager, dedupe_key=f"advocacy:{request.pk}:yes").count() == 1
    request.refresh_from_db()
    assert (request.touchpoint, request.answered_on) == (said, today())


def test_a_stalled_one_may_still_say_yes_and_a_clear_answer_stays(csm: User) -> None:
    request, _action = ask_account(actor=csm, account=make_fan(csm=csm), kind="reference", has_seen=True)
    record_answer(actor=csm, request=request, answer="stalled", reason="After the budget.")
    assert Touchpoint.objects.get(outcome="stalled").direction == "in"
    with pytest.raises(NotAllowedNow, match="already"):
        record_answer(actor=csm, request=request, answer="stalled")
    record_answer(actor=csm, request=request, answer="yes")
    with pytest.raises(NotAllowedNow, match="clear"):
        record_answer(actor=csm, request=request, answer="no")
    assert facts_of(request.account_id) == {"advocacy_yes": 1, "advocacy_refusals": 0}


def test_of_two_who_answer_at_once_one_is_told(csm: User) -> None:
    request = make_request(make_fan(csm=csm))
    twin = AdvocacyRequest.objects.select_related("account").get(pk=request.pk)
    record_answer(actor=csm, request=request, answer="yes")
    with pytest.raises(Overtaken):
        record_answer(actor=csm, request=twin, answer="no")
    assert Touchpoint.objects.filter(kind="reference").count() == 1


def test_an_answer_lies_between_the_question_and_today(csm: User) -> None:
    request = make_request(make_fan(csm=csm), days_ago=5)
    for day in (today() - 6 * DAY, today() + DAY):
        with pytest.raises(NotAllowedNow):
            record_answer(actor=csm, request=request, answer="yes", answered_on=day)


def test_an_answer_can_be_taken_back(csm: User) -> None:
    request, _action = ask_account(actor=csm, account=make_fan(csm=csm), kind="reference", has_seen=True)
    ask = request.touchpoint
    action = record_answer(actor=csm, request=request, answer="yes")
    assert action is not None
    undo_action(actor=csm, action=action)
    request.refresh_from_db()
    assert (request.answer, request.answered_on, request.touchpoint) == ("", None, ask)
    assert not Touchpoint.objects.filter(outcome="yes").exists()
    assert facts_of(request.account_id)["advocacy_yes"] == 0
    arguments = action.inverse["arguments"]
    with pytest.raises(CannotUndo):
        undo_answer(actor=csm, **arguments)


def test_the_second_refusal_in_a_row_opens_a_risk_once_and_a_yes_begins_anew(csm: User) -> None:
    account = make_fan(csm=csm)
    record_answer(actor=csm, request=make_request(account, kind="review"), answer="no")
    assert not Trigger.objects.exists()
    second = make_request(account, kind="quote")
    record_answer(actor=csm, request=second, answer="stalled")
    trigger = Trigger.objects.get()
    assert (trigger.kind, trigger.payload["risk"], trigger.payload["refused"]) == (
        "risk_opened",
        "reference_refused",
        2,
    )
    happy = make_fan(csm=csm)
    make_request(happy, days_ago=30, answer="no", kind="review")
    make_request(happy, days_ago=20, answer="yes", kind="quote")
    record_answer(actor=csm, request=make_request(happy), answer="no")
    assert not Trigger.objects.filter(account=happy).exists()


# --- What is seen to without anybody asking


def test_silence_becomes_no_answer_two_weeks_after_its_day(csm: User, manager: User) -> None:
    make_request(make_fan(csm=csm), days_ago=20, answer_by=today() - 14 * DAY)
    request, _action = ask_account(
        actor=manager, account=make_fan(csm=csm), kind="reference", asked_on=today() - 30 * DAY,
        answer_by=today() - 15 * DAY, has_seen=True,
    )  # fmt: skip
    assert (settle_overdue(), settle_overdue()) == (1, 0)
    request.refresh_from_db()
    assert (request.answer, request.answered_on) == ("none", today())
    assert Touchpoint.objects.get(advocacy_request=request).outcome == "no_answer"
    assert Notice.objects.filter(user=manager, text__contains="No answer").count() == 1
    record_answer(actor=csm, request=request, answer="yes")
    assert Touchpoint.objects.filter(outcome="yes").count() == 1


def test_references_logged_elsewhere_stand_at_the_desk_once(csm: User) -> None:
    account = make_account(csm=csm)
    make_reference(account, outcome="no", direction="two_way", occurred_at=now() - 3 * DAY)
    waiting = make_reference(account, asks_for="A call", due_on=today() + DAY)
    assert (adopt_references(), adopt_references()) == (2, 0)
    assert dict(AdvocacyRequest.objects.values_list("answer", "touchpoint"))[""] == waiting.pk
    assert facts_of(account.pk) == {"advocacy_yes": 0, "advocacy_refusals": 1}
    Touchpoint.objects.filter(pk=waiting.pk).update(outcome="yes")
    assert (take_over_outcomes(), take_over_outcomes()) == (1, 0)
    assert Touchpoint.objects.filter(kind="reference").count() == 2
    assert facts_of(account.pk) == {"advocacy_yes": 1, "advocacy_refusals": 0}


def test_a_falling_rate_tells_marketing_and_opens_risks_once_a_quarter(csm: User) -> None:
    worsening(csm)
    marketer = make_marketer()
    assert watch_rate().is_falling
    watch_rate()
    notice = Notice.objects.get(user=marketer)
    assert "Fewer say yes" in notice.text
    assert notice.url == "/advocacy/rate/"
    assert [trigger.account.name for trigger in Trigger.objects.filter(kind="risk_opened")] == ["Sour"]


def test_a_steady_rate_tells_nobody(csm: User) -> None:
    make_marketer()
    for back in range(1, 7):
        make_request(make_account(csm=csm), days_ago=(today() - quarter_of(today(), back)).days - 5, answer="yes")
    assert not watch_rate().is_falling
    assert not Notice.objects.exists()


def test_requests_are_counted_in_the_quarter_of_asking(csm: User) -> None:
    account = make_account(csm=csm)
    make_request(account, days_ago=(today() - quarter_of(today(), 1)).days, answer="yes")
    make_request(account, days_ago=0, kind="review")
    found = read_quarters(AdvocacyRequest.objects.all(), today=today())
    assert (found[-2].yes, found[-2].waiting, found[-1].yes, found[-1].waiting) == (1, 0, 0, 1)


# --- Forgetting


def test_what_an_erased_person_said_goes_and_the_answer_stays(csm: User) -> None:
    account = make_fan(csm=csm)
    contact = make_contact(account)
    request = make_request(account, contact=contact, answer="no", reason="My boss Eva said no.", purpose="For Eva")
    erase_contacts(ids=[contact.pk])
    request.refresh_from_db()
    assert (request.answer, request.reason, request.purpose, request.contact) == ("no", "", "", None)
