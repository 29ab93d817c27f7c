"""Notices by mail, at once or gathered, and the chat of a department."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from outbox.models import Message
from outbox.services.calls import real_address
from team.models import ChatLine, ChatRoom, Notice, NoticeWay, User
from team.services.chat import BadAddress, compose, post_gathered, remove_room, save_room, tell_room
from team.services.digests import is_due, save_way, send_digests
from team.services.notices import Line, notify, notify_all, read_notice
from tests.makers import make_department, make_user
from tests.team.racing import at_once

ADDRESS = "https://chat.example/hook/very-secret"
MIDNIGHT = dt.time(0)


def line_for(user: User, key: str, *, minutes_ago: int = 5) -> Notice:
    notify(user=user, kind="insight", text=f"Line {key}", url="/insights/1/", dedupe_key=key)
    notice = Notice.objects.get(user=user, dedupe_key=key)
    Notice.objects.filter(pk=notice.pk).update(created_at=timezone.now() - dt.timedelta(minutes=minutes_ago))
    return notice


def test_many_lines_at_once_are_each_there_once(csm: User, manager: User) -> None:
    lines = [Line(person, "insight", "Late", "/x/", "late:1") for person in (csm, manager)]
    notify_all(lines)
    notify_all([*lines, lines[0]])
    assert Notice.objects.count() == 2


def test_a_day_of_lines_is_one_mail(csm: User) -> None:
    save_way(user=csm, mail="daily", daily_at=MIDNIGHT)
    for key in "abc":
        line_for(csm, key)
    assert send_digests() == 1
    assert send_digests() == 0
    mail = Message.objects.get()
    assert mail.subject == "3 notices wait for you"
    assert all(f"Line {key}" in mail.body_text for key in "abc")
    line_for(csm, "d")
    assert send_digests() == 0
    NoticeWay.objects.update(gathered_on=timezone.now().date() - dt.timedelta(days=2))
    assert send_digests() == 1
    assert Message.objects.latest("pk").subject == "Line d"


def test_at_once_means_at_once_but_one_mail_for_one_moment(csm: User) -> None:
    save_way(user=csm, mail="at_once", daily_at=MIDNIGHT)
    line_for(csm, "a")
    line_for(csm, "b")
    assert send_digests() == 1
    line_for(csm, "c")
    assert send_digests() == 1
    notify(user=csm, kind="insight", text="This second", dedupe_key="now")
    assert send_digests() == 0


def test_who_wants_none_gets_none_and_what_was_read_is_not_mailed(csm: User, manager: User) -> None:
    save_way(user=csm, mail="none", daily_at=MIDNIGHT)
    save_way(user=manager, mail="at_once", daily_at=MIDNIGHT)
    line_for(csm, "a")
    read_notice(notice=line_for(manager, "a"))
    line_for(manager, "old", minutes_ago=60 * 24 * 9)
    assert send_digests() == 0


def test_the_hour_is_the_persons_own() -> None:
    person = User(time_zone="Asia/Shanghai")
    way = NoticeWay(daily_at=dt.time(8))
    assert not is_due(way, person, dt.datetime(2026, 5, 4, 23, 59, tzinfo=dt.UTC))
    assert is_due(way, person, dt.datetime(2026, 5, 5, 0, 0, tzinfo=dt.UTC))
    way.gathered_on = dt.date(2026, 5, 5)
    assert not is_due(way, person, dt.datetime(2026, 5, 5, 12, 0, tzinfo=dt.UTC))
    assert is_due(way, person, dt.datetime(2026, 5, 6, 0, 30, tzinfo=dt.UTC))


@pytest.mark.django_db(transaction=True)
def test_eight_workers_write_one_mail_and_one_message() -> None:
    person, department = make_user(), make_department()
    save_way(user=person, mail="at_once", daily_at=MIDNIGHT)
    save_room(department=department, address=ADDRESS, every_minutes=5, is_active=True)
    for key in "abc":
        line_for(person, key)
        tell_room(department_id=department.pk, text=f"Line {key}", dedupe_key=key)
    mails = at_once(8, send_digests)
    posts = at_once(8, post_gathered)
    assert not [error for error in (*mails, *posts) if isinstance(error, Exception)]
    assert sorted(Message.objects.values_list("channel", flat=True)) == ["chat", "mail"]


def test_lines_are_gathered_and_told_once(db: None) -> None:
    department = make_department()
    assert not tell_room(department_id=department.pk, text="Nobody hears", dedupe_key="x")
    save_room(department=department, address=ADDRESS, every_minutes=15, is_active=True)
    for key in "aabc":
        tell_room(department_id=department.pk, text=f"Line {key}", url="/x/", dedupe_key=key)
    assert post_gathered() == 1
    assert post_gathered() == 0
    message = Message.objects.get()
    assert message.payload["text"].count("Line") == 3
    tell_room(department_id=department.pk, text="Line d", dedupe_key="d")
    assert post_gathered() == 0
    ChatRoom.objects.update(posted_at=timezone.now() - dt.timedelta(minutes=16))
    assert post_gathered() == 1


def test_the_address_stands_nowhere_in_clear(db: None) -> None:
    department = make_department()
    room = save_room(department=department, address=ADDRESS, every_minutes=1, is_active=True)
    assert "very-secret" not in room.address
    tell_room(department_id=department.pk, text="Late", dedupe_key="x")
    post_gathered()
    message = Message.objects.get()
    assert "very-secret" not in f"{message.recipient}{message.payload}{message.lane}"
    assert real_address(message) == ADDRESS
    remove_room(department=department)
    assert real_address(message) is None


@pytest.mark.parametrize("address", ["", "http://chat.example/x", "ftp://x", "https://u:p@chat.example/", "nonsense"])
def test_what_is_no_address_of_a_chat_is_refused(db: None, address: str) -> None:
    with pytest.raises(BadAddress):
        save_room(department=make_department(), address=address, every_minutes=15, is_active=True)


def test_a_room_inside_the_network_is_one_that_the_operator_named(db: None, settings: Settings) -> None:
    settings.OUTBOX_PRIVATE_RECEIVERS = ["chat.local:8065"]
    save_room(department=make_department(), address="http://chat.local:8065/x", every_minutes=15, is_active=True)


def test_words_of_customers_call_nobody_in_a_chat() -> None:
    text = compose([ChatLine(text="<!channel> @all [x](https://evil.example)", url="")])
    assert "<!channel>" not in text
    assert "@all" not in text
    assert "](" not in text
    many = compose([ChatLine(text=str(number)) for number in range(25)])
    assert "5 more" in many


def test_people_choose_for_themselves(as_csm: Client, csm: User) -> None:
    url = reverse("notice_way")
    assert as_csm.get(url).status_code == 200
    assert as_csm.post(url, {"mail": "at_once", "daily_at": "07:30"}).status_code == 302
    assert NoticeWay.objects.get(user=csm).daily_at == dt.time(7, 30)
    assert as_csm.post(url, {"mail": "by pigeon", "daily_at": "07:30"}).status_code == 422
    assert as_csm.put(url).status_code == 405
    assert Client().get(url).status_code == 302


def test_admins_alone_set_a_chat_and_nobody_reads_its_address_again(admin: User, manager: User) -> None:
    department = make_department()
    url = reverse("department_chat", args=[department.slug])
    client = Client()
    client.force_login(admin)
    form = {"address": ADDRESS, "every_minutes": "10", "is_active": "on"}
    assert client.post(url, {**form, "address": "nonsense"}).status_code == 422
    assert client.post(url, form).status_code == 302
    page = client.get(url).content.decode()
    assert "chat.example" in page
    assert "very-secret" not in page
    assert client.post(url, {**form, "address": ""}).status_code == 302
    assert ChatRoom.objects.get().host == "chat.example"
    assert client.post(reverse("department_chat_try", args=[department.slug])).status_code == 302
    assert ChatLine.objects.count() == 1
    client.force_login(manager)
    assert client.get(url).status_code == 404
