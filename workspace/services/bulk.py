"""One action on many picked accounts: one transaction, one Undo for all."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.urls import reverse
from django.utils.translation import ngettext

from accounts.models import Account
from accounts.services.accounts import edit_account
from lifecycle.models import Stage
from lifecycle.selectors.actions import action_behind
from lifecycle.selectors.journeys import journey_for
from lifecycle.services.stages import StageRefused, enter_stage
from lifecycle.services.tasks import create_task
from team.models import ActionLog, User
from team.services.notices import notify
from team.services.undo import log_action, undo_action


def _together(*, actor: User, actions: Iterable[ActionLog | None], verb: str) -> ActionLog | None:
    """One log line that takes all single actions back; None when nothing changed."""
    done = [action for action in actions if action is not None]
    if not done:
        return None
    return log_action(
        actor=actor,
        verb=verb,
        service="workspace.undo_together",
        arguments={"action_ids": [action.pk for action in done]},
        url=reverse("accounts"),
    )


@transaction.atomic
def undo_together(*, actor: User, action_ids: Sequence[int]) -> int:
    """Take back the single actions of a bulk change, the last first; returns how many were still open."""
    actions = ActionLog.objects.filter(actor=actor, pk__in=action_ids).order_by("-pk")
    return sum(undo_action(actor=actor, action=action) for action in actions)


@transaction.atomic
def assign_accounts(*, actor: User, accounts: Sequence[Account], csm: User) -> ActionLog | None:
    """Give accounts to a CSM, who is told once; those already theirs stay as they are."""
    actions = [edit_account(actor=actor, account=account, csm=csm) for account in accounts]
    count = sum(action is not None for action in actions)
    words = ngettext("%(count)s account assigned to %(name)s", "%(count)s accounts assigned to %(name)s", count)
    verb = words % {"count": count, "name": csm.name}
    if count and csm != actor:
        text = ngettext("%(count)s account is yours now", "%(count)s accounts are yours now", count)
        notify(user=csm, kind="assigned", text=text % {"count": count}, url=f"{reverse('accounts')}?owner=me")
    return _together(actor=actor, actions=actions, verb=verb)


@transaction.atomic
def move_accounts(*, actor: User, accounts: Sequence[Account], stage_name: str) -> ActionLog | None:
    """Move accounts into the stage of a name, each on the journey that it follows.

    Those that are there already, whose journey has no such stage, that would step back (which needs a reason), or that
    entered theirs later than now, stay.
    """
    by_journey = {stage.journey_id: stage for stage in Stage.objects.present().filter(name=stage_name)}
    actions = []
    for account in accounts:
        journey = journey_for(account)
        stage = by_journey.get(journey.pk) if journey else None
        if stage is None:
            continue
        try:
            visit = enter_stage(account=account, stage=stage, actor=actor, evidence={"by": str(actor)})
        except StageRefused:
            continue
        actions.append(action_behind(actor=actor, service="lifecycle.undo_enter_stage", visit_id=visit.pk))
    count = sum(action is not None for action in actions)
    words = ngettext("%(count)s account moved to %(stage)s", "%(count)s accounts moved to %(stage)s", count)
    return _together(actor=actor, actions=actions, verb=words % {"count": count, "stage": stage_name})


@transaction.atomic
def tag_accounts(*, actor: User, accounts: Sequence[Account], tag: str) -> ActionLog | None:
    """Put one tag on accounts."""
    tag = tag.strip()
    actions = [edit_account(actor=actor, account=account, tags=[*account.tags, tag]) for account in accounts]
    count = sum(action is not None for action in actions)
    words = ngettext("%(count)s account tagged “%(tag)s”", "%(count)s accounts tagged “%(tag)s”", count)
    return _together(actor=actor, actions=actions, verb=words % {"count": count, "tag": tag})


@transaction.atomic
def add_tasks(*, actor: User, accounts: Sequence[Account], title: str, due_on: dt.date | None) -> ActionLog | None:
    """The same task on each account, for its own CSM (or the actor where there is none)."""
    actions = []
    for account in accounts:
        task = create_task(actor=actor, owner=account.csm or actor, account=account, title=title, due_on=due_on)
        actions.append(action_behind(actor=actor, service="lifecycle.undo_create_task", task_id=task.pk))
    count = len(actions)
    words = ngettext("%(count)s task added: %(title)s", "%(count)s tasks added: %(title)s", count)
    return _together(actor=actor, actions=actions, verb=words % {"count": count, "title": title})
