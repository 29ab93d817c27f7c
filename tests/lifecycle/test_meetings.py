"""Meetings where people see them: on Today, logged once, in the settings, and in the feed that goes out."""

import datetime as dt
import logging

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from icalendar import Calendar
from pytest_django import Settings

from accounts.models import Touchpoint
from accounts.services.touchpoints import log_touchpoint
from config.logs import redacted
from lifecycle.models import CalendarSource, Meeting
from lifecycle.selectors.calendars import meetings_on
from lifecycle.services.calendars.reading import add_calendar, ask_again, read_calendar
from team.clock import now, today
from team.models import ActionLog, User
from team.services.undo import undo_action
from tests.lifecycle.makers_calendars import CalendarServer, event, ics, make_meeting
from tests.lifecycle.makers_renewals import make_renewal
from tests.makers import make_account, make_contact, make_task, make_user

ANA = "ATTENDEE:mailto:Ana@Acme.example"


def subscribe(user: User, server: CalendarServer, settings: Settings) -> CalendarSource:
    settings.CALENDAR_PRIVATE_HOSTS = [server.address]
    return add_calendar(user=user, name="Work", url=server.url)


def read(source: CalendarSource) -> CalendarSource:
    ask_again(source=source)
    read_calendar(source_id=source.pk)
    source.refresh_from_db()
    return source


# Today, and the log


def test_today_shows_the_meetings_of_the_day_with_account_and_log(as_csm: Client, csm: User, stranger: User) -> None:
    account = make_account(csm=csm, name="Acme Works")
    noon = now().replace(hour=12, minute=0)
    make_meeting(csm, account=account, starts_at=noon, title="Quarterly review")
    make_meeting(csm, starts_at=noon, title="Lunch with nobody")
    make_meeting(csm, starts_at=noon, title="Was called off", is_cancelled=True)
    make_meeting(csm, starts_at=noon + dt.timedelta(days=2), title="Another day")
    make_meeting(stranger, starts_at=noon, title="Of a stranger")
    shown = as_csm.get("/").content.decode()
    assert "Acme Works" in shown and "Quarterly review" in shown and "Log the meeting" in shown
    assert "Lunch with nobody" in shown
    assert "Was called off" not in shown and "Another day" not in shown and "Of a stranger" not in shown
    assert [row.title for row in meetings_on(csm, today())] == ["Quarterly review", "Lunch with nobody"]


def test_a_deputy_sees_the_meetings_of_an_absent_colleague_but_not_the_private_ones(csm: User, stranger: User) -> None:
    csm.absences.create(deputy=stranger, starts_on=today(), ends_on=today())
    noon = now().replace(hour=12, minute=0)
    make_meeting(csm, starts_at=noon, title="Review")
    make_meeting(csm, starts_at=noon, title="Doctor", is_private=True)
    assert [row.title for row in meetings_on(stranger, today())] == ["Review"]


def test_a_meeting_is_logged_once_with_what_the_calendar_knew(as_csm: Client, csm: User) -> None:
    account = make_account(csm=csm)
    ana = make_contact(account)
    meeting = make_meeting(csm, account=account, title="Quarterly review")
    meeting.contacts.add(ana)
    url = reverse("meeting_log", args=[meeting.pk])
    form = as_csm.get(url).context["form"]
    assert (form.initial["minutes"], form.initial["contacts"], form.initial["body"]) == (
        60,
        [ana.pk],
        "Quarterly review",
    )
    data = {"log-body": "All is well", "log-kind": "meeting", "log-contacts": ana.pk, "log-minutes": 45}
    assert as_csm.post(url, data).status_code == 302
    assert as_csm.post(url, data).status_code == 422
    touch = Touchpoint.objects.get()
    assert (touch.occurred_at, touch.minutes, touch.source) == (meeting.starts_at, 45, "calendar")
    assert list(touch.participants.values_list("contact", flat=True)) == [ana.pk]
    assert "Log the meeting" not in as_csm.get("/").content.decode()


def test_a_colleague_who_was_there_too_does_not_log_it_twice(as_csm: Client, csm: User, settings: Settings) -> None:
    account = make_account(csm=csm)
    colleague = make_user(role="manager", name="Mona")
    ours, theirs = (make_meeting(user, uid="same", account=account) for user in (csm, colleague))
    data = {"log-body": "Fine", "log-kind": "meeting"}
    other = Client()
    other.force_login(colleague)
    assert other.post(reverse("meeting_log", args=[theirs.pk]), data).status_code == 302
    answer = as_csm.post(reverse("meeting_log", args=[ours.pk]), data)
    assert answer.status_code == 422 and "Mona logged it already" in answer.content.decode()


def test_undoing_the_log_lets_it_be_logged_again(as_csm: Client, csm: User) -> None:
    meeting = make_meeting(csm, account=make_account(csm=csm))
    url = reverse("meeting_log", args=[meeting.pk])
    as_csm.post(url, {"log-body": "Wrong", "log-kind": "meeting"})
    assert undo_action(actor=csm, action=ActionLog.objects.latest("pk"))
    assert not Touchpoint.objects.exists()
    assert as_csm.post(url, {"log-body": "Right", "log-kind": "meeting"}).status_code == 302
    assert Touchpoint.objects.get().body == "Right"


# The settings page


def test_the_settings_page_takes_addresses_and_never_shows_them_again(as_csm: Client, csm: User) -> None:
    secret = "webcal://calendar.example/private-a1b2c3/basic.ics"
    assert as_csm.post(reverse("calendars"), {"name": "Work", "url": secret}).status_code == 302
    source = CalendarSource.objects.get()
    assert source.url == "https://calendar.example/private-a1b2c3/basic.ics"
    shown = as_csm.get(reverse("calendars")).content.decode()
    assert "calendar.example" in shown and "a1b2c3" not in shown
    for bad in ("ftp://calendar.example/a.ics", "file:///etc/passwd", "https://me:word@calendar.example/a", "nonsense"):
        assert as_csm.post(reverse("calendars"), {"name": "Bad", "url": bad}).status_code == 422


def test_a_file_is_taken_over_and_a_wrong_one_refused(as_csm: Client, csm: User) -> None:
    url = reverse("calendar_file")
    assert as_csm.post(url, {"file": SimpleUploadedFile("a.ics", ics(event("a")))}).status_code == 302
    assert Meeting.objects.get().user == csm
    answer = as_csm.post(url, {"file": SimpleUploadedFile("a.ics", b"hello")})
    assert answer.status_code == 422 and "no calendar" in answer.content.decode()


def test_a_removed_calendar_takes_its_meetings_along_and_comes_back(as_csm: Client, csm: User) -> None:
    source = add_calendar(user=csm, name="Work", url="https://calendar.example/a.ics")
    make_meeting(csm, source=source)
    as_csm.post(reverse("calendar_remove", args=[source.pk]))
    assert not Meeting.objects.exists() and not CalendarSource.objects.exists()
    assert undo_action(actor=csm, action=ActionLog.objects.latest("pk"))
    assert CalendarSource.objects.get().name == "Work"


# The feed


def feed_address(client: Client) -> str:
    client.post(reverse("calendar_feed_open"))
    address = client.get(reverse("calendars")).context["address"]
    return "/calendar/" + str(address).rpartition("/calendar/")[2]


def test_the_feed_holds_own_tasks_renewals_and_logged_meetings_without_amounts(
    as_csm: Client, csm: User, stranger: User
) -> None:
    account = make_account(csm=csm, name="Acme")
    make_task(owner=csm, account=account, title="Call Ana", due_on=today() + dt.timedelta(days=1))
    make_task(owner=stranger, title="Their task", due_on=today())
    make_task(owner=csm, title="No day")
    make_renewal(account)
    make_renewal(make_account(csm=stranger, name="Foreign"))
    log_touchpoint(actor=csm, account=account, kind="meeting", subject="Review", minutes=45)
    answer = Client().get(feed_address(as_csm))
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/calendar")
    assert "no-store" in answer.headers["Cache-Control"]
    events = Calendar.from_ical(answer.content).walk("VEVENT")
    assert sorted(str(one["SUMMARY"]) for one in events) == ["Acme: Review", "Call Ana · Acme", "Renewal: Acme"]
    assert len({str(one["UID"]) for one in events}) == 3


def test_hostile_titles_stay_inside_their_line(as_csm: Client, csm: User) -> None:
    title = "Call\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:Forged; , \\"
    make_task(owner=csm, title=title, due_on=today())
    events = Calendar.from_ical(Client().get(feed_address(as_csm)).content).walk("VEVENT")
    assert len(events) == 1


def test_a_revoked_renewed_or_forged_address_leads_nowhere(as_csm: Client, csm: User) -> None:
    first = feed_address(as_csm)
    second = feed_address(as_csm)
    assert (Client().get(first).status_code, Client().get(second).status_code) == (404, 200)
    forged = second.replace(".ics", "x.ics")
    assert Client().get(forged).status_code == 404
    User.objects.filter(pk=csm.pk).update(is_active=False)
    assert Client().get(second).status_code == 404
    User.objects.filter(pk=csm.pk).update(is_active=True)
    as_csm.post(reverse("calendar_feed_revoke"))
    assert Client().get(second).status_code == 404


def test_the_token_of_the_feed_stays_out_of_logs(as_csm: Client, caplog: pytest.LogCaptureFixture) -> None:
    address = feed_address(as_csm)
    assert address.removeprefix("/calendar/") not in redacted(f"GET {address} HTTP/1.1")
    with caplog.at_level(logging.DEBUG):
        Client().get(address.replace(".ics", "y.ics"))
    lines = "\n".join(redacted(record.getMessage()) for record in caplog.records)
    assert address.removeprefix("/calendar/").split("~")[0] not in lines
