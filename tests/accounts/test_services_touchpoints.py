"""Logging touches, what follows from them, and taking them back."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import AccountChange, Contact, Touchpoint
from accounts.services.touchpoints import (
    delete_touchpoint,
    edit_touchpoint,
    log_by_hand,
    log_touchpoint,
    mark_got,
    mark_replied,
    restore_touchpoint,
    take_over_outcome,
)
from accounts.services.versions import EditConflict
from outbox.models import Message
from team.models import User
from team.services.undo import undo_action
from tests.makers import make_account, make_contact

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)


def test_a_call_renews_the_silence_of_its_people_and_its_account(csm: User) -> None:
    account = make_account(csm=csm)
    ana = make_contact(account)
    touchpoint = log_touchpoint(
        actor=csm, account=account, kind="call", body="Went well.\nMore.", contacts=[ana], occurred_at=NOON
    )
    ana.refresh_from_db()
    account.summary.refresh_from_db()
    assert touchpoint.direction == "two_way"
    assert touchpoint.subject == "Went well."
    assert ana.last_two_way_at == NOON
    assert account.summary.last_touch_at == NOON
    assert AccountChange.objects.filter(account=account, reason="touchpoint").count() == 1


def test_an_older_call_does_not_turn_the_clock_back(csm: User) -> None:
    account = make_account(csm=csm)
    ana = make_contact(account, last_two_way_at=NOON)
    log_touchpoint(
        actor=csm, account=account, kind="call", body="x", contacts=[ana], occurred_at=NOON - dt.timedelta(days=3)
    )
    ana.refresh_from_db()
    assert ana.last_two_way_at == NOON


@pytest.mark.parametrize("outcome", ["voicemail", "no_answer"])
def test_a_call_that_reached_nobody_waits_and_renews_nothing(csm: User, outcome: str) -> None:
    account = make_account(csm=csm)
    touchpoint = log_touchpoint(actor=csm, account=account, kind="call", body="x", outcome=outcome, occurred_at=NOON)
    account.summary.refresh_from_db()
    assert (touchpoint.direction, touchpoint.awaiting_reply_since) == ("out", NOON)
    assert account.summary.last_touch_at is None
    assert account.summary.awaiting_reply_since == NOON


def test_automated_mail_neither_waits_nor_renews(csm: User) -> None:
    account = make_account(csm=csm)
    log_touchpoint(actor=None, account=account, kind="mail", direction="two_way", body="x", is_automated=True)
    account.summary.refresh_from_db()
    assert account.summary.last_touch_at is None
    assert account.summary.awaiting_reply_since is None


def test_what_comes_in_ends_the_waiting_of_those_people_alone(csm: User) -> None:
    account = make_account(csm=csm)
    ana, bo = make_contact(account), make_contact(account)
    to_ana = log_touchpoint(actor=csm, account=account, kind="mail", body="x", contacts=[ana], occurred_at=NOON)
    to_bo = log_touchpoint(actor=csm, account=account, kind="mail", body="x", contacts=[bo], occurred_at=NOON)
    later = NOON + dt.timedelta(hours=3)
    log_touchpoint(actor=csm, account=account, kind="mail", direction="in", body="y", contacts=[ana], occurred_at=later)
    to_ana.refresh_from_db()
    to_bo.refresh_from_db()
    assert (to_ana.replied_at, to_bo.replied_at) == (later, None)


def test_the_same_external_touch_is_written_once(csm: User) -> None:
    account = make_account(csm=csm)
    first = log_touchpoint(actor=None, account=account, kind="call", body="x", source="crm", external_id="7")
    again = log_touchpoint(actor=None, account=account, kind="call", body="x", source="crm", external_id="7")
    assert first.pk == again.pk
    assert Touchpoint.objects.count() == 1


def test_logging_is_refused_where_the_actor_may_not(stranger: User, csm: User) -> None:
    with pytest.raises(PermissionDenied):
        log_touchpoint(actor=stranger, account=make_account(csm=csm), kind="call", body="x")


def test_undoing_a_log_hides_it_and_lets_the_mail_wait_again(csm: User) -> None:
    account = make_account(csm=csm)
    ana = make_contact(account)
    mail = log_touchpoint(actor=csm, account=account, kind="mail", body="x", contacts=[ana], occurred_at=NOON)
    later = NOON + dt.timedelta(days=1)
    call, action = log_by_hand(actor=csm, account=account, kind="call", body="y", contacts=[ana], occurred_at=later)
    assert undo_action(actor=csm, action=action)
    mail.refresh_from_db()
    ana.refresh_from_db()
    account.summary.refresh_from_db()
    assert not Touchpoint.objects.filter(pk=call.pk).exists()
    assert mail.replied_at is None
    assert ana.last_two_way_at is None
    assert account.summary.last_touch_at is None
    assert account.summary.awaiting_reply_since == NOON


def test_deleting_twice_equals_once_and_restoring_brings_all_back(csm: User) -> None:
    account = make_account(csm=csm)
    ana = make_contact(account)
    call = log_touchpoint(actor=csm, account=account, kind="call", body="y", contacts=[ana], occurred_at=NOON)
    assert delete_touchpoint(actor=csm, touchpoint=call) is not None
    assert delete_touchpoint(actor=csm, touchpoint=call) is None
    assert restore_touchpoint(actor=csm, touchpoint_id=call.pk)
    assert not restore_touchpoint(actor=csm, touchpoint_id=call.pk)
    ana.refresh_from_db()
    assert ana.last_two_way_at == NOON


def test_it_came_once(csm: User) -> None:
    account = make_account(csm=csm)
    touchpoint = log_touchpoint(actor=csm, account=account, kind="call", body="x", asks_for="the contract")
    assert mark_got(actor=csm, touchpoint=touchpoint) is not None
    assert mark_got(actor=csm, touchpoint=touchpoint) is None
    touchpoint.refresh_from_db()
    assert touchpoint.got_it_at is not None
    assert Touchpoint.objects.engaging().count() == 1


def test_nothing_comes_of_a_touch_that_asked_for_nothing(csm: User) -> None:
    touchpoint = log_touchpoint(actor=csm, account=make_account(csm=csm), kind="call", body="x")
    assert mark_got(actor=csm, touchpoint=touchpoint) is None
    assert mark_replied(actor=csm, touchpoint=touchpoint) is None


def test_replied_ends_the_waiting_and_undo_resumes_it(csm: User) -> None:
    account = make_account(csm=csm)
    mail = log_touchpoint(actor=csm, account=account, kind="mail", body="x", occurred_at=NOON)
    action = mark_replied(actor=csm, touchpoint=mail)
    account.summary.refresh_from_db()
    assert account.summary.awaiting_reply_since is None
    assert action is not None
    assert undo_action(actor=csm, action=action)
    account.summary.refresh_from_db()
    assert account.summary.awaiting_reply_since == NOON


def test_an_edit_can_be_undone_with_its_people(csm: User) -> None:
    account = make_account(csm=csm)
    ana, bo = make_contact(account), make_contact(account)
    call = log_touchpoint(actor=csm, account=account, kind="call", body="x", contacts=[ana], occurred_at=NOON)
    action = edit_touchpoint(actor=csm, touchpoint=call, version=call.version, contacts=[bo], minutes=30)
    bo.refresh_from_db()
    assert bo.last_two_way_at == NOON
    assert action is not None
    assert undo_action(actor=csm, action=action)
    call.refresh_from_db()
    assert call.minutes == 0
    assert list(call.contacts.all()) == [ana]
    assert Contact.objects.get(pk=bo.pk).last_two_way_at is None


def test_two_who_edit_the_same_field_clash_and_nothing_is_written(csm: User) -> None:
    call = log_touchpoint(actor=csm, account=make_account(csm=csm), kind="call", body="x")
    start = call.version
    edit_touchpoint(actor=csm, touchpoint=call, version=start, minutes=10)
    with pytest.raises(EditConflict) as caught:
        edit_touchpoint(actor=csm, touchpoint=Touchpoint.objects.get(pk=call.pk), version=start, minutes=20)
    assert [(clash.field, clash.theirs, clash.mine) for clash in caught.value.clashes] == [("minutes", 10, 20)]
    assert Touchpoint.objects.get(pk=call.pk).minutes == 10


def test_two_who_edit_different_fields_keep_both(csm: User) -> None:
    call = log_touchpoint(actor=csm, account=make_account(csm=csm), kind="call", body="x")
    start = call.version
    edit_touchpoint(actor=csm, touchpoint=call, version=start, minutes=10, subject="x")
    other = Touchpoint.objects.get(pk=call.pk)
    edit_touchpoint(actor=csm, touchpoint=other, version=start, minutes=0, subject="New")
    call.refresh_from_db()
    assert (call.minutes, call.subject) == (10, "New")


def _mail(state: str, **fields: object) -> Message:
    return Message.objects.create(
        channel="mail", kind="reply", recipient="a@b.example", message_id=f"<{state}@x>", state=state, **fields
    )


def test_a_mail_that_never_went_out_waits_for_no_reply(csm: User) -> None:
    account = make_account(csm=csm)
    message = _mail("suppressed", reason="opted out")
    mail = log_touchpoint(
        actor=csm, account=account, kind="mail", body="x", occurred_at=NOON, message_ref=f"message:{message.uuid}"
    )
    assert take_over_outcome(message)
    assert take_over_outcome(message)
    mail.refresh_from_db()
    assert mail.awaiting_reply_since is None
    assert mail.details["delivery"] == "suppressed"


def test_the_outcome_of_a_message_that_is_no_touch_is_nobodys(db: None) -> None:
    assert not take_over_outcome(_mail("sent", sent_at=timezone.now()))
