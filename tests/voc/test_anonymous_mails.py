"""Anonymous surveys by mail: one link for everybody, nothing in mail or rows tells who answered, reminders for all."""

import datetime as dt
import re

import pytest
import time_machine
from django.apps import apps
from django.conf import LazySettings
from django.test import Client

from accounts.models import Contact, ContactSend
from outbox.models import Message, ReceivedMail
from outbox.models import State as MailState
from outbox.services.receiving import receive_mail
from team.models import User
from tests.outbox.letters import answer
from tests.voc.makers_answers import answer_screen, make_survey, options
from tests.voc.makers_waves import WORKING_HOUR, make_people
from voc.formulas.results.filters import Filters
from voc.models import Answer, Feedback, Invitation, Response, Survey, SurveyLink, SurveyVersion
from voc.selectors.results import read_rates, read_survey, scope_of
from voc.services.invitations import invite_contacts, send_reminders, take_over_outcome
from voc.services.invitations.links import link_token
from voc.services.links import mail_link
from voc.services.responses import follow_up_waiting
from voc.services.waves.testing import send_test

pytestmark = pytest.mark.django_db
SHORT = {
    "languages": ["en", "da"],
    "intro": {"en": "Dear {{ contact.first_name|friend }}"},
    "questions": [
        {"id": "nps", "type": "nps", "text": {"en": "Recommend?"}},
        {"id": "why", "type": "text", "text": {"en": "Why?"}},
    ],
}
AGENT = "Mozilla/5.0 (X11; Linux) Firefox/140.0"
ADDRESS = re.compile(r'https?://[^\s"<>]+')


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voc.formulas.humans.YOUNGEST_FORM", 0.0)


def ask(csm: User, number: int = 2, definition: object = None) -> list[Invitation]:
    """People who were asked and got their mail on a Wednesday at noon."""
    version: SurveyVersion = make_survey(csm, definition or SHORT, is_anonymous=True)  # type: ignore[arg-type]
    with time_machine.travel(WORKING_HOUR, tick=False):
        people = make_people(csm, number)
        found = invite_contacts(actor=csm, survey=version.survey, contacts=people, occasion="w1").invited
        deliver()
    assert len(found) == number
    return list(Invitation.objects.order_by("pk"))


def deliver() -> None:
    for message in Message.objects.filter(state=MailState.QUEUED):
        message.state, message.sent_at = MailState.SENT, dt.datetime.now(dt.UTC)
        message.save()
        take_over_outcome(message)


def ways_in(message: Message) -> set[str]:
    """The addresses in a mail, without the page to stop these mails."""
    return {
        one
        for one in ADDRESS.findall(message.body_text + message.body_html)
        if "/p/" not in one and "www.w3.org" not in one
    }


def anybodys(message: Message, contact: Contact) -> str:
    """A mail without the name of whom it goes to and without the page to stop these mails."""
    whole = message.subject + message.body_text + message.body_html
    return re.sub(r"/p/[^/]+/", "/p/", whole.replace(contact.name, "").replace(contact.name.split()[0], ""))


def mail_of(contact: Contact, kind: str = "survey") -> Message:
    return Message.objects.get(subject_ref=f"contact:{contact.pk}", kind=kind)


@pytest.mark.parametrize("kind", ["survey", "reminder"])
def test_the_mail_has_the_same_way_in_for_everybody_and_no_token(csm: User, kind: str, settings: LazySettings) -> None:
    settings.OUTBOX_RETURN_ADDRESS = "mail@in.vendor.example"
    invitations = ask(csm)
    if kind == "reminder":
        with time_machine.travel(WORKING_HOUR + dt.timedelta(days=5), tick=False):
            send_reminders()
    key = SurveyLink.objects.get().key
    expected = {f"{settings.BASE_URL}/l/{key}/{query}" for query in ["", *(f"?a={number}" for number in range(11))]}
    for invitation in invitations:
        message = mail_of(invitation.contact, kind)
        assert ways_in(message) == expected
        for part in (message.body_text, message.body_html, str(message.headers)):
            assert link_token(invitation) not in part
            assert invitation.digest not in part
            assert "/s/" not in part
            assert "/f/" not in part
            assert "a number is enough" not in part
        for part in (message.body_text, message.body_html):
            assert "nobody can tell who answered" in part
            assert ("goes to everybody" in part) == (kind == "reminder")
    # What is left when the name and the page to stop these mails are taken away is the same for everybody.
    assert len({anybodys(mail_of(invitation.contact, kind), invitation.contact) for invitation in invitations}) == 1


def test_an_answer_through_the_mail_ties_no_row_to_the_person(csm: User) -> None:
    one, other = ask(csm)
    key = SurveyLink.objects.get().key
    before = {model: list(model.objects.order_by("pk").values()) for model in (Invitation, Contact, ContactSend)}
    client = Client(headers={"user-agent": AGENT})
    step = answer_screen(client, f"/l/{key}/?a=9", {"q.nps": "9"})
    assert "done=1" in answer_screen(client, step["Location"], {"q.why": "The export"})["Location"]
    response = Response.objects.get()
    assert (response.state, response.score, response.is_complete) == ("confirmed", 9, True)
    assert (response.invitation_id, response.account_id, response.contact_id) == (None, None, None)
    assert (response.session_digest, response.snapshot, response.persona) == (None, {}, "")
    follow_up_waiting()
    feedback = Feedback.objects.get()
    assert (feedback.text, feedback.contact_id, feedback.account_id) == ("The export", None, None)
    assert {model: list(model.objects.order_by("pk").values()) for model in before} == before
    told = {one.digest, other.digest, one.contact.email, other.contact.email, link_token(one), link_token(other)}
    for model in apps.get_app_config("voc").get_models():
        if model not in {Invitation} and not model.__name__.endswith("Event"):
            assert not told & {str(value) for row in model._default_manager.values() for value in row.values()}


def test_a_tap_in_the_mail_chooses_and_stores_nothing(csm: User) -> None:
    ask(csm)
    path = f"/l/{SurveyLink.objects.get().key}/"
    page = Client().get(f"{path}?a=9").content.decode()
    assert 'value="9" checked' in page
    assert "Dear friend" not in page  # the line about the tap stands in its place
    assert " checked" not in Client().get(path).content.decode()
    assert " checked" not in Client().get(f"{path}?a=11").content.decode()
    assert not Response.objects.exists()
    assert not Answer.objects.exists()


def test_a_tapped_option_is_chosen_too(csm: User) -> None:
    single = {"id": "role", "type": "single", "text": {"en": "Role?"}, "options": options("user", "boss")}
    [invitation] = ask(csm, 1, {"languages": ["en"], "questions": [single]})
    path = f"/l/{SurveyLink.objects.get().key}/"
    assert {one.partition("?")[2] for one in ways_in(mail_of(invitation.contact))} == {"", "o=user", "o=boss"}
    assert re.search(r'value="boss"[^>]* checked', Client().get(f"{path}?o=boss").content.decode())
    assert not Response.objects.exists()


def test_all_are_reminded_whoever_answered(csm: User) -> None:
    invitations = ask(csm, 3)
    path = f"/l/{SurveyLink.objects.get().key}/"
    for _person in range(2):
        answer_screen(Client(headers={"user-agent": AGENT}), path, {"q.nps": "3"})
    assert Response.objects.counted().count() == 2
    rates = read_rates(read_survey(scope_of(csm, invitations[0].version.survey), Filters()))
    assert (rates.asked, rates.answered.n, round(rates.answered.value or 0, 2)) == (3, 3, 0.67)
    with time_machine.travel(WORKING_HOUR + dt.timedelta(days=5), tick=False):
        assert send_reminders() == 3
    assert Message.objects.filter(kind="reminder").count() == len(invitations)
    assert SurveyLink.objects.count() == 1


def test_each_survey_has_one_link_of_its_own(csm: User) -> None:
    first, second = (make_survey(csm, SHORT, name=name, is_anonymous=True).survey for name in "ab")
    assert mail_link(first) == mail_link(first)
    assert mail_link(first).key != mail_link(second).key
    assert mail_link(first).account_id is None


def test_a_number_by_mail_is_no_answer(csm: User, settings: LazySettings) -> None:
    settings.OUTBOX_RETURN_ADDRESS = "mail@in.vendor.example"
    [invitation] = ask(csm, 1)
    message = mail_of(invitation.contact)
    receive_mail(raw=answer("9", sender=invitation.contact.email, names=message.message_id), source="file")
    assert ReceivedMail.objects.get().outcome == ReceivedMail.Outcome.LOGGED
    assert not Response.objects.exists()
    invitation.refresh_from_db()
    assert invitation.state == Invitation.State.SENT


def test_a_test_mail_leads_into_the_preview(csm: User) -> None:
    survey = make_survey(csm, SHORT, is_anonymous=True).survey
    message = send_test(actor=csm, survey=survey)
    assert "/l/" not in message.body_html + message.body_text
    assert f"/surveys/{survey.pk}/preview/?a=9" in message.body_html
    assert not SurveyLink.objects.exists()
    assert Survey.objects.get().is_anonymous
