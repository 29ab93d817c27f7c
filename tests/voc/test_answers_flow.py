"""Screen by screen through a survey with every type of question."""

from typing import Any

import pytest
from django.test import Client

from lifecycle.models import Trigger
from team.models import User
from tests.makers import make_account, make_contact
from tests.voc.makers import make_invitation, make_nps
from tests.voc.makers_answers import answer_screen, hidden_fields, make_survey, options, words
from voc.models import Answer, Feedback, Invitation, Response
from voc.services.preferences import rhythm_of, set_manner
from voc.services.responses import follow_up_waiting, take_answers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voc.formulas.humans.YOUNGEST_FORM", 0.0)
    monkeypatch.setattr("voc.views.answers.ring_follow_up", follow_up_waiting)


@pytest.fixture
def link(csm: User) -> str:
    contact = make_contact(make_account(csm=csm, name="Northwind"), name="Nora Wind", persona="champion")
    return f"/s/{make_invitation(make_survey(csm), contact)[1]}/"


STEPS: list[tuple[dict[str, Any], str]] = [
    ({"q.nps": "9", "q.why": "Good <b>help</b>"}, "at=csat"),
    ({"q.csat": "4"}, "at=ces"),
    ({"q.ces": "7"}, "at=stars"),
    ({"q.stars": "10"}, "at=role"),
    ({"q.role": "user"}, "at=uses"),
    ({"q.uses": ["a", "c"]}, "at=parts"),
    ({"q.parts.speed": "good", "q.parts.help": "bad"}, "at=rank"),
    ({"q.rank": ["z", "x", "y"], "q.rank.set": "1"}, "at=tool"),
    ({"q.tool": "Excel"}, "at=quote"),
    ({"q.quote": "yes"}, "done=1"),
]


def walk(client: Client, link: str, steps: list[tuple[dict[str, Any], str]] = STEPS) -> None:
    path = link
    for given, following in steps:
        answer = answer_screen(client, path, given)
        assert answer.status_code == 303, (given, answer.content.decode()[:2000])
        assert following in answer["Location"]
        path = answer["Location"].split("#")[0]


def test_every_type_is_asked_stored_and_shown_again(link: str) -> None:
    client = Client()
    walk(client, link)
    response = Response.objects.get()
    stored = {one.question_id: (one.number, one.text, one.choices) for one in Answer.objects.all()}
    assert stored == {
        "nps": (9, "", []),
        "why": (None, "Good <b>help</b>", []),
        "csat": (4, "", []),
        "ces": (7, "", []),
        "stars": (10, "", []),
        "role": (None, "", ["user"]),
        "uses": (None, "", ["a", "c"]),
        "parts": (None, "", {"speed": "good", "help": "bad"}),
        "rank": (None, "", ["z", "x", "y"]),
        "tool": (None, "Excel", []),
        "quote": (None, "", ["yes"]),
    }
    assert (response.state, response.score, response.is_complete) == ("confirmed", 9, True)
    assert response.seen == list(stored)
    assert (response.persona, response.language) == ("champion", "en")
    assert response.seconds is not None
    feedback = Feedback.objects.get()
    assert (feedback.text, feedback.score) == ("Good <b>help</b>\n\nExcel", 9)
    assert Trigger.objects.filter(kind="answer").count() == 1
    assert "See you." in client.get(link).content.decode()
    for at, found in {
        "nps": 'value="9" checked',
        "uses": 'value="c" checked',
        "parts": 'name="q.parts.help" value="bad" checked',
        "rank": 'name="q.rank.set" value="1" checked',
        "tool": 'value="Excel"',
        "quote": 'value="yes" checked',
    }.items():
        assert found in client.get(f"{link}?at={at}").content.decode(), at


def test_the_number_counts_at_once_and_the_rest_is_taken_up_again(link: str) -> None:
    walk(Client(), link, STEPS[:1])
    response = Response.objects.get()
    assert (response.state, response.is_complete, response.seen) == ("confirmed", False, ["nps", "why", "csat"])
    assert Invitation.objects.get().state == Invitation.State.ANSWERED
    again = Client().get(link).content.decode()
    assert "You gave 9. How happy?" in again
    assert "Your answer is with us." in again
    assert "Step 2 of" in again


def test_back_shows_what_was_said_and_another_way_drops_what_was_off_it(link: str) -> None:
    client = Client()
    walk(client, link, STEPS[:6])
    assert Answer.objects.filter(question_id="uses").exists()
    walk(client, f"{link}?at=role", [({"q.role": "boss"}, "at=parts")])
    assert not Answer.objects.filter(question_id="uses").exists()
    page = client.get(f"{link}?at=parts").content.decode()
    assert "?at=role" in page


def test_something_else_needs_a_word_and_too_many_are_too_many(link: str) -> None:
    client = Client()
    walk(client, link, STEPS[:4])
    answer = answer_screen(client, f"{link}?at=role", {"q.role": "other."})
    assert answer.status_code == 422
    assert "in a word what else" in answer.content.decode()
    assert 'value="other." checked' in answer.content.decode()
    walk(client, f"{link}?at=role", [({"q.role": "other.", "q.role.other": "Advisor"}, "at=parts")])
    assert Answer.objects.get(question_id="role").text == "Advisor"
    walk(client, f"{link}?at=role", STEPS[4:5])
    answer = answer_screen(client, f"{link}?at=uses", {"q.uses": ["a", "b", "c"]})
    assert answer.status_code == 422
    assert answer.content.decode().count(" checked") == 3


def test_a_ranking_is_moved_by_buttons_and_counts_only_when_somebody_made_it(link: str) -> None:
    client = Client()
    walk(client, link, STEPS[:7])
    order = {"q.rank": ["x", "y", "z"]}
    answer = answer_screen(client, f"{link}?at=rank", {**order, "move": "rank:z:up"})
    assert (answer.status_code, Answer.objects.get(question_id="rank").choices) == (303, ["x", "z", "y"])
    assert "at=rank" in answer["Location"]
    walk(client, f"{link}?at=rank", [({"q.rank": ["x", "z", "y"]}, "at=tool")])
    assert not Answer.objects.filter(question_id="rank").exists()


def test_texts_pipe_and_are_escaped(csm: User) -> None:
    contact = make_contact(make_account(csm=csm), name="<b>Nora</b> Wind")
    link = f"/s/{make_invitation(make_survey(csm), contact)[1]}/"
    assert "Dear &lt;b&gt;Nora&lt;/b&gt;" in Client().get(link).content.decode()


def test_a_survey_without_a_number_counts_when_it_is_whole(csm: User) -> None:
    definition = {
        "questions": [
            {"id": "a", "type": "single", "text": words("A?"), "options": options("x", "y"), "is_required": True},
            {"id": "b", "type": "text", "text": words("B?")},
        ]
    }
    contact = make_contact(make_account(csm=csm))
    link = f"/s/{make_invitation(make_survey(csm, definition, kind='custom'), contact)[1]}/"
    client = Client()
    assert answer_screen(client, link, {}).status_code == 422
    assert Response.objects.get().state == Response.State.PARTIAL
    walk(client, link, [({"q.a": "x"}, "at=b")])
    assert Response.objects.get().state == Response.State.PARTIAL
    assert "B?" in client.get(link).content.decode()
    walk(client, f"{link}?at=b", [({}, "done=1")])
    response = Response.objects.get()
    assert (response.state, response.score, response.is_complete) == ("confirmed", None, True)


@pytest.mark.parametrize("a", ["9", "0"])
def test_the_tapped_number_is_chosen_on_the_first_screen_alone(link: str, a: str) -> None:
    client = Client()
    assert f'value="{a}" checked' in client.get(f"{link}?a={a}").content.decode()
    assert Response.objects.count() == 0
    walk(client, link, [({"q.nps": "5"}, "at=csat")])
    assert f'value="{a}" checked' not in client.get(f"{link}?a={a}&at=csat").content.decode()


def test_an_anonymous_survey_forgets_who_answered(csm: User) -> None:
    contact = make_contact(make_account(csm=csm), name="Nora Wind")
    invitation, token = make_invitation(make_survey(csm, is_anonymous=True), contact)
    client, link = Client(), f"/s/{token}/"
    assert "nobody can see who answered" in client.get(link).content.decode()
    walk(client, link, STEPS[:3])
    response = Response.objects.get()
    assert (response.invitation_id, response.account_id, response.contact_id) == (None, None, None)
    assert "Stars?" in client.get(link).content.decode()
    walk(client, f"{link}?at=stars", STEPS[3:])
    response.refresh_from_db()
    assert (response.session_digest, response.is_complete, response.snapshot) == (None, True, {})
    assert response.submitted_at is not None
    assert (response.submitted_at.minute, response.started_at.minute, response.started_at.second) == (0, 0, 0)
    feedback = Feedback.objects.get()
    assert (feedback.contact_id, feedback.account_id, feedback.created_at.minute) == (None, None, 0)
    assert Trigger.objects.filter(kind="answer").count() == 0
    page = client.get(link).content.decode()
    assert "See you." in page
    assert "Change my answer" not in page
    invitation.refresh_from_db()
    assert invitation.state == Invitation.State.ANSWERED
    late = take_answers(invitation=invitation, answers={}, language="en", visit="x")
    assert (late.outcome, Response.objects.count()) == ("closed", 1)


def test_how_often_and_in_which_language(csm: User) -> None:
    contact = make_contact(make_account(csm=csm), language="en")
    assert set_manner(contact=contact, language="da", survey_every_days=180)
    contact.refresh_from_db()
    assert not set_manner(contact=contact, language="da", survey_every_days=180)
    assert (contact.language, rhythm_of(contact), contact.version) == ("da", 180, 2)


def test_pages_are_small(link: str) -> None:
    client = Client()
    walk(client, link, STEPS[:6])
    for at in ("nps", "role", "parts", "rank"):
        assert len(client.get(f"{link}?at={at}").content) < 6_000, at


def test_a_page_asks_the_database_a_fixed_number_of_times(
    csm: User, link: str, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(3):  # the invitation with everything around it, the vendor's name, (answers)
        Client().get(link)
    assert hidden_fields(Client().get(link).content.decode())["at"] == "nps"
    assert make_nps(csm)
