"""Who may see and change tasks and stages."""

from lifecycle.models import Task
from tests.access.table import World
from tests.makers import make_task


def _task(world: World) -> int:
    return make_task(owner=world.people["csm"], account=world.account).pk


def _member_task(world: World) -> int:
    return make_task(owner=world.people["member"]).pk


def _done_task(world: World) -> int:
    task = make_task(owner=world.people["csm"], account=world.account, state=Task.State.DONE)
    return task.pk


THINGS = {"task": _task, "member_task": _member_task, "done_task": _done_task}

TABLE = """
#                                        anon admin manager csm stranger granted member viewer
GET   tasks                              in   200  200  200 200  200  200 200
GET   task_create                        in   200  200  200 200  200  200 404
POST  task_create                        in   422  422  422 422  422  422 404
GET   task_edit task_id=$task            in   200  200  200 404  404  404 404
POST  task_edit task_id=$task            in   422  422  422 404  404  404 404
GET   task_edit task_id=$member_task     in   404  404  404 404  404  200 404
POST  task_complete task_id=$task        in   302  302  302 404  404  404 404
POST  task_complete task_id=$member_task in   404  404  404 404  404  302 404
POST  task_reopen task_id=$done_task     in   302  302  302 404  404  404 404
GET   task_snooze task_id=$task          in   200  200  200 404  404  404 404
POST  task_snooze task_id=$task          in   422  422  422 404  404  404 404
GET   stage_enter account_id=$account    in   200  200  200 404  404  404 404
POST  stage_enter account_id=$account    in   422  422  422 404  404  404 404
"""
