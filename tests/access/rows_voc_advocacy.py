"""Access to the advocacy desk: of the departments marketing alone has one, so neither department here gets in.

What marketing itself sees is tested in tests/voc/test_advocacy_views.py.
"""

from tests.access.table import World
from tests.voc.makers_advocacy import make_request, make_work

TABLE = """
#                                                  anon admin manager csm stranger granted member viewer
GET   advocacy                                     in   200   200     200 200      404     404    200
GET   advocacy_ask                                 in   200   200     200 200      404     404    404
POST  advocacy_ask                                 in   422   422     422 422      404     404    404
GET   advocacy_candidates                          in   200   200     200 200      404     404    200
GET   advocacy_wanted                              in   200   200     200 200      404     404    404
POST  advocacy_wanted                              in   422   422     422 422      404     404    404
GET   advocacy_rate                                in   200   200     200 200      404     404    200
GET   advocacy_works                               in   200   200     200 200      404     404    200
GET   advocacy_work_add                            in   200   200     200 200      404     404    404
POST  advocacy_work_add                            in   422   422     422 422      404     404    404
GET   advocacy_work_edit pk=$story                 in   200   200     200 404      404     404    404
POST  advocacy_work_edit pk=$story                 in   422   422     422 404      404     404    404
POST  advocacy_work_withdraw pk=$story             in   302   302     302 404      404     404    404
GET   advocacy_request pk=$speaker                 in   200   200     200 404      404     404    200
GET   advocacy_request pk=$foreign_speaker         in   200   200     404 200      404     404    200
GET   advocacy_answer pk=$speaker                  in   200   200     200 404      404     404    404
POST  advocacy_answer pk=$speaker                  in   422   422     422 404      404     404    404
GET   advocacy_edit pk=$speaker                    in   200   200     200 404      404     404    404
POST  advocacy_edit pk=$speaker                    in   422   422     422 404      404     404    404
"""


def foreign(world: World) -> int:
    return make_request(world.foreign_account).pk


THINGS = {
    "speaker": lambda world: make_request(world.account).pk,
    "foreign_speaker": foreign,
    "story": lambda world: make_work(world.account).pk,
}
