"""The audience tab: a draft, its forecast, the typed number, the progress, triggers."""

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from outbox.models import Message
from team.models import User
from tests.makers import make_account, make_contact
from tests.voc.makers import make_nps
from tests.voc.makers_waves import WORKING_HOUR, launch, make_people, make_trigger, make_wave
from voc.models import Survey, SurveyTrigger, Wave
from voc.services.invitations import send_planned
from voc.services.waves import plan_waves

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def signed_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def test_a_wave_goes_from_the_form_to_the_mail(client: Client, csm: User) -> None:
    survey = make_nps(csm).survey
    make_people(csm, 3)
    signed_in(client, csm)
    with time_machine.travel(WORKING_HOUR):
        answer = client.post(
            reverse("wave_create", args=[survey.pk]), {"name": "Autumn", "kind": "rule", "personas": []}
        )
        wave = Wave.objects.get()
        assert answer.headers["Location"] == reverse("wave", args=[wave.pk])
        page = client.get(reverse("wave", args=[wave.pk]))
        assert b"3 would be asked" in page.content
        url = reverse("wave_launch", args=[wave.pk])
        wrong = client.post(url, {"count": 4})
        assert wrong.status_code == 422
        assert b"By now it is 3 people" in wrong.content
        assert client.post(url, {"count": 3}).status_code == 302
        begins = client.get(reverse("wave", args=[wave.pk]))
        assert b"It begins now" in begins.content and b"every 2s" in begins.content
        plan_waves()
        again = client.get(f"{reverse('wave', args=[wave.pk])}?due=1", headers={**HTMX, "HX-Target": "wave"})
        assert again.headers["HX-Refresh"] == "true"
        busy = client.get(reverse("wave", args=[wave.pk]), headers={**HTMX, "HX-Target": "wave-progress"})
        assert b"every 2s" in busy.content and b"<html" not in busy.content
        send_planned()
        assert Message.objects.count() == 3


def test_a_pasted_list_names_the_rows_that_match_nobody(client: Client, csm: User) -> None:
    survey = make_nps(csm).survey
    person = make_people(csm, 1)[0]
    signed_in(client, csm)
    url = reverse("wave_create", args=[survey.pk])
    nothing = client.post(url, {"name": "List", "kind": "file", "people": "nobody@x.example"})
    assert nothing.status_code == 422 and b"None of these rows" in nothing.content
    client.post(url, {"name": "List", "kind": "file", "people": f"{person.email}\nnobody@x.example"})
    wave = Wave.objects.get()
    page = client.get(reverse("wave", args=[wave.pk]))
    assert b"nobody@x.example" in page.content and person.name.encode() in page.content


def test_the_forecast_follows_the_form(client: Client, csm: User) -> None:
    survey = make_nps(csm).survey
    make_people(csm, 2, persona="champion")
    make_people(csm, 2, persona="user")
    url = reverse("wave_forecast", args=[survey.pk])
    signed_in(client, csm)
    part = client.get(url, {"kind": "rule", "personas": "champion"}, headers={**HTMX, "HX-Target": "forecast"})
    assert b'<span class="big-number">2</span>' in part.content and b"<html" not in part.content
    assert b"Complete the audience" in client.get(url, {"kind": "view"}).content
    assert b"Save the list" in client.get(url, {"kind": "file"}).content


def test_the_audience_tab_shows_waves_and_triggers_with_flat_queries(client: Client, manager: User) -> None:
    survey = make_nps(manager).survey
    make_people(manager, 2)
    url = reverse("survey_waves", args=[survey.pk])
    signed_in(client, manager)

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(url).status_code == 200
        return len(caught)

    with time_machine.travel(WORKING_HOUR):
        launch(manager, make_wave(manager, survey))
        plan_waves()
        make_trigger(survey, "ticket_closed", days=1)
        queries()
        few = queries()
        for _time in range(8):
            make_wave(manager, survey)
            make_trigger(survey, "ticket_closed", days=2)
        assert queries() == few
    assert b"1 day after a ticket is closed" in client.get(url).content


def test_the_people_of_a_wave_come_fifty_at_a_time_with_flat_queries(client: Client, csm: User) -> None:
    survey = make_nps(csm).survey
    make_people(csm, 3)
    wave = make_wave(csm, survey)
    url = reverse("wave_people", args=[wave.pk])
    signed_in(client, csm)

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            client.get(url)
        return len(caught)

    queries()
    few = queries()
    make_people(csm, 57)
    assert queries() == few
    first = client.get(url)
    assert first.context["more_url"] and len(first.context["members"]) == 50
    assert len(client.get(first.context["more_url"]).context["members"]) == 10


def test_who_may_not_send_sees_no_audience(client: Client, csm: User, stranger: User) -> None:
    survey = make_nps(csm).survey
    secret = make_contact(make_account(csm=csm), name="Only Carlas")
    wave = make_wave(csm, survey)
    page = signed_in(client, stranger).get(reverse("wave", args=[wave.pk]))
    assert secret.name.encode() not in page.content
    assert client.post(reverse("wave_launch", args=[wave.pk]), {"count": 1}).status_code == 404


def test_a_test_mail_goes_to_oneself_and_leads_to_no_answer(client: Client, csm: User) -> None:
    survey = make_nps(csm).survey
    signed_in(client, csm).post(reverse("survey_test", args=[survey.pk]))
    message = Message.objects.get()
    assert message.recipient == csm.email and message.subject.startswith("Test")
    assert "/s/" not in message.body_text + message.body_html


def test_a_trigger_is_tried_and_switched_with_a_way_back(client: Client, manager: User, csm: User) -> None:
    survey = make_nps(csm).survey
    signed_in(client, manager)
    url = reverse("trigger_create", args=[survey.pk])
    assert client.post(url, {"kind": "stage_entered", "days": 3, "share": 100}).status_code == 422
    client.post(url, {"kind": "ticket_closed", "days": 3, "share": 10})
    trigger = SurveyTrigger.objects.get()
    assert client.get(reverse("trigger", args=[trigger.pk])).status_code == 200
    client.post(reverse("trigger_switch", args=[trigger.pk]), {"on": "1"})
    trigger.refresh_from_db()
    assert trigger.is_active
    page = client.get(reverse("survey_waves", args=[survey.pk]))
    assert b"undo" in page.content
    Survey.objects.update(is_active=False)
    client.post(reverse("trigger_switch", args=[trigger.pk]), {"on": "0"})
    trigger.refresh_from_db()
    assert not trigger.is_active
