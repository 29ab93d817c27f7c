"""Measures are open to the success team and viewers; admins and managers make own ones; values come with a key."""

from engagement.models import CustomMeasure
from tests.access.table import World

TABLE = """
#                                                anon admin manager csm stranger granted member viewer
GET  measures                                    in   200   200     200 200      404     404    200
GET  measure              code=silence           in   200   200     200 200      404     404    200
GET  measure              code=$own_formula      in   200   200     200 200      404     404    200
GET  measure              code=nonsense          in   404   404     404 404      404     404    404
GET  measure_add          kind=formula           in   200   200     404 404      404     404    404
POST measure_add          kind=formula           in   422   422     404 404      404     404    404
GET  measure_add          kind=nonsense          in   404   404     404 404      404     404    404
GET  measure_edit         code=$own_formula      in   200   200     404 404      404     404    404
POST measure_edit         code=$own_formula      in   422   422     404 404      404     404    404
GET  measure_edit         code=silence           in   404   404     404 404      404     404    404
POST measure_build_new                           in   200   200     404 404      404     404    404
POST measure_build        code=$own_formula      in   200   200     404 404      404     404    404
POST measure_build        code=$own_external     in   404   404     404 404      404     404    404
POST measure_try                                 in   200   200     404 404      404     404    404
POST measure_draft_drop                          in   302   302     404 404      404     404    404
GET  measure_archive      code=$own_formula      in   200   200     404 404      404     404    404
POST measure_archive      code=$own_formula      in   302   302     404 404      404     404    404
POST measure_unarchive    code=$own_archived     in   302   302     404 404      404     404    404
POST measure_unarchive    code=$own_formula      in   404   404     404 404      404     404    404
GET  api_measures                                401  200   200     200 200      200     200    200    200 200
GET  api_measure_values   code=$own_external     401  200   200     200 200      200     200    200    200 200
GET  api_measure_values   code=$own_formula      401  404   404     404 404      404     404    404    404 404
POST api_measure_values   code=$own_external     401  200   200     200 200      403     403    403    403 200
POST api_measure_values   code=$own_formula      401  404   404     404 404      403     403    403    403 404
"""


def _make(code: str, **fields: object) -> str:
    CustomMeasure.objects.create(code=code, component="adoption", label=code, **fields)
    return code


def _archived(world: World) -> str:
    code = _make("own_archived", formula={"figure": "tickets.open"})
    CustomMeasure.objects.filter(code=code).update(archived_at="2026-01-01T00:00:00Z")
    return code


def _values(world: World) -> object:
    return [{"account": world.account.pk, "value": 1, "observed_at": "2025-01-01T00:00:00Z"}]


THINGS = {
    "own_formula": lambda world: _make("own_formula", formula={"figure": "tickets.open"}),
    "own_external": lambda world: _make("own_external", kind="external"),
    "own_archived": _archived,
}
DATA = {"POST api_measure_values": _values}
