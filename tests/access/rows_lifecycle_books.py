"""Who may take a parked task."""

from tests.access.table import World
from tests.makers import make_task


def _task(world: World) -> int:
    return make_task(owner=world.people["csm"], account=world.account).pk


THINGS = {"book_task": _task}

TABLE = """
#                                       anon admin manager csm stranger granted member viewer
POST  task_take task_id=$book_task      in   302  302  302 404  404  404 404
"""
