"""Access to the rules that departments gave themselves: `$own_rule` is of product, the department of `granted`."""

from tests.voc.makers_advocacy import make_own_rule

TABLE = """
#                                    anon admin manager csm stranger granted member viewer
GET   own_rules                      in   200   200     200 200      200     200    200
GET   own_rule_add                   in   200   200     404 404      200     200    404
POST  own_rule_add                   in   422   422     404 404      422     422    404
GET   own_rule pk=$own_rule          in   200   200     200 200      200     404    200
GET   own_rule_edit pk=$own_rule     in   200   200     404 404      200     404    404
POST  own_rule_edit pk=$own_rule     in   422   422     404 404      422     404    404
GET   own_rule_review pk=$own_rule   in   200   200     404 404      200     404    404
POST  own_rule_review pk=$own_rule   in   422   422     404 404      422     404    404
GET   own_rule_end pk=$own_rule      in   200   200     404 404      200     404    404
POST  own_rule_end pk=$own_rule      in   422   422     404 404      422     404    404
"""

THINGS = {"own_rule": lambda world: make_own_rule().pk}
