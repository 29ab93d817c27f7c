"""Surveys are written by several people, published, frozen, copied, closed, deleted; each change has a way back."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from team.models import ActionLog, User
from team.services.undo import CannotUndo, undo_action
from tests.makers import make_account, make_contact
from tests.voc.makers import make_invitation
from tests.voc.makers_surveys import BRANCHED, make_survey, make_template_survey
from voc.formulas.definitions import Question, read_definition
from voc.models import Answer, Response, Survey, SurveyVersion
from voc.services import surveys as services

pytestmark = pytest.mark.django_db


def ids(survey: Survey) -> list[str]:
    return [question["id"] for question in Survey.objects.get(pk=survey.pk).draft["questions"]]


def test_a_template_brings_its_questions_and_its_programme(csm: User) -> None:
    version = make_template_survey(csm, "renewal")
    assert version.survey.is_about_renewal
    assert version.survey.decision
    assert read_definition(version.definition).headline.id == "nps"  # type: ignore[union-attr]


def test_publishing_freezes_the_draft_and_twice_is_once(csm: User) -> None:
    survey = make_survey(csm)
    first = services.publish_survey(actor=csm, survey=survey, note="First")
    assert services.publish_survey(actor=csm, survey=survey) == first
    services.remove_question(actor=csm, survey=survey, question_id="why", draft_number=survey.draft_number)
    second = services.publish_survey(actor=csm, survey=survey, note="Shorter")
    assert (first.number, second.number) == (1, 2)
    assert len(SurveyVersion.objects.get(pk=first.pk).definition["questions"]) == 3


def test_errors_and_warnings_that_nobody_accepted_hold_it_back(csm: User) -> None:
    survey = make_survey(csm, brand_color="#ffee00")
    Survey.objects.filter(pk=survey.pk).update(target="")
    with pytest.raises(services.NotReady) as caught:
        services.publish_survey(actor=csm, survey=survey, accepted=["contrast"])
    assert [finding.name for finding in caught.value.findings] == ["target"]
    Survey.objects.filter(pk=survey.pk).update(target="40")
    with pytest.raises(services.NotReady) as caught:
        services.publish_survey(actor=csm, survey=survey)
    assert [finding.name for finding in caught.value.findings] == ["contrast"]
    version = services.publish_survey(actor=csm, survey=survey, accepted=["contrast"])
    assert [finding["name"] for finding in version.accepted_findings] == ["contrast"]
    assert not SurveyVersion.objects.filter(survey=survey, number=2).exists()


def test_the_database_refuses_to_change_what_was_published(csm: User) -> None:
    version = make_template_survey(csm, "csat")
    changes: list[dict[str, Any]] = [{"definition": {}}, {"number": 9}, {"survey_id": make_survey(csm).pk}]
    for change in changes:
        with pytest.raises(DatabaseError), transaction.atomic():
            SurveyVersion.objects.filter(pk=version.pk).update(**change)
    SurveyVersion.objects.filter(pk=version.pk).update(note="A note may change")


def test_a_new_version_leaves_answers_to_the_old_one_alone(csm: User) -> None:
    survey = make_survey(csm)
    first = services.publish_survey(actor=csm, survey=survey)
    contact = make_contact(make_account(csm=csm))
    invitation, _token = make_invitation(first, contact)
    response = Response.objects.create(
        version=first, invitation=invitation, account=contact.account, contact=contact, state="partial", score=3
    )
    Answer.objects.create(response=response, question_id="why", text="Too slow")
    services.remove_question(actor=csm, survey=survey, question_id="why", draft_number=survey.draft_number)
    services.publish_survey(actor=csm, survey=survey)
    response.refresh_from_db()
    assert response.version_id == first.pk
    assert response.answers.get().question_id == "why"
    with pytest.raises(DatabaseError), transaction.atomic():
        first.delete()


def test_a_second_editor_is_told_and_overwrites_nothing(csm: User, manager: User) -> None:
    survey = make_survey(csm)
    mine, theirs = Survey.objects.get(pk=survey.pk), Survey.objects.get(pk=survey.pk)
    question = Question(id="why", type="text", text={"en": "What went wrong?"})
    services.save_question(actor=manager, survey=theirs, question=question, draft_number=theirs.draft_number)
    with pytest.raises(services.StaleDraft):
        services.save_question(actor=csm, survey=mine, question=question, draft_number=mine.draft_number)
    assert Survey.objects.get(pk=survey.pk).draft_number == 2


def test_each_change_of_the_draft_has_a_way_back_until_the_next(csm: User) -> None:
    survey = make_survey(csm)
    first = services.remove_question(actor=csm, survey=survey, question_id="quote", draft_number=1)
    assert ids(survey) == ["nps", "why"]
    assert Survey.objects.get(pk=survey.pk).draft["questions"][0].get("jumps") is None
    second = services.move_question(actor=csm, survey=survey, question_id="why", to=0, draft_number=2)
    assert ids(survey) == ["why", "nps"]
    assert first is not None
    assert second is not None
    with pytest.raises(CannotUndo):
        undo_action(actor=csm, action=first)
    assert undo_action(actor=csm, action=second)
    assert ids(survey) == ["nps", "why"]
    assert not undo_action(actor=csm, action=second)


def test_moving_and_rewording_keep_every_jump(csm: User) -> None:
    survey = make_survey(csm)
    services.move_question(actor=csm, survey=survey, question_id="quote", to=1, draft_number=1)
    changed = Question(id="quote", type="consent", text={"en": "May we quote you?"})
    services.save_question(actor=csm, survey=survey, question=changed, draft_number=2)
    definition = read_definition(Survey.objects.get(pk=survey.pk).draft)
    assert definition.questions[0].jumps[0].to == "quote"
    assert definition.questions[2].show_if[0].question == "nps"


def test_saving_what_is_there_already_is_no_change(csm: User) -> None:
    survey = make_survey(csm)
    question = read_definition(BRANCHED).questions[1]
    assert services.save_question(actor=csm, survey=survey, question=question, draft_number=1) is None
    assert Survey.objects.get(pk=survey.pk).draft_number == 1


def test_settings_change_and_come_back(csm: User, manager: User) -> None:
    survey = make_survey(csm)
    action = services.edit_settings(actor=csm, survey=survey, reminders=3, owner=manager)
    assert Survey.objects.get(pk=survey.pk).owner == manager
    assert services.edit_settings(actor=csm, survey=survey, reminders=3) is None
    assert action is not None
    assert undo_action(actor=csm, action=action)
    kept = Survey.objects.get(pk=survey.pk)
    assert (kept.reminders, kept.owner) == (1, csm)


def test_a_survey_is_copied_closed_and_deleted_with_undo(csm: User) -> None:
    version = make_template_survey(csm, "nps")
    copy = services.copy_survey(actor=csm, survey=version.survey)
    assert copy.draft == version.definition
    assert not copy.versions.exists()
    for act in (services.close_survey, services.delete_survey):
        action = act(actor=csm, survey=version.survey)
        assert isinstance(action, ActionLog)
        assert not Survey.objects.filter(pk=version.survey_id, is_active=True).exists()
        assert act(actor=csm, survey=version.survey) is None
        assert undo_action(actor=csm, action=action)
        assert Survey.objects.filter(pk=version.survey_id, is_active=True).exists()


def test_admins_and_managers_write_every_survey_and_a_csm_the_own(
    csm: User, manager: User, admin: User, stranger: User
) -> None:
    survey = make_survey(csm)
    may = [user for user in (csm, manager, admin, stranger) if Survey.objects.editable_by(user).filter(pk=survey.pk)]
    assert may == [csm, manager, admin]
