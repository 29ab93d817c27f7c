"""Access to routing rules."""

from tests.access.table import World
from tests.voc.makers_routing import make_rule

TABLE = """
#                                    anon admin manager csm stranger granted member viewer
GET   routing_rules                  in   200   200     404 404      404     404    200
GET   routing_trial                  in   200   200     404 404      404     404    200
GET   routing_row                    in   200   200     404 404      404     404    404
GET   routing_rule_add               in   200   200     404 404      404     404    404
POST  routing_rule_add               in   422   422     404 404      404     404    404
GET   routing_rule pk=$rule          in   200   200     404 404      404     404    404
POST  routing_rule pk=$rule          in   422   422     404 404      404     404    404
POST  routing_rule_move pk=$rule     in   302   302     404 404      404     404    404
POST  routing_rule_switch pk=$rule   in   302   302     404 404      404     404    404
POST  routing_rule_delete pk=$rule   in   302   302     404 404      404     404    404
"""


def _rule(world: World) -> int:
    return make_rule().pk


THINGS = {"rule": _rule}
DATA = {"GET routing_row": {"field": "match"}}
