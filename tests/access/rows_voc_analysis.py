"""Access to the analysis of the loop and of themes, and to the programme."""

from tests.access.table import World
from tests.voc.makers_analysis import make_theme
from voc.models import ProgrammeGoal

TABLE = """
#                                        anon admin manager csm stranger granted member viewer
GET   analysis                           in   200   200     200 200      200     200    200
GET   theme_trends                       in   200   200     200 200      200     200    200
GET   theme_trend slug=$slug             in   200   200     200 200      200     200    200
GET   theme_affected                     in   200   200     200 200      200     200    200
GET   recurring_causes                   in   200   200     200 200      200     200    200
GET   nps_moves                          in   200   200     200 200      404     404    200
GET   programme                          in   200   200     200 200      404     404    200
GET   programme_edit                     in   200   200     404 404      404     404    404
POST  programme_edit                     in   422   422     404 404      404     404    404
GET   programme_goal_add                 in   200   200     404 404      404     404    404
POST  programme_goal_add                 in   422   422     404 404      404     404    404
GET   programme_goal pk=$goal            in   200   200     404 404      404     404    404
POST  programme_goal pk=$goal            in   422   422     404 404      404     404    404
POST  programme_goal_delete pk=$goal     in   302   302     404 404      404     404    404
"""


def _goal(world: World) -> int:
    return ProgrammeGoal.objects.create(stage="listen", measure="heard", target=80, due_on="2026-12-31").pk


def _slug(world: World) -> str:
    return make_theme("a-trend").slug


def _affected(world: World) -> dict[str, str]:
    return {"theme": make_theme("a-trend").slug}


THINGS = {"goal": _goal, "slug": _slug}
DATA = {"GET theme_affected": _affected}
