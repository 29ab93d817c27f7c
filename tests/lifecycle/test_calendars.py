"""Calendars in: read from addresses, files and mails, matched to customers, within limits."""

import datetime as dt
import http.server
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from lifecycle.models import CalendarSource, Meeting
from lifecycle.services.calendars.erasing import erase_attendees
from lifecycle.services.calendars.invitations import take_file
from lifecycle.services.calendars.reading import add_calendar, ask_again, due_sources, read_calendar
from team.clock import now
from team.models import User
from tests.lifecycle.makers_calendars import CalendarServer, calendar_server, event, ics
from tests.makers import make_account, make_contact, make_user

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
