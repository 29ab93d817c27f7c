"""Deleted surveys after their days: unused ones go whole, of the others the figures stay and the words go."""

import datetime as dt

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from team.models import User
from team.services.purge import purge
from tests.makers import make_account, make_contact
from tests.voc.makers import make_feedback, make_invitation
from tests.voc.makers_results import make_answered, make_survey
from tests.voc.makers_waves import make_trigger, make_wave
from voc.models import Answer, Feedback, Invitation, Response, ResultFile, Survey, SurveyTrigger, SurveyVersion, Wave
from voc.services.surveys import delete_survey
from voc.services.surveys.purging import purge_surveys

pytestmark = pytest.mark.django_db
LONG = dt.timedelta(days=31)


def delete(survey: Survey, actor: User, *, ago: dt.timedelta = LONG) -> None:
    delete_survey(actor=actor, survey=survey)
    Survey.everything.filter(pk=survey.pk).update(deleted_at=timezone.now() - ago)


def before() -> dt.datetime:
    return timezone.now() - dt.timedelta(days=30)


def test_a_survey_that_asked_nobody_goes_whole(manager: User) -> None:
    survey = make_survey(manager).survey
    make_wave(manager, survey)
    make_trigger(survey, "ticket_closed", days=1)
    kept = make_survey(manager).survey
    delete(survey, manager)
    assert purge().rows["surveys"] == 1
    assert list(Survey.everything.values_list("pk", flat=True)) == [kept.pk]
    assert not Wave.objects.exists()
    assert not SurveyTrigger.objects.exists()
    assert SurveyVersion.objects.count() == 1


def test_of_an_answered_one_the_figures_stay_and_the_words_go(manager: User) -> None:
    version = make_survey(manager)
    response = make_answered(version, 3, answers={"words": "The export is slow", "ok": ["yes"]}, is_invited=True)
    said = make_feedback(make_account(), "The export is slow", response=response)
    waiting, _token = make_invitation(version, make_contact(make_account()))
    ResultFile.objects.create(survey=version.survey, kind="csv", asked_by=manager, file=ContentFile(b"a", name="a.csv"))
    other = make_answered(make_survey(manager), 9, answers={"words": "Stays"})
    delete(version.survey, manager)
    assert purge_surveys(before=before(), limit=500) == 1
    assert purge_surveys(before=before(), limit=500) == 0
    response.refresh_from_db()
    waiting.refresh_from_db()
    assert (response.score, response.state) == (3, Response.State.CONFIRMED)
    assert response.answers.get(question_id="ok").choices == ["yes"]
    assert list(Answer.objects.exclude(text="").values_list("response", flat=True)) == [other.pk]
    assert waiting.state == Invitation.State.EXPIRED
    assert not ResultFile.objects.exists()
    assert Feedback.objects.get(pk=said.pk).text == "The export is slow"


def test_what_was_deleted_lately_or_not_at_all_stays(manager: User) -> None:
    young, alive = make_survey(manager), make_survey(manager)
    for version in (young, alive):
        make_answered(version, 3, answers={"words": "Stays"})
    delete(young.survey, manager, ago=dt.timedelta(days=29))
    assert purge_surveys(before=before(), limit=500) == 0
    assert Answer.objects.filter(text="Stays").count() == 2


def test_very_many_answers_go_in_steps(manager: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voc.services.surveys.purging.ANSWERS_AT_ONCE", 2)
    version = make_survey(manager)
    for _one in range(5):
        make_answered(version, 3, answers={"words": "Words"})
    delete(version.survey, manager)
    steps = 0
    while purge_surveys(before=before(), limit=500):
        steps += 1
    assert steps == 3
    assert not Answer.objects.exclude(text="").exists()
