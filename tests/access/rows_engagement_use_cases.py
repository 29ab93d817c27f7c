"""Use cases are read by the success team and viewers; those who lead write them."""

from typing import Any

from tests.access.table import World
from tests.engagement.more_worlds import make_use_case


def use_case(world: World) -> int:
    return make_use_case("Weekly", {"what": "days", "least": 2}).pk


TABLE = """
#                                           anon admin manager csm stranger granted member viewer
GET  use_cases                              in   200   200     200 200      404     404    200
GET  use_case          pk=$use_case         in   200   200     200 200      404     404    200
GET  use_case_accounts pk=$use_case         in   200   200     200 200      404     404    200
GET  use_case_add                           in   200   200     404 404      404     404    404
POST use_case_add                           in   422   422     404 404      404     404    404
GET  use_case_edit     pk=$use_case         in   200   200     404 404      404     404    404
POST use_case_edit     pk=$use_case         in   422   422     404 404      404     404    404
POST use_case_try                           in   200   200     404 404      404     404    404
POST use_case_switch   pk=$use_case         in   302   302     404 404      404     404    404
POST use_case_delete   pk=$use_case         in   302   302     404 404      404     404    404
POST use_case_starters                      in   302   302     404 404      404     404    404
"""

THINGS: dict[str, Any] = {"use_case": use_case}
DATA: dict[str, Any] = {
    f"POST {name}": {"criteria-TOTAL_FORMS": "0", "criteria-INITIAL_FORMS": "0"}
    for name in ("use_case_add", "use_case_edit", "use_case_try")
}
