"""Who may see and change journeys."""

from lifecycle.models import Criterion
from tests.access.table import World
from tests.lifecycle.makers_journeys import make_visit, stage_of


def _journey(world: World) -> int:
    return stage_of("onboarding").journey_id


def _stage(world: World) -> int:
    return stage_of("onboarding").pk


def _criterion(world: World) -> int:
    return Criterion.objects.present().filter(stage=stage_of("onboarding"), kind="check").earliest("pk").pk


def _visit(world: World) -> int:
    return make_visit(world.account, "onboarding", days=3).pk


def _foreign_visit(world: World) -> int:
    return make_visit(world.foreign_account, "onboarding", days=3).pk


THINGS = {
    "journey": _journey,
    "stage": _stage,
    "criterion": _criterion,
    "visit": _visit,
    "foreign_visit": _foreign_visit,
}
DATA = {
    "POST criterion_tick": {"is_done": "1"},
    "POST stage_rule": {"is_on": "0", "version": "1"},
}

TABLE = """
#                                        anon admin manager csm stranger granted member viewer
GET   journey_board                      in   200  200  200 200  404  404 200
GET   journey_flow                       in   200  200  200 200  404  404 200
GET   journey_predictability             in   200  200  200 200  404  404 200
GET   journeys                           in   200  200  404 404  404  404 404
GET   journey_create                     in   200  200  404 404  404  404 404
POST  journey_create                     in   422  422  404 404  404  404 404
POST  journey_starters                   in   302  302  404 404  404  404 404
GET   journey journey_id=$journey        in   200  200  404 404  404  404 404
GET   journey_edit journey_id=$journey   in   200  200  404 404  404  404 404
POST  journey_edit journey_id=$journey   in   422  422  404 404  404  404 404
GET   stage_create journey_id=$journey   in   200  200  404 404  404  404 404
POST  stage_create journey_id=$journey   in   422  422  404 404  404  404 404
GET   stage_edit stage_id=$stage         in   200  200  404 404  404  404 404
POST  stage_edit stage_id=$stage         in   422  422  404 404  404  404 404
POST  stage_move stage_id=$stage way=up  in   302  302  404 404  404  404 404
GET   stage_remove stage_id=$stage       in   200  200  404 404  404  404 404
POST  stage_remove stage_id=$stage       in   302  302  404 404  404  404 404
GET   stage_rule stage_id=$stage         in   200  200  404 404  404  404 404
POST  stage_rule stage_id=$stage         in   302  302  404 404  404  404 404
GET   criterion_create stage_id=$stage   in   200  200  404 404  404  404 404
POST  criterion_create stage_id=$stage   in   422  422  404 404  404  404 404
GET   criterion_edit criterion_id=$criterion    in 200 200 404 404 404 404 404
POST  criterion_edit criterion_id=$criterion    in 422 422 404 404 404 404 404
POST  criterion_remove criterion_id=$criterion  in 302 302 404 404 404 404 404
POST  criterion_tick visit_id=$visit criterion_id=$criterion         in 302 302 302 404 404 404 404
POST  criterion_tick visit_id=$foreign_visit criterion_id=$criterion in 302 302 404 302 404 404 404
"""
