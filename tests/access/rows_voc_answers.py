"""Answer pages, links and kiosks. Behind a link everybody is the customer; a made-up one opens nothing."""

from tests.access.table import World
from tests.makers import make_contact
from tests.voc.makers import make_invitation, make_nps
from voc.models import Survey, SurveyLink
from voc.services.links import create_link
from voc.services.tokens import preference_token

TABLE = """
#                                              anon admin manager csm stranger granted member viewer
GET  survey_elsewhere token=$token             200  200   200     200 200      200     200    200
POST survey_elsewhere token=$token             422  422   422     422 422      422     422    422
GET  survey_elsewhere token=made-up            404  404   404     404 404      404     404    404
POST survey_elsewhere token=made-up            404  404   404     404 404      404     404    404
GET  erase_mine token=$standing                200  200   200     200 200      200     200    200
POST erase_mine token=$standing                422  422   422     422 422      422     422    422
GET  erase_mine token=1:made-up                404  404   404     404 404      404     404    404
GET  survey_link_answer key=$open              200  200   200     200 200      200     200    200
POST survey_link_answer key=$open              422  422   422     422 422      422     422    422
GET  survey_link_answer key=made-up            404  404   404     404 404      404     404    404
GET  survey_link_answer key=$stand             404  404   404     404 404      404     404    404
GET  kiosk key=$stand                          403  403   403     403 403      403     403    403
POST kiosk key=$stand                          403  403   403     403 403      403     403    403
GET  kiosk key=$open                           404  404   404     404 404      404     404    404
GET  widget_script key=$frame                  200  200   200     200 200      200     200    200
GET  widget_script key=$open                   404  404   404     404 404      404     404    404
GET  link_qr key=$open                         200  200   200     200 200      200     200    200
GET  link_qr key=$stand                        404  404   404     404 404      404     404    404
GET  link_qr_png key=$open                     200  200   200     200 200      200     200    200
GET  brand_style color=0a5f38                  200  200   200     200 200      200     200    200
GET  survey_links pk=$asked                    in   200   200     200 200      404     404    200
GET  survey_link_add pk=$asked                 in   200   200     200 200      404     404    404
POST survey_link_add pk=$asked                 in   422   422     422 422      404     404    404
POST survey_link_pause pk=$own                 in   302   302     302 404      404     404    404
POST survey_link_close pk=$own                 in   302   302     302 404      404     404    404
POST survey_link_pause pk=$anyone              in   302   302     302 302      404     404    404
GET  survey_link_sheet pk=$own                 in   200   200     200 404      404     404    200
POST kiosk_start pk=$stand_id                  in   302   302     302 302      404     404    404
POST kiosk_start pk=$anyone                    in   404   404     404 404      404     404    404
"""


def survey(world: World) -> Survey:
    return make_nps(world.people["admin"]).survey


def link(world: World, kind: str = "link", *, is_own: bool = False) -> SurveyLink:
    origins = ["https://site.example"] if kind == "widget" else []
    account = world.account if is_own else None
    return create_link(actor=None, survey=survey(world), kind=kind, name="Reception", origins=origins, account=account)


def token(world: World) -> str:
    return make_invitation(make_nps(world.people["admin"]), make_contact(world.account))[1]


THINGS = {
    "token": token,
    "standing": lambda world: preference_token(make_contact(world.account)),
    "open": lambda world: link(world).key,
    "stand": lambda world: link(world, "kiosk").key,
    "stand_id": lambda world: link(world, "kiosk").pk,
    "frame": lambda world: link(world, "widget").key,
    "asked": lambda world: survey(world).pk,
    "own": lambda world: link(world, is_own=True).pk,
    "anyone": lambda world: link(world).pk,
}
