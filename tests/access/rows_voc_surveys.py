"""Surveys as their owners meet them. `$survey` is the csm's, with a question `why`; `$published` has a version."""

from tests.access.table import World
from tests.voc.makers_surveys import make_survey
from voc.services.surveys import publish_survey

TABLE = """
#                                                   anon admin manager csm stranger granted member viewer [read write]
GET  survey_new                                     in   200   200     200 200      404     404    404
POST survey_new                                     in   422   422     422 422      404     404    404
GET  survey_templates                               in   200   200     200 200      404     404    200
GET  survey_template slug=nps                       in   200   200     200 200      404     404    200
GET  survey_template slug=unknown                   in   404   404     404 404      404     404    404
GET  survey_edit pk=$survey                         in   200   200     200 200      404     404    200
GET  survey_preview pk=$survey                      in   200   200     200 200      404     404    200
POST survey_preview pk=$survey                      in   422   422     422 422      404     404    422
POST survey_texts pk=$survey                        in   302   302     302 404      404     404    404
POST survey_question_add pk=$survey kind=text       in   302   302     302 404      404     404    404
POST survey_question_add pk=$survey kind=stars      in   404   404     404 404      404     404    404
GET  survey_question pk=$survey key=why             in   302   302     302 404      404     404    404
POST survey_question pk=$survey key=why             in   302   302     302 404      404     404    404
POST survey_question_copy pk=$survey key=why        in   302   302     302 404      404     404    404
POST survey_question_copy pk=$survey key=gone       in   404   404     404 404      404     404    404
POST survey_question_move pk=$survey key=why        in   302   302     302 404      404     404    404
GET  survey_question_remove pk=$survey key=why      in   200   200     200 404      404     404    404
POST survey_question_remove pk=$survey key=why      in   302   302     302 404      404     404    404
POST survey_question_remove pk=$survey key=nps      in   422   422     422 404      404     404    404
GET  survey_publish pk=$survey                      in   200   200     200 404      404     404    404
POST survey_publish pk=$survey                      in   302   302     302 404      404     404    404
GET  survey_versions pk=$published                  in   200   200     200 200      404     404    200
POST survey_version_back pk=$published number=1     in   302   302     302 404      404     404    404
POST survey_version_back pk=$published number=9     in   404   404     404 404      404     404    404
GET  survey_definition pk=$survey                   in   200   200     200 200      404     404    200
GET  survey_import pk=$survey                       in   200   200     200 404      404     404    404
POST survey_import pk=$survey                       in   422   422     422 404      404     404    404
GET  survey_settings pk=$survey                     in   200   200     200 200      404     404    200
POST survey_settings pk=$survey                     in   422   422     422 404      404     404    404
POST survey_copy pk=$survey                         in   302   302     302 302      404     404    404
POST survey_close pk=$survey                        in   302   302     302 404      404     404    404
POST survey_reopen pk=$survey                       in   302   302     302 404      404     404    404
POST survey_delete pk=$survey                       in   302   302     302 404      404     404    404
GET  api_surveys                                    401  200   200     200 200      200     200    200    200 200
GET  api_survey pk=$published                       401  200   200     200 200      404     404    200    200 200
GET  api_survey_versions pk=$published              401  200   200     200 200      404     404    200    200 200
"""


def survey(world: World) -> int:
    """A draft of the csm's that may be published."""
    return make_survey(world.people["csm"]).pk


def published(world: World) -> int:
    """One of the csm's with version 1."""
    made = make_survey(world.people["csm"], name="Published")
    publish_survey(actor=world.people["csm"], survey=made)
    return made.pk


THINGS = {"survey": survey, "published": published}
DATA = {
    "POST survey_question": {"language": "en", "text": "Why?", "draft_number": "1"},
    "POST survey_texts": {"language": "en", "draft_number": "1"},
    "POST survey_question_add": {"draft_number": "1"},
    "POST survey_question_move": {"draft_number": "1", "to": "up"},
    "POST survey_question_remove": {"draft_number": "1"},
}
