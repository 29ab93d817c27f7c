"""Calendars in and out: read from addresses, files and mails; matched, shown, logged once; the feed and its end."""

import datetime as dt
import http.server
import logging
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from icalendar import Calendar
from pytest_django import Settings

from accounts.models import Touchpoint
from accounts.services.touchpoints import log_touchpoint
from config.logs import redacted
from lifecycle.models import CalendarSource, Meeting
from lifecycle.selectors.calendars import meetings_on
from lifecycle.services.calendars.erasing import erase_attendees
from lifecycle.services.calendars.invitations import take_file
from lifecycle.services.calendars.reading import add_calendar, ask_again, due_sources, read_calendar
from team.clock import now, today
from team.models import ActionLog, User
from team.services.undo import undo_action
from tests.lifecycle.makers_calendars import CalendarServer, calendar_server, event, ics, make_meeting
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


# Reading an address


@pytest.mark.django_db
def test_a_subscribed_calendar_fills_today_and_follows_moves_and_removals(csm: User, settings: Settings) -> None:
    with calendar_server(body=ics(event("a"), event("b", title="Other"))) as server:
        source = read(subscribe(csm, server, settings))
        assert (source.error, Meeting.objects.count()) == ("", 2)
        first = Meeting.objects.get(uid="a")
        server.body = ics(event("a", at=now() + dt.timedelta(days=3), title="Moved"))
        read(source)
        (moved,) = Meeting.objects.all()
        assert (moved.pk, moved.title) == (first.pk, "Moved")


def test_what_was_logged_outlives_its_removal_from_the_calendar(csm: User, settings: Settings) -> None:
    with calendar_server(body=ics(event("a"))) as server:
        source = read(subscribe(csm, server, settings))
        Meeting.objects.update(logged_at=now())
        server.body = ics(event("b"))
        read(source)
        assert set(Meeting.objects.values_list("uid", flat=True)) == {"a", "b"}


def test_an_unchanged_calendar_is_not_sent_again_on_the_same_day(csm: User, settings: Settings) -> None:
    with calendar_server(body=ics(event("a")), headers={"ETag": '"v1"'}) as server:
        source = read(subscribe(csm, server, settings))
        CalendarSource.objects.update(next_read_at=None)
        assert read_calendar(source_id=source.pk) is None
        assert server.asked[1]["If-None-Match"] == '"v1"'
        assert Meeting.objects.count() == 1
        # The window moves on: yesterday's ETag counts no more.
        CalendarSource.objects.update(next_read_at=None, etag='2020-01-01|"v1"')
        read_calendar(source_id=source.pk)
        assert "If-None-Match" not in server.asked[2]


def test_a_calendar_is_read_by_one_worker_and_again_after_a_quarter_of_an_hour(csm: User, settings: Settings) -> None:
    with calendar_server(body=ics(event("a"))) as server:
        source = subscribe(csm, server, settings)
        assert due_sources() == [source.pk]
        assert read_calendar(source_id=source.pk) is not None
        assert read_calendar(source_id=source.pk) is None
        assert due_sources() == []
        assert len(server.asked) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8080/a.ics",
        "http://[::1]:8080/a.ics",
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/a.ics",
        "http://[::7f00:1]/a.ics",
        "http://localhost:6379/",
        "http://2130706433/a.ics",
        "https://127.0.0.1:22/",
    ],
)
def test_addresses_inside_the_network_are_never_asked(csm: User, url: str) -> None:
    source = read(add_calendar(user=csm, name="Bad", url=url))
    assert "not allowed" in source.error
    assert source.read_at is None


def test_a_redirect_into_the_network_is_not_followed(csm: User, settings: Settings) -> None:
    with calendar_server(body=ics(event("secret"))) as inner, calendar_server(status=302) as outer:
        outer.headers = {"Location": inner.url}
        settings.CALENDAR_PRIVATE_HOSTS = [outer.address]
        source = read(add_calendar(user=csm, name="Bad", url=outer.url))
        assert "not allowed" in source.error
        assert inner.asked == []


def test_trouble_stands_in_words_and_the_meetings_stay(csm: User, settings: Settings) -> None:
    with calendar_server(body=ics(event("a"))) as server:
        source = read(subscribe(csm, server, settings))
        for status, body, words in (
            (500, b"", "500"),
            (404, b"", "404"),
            (200, b"<html>log in</html>", "no calendar"),
            (200, b"BEGIN:VCALENDAR\n" + b"X" * (5 * 1024 * 1024), "too large"),
        ):
            server.status, server.body = status, body
            assert words in read(source).error
        assert Meeting.objects.count() == 1
        server.status, server.body = 200, ics(event("a"))
        assert read(source).error == ""


def test_a_server_that_never_ends_is_cut_off(csm: User, settings: Settings) -> None:
    def flood(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"X" * 65536)
        except OSError:
            return

    with calendar_server(answer=flood) as server:
        assert "too large" in read(subscribe(csm, server, settings)).error


# Whose meeting it is


def test_attendees_are_matched_by_mail_then_by_domain_and_staff_never_counts(csm: User) -> None:
    acme = make_account(csm=csm, domains=["acme.example"])
    other = make_account(csm=csm, domains=["other.example"])
    ana = make_contact(other, email="Ana@Acme.example")
    make_user(email="boss@acme.example", role="manager")
    take_file(user=csm, data=ics(event("mail", more=ANA), event("domain", more="ATTENDEE:mailto:new@acme.example")))
    take_file(user=csm, data=ics(event("staff", more="ATTENDEE:mailto:boss@acme.example"), event("none")))
    found = {row.uid: row for row in Meeting.objects.all()}
    assert found["mail"].account == other and list(found["mail"].contacts.all()) == [ana]
    assert found["domain"].account == acme and not found["domain"].contacts.exists()
    assert found["staff"].account is None and found["none"].account is None


def test_no_meeting_tells_of_an_account_that_its_person_may_not_see(csm: User, settings: Settings) -> None:
    settings.CSM_SEES_ALL_ACCOUNTS = False
    make_contact(make_account(csm=make_user()), email="ana@acme.example")
    take_file(user=csm, data=ics(event(more=ANA)))
    assert Meeting.objects.get().account is None


def test_an_account_chosen_by_hand_stays_while_the_attendees_do(as_csm: Client, csm: User, settings: Settings) -> None:
    account = make_account(csm=csm)
    with calendar_server(body=ics(event("a", more=ANA))) as server:
        source = read(subscribe(csm, server, settings))
        meeting = Meeting.objects.get()
        answer = as_csm.post(reverse("meeting_link", args=[meeting.pk]), {"account": account.pk})
        assert answer.status_code == 302
        read(source)
        meeting.refresh_from_db()
        assert meeting.account == account


def test_many_meetings_take_as_many_queries_as_few(csm: User, django_assert_max_num_queries: object) -> None:
    account = make_account(csm=csm, domains=["acme.example"])
    for number in range(30):
        make_contact(account, email=f"p{number}@acme.example")
    events = [event(f"e{number}", more=f"ATTENDEE:mailto:p{number}@acme.example") for number in range(30)]
    with django_assert_max_num_queries(16):  # type: ignore[operator]
        assert take_file(user=csm, data=ics(*events)).written == 30
    assert take_file(user=csm, data=ics(*events)).written == 0


def test_forgetting_a_person_takes_their_address_out_of_meetings(csm: User) -> None:
    ana = make_contact(make_account(csm=csm), email="Ana@Acme.example")
    take_file(user=csm, data=ics(event(more=f"{ANA}\nATTENDEE:mailto:bo@acme.example")))
    erase_attendees(contact_ids=[ana.pk])
    meeting = Meeting.objects.get()
    assert meeting.attendees == ["bo@acme.example"]
    assert not meeting.contacts.exists()


# Invitations


def mail(calendar: bytes, to: str) -> bytes:
    return (
        (
            f"From: ana@acme.example\r\nTo: Carla <{to}>\r\nSubject: Invitation\r\nMIME-Version: 1.0\r\n"
            'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n'
            "--b\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\n"
        ).encode()
        + calendar
        + b"\r\n--b\r\nContent-Type: application/ics\r\n\r\n"
        + calendar
        + b"\r\n--b--\r\n"
    )


def test_an_invitation_by_mail_is_taken_once_and_called_off(csm: User, tmp_path: Path) -> None:
    account = make_account(csm=csm)
    make_contact(account, email="ana@acme.example")
    file = tmp_path / "invitation.eml"
    file.write_bytes(mail(ics(event("i", more="SEQUENCE:1\n" + ANA), method="REQUEST"), csm.email))
    for _ in range(2):
        call_command("receive_invitation", str(file))
    meeting = Meeting.objects.get()
    assert (meeting.user, meeting.account, meeting.is_cancelled) == (csm, account, False)
    file.write_bytes(mail(ics(event("i", more="SEQUENCE:2"), method="CANCEL"), csm.email))
    call_command("receive_invitation", str(file))
    meeting.refresh_from_db()
    assert meeting.is_cancelled
    # An older mail that comes late changes nothing.
    file.write_bytes(mail(ics(event("i", more="SEQUENCE:1\n" + ANA), method="REQUEST"), csm.email))
    call_command("receive_invitation", str(file))
    meeting.refresh_from_db()
    assert meeting.is_cancelled


def test_one_occurrence_of_a_series_is_called_off(csm: User, tmp_path: Path) -> None:
    start = (now() + dt.timedelta(days=1)).replace(microsecond=0)
    series = event("s", at=start, more=f"RRULE:FREQ=DAILY;COUNT=3\nATTENDEE:mailto:{csm.email}")
    file = tmp_path / "invitation.ics"
    file.write_bytes(ics(series, method="REQUEST"))
    call_command("receive_invitation", str(file))
    second = Meeting.objects.order_by("starts_at")[1]
    named = f"RECURRENCE-ID:{second.starts_at:%Y%m%dT%H%M%SZ}\nATTENDEE:mailto:{csm.email}"
    file.write_bytes(ics(event("s", at=second.starts_at, more=named), method="CANCEL"))
    call_command("receive_invitation", str(file))
    off = Meeting.objects.filter(is_cancelled=True)
    assert [row.pk for row in off] == [second.pk]


def test_a_forged_cancellation_does_not_reach_a_subscribed_calendar(
    csm: User, settings: Settings, tmp_path: Path
) -> None:
    with calendar_server(body=ics(event("a"))) as server:
        read(subscribe(csm, server, settings))
    file = tmp_path / "forged.eml"
    file.write_bytes(mail(ics(event("a", more="SEQUENCE:99"), method="CANCEL"), csm.email))
    call_command("receive_invitation", str(file))
    assert not Meeting.objects.get().is_cancelled


@pytest.mark.parametrize("data", [b"Subject: Hello\n\nNo invitation", ics(event(), method="REQUEST"), b""])
@pytest.mark.django_db
def test_a_mail_that_invites_none_of_us_is_refused_with_words(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "mail.eml"
    file.write_bytes(data)
    with pytest.raises(CommandError):
        call_command("receive_invitation", str(file))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("receive_invitation", str(tmp_path / "missing.eml"))


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
