"""Taking back, and forgetting after 30 days."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from team.models import ActionLog, SavedView, User
from team.services.purge import purge
from team.services.undo import CannotUndo, log_action, undo_action
from team.services.views import delete_view, save_view
from tests.team.racing import at_once


def deleted_view(owner: User) -> tuple[SavedView, ActionLog]:
    view = save_view(owner=owner, list_name="people", name="Mine", query="?a=1")
    action = delete_view(actor=owner, view=view)
    assert action is not None
    return view, action


def test_undo_brings_the_thing_back(csm: User) -> None:
    view, action = deleted_view(csm)
    assert not SavedView.objects.exists()
    assert undo_action(actor=csm, action=action)
    assert SavedView.objects.get() == view


def test_twice_equals_once(csm: User) -> None:
    _view, action = deleted_view(csm)
    assert [undo_action(actor=csm, action=action) for _ in range(2)] == [True, False]


def test_nobody_undoes_for_another(csm: User, admin: User) -> None:
    _view, action = deleted_view(csm)
    assert not undo_action(actor=admin, action=action)


def test_a_closed_way_back_leaves_the_action_open(csm: User) -> None:
    _view, action = deleted_view(csm)
    save_view(owner=csm, list_name="people", name="Mine", query="")
    with pytest.raises(CannotUndo, match="another view of this name"):
        undo_action(actor=csm, action=action)
    action.refresh_from_db()
    assert action.undone_at is None


def test_after_thirty_days_it_is_too_late_and_the_thing_is_gone(csm: User) -> None:
    _view, action = deleted_view(csm)
    with time_machine.travel(timezone.now() + dt.timedelta(days=31), tick=False):
        assert not undo_action(actor=csm, action=action)
        assert purge().rows["saved_views"] == 1
        assert purge().rows["saved_views"] == 0
    assert not SavedView.everything.exists()
    assert not ActionLog.objects.exists()


def test_purge_keeps_what_is_younger(csm: User) -> None:
    deleted_view(csm)
    with time_machine.travel(timezone.now() + dt.timedelta(days=29), tick=False):
        purge()
    assert SavedView.everything.count() == 1 and ActionLog.objects.count() == 1


def test_an_unregistered_way_back_is_refused_at_once(csm: User) -> None:
    with pytest.raises(KeyError, match="UNDO_SERVICES"):
        log_action(actor=csm, verb="x", service="os.system", arguments={})


@pytest.mark.django_db(transaction=True)
def test_ten_clicks_at_once_undo_once(csm: User) -> None:
    _view, action = deleted_view(csm)
    assert at_once(10, lambda: undo_action(actor=csm, action=action)).count(True) == 1
