"""Who may import: admins and managers. How to write rows stands in `table.py`."""

from accounts.models import ImportRun
from tests.access.table import World

TABLE = """
#                                        anon admin manager csm stranger granted member viewer
GET   imports                            in   200   200     404 404      404     404    404
GET   import_new                         in   200   200     404 404      404     404    404
POST  import_new                         in   422   422     404 404      404     404    404
GET   import_page run_id=$run            in   200   200     404 404      404     404    404
POST  import_mapping run_id=$run         in   302   302     404 404      404     404    404
POST  import_remap run_id=$run           in   302   302     404 404      404     404    404
POST  import_start run_id=$run           in   302   302     404 404      404     404    404
POST  import_undo run_id=$run            in   302   302     404 404      404     404    404
POST  import_discard run_id=$run         in   302   302     404 404      404     404    404
GET   import_errors run_id=$run          in   200   200     404 404      404     404    404
"""


def make_run(world: World) -> int:
    return ImportRun.objects.create(kind="accounts", file_name="a.csv", state="done").pk


THINGS = {"run": make_run}
