"""Surveys as their owners meet them. `$written` is the csm's, with a question `why`; `$issued` has a version."""

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
GET  survey_edit pk=$written                         in   200   200     200 200      404     404    200
GET  survey_preview pk=$written                      in   200   200     200 200      404     404    200
POST survey_preview pk=$written                      in   422   422     422 422      404     404    422
POST survey_texts pk=$written                        in   302   302     302 404      404     404    404
POST survey_question_add pk=$written kind=text       in   302   302     302 404      404     404    404
POST survey_question_add pk=$written kind=stars      in   404   404     404 404      404     404    404
GET  survey_question pk=$written key=why             in   302   302     302 404      404     404    404
POST survey_question pk=$written key=why             in   302   302     302 404      404     404    404
POST survey_question_copy pk=$written key=why        in   302   302     302 404      404     404    404
POST survey_question_copy pk=$written key=gone       in   404   404     404 404      404     404    404
POST survey_question_move pk=$written key=why        in   302   302     302 404      404     404    404
GET  survey_question_remove pk=$written key=why      in   200   200     200 404      404     404    404
POST survey_question_remove pk=$written key=why      in   302   302     302 404      404     404    404
POST survey_question_remove pk=$written key=nps      in   422   422     422 404      404     404    404
GET  survey_publish pk=$written                      in   200   200     200 404      404     404    404
POST survey_publish pk=$written                      in   302   302     302 404      404     404    404
GET  survey_versions pk=$issued                  in   200   200     200 200      404     404    200
POST survey_version_back pk=$issued number=1     in   302   302     302 404      404     404    404
POST survey_version_back pk=$issued number=9     in   404   404     404 404      404     404    404
GET  survey_definition pk=$written                   in   200   200     200 200      404     404    200
GET  survey_import pk=$written                       in   200   200     200 404      404     404    404
POST survey_import pk=$written                       in   422   422     422 404      404     404    404
GET  survey_settings pk=$written                     in   200   200     200 200      404     404    200
POST survey_settings pk=$written                     in   422   422     422 404      404     404    404
POST survey_copy pk=$written                         in   302   302     302 302      404     404    404
POST survey_close pk=$written                        in   302   302     302 404      404     404    404
POST survey_reopen pk=$written                       in   302   302     302 404      404     404    404
POST survey_delete pk=$written                       in   302   302     302 404      404     404    404
GET  api_surveys                                    401  200   200     200 200      200     200    200    200 200
GET  api_survey pk=$issued                       401  200   200     200 200      404     404    200    200 200
GET  api_survey_versions pk=$issued              401  200   200     200 200      404     404    200    200 200
"""


def survey(world: World) -> int:
    """A draft of the csm's that may be published."""
    return make_survey(world.people["csm"]).pk


def published(world: World) -> int:
    """One of the csm's with version 1."""
    made = make_survey(world.people["csm"], name="Published")
    publish_survey(actor=world.people["csm"], survey=made)
    return made.pk


THINGS = {"written": survey, "issued": published}
DATA = {
    "POST survey_question": {"language": "en", "text": "Why?", "draft_number": "1"},
    "POST survey_texts": {"language": "en", "draft_number": "1"},
    "POST survey_question_add": {"draft_number": "1"},
    "POST survey_question_move": {"draft_number": "1", "to": "up"},
    "POST survey_question_remove": {"draft_number": "1"},
}
