"""From a decision to a customer who confirms: the board, waiting, telling, behaviour.

`$loop_insight` is about `$account` in Product, the department of `granted`; `$loop_sales` is in a department in which
nobody here is.
"""

from tests.access.table import World
from tests.voc.makers import make_insight

TABLE = """
#                                              anon admin manager csm stranger granted member viewer
GET  breaches                                  in   200   200     200 200      200     200    200
GET  routing_counts                            in   200   200     404 404      404     404    200
GET  insight_telling pk=$loop_insight          in   200   200     200 404      200     404    404
POST insight_telling pk=$loop_insight          in   422   422     422 404      422     404    404
GET  insight_telling pk=$loop_sales            in   200   200     200 404      404     404    404
POST insight_telling pk=$loop_sales            in   422   422     422 404      404     404    404
GET  insight_ask pk=$loop_insight              in   200   200     200 404      200     404    404
POST insight_ask pk=$loop_sales                in   302   302     302 404      404     404    404
POST insight_resume pk=$loop_insight           in   302   302     302 404      302     404    404
POST insight_resume pk=$loop_sales             in   302   302     302 404      404     404    404
GET  insight_check pk=$loop_insight            in   200   200     404 404      200     404    404
POST insight_check pk=$loop_insight            in   422   422     404 404      422     404    404
POST insight_check pk=$loop_sales              in   422   422     404 404      404     404    404
POST insight_check_off pk=$loop_insight        in   404   404     404 404      404     404    404
"""


def loop_insight(world: World) -> int:
    """In Product."""
    return make_insight(world.account).pk


def loop_sales(world: World) -> int:
    """In Sales."""
    return make_insight(world.account, department="sales").pk


THINGS = {"loop_insight": loop_insight, "loop_sales": loop_sales}
