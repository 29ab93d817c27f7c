"""Triggers: once per event and person, nothing from before they were switched on, nothing that was undone."""

import datetime as dt
import threading
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import connections

from accounts.models import Account, Ticket
from lifecycle.models import Goal, Journey, Stage, StageVisit
from lifecycle.services.stages.moving import enter_stage, undo_enter_stage
from outbox.models import Message
from outbox.models import State as MailState
from team.clock import now
from team.models import ActionLog, User
from tests.makers import make_account, make_contact
from tests.voc.makers import make_nps
from tests.voc.makers_waves import WORKING_HOUR, make_people, make_trigger
from voc.models import Invitation, Survey, SurveyTrigger
from voc.selectors.invitations import invitation_of
from voc.selectors.waves import dry_run
from voc.services.invitations import recall_undone, send_planned, take_over_outcome
from voc.services.invitations.links import link_token
from voc.services.triggers import (
    TriggerRefused,
    delete_trigger,
    save_trigger,
    sweep_triggers,
    switch_trigger,
    undo_switch_trigger,
)

pytestmark = pytest.mark.django_db

State = Invitation.State


@pytest.fixture(autouse=True)
def a_wednesday_noon() -> object:
    with time_machine.travel(WORKING_HOUR, tick=True) as traveller:
        yield traveller


def make_stage(name: str = "Onboarding", kind: str = "onboarding", position: int = 2) -> Stage:
    journey, _is_new = Journey.objects.get_or_create(name="Default")
    return Stage.objects.create(journey=journey, name=name, kind=kind, position=position)


def make_visit(account: Account, stage: Stage, days_ago: float, **fields: object) -> StageVisit:
    entered = now() - dt.timedelta(days=days_ago)
    return StageVisit.objects.create(account=account, stage=stage, entered_at=entered, **fields)


def test_a_stage_asks_so_many_days_later_once_per_person(csm: User) -> None:
    survey, stage = make_nps(csm).survey, make_stage()
    champion = make_contact(make_account(csm=csm), persona="champion")
    make_contact(champion.account, persona="user")
    make_visit(champion.account, stage, 7.5)
    early = make_people(csm, 1)[0]
    make_visit(early.account, stage, 6)
    trigger = make_trigger(survey, "stage_entered", stage=stage, days=7, personas=["champion"])
    assert (sweep_triggers(), sweep_triggers()) == (1, 0)
    invitation = Invitation.objects.get()
    assert (invitation.contact, invitation.trigger, invitation.source_ref[:12]) == (champion, trigger, "stage_visit:")


def test_switching_on_asks_nobody_about_what_happened_before(csm: User, manager: User) -> None:
    survey, stage = make_nps(csm).survey, make_stage()
    person = make_people(csm, 1)[0]
    make_visit(person.account, stage, 3)
    trigger = make_trigger(survey, "stage_entered", stage=stage, days=2, is_active=False)
    switch_trigger(actor=manager, trigger=trigger, is_on=True)
    assert sweep_triggers() == 0
    assert dry_run(trigger).people == 1


def test_an_event_is_not_asked_about_when_it_is_long_past(csm: User) -> None:
    survey, stage = make_nps(csm).survey, make_stage()
    person = make_people(csm, 1)[0]
    make_visit(person.account, stage, 40)
    make_trigger(survey, "stage_entered", stage=stage, days=7)
    assert sweep_triggers() == 0


def test_a_move_undone_within_the_days_asks_nobody(csm: User) -> None:
    survey, stage = make_nps(csm).survey, make_stage()
    person = make_people(csm, 1)[0]
    make_trigger(survey, "stage_entered", stage=stage, days=1)
    visit = enter_stage(account=person.account, stage=stage, actor=csm)
    undo_enter_stage(actor=csm, visit_id=visit.pk, before_id=None)
    with time_machine.travel(WORKING_HOUR + dt.timedelta(days=1, hours=1)):
        assert sweep_triggers() == 0


def test_a_closed_won_undone_recalls_the_unsent_survey(csm: User) -> None:
    survey, stage = make_nps(csm).survey, make_stage("Closed Won", "closed_won", 1)
    person = make_people(csm, 1)[0]
    make_trigger(survey, "stage_entered", stage=stage, days=0)
    visit = enter_stage(account=person.account, stage=stage, actor=csm)
    assert sweep_triggers() == 1
    send_planned()
    assert Message.objects.get().state == MailState.QUEUED
    undo_enter_stage(actor=csm, visit_id=visit.pk, before_id=None)
    assert (recall_undone(), recall_undone()) == (1, 0)
    assert Invitation.objects.get().state == State.RECALLED
    assert Message.objects.get().state == MailState.CANCELLED


def test_a_closed_won_undone_kills_the_link_that_went_out(csm: User) -> None:
    survey, stage = make_nps(csm).survey, make_stage("Closed Won", "closed_won", 1)
    person = make_people(csm, 1)[0]
    make_trigger(survey, "stage_entered", stage=stage, days=0)
    visit = enter_stage(account=person.account, stage=stage, actor=csm)
    sweep_triggers()
    send_planned()
    message = Message.objects.get()
    message.state, message.sent_at = MailState.SENT, now()
    message.save()
    take_over_outcome(message)
    token = link_token(Invitation.objects.get())
    undo_enter_stage(actor=csm, visit_id=visit.pk, before_id=None)
    recall_undone()
    found = invitation_of(token)
    assert found and found.state == State.RECALLED and found.remind_at is None


def test_what_was_undone_just_before_the_mail_is_not_mailed(csm: User) -> None:
    survey, stage = make_nps(csm).survey, make_stage()
    person = make_people(csm, 1)[0]
    make_trigger(survey, "stage_entered", stage=stage, days=0)
    visit = enter_stage(account=person.account, stage=stage, actor=csm)
    sweep_triggers()
    undo_enter_stage(actor=csm, visit_id=visit.pk, before_id=None)
    send_planned()
    assert not Message.objects.exists()
    assert Invitation.objects.get().state == State.RECALLED


def test_a_new_version_does_not_ask_about_the_same_event_again(csm: User) -> None:
    version, stage = make_nps(csm), make_stage()
    person = make_people(csm, 1)[0]
    make_visit(person.account, stage, 3)
    make_trigger(version.survey, "stage_entered", stage=stage, days=2)
    assert sweep_triggers() == 1
    version.survey.versions.create(number=99, definition=version.definition)
    assert sweep_triggers() == 0


def test_tickets_ask_who_opened_them_and_reopened_ones_ask_nobody(csm: User) -> None:
    survey = make_nps(csm).survey
    asker = make_people(csm, 1)[0]
    make_contact(asker.account)
    opened = now() - dt.timedelta(days=9)
    Ticket.objects.create(
        account=asker.account, contact=asker, opened_at=opened, closed_at=now() - dt.timedelta(days=2)
    )
    Ticket.objects.create(account=asker.account, contact=make_people(csm, 1)[0], opened_at=opened)
    make_trigger(survey, "ticket_closed", days=1)
    assert sweep_triggers() == 1
    invitation = Invitation.objects.get()
    assert invitation.contact == asker
    Ticket.objects.update(closed_at=None)
    assert recall_undone() == 1


def test_goals_ask_on_the_day_and_a_rhythm_spreads_its_people(csm: User) -> None:
    survey = make_nps(csm).survey
    person = make_people(csm, 1)[0]
    Goal.objects.create(
        account=person.account,
        title="Faster",
        owner=csm,
        starts_on=(now() - dt.timedelta(days=90)).date(),
        state=Goal.State.REACHED,
        closed_on=(now() - dt.timedelta(days=1)).date(),
    )
    make_trigger(survey, "goal_reached", days=1)
    assert sweep_triggers() == 1
    SurveyTrigger.objects.all().update(is_active=False)
    make_people(csm, 60)
    trigger = make_trigger(survey, "cadence", days=30, active_from=now())
    asked = []
    for day in range(31):
        with time_machine.travel(WORKING_HOUR + dt.timedelta(days=day)):
            asked.append(sweep_triggers())
    # Everybody once in a round, never all on one day.
    assert sum(asked) == Invitation.objects.filter(trigger=trigger).values("contact").distinct().count()
    assert 58 <= sum(asked) <= 63 and max(asked) <= 8


def test_a_change_of_what_is_on_begins_anew_and_a_switch_is_undone(csm: User, manager: User) -> None:
    survey, stage = make_nps(csm).survey, make_stage()
    values: dict[str, Any] = {"kind": "stage_entered", "stage": stage, "conditions": [], "personas": []}
    values |= {"per_account": None, "share": 100}
    with pytest.raises(PermissionDenied):
        save_trigger(actor=csm, survey=survey, trigger=None, days=3, **values)
    trigger = save_trigger(actor=manager, survey=survey, trigger=None, days=3, **values)
    assert not trigger.is_active
    action = switch_trigger(actor=manager, trigger=trigger, is_on=True)
    assert action and isinstance(action, ActionLog)
    assert switch_trigger(actor=manager, trigger=trigger, is_on=True) is None
    undo_switch_trigger(actor=manager, **action.inverse["arguments"])
    trigger.refresh_from_db()
    assert not trigger.is_active
    Survey.objects.update(is_active=False)
    with pytest.raises(TriggerRefused):
        switch_trigger(actor=manager, trigger=trigger, is_on=True)
    delete_trigger(actor=manager, trigger=trigger)
    assert not SurveyTrigger.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_workers_follow_a_trigger_once(csm: User) -> None:
    survey, stage = make_nps(csm).survey, make_stage()
    for person in make_people(csm, 20):
        make_visit(person.account, stage, 3)
    make_trigger(survey, "stage_entered", stage=stage, days=2)

    def work() -> None:
        try:
            for _time in range(3):
                sweep_triggers()
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert Invitation.objects.count() == 20
