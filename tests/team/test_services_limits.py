"""Limits on tries."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from team.services.limits import forget_tries, give_back_try, take_try
from tests.team.racing import at_once

MINUTE = dt.timedelta(minutes=1)


def take() -> bool:
    return take_try(what="door", who="somebody", limit=3, per=MINUTE)


def test_the_fourth_try_of_three_is_refused(db: None) -> None:
    assert [take() for _ in range(5)] == [True, True, True, False, False]


def test_a_try_that_worked_does_not_count(db: None) -> None:
    for _ in range(3):
        take()
    give_back_try(what="door", who="somebody")
    assert take()


def test_another_person_has_own_tries(db: None) -> None:
    for _ in range(3):
        take()
    assert take_try(what="door", who="somebody else", limit=3, per=MINUTE)


def test_the_window_ends(db: None) -> None:
    for _ in range(4):
        take()
    with time_machine.travel(timezone.now() + MINUTE, tick=False):
        assert take()


def test_refused_tries_do_not_prolong_the_lock(db: None) -> None:
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        for _ in range(4):
            take()
    with time_machine.travel(start + MINUTE * 0.9, tick=False):
        assert not take()
    with time_machine.travel(start + MINUTE, tick=False):
        assert take()


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_get_exactly_three() -> None:
    assert at_once(20, take).count(True) == 3


def test_windows_that_are_over_are_forgotten(db: None) -> None:
    take()
    assert forget_tries(moment=timezone.now()) == 0
    assert forget_tries(moment=timezone.now() + MINUTE) == 1
