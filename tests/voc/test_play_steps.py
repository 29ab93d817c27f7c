"""Survey steps of plays: asked once, within the budget, and what an answer starts is known to be the play's doing."""

import pytest
from django.utils import timezone

from lifecycle.models import Play, PlayStepRun, Trigger
from team.models import User
from tests.lifecycle.makers_plays import make_playbook, ring, run_all
from tests.makers import make_account, make_contact
from tests.team.racing import at_once
from tests.voc.makers import make_invitation, make_nps
from voc.models import Invitation, Response
from voc.services.play_steps import play_behind, send_play_surveys
from voc.services.responses import follow_up

pytestmark = pytest.mark.django_db


def begin(csm: User, *, to: str = "champion", survey: str = "nps") -> Play:
    account = make_account(csm=csm)
    make_contact(account, persona="champion")
    make_contact(account, persona="user")
    make_playbook(("survey", "ask", {"survey": survey, "to": to}))
    ring(account)
    run_all()
    return Play.objects.get()


def test_a_survey_step_asks_its_person_once_and_the_play_goes_on(csm: User) -> None:
    make_nps(csm)
    play = begin(csm)
    assert play.state == "running"
    assert send_play_surveys() == 1
    assert send_play_surveys() == 0
    run_all()
    invitation = Invitation.objects.get()
    assert (invitation.contact.persona, invitation.sent_by) == ("champion", None)
    play.refresh_from_db()
    assert play.state == "done"
    assert play.runs.get().result["invited"] == 1


def test_everybody_may_be_asked(csm: User) -> None:
    make_nps(csm)
    begin(csm, to="all")
    send_play_surveys()
    assert Invitation.objects.count() == 2


@pytest.mark.parametrize(("to", "survey"), [("executive", "nps"), ("champion", "ces"), ("champion", "99999")])
def test_without_a_survey_or_a_person_the_step_fails_with_the_reason(csm: User, to: str, survey: str) -> None:
    make_nps(csm)
    begin(csm, to=to, survey=survey)
    assert send_play_surveys() == 1
    run = PlayStepRun.objects.get()
    assert run.state == "failed"
    assert run.result["reason"]
    run_all()
    assert Play.objects.get().state == "done"


def test_what_an_answer_starts_is_the_doing_of_the_play(csm: User) -> None:
    version = make_nps(csm)
    play = begin(csm)
    send_play_surveys()
    invitation = Invitation.objects.get()
    response = Response.objects.create(
        version=version,
        invitation=invitation,
        account=invitation.account,
        contact=invitation.contact,
        state="confirmed",
        score=2,
        submitted_at=timezone.now(),
        is_followed_up=False,
    )
    assert follow_up(response_id=response.pk)
    assert Trigger.objects.get(kind="answer").cause == play
    other, _token = make_invitation(version, make_contact(invitation.account))
    assert play_behind(other) is None


@pytest.mark.django_db(transaction=True)
def test_many_workers_ask_once(csm: User) -> None:
    make_nps(csm)
    begin(csm)
    results = at_once(6, send_play_surveys)
    assert not [result for result in results if isinstance(result, Exception)]
    assert sum(result for result in results if isinstance(result, int)) == 1
    assert Invitation.objects.count() == 1
