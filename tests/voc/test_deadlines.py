"""What runs out: told once per deadline, a level at a time, and standing still while the customer is asked."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine

from accounts.models import Touchpoint
from accounts.services.touchpoints import log_touchpoint
from outbox.models import Message
from team.clock import now, today
from team.models import Notice, User
from team.services.chat import save_room
from tests.makers import make_account, make_department, make_user
from tests.team.racing import at_once
from tests.voc.makers import make_feedback, make_insight
from voc.models import Insight, InsightAlarm
from voc.services.deadlines import escalate_late, sweep_deadlines
from voc.services.insights import NotAllowedNow, accept_insight, act_on_insight, decline_insight
from voc.services.waiting import ask_customer, resume_answered, resume_clock, resume_decided

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def lead(db: None) -> User:
    person = make_user(role="member", name="Lena Lead", email="lead@vendor.example")
    department = make_department("product", members=(person,))
    department.lead = person
    # Always open, so that no test depends on the hour at which it runs.
    department.opens_at, department.closes_at = dt.time(0), dt.time(23, 59, 59)
    department.save()
    return person


@pytest.fixture
def midweek() -> Iterator[None]:
    """A Wednesday at noon: of a day before a Monday nothing is business time."""
    with time_machine.travel(dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)):
        yield


def due(insight: Insight, *, in_: dt.timedelta, warned_ago: dt.timedelta | None = None) -> Insight:
    """The deadline is that far away; the moment of the warning lies that far back."""
    moment = now()
    insight.due_at = moment + in_
    insight.warn_at = moment - warned_ago if warned_ago else min(moment, insight.due_at)
    insight.save(update_fields=["due_at", "warn_at"])
    return insight


def told(person: User, words: str) -> int:
    return Notice.objects.filter(user=person, text__contains=words).count()


def test_an_insight_comes_with_the_moment_of_its_warning(csm: User) -> None:
    insight = make_insight(make_account(csm=csm))
    assert insight.warn_at is not None
    assert insight.due_at is not None
    assert insight.created_at < insight.warn_at < insight.due_at


def test_owner_and_lead_are_warned_once_when_a_quarter_is_left(csm: User, lead: User) -> None:
    owner = make_user(role="member")
    due(make_insight(make_account(csm=csm), owner=owner), in_=HOUR)
    assert sweep_deadlines().warned == 1
    assert sweep_deadlines().warned == 0
    assert (told(owner, "quarter"), told(lead, "quarter")) == (1, 1)
    alarm = InsightAlarm.objects.get()
    assert (alarm.kind, alarm.level, alarm.ended_at) == ("near", 0, None)


def test_before_the_last_quarter_nobody_is_bothered(csm: User, lead: User) -> None:
    insight = due(make_insight(make_account(csm=csm)), in_=8 * HOUR)
    Insight.objects.filter(pk=insight.pk).update(warn_at=now() + HOUR)
    assert sweep_deadlines() == type(sweep_deadlines())(0, 0, 0)
    assert not InsightAlarm.objects.exists()


def test_a_passed_deadline_climbs_to_the_lead_and_a_business_day_later_to_the_managers(
    csm: User, lead: User, manager: User
) -> None:
    insight = due(make_insight(make_account(csm=csm)), in_=-HOUR)
    promised = insight.due_at
    assert sweep_deadlines().rose == 1
    assert sweep_deadlines().rose == 0
    insight.refresh_from_db()
    assert (insight.level, insight.due_at) == (1, promised)
    assert (told(lead, "in time"), told(manager, "in time")) == (1, 0)
    alarm = InsightAlarm.objects.get(kind="past")
    assert alarm.next_at is not None
    InsightAlarm.objects.update(next_at=now() - HOUR)
    assert sweep_deadlines().rose == 1
    assert sweep_deadlines().rose == 0
    insight.refresh_from_db()
    alarm.refresh_from_db()
    assert (insight.level, alarm.level) == (2, 2)
    assert alarm.next_at is None
    assert (told(lead, "in time"), told(manager, "in time")) == (1, 1)
    assert InsightAlarm.objects.filter(kind="past").count() == 1
    assert insight.steps.filter(text__contains="in time").count() == 2


def test_without_a_lead_the_managers_hear_at_once(csm: User, manager: User) -> None:
    due(make_insight(make_account(csm=csm)), in_=-HOUR)
    escalate_late()
    assert told(manager, "in time") == 1


def test_a_decision_ends_the_alarm(csm: User, lead: User) -> None:
    insight = due(make_insight(make_account(csm=csm)), in_=-HOUR)
    sweep_deadlines()
    insight.refresh_from_db()
    decline_insight(actor=lead, insight=insight, reason="Not now")
    InsightAlarm.objects.update(next_at=now() - HOUR)
    swept = sweep_deadlines()
    assert (swept.ended, swept.rose) == (1, 0)
    assert InsightAlarm.objects.get().ended_at is not None


def test_praise_sleepers_and_deleted_accounts_raise_no_alarm(csm: User, lead: User) -> None:
    due(make_insight(make_account(csm=csm), is_praise=True), in_=-HOUR)
    due(make_insight(make_account(csm=csm), snoozed_until=today() + DAY), in_=-HOUR)
    account = make_account(csm=csm)
    due(make_insight(account), in_=-HOUR)
    type(account).everything.filter(pk=account.pk).update(deleted_at=now())
    assert sweep_deadlines().rose == 0


def test_a_promise_warns_and_then_climbs(csm: User, lead: User, manager: User) -> None:
    insight = make_insight(make_account(csm=csm), owner=lead)
    accept_insight(actor=lead, insight=insight, promise="A fix", promised_on=today() + 2 * DAY)
    Insight.objects.update(decided_at=now() - 30 * DAY)
    assert sweep_deadlines().warned == 1
    assert sweep_deadlines().warned == 0
    Insight.objects.update(promised_on=today() - 2 * DAY)
    assert sweep_deadlines().rose == 1
    assert sweep_deadlines().rose == 0
    assert told(lead, "not kept") == 1
    insight.refresh_from_db()
    assert (insight.level, insight.state) == (1, "accepted")
    act_on_insight(actor=lead, insight=insight, action="Fixed")
    sweep_deadlines()
    assert not InsightAlarm.objects.filter(ended_at__isnull=True).exists()


@pytest.mark.usefixtures("midweek")
def test_the_clock_stands_still_while_the_customer_is_asked(csm: User, lead: User) -> None:
    insight = due(make_insight(make_account(csm=csm)), in_=2 * HOUR)
    ask_customer(actor=lead, insight=insight)
    Insight.objects.update(waiting_since=now() - DAY, due_at=now() - DAY + HOUR, warn_at=now() - DAY)
    assert sweep_deadlines().rose == 0
    insight.refresh_from_db()
    with pytest.raises(NotAllowedNow):
        ask_customer(actor=lead, insight=insight)
    assert resume_clock(actor=lead, insight=insight)
    assert not resume_clock(actor=lead, insight=insight)
    insight.refresh_from_db()
    assert insight.waiting_since is None
    assert insight.due_at is not None
    # An hour was left when it stopped: an hour of work is left now, whatever lies between.
    assert insight.due_at > now() + dt.timedelta(minutes=59)
    assert [step.text for step in insight.steps.all()][-1] == "The clock runs again"


def test_a_question_goes_out_as_a_persons_own_mail_and_its_answer_starts_the_clock(csm: User, lead: User) -> None:
    insight = due(make_insight(make_account(csm=csm)), in_=HOUR)
    contact = insight.account.contacts.get()
    ask_customer(actor=lead, insight=insight, contact=contact, text="Which columns?")
    mail = Message.objects.get(kind="question")
    assert (mail.reply_to, mail.is_automated, mail.recipient) == (lead.email, False, contact.email)
    assert resume_answered() == 0
    another = insight.account.contacts.create(name="Someone else")
    make_feedback(insight.account, "Something else.", contact=another, received_at=now())
    assert resume_answered() == 0
    answered_at = now()
    log_touchpoint(
        actor=None, account=insight.account, kind="mail", direction=Touchpoint.Direction.IN, contacts=[contact],
        occurred_at=answered_at,
    )  # fmt: skip
    assert resume_answered() == 1
    assert resume_answered() == 0
    insight.refresh_from_db()
    assert (insight.waiting_since, insight.waiting_for) == (None, None)


def test_without_a_person_any_word_of_the_account_ends_the_waiting(csm: User, lead: User) -> None:
    insight = make_insight(make_account(csm=csm))
    ask_customer(actor=lead, insight=insight)
    make_feedback(insight.account, "Here it is.", received_at=now())
    assert resume_answered() == 1


@pytest.mark.usefixtures("midweek")
def test_a_decision_while_the_customer_is_asked_is_in_time_and_ends_the_waiting(csm: User, lead: User) -> None:
    insight = due(make_insight(make_account(csm=csm)), in_=HOUR)
    ask_customer(actor=lead, insight=insight)
    Insight.objects.update(waiting_since=now() - DAY, due_at=now() - DAY + HOUR)
    insight.refresh_from_db()
    accept_insight(actor=lead, insight=insight, promise="A fix", promised_on=today() + 9 * DAY)
    assert resume_decided() == 1
    assert resume_decided() == 0
    insight.refresh_from_db()
    assert insight.waiting_since is None
    assert insight.due_at is not None
    assert insight.decided_at is not None
    assert insight.decided_at < insight.due_at


def test_the_chat_of_the_department_hears_it_once(csm: User, lead: User) -> None:
    department = make_department("product")
    room = save_room(
        department=department, address="https://chat.example/hook/secret", every_minutes=15, is_active=True
    )
    due(make_insight(make_account(csm=csm)), in_=-HOUR)
    sweep_deadlines()
    sweep_deadlines()
    assert [line.text.split(":")[0] for line in room.lines.order_by("pk")] == ["New insight", "Nobody decided in time"]


@pytest.mark.django_db(transaction=True)
def test_eight_sweeps_at_once_escalate_each_insight_once(csm: User, lead: User, manager: User) -> None:
    account = make_account(csm=csm)
    for number in range(6):
        due(make_insight(account, theme=f"theme-{number}", text=f"Number {number} drops filters."), in_=-HOUR)
    swept = at_once(8, sweep_deadlines)
    assert not [error for error in swept if isinstance(error, Exception)]
    sweep_deadlines()
    assert set(Insight.objects.values_list("level", flat=True)) == {1}
    assert InsightAlarm.objects.filter(kind="past").count() == 6
    assert told(lead, "in time") == 6
    InsightAlarm.objects.update(next_at=now() - HOUR)
    at_once(8, sweep_deadlines)
    sweep_deadlines()
    assert set(Insight.objects.values_list("level", flat=True)) == {2}
    assert told(manager, "in time") == 6
