"""Suggestions of Today become tasks the moment somebody answers them, so that nothing is only on a screen."""

import datetime as dt

from django.db import transaction

from accounts.models import Account
from lifecycle.models import Task
from lifecycle.services.tasks import complete_task, create_task, snooze_task
from team.models import ActionLog, User
from workspace.selectors.do_next import suggestion_key


def _take(*, actor: User, account: Account, title: str, why: str, due_on: dt.date) -> Task:
    return create_task(
        actor=actor,
        owner=actor,
        account=account,
        title=title,
        why=why,
        due_on=due_on,
        dedupe_key=suggestion_key(account.pk),
    )


@transaction.atomic
def finish_suggestion(*, actor: User, account: Account, title: str, why: str, today: dt.date) -> ActionLog | None:
    """Record a suggestion as done: a finished task, which keeps the account off the list for two weeks."""
    task = _take(actor=actor, account=account, title=title, why=why, due_on=today)
    return complete_task(actor=actor, task=task)


@transaction.atomic
def snooze_suggestion(
    *, actor: User, account: Account, title: str, why: str, until: dt.date, reason: str = ""
) -> ActionLog | None:
    """Put a suggestion off: an open task that comes back on the day."""
    task = _take(actor=actor, account=account, title=title, why=why, due_on=until)
    return snooze_task(actor=actor, task=task, until=until, reason=reason)
