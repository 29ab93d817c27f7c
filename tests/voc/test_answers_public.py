"""Public links: anonymous to the last row and log line; widget, QR code, kiosk."""

import datetime as dt
import logging
import re
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.utils import timezone

from lifecycle.models import Trigger
from team.models import User
from tests.makers import make_account
from tests.voc.makers_answers import answer_screen, hidden_fields, make_link, make_survey
from voc.formulas.origins import BadOrigin, read_origin
from voc.models import Answer, Feedback, Response
from voc.services.feedback import take_feedback
from voc.services.responses import blot_visits, follow_up_waiting

pytestmark = pytest.mark.django_db
SHORT: dict[str, Any] = {
    "languages": ["en", "da"],
    "questions": [
        {"id": "nps", "type": "nps", "text": {"en": "Recommend?", "da": "Anbefale?"}},
        {"id": "why", "type": "text", "text": {"en": "Why?", "da": "Hvorfor?"}},
    ],
}
AGENT = "Mozilla/5.0 (Kettle 7; rare-browser)"
ADDRESS = "203.0.113.77"


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voc.formulas.humans.YOUNGEST_FORM", 0.0)
    monkeypatch.setattr("voc.views.public.ring_follow_up", follow_up_waiting)


def visitor() -> Client:
    return Client(headers={"User-Agent": AGENT, "Accept-Language": "da"}, REMOTE_ADDR=ADDRESS)


def everything_stored() -> str:
    """Every row of every table, as text."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        rows = []
        for table in tables:
            cursor.execute(f'SELECT row::text FROM "{table}" row')  # noqa: S608 our own tables
            rows += [f"{table}: {row[0]}" for row in cursor.fetchall()]
    return "\n".join(rows)


def test_nothing_of_the_person_is_left_anywhere(csm: User, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    link = make_link(make_survey(csm, SHORT).survey)
    client, path = visitor(), f"/l/{link.key}/"
    before = set(everything_stored().splitlines())
    page = client.get(path)
    assert set(everything_stored().splitlines()) == before
    assert not page.cookies
    assert "Anbefale?" in page.content.decode()
    visit = hidden_fields(page.content.decode())["v"]
    step = client.post(path, hidden_fields(page.content.decode()) | {"q.nps": "9"})
    assert (step.status_code, "at=why" in step["Location"]) == (303, True)
    done = answer_screen(client, step["Location"].replace("&amp;", "&"), {"q.why": "The kettle is fine"})
    assert (done.status_code, "done=1" in done["Location"]) == (303, True)
    assert "Tak" in client.get(done["Location"]).content.decode()
    assert not client.cookies
    response = Response.objects.get()
    assert (response.state, response.score, response.is_complete, response.source) == ("confirmed", 9, True, "link")
    assert (response.account_id, response.contact_id, response.invitation_id) == (None, None, None)
    assert (response.session_digest, response.snapshot, response.persona, response.segment) == (None, {}, "", "")
    assert follow_up_waiting() == 1
    assert Feedback.objects.get().text == "The kettle is fine"
    new = "\n".join(line for line in everything_stored().splitlines() if line not in before)
    for trace in (ADDRESS, "rare-browser", "Kettle 7", visit, "sessionid", "csrf"):
        assert trace not in new, trace
        assert trace not in caplog.text, trace
    minute = timezone.now().strftime("%Y-%m-%d %H:%M")
    tables = {line.split(":", 1)[0] for line in new.splitlines() if minute in line and not minute.endswith(":00")}
    # A counter of the link knows when its hour is over; no row of an answer knows a minute.
    assert tables <= {"team_trycounter"}, tables


def test_each_visit_answers_once(csm: User) -> None:
    link = make_link(make_survey(csm, SHORT).survey)
    client, path = visitor(), f"/l/{link.key}/"
    first = hidden_fields(client.get(path).content.decode()) | {"q.nps": "9"}
    step = client.post(path, first)
    answer_screen(client, step["Location"], {})
    assert "done=1" in client.post(path, first)["Location"]
    assert Response.objects.count() == 1


def test_a_link_takes_so_many_an_hour(csm: User) -> None:
    link = make_link(make_survey(csm, SHORT).survey, per_hour=2)
    codes = [answer_screen(visitor(), f"/l/{link.key}/", {"q.nps": "9"}).status_code for _time in range(3)]
    assert (codes, Response.objects.count()) == ([303, 303, 429], 2)


def test_an_account_s_link_counts_for_it_and_can_be_changed(csm: User) -> None:
    account = make_account(csm=csm)
    link = make_link(make_survey(csm, SHORT).survey, account=account)
    client, path = visitor(), f"/l/{link.key}/"
    step = answer_screen(client, path, {"q.nps": "2"})
    done = answer_screen(client, step["Location"], {"q.why": "Slow"})
    response = Response.objects.get()
    assert (response.account, response.contact, response.score) == (account, None, 2)
    assert Trigger.objects.get(kind="answer").account == account
    edit = re.search(r'href="([^"]+edit=1[^"]+)"', client.get(done["Location"]).content.decode())
    assert edit is not None
    answer_screen(client, edit[1].replace("&amp;", "&"), {"q.nps": "8"})
    assert Response.objects.get().score == 8


def test_machines_leave_no_row(csm: User, monkeypatch: pytest.MonkeyPatch) -> None:
    link = make_link(make_survey(csm, SHORT).survey)
    answer = answer_screen(Client(headers={"User-Agent": "python-requests/2"}), f"/l/{link.key}/", {"q.nps": "0"})
    assert (answer.status_code, Response.objects.count()) == (200, 0)
    monkeypatch.setattr("voc.formulas.humans.YOUNGEST_FORM", 1.5)
    answer = answer_screen(visitor(), f"/l/{link.key}/", {"q.nps": "0"})
    assert (answer.status_code, Response.objects.count(), Answer.objects.count()) == (200, 0, 0)


def test_a_link_that_is_paused_closed_or_of_a_closed_survey_says_so_kindly(csm: User) -> None:
    link = make_link(make_survey(csm, SHORT).survey)
    for change in ({"is_active": False}, {"is_active": True, "closes_at": timezone.now() - dt.timedelta(hours=1)}):
        type(link).objects.filter(pk=link.pk).update(**change)
        assert visitor().get(f"/l/{link.key}/").status_code == 410
    type(link).objects.filter(pk=link.pk).update(closes_at=None)
    assert visitor().get(f"/l/{link.key}/").status_code == 200


def test_a_widget_is_framed_by_its_sites_alone(csm: User) -> None:
    survey = make_survey(csm, SHORT).survey
    link = make_link(survey, "widget", origins=["https://site.example", "http://127.0.0.1:8345"])
    page = visitor().get(f"/l/{link.key}/?embed=1")
    policy = page.headers["Content-Security-Policy"]
    assert "frame-ancestors https://site.example http://127.0.0.1:8345" in policy
    assert "default-src 'none'" in policy
    assert "X-Frame-Options" not in page.headers
    script = visitor().get(f"/l/{link.key}/widget.js")
    assert "javascript" in script.headers["Content-Type"]
    assert f"/l/{link.key}/" in script.content.decode().encode().decode("unicode_escape")
    assert not script.cookies
    plain = visitor().get(f"/l/{make_link(survey).key}/")
    assert "frame-ancestors 'none'" in plain.headers["Content-Security-Policy"]


NO_SITES = (
    *("", "javascript:alert(1)", "http://site.example", "https://a b", "https://x;y", "https://u:p@x.dk", "*"),
    *("https://x.dk/path", "'self'"),
)


@pytest.mark.parametrize("raw", NO_SITES)
def test_no_site_is_no_site(raw: str) -> None:
    with pytest.raises(BadOrigin):
        read_origin(raw)


def test_sites_are_read(csm: User) -> None:
    assert read_origin(" HTTPS://WWW.Site.Example/ ") == "https://www.site.example"
    assert read_origin("*.site.example") == "https://*.site.example"
    assert read_origin("http://localhost:8345") == "http://localhost:8345"
    survey = make_survey(csm, SHORT, is_anonymous=True).survey
    with pytest.raises(ValidationError):
        make_link(survey, account=make_account(csm=csm))
    with pytest.raises(ValidationError):
        make_link(survey, "widget", origins=[])


def test_a_qr_code_is_drawn_twice(csm: User) -> None:
    link = make_link(make_survey(csm, SHORT).survey)
    assert visitor().get(f"/l/{link.key}/qr.svg").content.startswith(b"<svg")
    assert visitor().get(f"/l/{link.key}/qr.png?download").content.startswith(b"\x89PNG")


def test_a_kiosk_is_started_by_the_team_and_forgets_each_person(csm: User) -> None:
    link = make_link(make_survey(csm, SHORT).survey, "kiosk")
    path = f"/k/{link.key}/"
    assert visitor().get(path).status_code == 403
    device = visitor()
    device.force_login(csm)
    start = device.post(f"/survey-links/{link.pk}/kiosk/")
    assert (start.status_code, start["Location"]) == (302, path)
    assert "_auth_user_id" not in device.session
    step = answer_screen(device, path, {"q.nps": "3"})
    back = device.get(step["Location"].replace("at=why", "at=nps")).content.decode()
    assert " checked" not in back
    assert "?at=nps" not in device.get(step["Location"]).content.decode()
    done = answer_screen(device, step["Location"], {"q.why": "Secret"})
    assert device.get(done["Location"]).headers["Refresh"] == f"10; url={path}"
    assert "Secret" not in device.get(step["Location"]).content.decode()
    assert Response.objects.get().source == "kiosk"


def test_visits_that_nobody_goes_on_with_are_forgotten(csm: User) -> None:
    link = make_link(make_survey(csm, SHORT).survey)
    answer_screen(visitor(), f"/l/{link.key}/", {"q.nps": "9"})
    response = Response.objects.get()
    assert response.session_digest is not None
    assert blot_visits() == 0
    Response.objects.update(
        started_at=timezone.now() - dt.timedelta(days=2), submitted_at=timezone.now() - dt.timedelta(days=2)
    )
    feedback = take_feedback(
        account=None, contact=None, text="x", source="survey", received_at=timezone.now(), response=response
    )
    Feedback.objects.filter(pk=feedback.pk).update(understood_at=timezone.now())
    assert (blot_visits(), blot_visits()) == (1, 0)
    understood = Feedback.objects.get().understood_at
    assert understood is not None
    assert (understood.minute, understood.second) == (0, 0)
