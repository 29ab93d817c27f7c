"""Goals of customers and promises of the vendor."""

from lifecycle.services.goals.editing import add_goal, close_goal, delete_goal, edit_goal, reopen_goal
from lifecycle.services.goals.facts import push_plan_facts
from lifecycle.services.goals.promises import delete_promise, edit_promise, promise, settle_promise
from lifecycle.services.goals.readings import feed_goals, record_reading

__all__ = [
    "add_goal",
    "close_goal",
    "delete_goal",
    "delete_promise",
    "edit_goal",
    "edit_promise",
    "feed_goals",
    "promise",
    "push_plan_facts",
    "record_reading",
    "reopen_goal",
    "settle_promise",
]
