"""Who may see and change exchange rates: admins."""

import datetime as dt

from tests.access.table import World
from tests.lifecycle.makers_movements import make_rate


def _rate(world: World) -> int:
    return make_rate("EUR", dt.date(2026, 1, 1), "1.1").pk


THINGS = {"rate": _rate}

TABLE = """
#                                  anon admin manager csm stranger granted member viewer
GET   rates                        in   200   404     404 404      404     404    404
GET   rate_create                  in   200   404     404 404      404     404    404
POST  rate_create                  in   422   404     404 404      404     404    404
GET   rate_edit rate_id=$rate      in   200   404     404 404      404     404    404
POST  rate_edit rate_id=$rate      in   422   404     404 404      404     404    404
POST  rate_delete rate_id=$rate    in   302   404     404 404      404     404    404
"""
