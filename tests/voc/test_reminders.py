"""Reminders: one by default, three at most, to whoever said nothing; the link stays the same."""

import datetime as dt
import re

import pytest
import time_machine
from django.conf import LazySettings

from accounts.models import ContactSend
from outbox.models import Message
from outbox.models import State as MailState
from team.models import User
from tests.voc.makers import make_nps
from tests.voc.makers_waves import WORKING_HOUR, make_people
from voc.formulas.tokens import digest_of
from voc.models import Invitation, Response, Survey
from voc.services.invitations import invite_contacts, send_reminders, take_over_outcome
from voc.services.invitations.links import link_token

pytestmark = pytest.mark.django_db


def ask(csm: User, **survey: object) -> Invitation:
    """Asked and delivered on a Wednesday at noon."""
    version = make_nps(csm)
    Survey.objects.update(**survey)
    version.survey.refresh_from_db()
    with time_machine.travel(WORKING_HOUR, tick=False):
        person = make_people(csm, 1)[0]
        found = invite_contacts(actor=csm, survey=version.survey, contacts=[person], occasion="w1").invited[0]
        deliver(Message.objects.get())
    found.refresh_from_db()
    return found


def deliver(message: Message) -> None:
    message.state, message.sent_at = MailState.SENT, dt.datetime.now(dt.UTC)
    message.save()
    take_over_outcome(message)


def link_in(message: Message) -> str:
    found = re.search(r"/s/([A-Za-z0-9_-]+)/", message.body_text)
    assert found
    return found[1]


def after(days: int) -> time_machine.travel:
    return time_machine.travel(WORKING_HOUR + dt.timedelta(days=days), tick=False)


def test_one_reminder_goes_to_whoever_said_nothing_and_carries_the_same_link(csm: User) -> None:
    invitation = ask(csm)
    assert invitation.remind_at == WORKING_HOUR + dt.timedelta(days=5)
    with after(4):
        assert send_reminders() == 0
    with after(5):
        assert send_reminders() == 1
        assert send_reminders() == 0
    first, second = Message.objects.order_by("pk")
    assert link_in(first) == link_in(second)
    assert second.subject.startswith("Reminder")
    assert ContactSend.objects.filter(kind="reminder").count() == 1
    with after(20):
        assert send_reminders() == 0


@pytest.mark.parametrize("state", [Response.State.CONFIRMED, Response.State.PARTIAL])
def test_any_answer_stops_reminders(csm: User, state: str) -> None:
    invitation = ask(csm)
    Response.objects.create(
        invitation=invitation,
        version=invitation.version,
        account=invitation.account,
        contact=invitation.contact,
        state=state,
        submitted_at=WORKING_HOUR,
    )
    with after(6):
        assert send_reminders() == 0


@pytest.mark.parametrize("state", [Response.State.MACHINE, Response.State.PROVISIONAL])
def test_what_a_machine_clicked_is_no_answer_and_opening_decides_nothing(csm: User, state: str) -> None:
    invitation = ask(csm)
    Invitation.objects.update(opened_at=WORKING_HOUR)
    Response.objects.create(
        invitation=invitation,
        version=invitation.version,
        account=invitation.account,
        contact=invitation.contact,
        state=state,
    )
    with after(5):
        assert send_reminders() == 1


def test_there_are_as_many_as_the_survey_says(csm: User) -> None:
    ask(csm, reminders=3, remind_after_days=7)
    sent = 0
    for days in range(1, 30):
        with after(days):
            sent += send_reminders()
            for message in Message.objects.filter(state=MailState.QUEUED):
                deliver(message)
    assert Message.objects.filter(kind="reminder").count() == 3
    assert sent >= 3


def test_a_reminder_waits_for_the_budget_and_for_the_working_day(csm: User) -> None:
    invitation = ask(csm, remind_after_days=3)
    # Saturday.
    with after(3):
        send_reminders()
    invitation.refresh_from_db()
    assert invitation.remind_at == dt.datetime(2026, 9, 21, 10, tzinfo=dt.UTC)
    for number in range(2):
        ContactSend.objects.create(
            contact=invitation.contact,
            account=invitation.account,
            kind="automated",
            message_ref=f"m{number}",
            sent_at=WORKING_HOUR + dt.timedelta(days=4),
        )
    with after(6):
        send_reminders()
    invitation.refresh_from_db()
    assert invitation.reminders_sent == 0
    assert invitation.remind_at and invitation.remind_at.date() > (WORKING_HOUR + dt.timedelta(days=6)).date()


def test_no_token_is_stored_and_a_new_secret_makes_a_new_link(csm: User, settings: LazySettings) -> None:
    invitation = ask(csm)
    token = link_token(invitation)
    assert digest_of(token) == invitation.digest
    assert token not in {str(value) for value in Invitation.objects.values().get().values()}
    assert len(token) == 32
    before = settings.SECRET_KEY
    settings.SECRET_KEY = "another secret of this install"
    settings.SECRET_KEY_FALLBACKS = [before]
    assert link_token(invitation) == token
    settings.SECRET_KEY_FALLBACKS = []
    assert link_token(invitation) != token
    assert digest_of(link_token(invitation)) == invitation.digest


def test_a_reminder_that_never_left_gives_its_place_in_the_budget_back(csm: User) -> None:
    ask(csm)
    with after(5):
        send_reminders()
    message = Message.objects.get(kind="reminder")
    message.state = MailState.SUPPRESSED
    take_over_outcome(message)
    assert not ContactSend.objects.filter(kind="reminder").exists()
    assert Invitation.objects.get().state == Invitation.State.SENT
