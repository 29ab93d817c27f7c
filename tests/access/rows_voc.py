"""Voice: surveys, sending, queues, decisions, feedback, and the pages behind mailed links.

An insight of `$account` in Product: the department of `granted`. `$sales_insight` is about the same account and belongs
to a department in which nobody here is.
"""

from tests.access.table import World
from tests.makers import make_contact
from tests.voc.makers import make_insight, make_invitation, make_nps
from voc.formulas.tokens import digest_of
from voc.models import Verification
from voc.services.tokens import preference_token

TABLE = """
#                                              anon admin manager csm stranger granted member viewer
GET  surveys                                   in   200   200     200 200      404     404    200
GET  survey_send pk=$account                   in   200   200     200 404      404     404    404
GET  survey_send pk=$foreign_account           in   200   200     404 200      404     404    404
POST survey_send pk=$account                   in   422   422     422 404      404     404    404
GET  insights                                  in   200   200     200 200      200     200    200
GET  insight pk=$insight                       in   200   200     200 404      200     404    200
GET  insight pk=$sales_insight                 in   200   200     200 404      404     404    200
GET  insight_peek pk=$insight                  in   200   200     200 404      200     404    200
GET  insight_accept pk=$insight                in   200   200     404 404      200     404    404
POST insight_accept pk=$insight                in   422   422     404 404      422     404    404
POST insight_accept pk=$sales_insight          in   422   422     404 404      404     404    404
GET  insight_merge pk=$insight                 in   200   200     404 404      200     404    404
POST insight_merge pk=$insight                 in   422   422     404 404      422     404    404
GET  insight_options pk=$insight               in   200   200     404 404      200     404    404
GET  insight_decline pk=$insight               in   200   200     404 404      200     404    404
POST insight_decline pk=$insight               in   422   422     404 404      422     404    404
GET  insight_snooze pk=$insight                in   200   200     404 404      200     404    404
POST insight_snooze pk=$insight                in   422   422     404 404      422     404    404
POST insight_wake pk=$insight                  in   302   302     404 404      302     404    404
GET  insight_assign pk=$insight                in   200   200     404 404      200     404    404
POST insight_assign pk=$insight                in   302   302     404 404      302     404    404
GET  insight_act pk=$insight                   in   200   200     404 404      200     404    404
POST insight_act pk=$insight                   in   422   422     404 404      422     404    404
GET  insight_tell pk=$insight                  in   200   200     200 404      200     404    404
POST insight_tell pk=$insight                  in   422   422     422 404      422     404    404
# Behind a mailed link everybody is the customer; a made-up link opens nothing.
GET  survey_answer token=$link                 200  200   200     200 200      200     200    200
POST survey_answer token=$link                 422  422   422     422 422      422     422    422
GET  survey_answer token=made-up               404  404   404     404 404      404     404    404
GET  preferences token=$wishes                 200  200   200     200 200      200     200    200
POST preferences token=$wishes                 422  422   422     422 422      422     422    422
GET  preferences token=1:made-up               404  404   404     404 404      404     404    404
GET  one_click_stop token=$wishes              302  302   302     302 302      302     302    302
POST one_click_stop token=$wishes              200  200   200     200 200      200     200    200
POST one_click_stop token=1:made-up            404  404   404     404 404      404     404    404
GET  verification_answer token=$question       200  200   200     200 200      200     200    200
POST verification_answer token=$question       422  422   422     422 422      422     422    422
GET  verification_answer token=made-up         404  404   404     404 404      404     404    404
"""


def link(world: World) -> str:
    """The token of an invitation."""
    version = make_nps(world.people["admin"])
    return make_invitation(version, make_contact(world.account))[1]


def question(world: World) -> str:
    """The token of a reply's question."""
    insight = make_insight(world.account, theme="link")
    contact = make_contact(world.account)
    expires_at = insight.created_at.replace(year=insight.created_at.year + 1)
    Verification.objects.create(
        insight=insight, contact=contact, digest=digest_of("question"), reply="Done", expires_at=expires_at
    )
    return "question"


THINGS = {
    "survey": lambda world: make_nps(world.people["admin"]).survey_id,
    "insight": lambda world: make_insight(world.account).pk,
    "sales_insight": lambda world: make_insight(world.account, department="sales").pk,
    "link": link,
    "wishes": lambda world: preference_token(make_contact(world.account)),
    "question": question,
}
