"""Waves from the draft to the end: drawn once, planned in slices, sent in the recipient's hours, recalled, repeated."""

import datetime as dt
import os
import threading
import time

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, Contact, ContactSend
from outbox.models import Message
from outbox.models import State as MailState
from team.models import Notice, SavedView, User
from tests.forking import forked
from tests.makers import make_account, make_contact
from tests.voc.makers import make_nps
from tests.voc.makers_waves import WORKING_HOUR, launch, make_people, make_wave
from voc.models import Invitation, Survey, Wave, WaveDraw
from voc.selectors.audiences import AudienceSpec, audience_of, forecast
from voc.services.invitations import send_planned
from voc.services.waves import (
    WaveRefused,
    cancel_wave,
    delete_wave,
    launch_wave,
    plan_waves,
    planning,
    recall_cancelled,
    restore_wave,
    skip_round,
    stop_series,
)
from voc.services.waves.matching import match_people, read_rows

pytestmark = pytest.mark.django_db

State = Invitation.State


@pytest.fixture(autouse=True)
def a_wednesday_noon() -> object:
    with time_machine.travel(WORKING_HOUR, tick=True) as traveller:
        yield traveller


def test_a_wave_asks_its_audience_once_each(csm: User) -> None:
    survey = make_nps(csm).survey
    people = make_people(csm, 5)
    wave = launch(csm, make_wave(csm, survey))
    for _time in range(2):
        plan_waves()
        send_planned()
    wave.refresh_from_db()
    assert (wave.state, wave.audience_size, wave.planned) == (Wave.State.SENDING, 5, 5)
    assert not WaveDraw.objects.exists()
    assert sorted(Message.objects.values_list("recipient", flat=True)) == sorted(one.email for one in people)
    assert set(wave.invitations.values_list("contact_id", flat=True)) == {one.pk for one in people}
    Invitation.objects.update(state=State.SENT)
    plan_waves()
    wave.refresh_from_db()
    assert wave.state == Wave.State.SENT


def test_the_number_must_be_the_one_that_would_be_asked(csm: User, stranger: User) -> None:
    survey = make_nps(csm).survey
    make_people(csm, 2)
    wave = make_wave(csm, survey)
    with pytest.raises(WaveRefused, match="2"):
        launch_wave(actor=csm, wave=wave, expected=3)
    with pytest.raises(PermissionDenied):
        launch_wave(actor=stranger, wave=wave, expected=2)
    launch_wave(actor=csm, wave=wave, expected=2)
    assert launch_wave(actor=csm, wave=wave, expected=2).state == Wave.State.SCHEDULED


def test_a_csm_asks_the_own_book_alone(csm: User, stranger: User, manager: User) -> None:
    survey = make_nps(csm).survey
    make_people(csm, 2)
    make_people(stranger, 3)
    assert audience_of(AudienceSpec(), user=csm).count() == 2
    assert audience_of(AudienceSpec(), user=manager).count() == 5
    launch(csm, make_wave(csm, survey))
    plan_waves()
    assert set(Invitation.objects.values_list("account__csm", flat=True)) == {csm.pk}


def test_an_audience_is_a_rule_a_view_or_a_list_and_is_narrowed(csm: User) -> None:
    make_nps(csm)
    danish = make_contact(make_account(csm=csm, country="DK"), persona="champion")
    german = make_contact(make_account(csm=csm, country="DE"), persona="user")
    left = make_contact(danish.account, status="left")
    make_contact(make_account(csm=csm, status=Account.Status.PROSPECT))
    in_denmark = ({"name": "account.country", "operator": "eq", "value": "DK"},)
    view = SavedView.objects.create(owner=csm, list_name="contacts", name="Champions", query="persona=champion")
    accounts = SavedView.objects.create(owner=csm, list_name="accounts", name="German", query="country=DE")

    def ids(**fields: object) -> set[int]:
        return set(audience_of(AudienceSpec(**fields), user=csm).values_list("pk", flat=True))  # type: ignore[arg-type]

    assert ids() == {danish.pk, german.pk}
    assert ids(conditions=in_denmark) == {danish.pk}
    assert ids(personas=("user",)) == {german.pk}
    assert ids(kind="view", view_id=view.pk) == {danish.pk}
    assert ids(kind="view", view_id=accounts.pk) == {german.pk}
    assert ids(kind="file", contact_ids=(left.pk, german.pk)) == {left.pk, german.pk}


def test_rows_of_a_file_are_found_by_mail_or_number_and_the_rest_is_listed(csm: User, stranger: User) -> None:
    mine = make_contact(make_account(csm=csm), email="Ana@Customer.example")
    other = make_contact(make_account(csm=csm))
    foreign = make_contact(make_account(csm=stranger))
    text = f"name;E-mail\nAna;ana@customer.example\nSten;{foreign.email}\nNobody;nobody@x.example\n"
    found = match_people(user=csm, rows=[*read_rows(text), str(other.pk)])
    assert (found.contact_ids, found.unmatched) == ([mine.pk, other.pk], [foreign.email, "nobody@x.example"])
    assert read_rows("a@x.example, b@x.example\n12") == ["a@x.example", "b@x.example", "12"]


def test_who_may_not_be_asked_is_noted_with_the_rule_and_the_next_day(csm: User) -> None:
    survey = make_nps(csm).survey
    asked, tired = make_people(csm, 2)
    ContactSend.objects.create(
        contact=tired,
        account=tired.account,
        kind="survey",
        message_ref="x",
        sent_at=WORKING_HOUR - dt.timedelta(days=9),
    )
    found = forecast(audience_of(AudienceSpec(), user=csm), survey)
    assert (found.size, found.asked, found.held[0].rule) == (2, 1, "survey_too_soon")
    launch(csm, make_wave(csm, survey))
    plan_waves()
    held = Invitation.objects.get(contact=tired)
    assert (held.state, held.rule) == (State.SUPPRESSED, "survey_too_soon")
    assert held.reason and held.next_free_on and held.retry_until
    assert Invitation.objects.get(contact=asked).state == State.QUEUED


def test_each_mail_waits_for_the_working_hours_of_its_person(csm: User) -> None:
    survey = make_nps(csm).survey
    dane = make_people(csm, 1)[0]
    american = make_contact(make_account(csm=csm, country="US"), time_zone="America/Los_Angeles")
    launch(csm, make_wave(csm, survey))
    plan_waves()
    assert send_planned() == 1
    assert Message.objects.get().recipient == dane.email
    waiting = Invitation.objects.get(contact=american)
    # 4 in the morning there; 8 is 15:00 UTC.
    assert waiting.send_after == WORKING_HOUR.replace(hour=15)
    with time_machine.travel(WORKING_HOUR.replace(hour=15, minute=1)):
        assert send_planned() == 1


def test_hours_are_looked_at_again_at_the_moment_of_sending(csm: User) -> None:
    survey = make_nps(csm).survey
    make_people(csm, 1)
    launch(csm, make_wave(csm, survey))
    plan_waves()
    with time_machine.travel(WORKING_HOUR.replace(hour=22)):
        send_planned()
        assert not Message.objects.exists()
        again = Invitation.objects.get().send_after
    assert again == dt.datetime(2026, 9, 17, 6, tzinfo=dt.UTC)


def test_cancelling_recalls_what_has_not_gone_out(csm: User) -> None:
    survey = make_nps(csm).survey
    make_people(csm, 3)
    wave = launch(csm, make_wave(csm, survey))
    plan_waves()
    send_planned()
    gone = Message.objects.order_by("pk").first()
    assert gone
    Message.objects.filter(pk=gone.pk).update(state=MailState.SENT)
    assert cancel_wave(actor=csm, wave=wave) == 2
    assert cancel_wave(actor=csm, wave=wave) == 0
    recall_cancelled()
    states = sorted(Invitation.objects.values_list("state", flat=True))
    assert states == [State.QUEUED, State.RECALLED, State.RECALLED]
    assert Message.objects.filter(state=MailState.CANCELLED).count() == 2


def test_a_cancelled_wave_is_not_planned_any_further(csm: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "SLICE", 2)
    survey = make_nps(csm).survey
    make_people(csm, 5)
    wave = launch(csm, make_wave(csm, survey))
    assert plan_waves(slices=1) == 1
    cancel_wave(actor=csm, wave=wave)
    plan_waves()
    assert Invitation.objects.count() == 2
    assert set(Invitation.objects.values_list("state", flat=True)) == {State.RECALLED}


def test_a_series_makes_its_next_round_and_draws_anew(csm: User) -> None:
    survey = make_nps(csm).survey
    make_people(csm, 2)
    first = launch(csm, make_wave(csm, survey, recurs_every_days=91))
    plan_waves()
    following = Wave.objects.get(series=first)
    assert (following.state, following.send_at) == (Wave.State.SCHEDULED, first.send_at + dt.timedelta(days=91))  # type: ignore[operator]
    plan_waves()
    assert Wave.objects.count() == 2
    make_people(csm, 1)
    with time_machine.travel(WORKING_HOUR + dt.timedelta(days=92)):
        plan_waves()
        following.refresh_from_db()
        assert following.audience_size == 3
        third = Wave.objects.get(series=first, state=Wave.State.SCHEDULED)
        assert third.send_at and skip_round(actor=csm, wave=third).send_at == third.send_at + dt.timedelta(days=91)
        assert stop_series(actor=csm, wave=following)
        third.refresh_from_db()
        assert third.state == Wave.State.CANCELLED


def test_rounds_that_were_slept_through_are_left_out(csm: User) -> None:
    survey = make_nps(csm).survey
    make_people(csm, 1)
    first = launch(csm, make_wave(csm, survey, recurs_every_days=30))
    with time_machine.travel(WORKING_HOUR + dt.timedelta(days=200)):
        plan_waves()
        following = Wave.objects.get(series=first)
        assert following.send_at == first.send_at + dt.timedelta(days=210)  # type: ignore[operator]


def test_a_wave_that_can_ask_nobody_any_more_tells_its_sender(csm: User) -> None:
    survey = make_nps(csm).survey
    make_people(csm, 1)
    wave = launch(csm, make_wave(csm, survey))
    Survey.objects.update(is_active=False)
    plan_waves()
    wave.refresh_from_db()
    assert wave.state == Wave.State.CANCELLED
    assert "not open" in Notice.objects.get(user=csm).text


def test_a_draft_comes_back_after_it_was_deleted(csm: User) -> None:
    survey = make_nps(csm).survey
    wave = make_wave(csm, survey, name="Champions", personas=["champion"], send_at=WORKING_HOUR)
    action = delete_wave(actor=csm, wave=wave)
    restored = restore_wave(actor=csm, **action.inverse["arguments"])
    assert (restored.name, restored.personas, restored.send_at) == ("Champions", ["champion"], WORKING_HOUR)


def test_a_plan_of_many_takes_no_more_queries_than_one_of_few(csm: User) -> None:
    survey = make_nps(csm).survey

    def queries(number: int) -> int:
        make_people(csm, number)
        launch(csm, make_wave(csm, survey))
        with CaptureQueriesContext(connection) as caught:
            plan_waves()
        return len(caught)

    queries(1)
    assert queries(2) == queries(40)
    assert Invitation.objects.count() == 1 + 3 + 43


@pytest.mark.django_db(transaction=True)
def test_many_workers_plan_and_send_and_nobody_is_asked_twice(csm: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "SLICE", 7)
    survey = make_nps(csm).survey
    make_people(csm, 40, per_account=3)
    launch(csm, make_wave(csm, survey))

    def work() -> None:
        try:
            for _time in range(6):
                plan_waves()
                send_planned(limit=20)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    plan_waves()
    send_planned(limit=100)
    assert Invitation.objects.count() == 40
    assert Message.objects.count() == 40
    assert ContactSend.objects.values("contact").distinct().count() == 40


def plan_slowly(told: int) -> None:
    """Plans slice after slice, and writes a byte behind each."""
    planning.SLICE = 5
    while True:
        plan_waves(slices=1)
        os.write(told, b".")
        time.sleep(0.05)


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_leaves_whole_slices_and_another_goes_on(csm: User, monkeypatch: pytest.MonkeyPatch) -> None:
    survey = make_nps(csm).survey
    make_people(csm, 60)
    wave = launch(csm, make_wave(csm, survey))
    Wave.objects.update(send_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    for _kill in range(2):
        hears, tells = os.pipe()
        with forked(lambda tells=tells: plan_slowly(tells)):  # type: ignore[misc]
            os.read(hears, 1)
            os.read(hears, 1)
        os.close(hears)
        os.close(tells)
        wave.refresh_from_db()
        assert wave.planned == wave.invitations.count()
        assert 0 < wave.planned < 60
    plan_waves(slices=50)
    assert Invitation.objects.filter(wave=wave).count() == 60
    assert Contact.objects.filter(invitations__wave=wave).distinct().count() == 60
