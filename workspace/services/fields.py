"""What is edited in place, in a row or in the strip."""

import datetime as dt

from django.db import transaction

from accounts.models import Account
from lifecycle.models import Task
from lifecycle.selectors.actions import action_behind
from lifecycle.selectors.tasks import first_task
from lifecycle.services.tasks import create_task, edit_task
from team.models import ActionLog, User


@transaction.atomic
def set_next_step(*, actor: User, account: Account, title: str, due_on: dt.date | None) -> ActionLog | None:
    """The next step is the account's first open task: change it, or make it; None when nothing differs."""
    task: Task | None = first_task(account)
    if task:
        return edit_task(actor=actor, task=task, title=title, due_on=due_on)
    made = create_task(actor=actor, owner=account.csm or actor, account=account, title=title, due_on=due_on)
    return action_behind(actor=actor, service="lifecycle.undo_create_task", task_id=made.pk)
