"""Risks and the board follow the account; members read without sums; rules are for those who lead."""

from typing import Any

from engagement.models import Risk
from team.clock import today
from tests.access.table import World


def make_risk(world: World, *, is_foreign: bool = False) -> int:
    account = world.foreign_account if is_foreign else world.account
    return Risk.objects.create(account=account, kind="silent", words="No answer", opened_on=today(), seen_on=today()).pk


TABLE = """
#                                                anon admin manager csm stranger granted member viewer
GET  risks                                       in   200   200     200 200      200     200    200
GET  risk              pk=$risk                  in   200   200     200 404      200     404    200
GET  risk              pk=$foreign_risk          in   200   200     404 200      404     404    200
GET  risk_peek         pk=$risk                  in   200   200     200 404      200     404    200
GET  risk_card         pk=$account               in   200   200     200 404      200     404    200
GET  risk_snooze       pk=$risk                  in   200   200     200 404      404     404    404
POST risk_snooze       pk=$risk                  in   422   422     422 404      404     404    404
POST risk_wake         pk=$risk                  in   302   302     302 404      404     404    404
POST risk_take         pk=$risk                  in   302   302     302 404      404     404    404
GET  risk_play         pk=$risk                  in   200   200     200 404      404     404    404
POST risk_play         pk=$risk                  in   422   422     422 404      404     404    404
GET  risk_false_alarm  pk=$risk                  in   200   200     200 404      404     404    404
POST risk_false_alarm  pk=$risk                  in   422   422     422 404      404     404    404
POST risk_false_alarm  pk=$foreign_risk          in   422   422     404 422      404     404    404
POST risks_snooze                                in   302   302     302 302      404     404    404
GET  board                                       in   200   200     200 200      200     200    200
GET  say_do_card       pk=$account               in   200   200     200 404      200     404    200
GET  risk_rules                                  in   200   200     404 404      404     404    404
GET  risk_rule         kind=silent               in   200   200     404 404      404     404    404
POST risk_rule         kind=silent               in   422   422     404 404      404     404    404
GET  risk_rule         kind=nonsense             in   404   404     404 404      404     404    404
GET  risk_rule_preview kind=silent               in   200   200     404 404      404     404    404
POST risk_rule_preview kind=silent               in   200   200     404 404      404     404    404
"""

THINGS: dict[str, Any] = {
    "risk": make_risk,
    "foreign_risk": lambda world: make_risk(world, is_foreign=True),
}
