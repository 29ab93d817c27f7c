"""Lines in the inbox."""

import datetime as dt

import pytest
from django.utils import timezone

from team.models import Notice, User
from team.services.notices import notify, read_all_notices, read_notice, snooze_notice, unread_notice
from tests.team.racing import at_once


def test_a_repeat_with_the_same_key_changes_nothing(csm: User) -> None:
    assert notify(user=csm, kind="insight", text="Answer due", dedupe_key="insight:1")
    assert not notify(user=csm, kind="insight", text="Answer due!", dedupe_key="insight:1")
    assert [notice.text for notice in csm.notices.all()] == ["Answer due"]


def test_without_a_key_each_call_is_a_line(csm: User) -> None:
    assert notify(user=csm, kind="note", text="A") and notify(user=csm, kind="note", text="A")
    assert csm.notices.count() == 2


def test_the_same_key_reaches_two_people(csm: User, stranger: User) -> None:
    assert all(notify(user=user, kind="note", text="A", dedupe_key="k") for user in (csm, stranger))


def test_long_text_is_cut_with_a_mark(csm: User) -> None:
    notify(user=csm, kind="note", text="x" * 500)
    assert csm.notices.get().text == "x" * 299 + "…"


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_make_one_line(csm: User) -> None:
    answers = at_once(20, lambda: notify(user=csm, kind="note", text="A", dedupe_key="k"))
    assert (answers.count(True), answers.count(False)) == (1, 19)
    assert Notice.objects.count() == 1


def test_read_and_back(csm: User) -> None:
    notify(user=csm, kind="note", text="A")
    notice = csm.notices.get()
    assert read_notice(notice=notice) and not read_notice(notice=notice)
    assert unread_notice(notice=notice) and not unread_notice(notice=notice)


def test_all_done_leaves_the_snoozed(csm: User) -> None:
    for text in ("A", "B"):
        notify(user=csm, kind="note", text=text)
    later = csm.notices.get(text="B")
    snooze_notice(notice=later, until=timezone.now() + dt.timedelta(hours=1))
    assert read_all_notices(user=csm) == 1
    later.refresh_from_db()
    assert later.read_at is None


def test_a_read_line_cannot_be_snoozed(csm: User) -> None:
    notify(user=csm, kind="note", text="A")
    notice = csm.notices.get()
    read_notice(notice=notice)
    assert not snooze_notice(notice=notice, until=timezone.now())
