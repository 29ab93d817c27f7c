"""On and off."""

from django.db import transaction
from django.utils.translation import gettext as _

from lifecycle.models import Playbook
from lifecycle.selectors.playbooks import problems_of
from lifecycle.services.playbooks.writing import PlaybookRefused, url_of
from team.clock import now
from team.models import ActionLog, User
from team.services.undo import log_action


@transaction.atomic
def switch_playbook_on(*, actor: User, playbook: Playbook) -> ActionLog | None:
    """Let it start plays from now on; what happened before starts nothing. None when it is on.

    Raises PlaybookRefused with everything that keeps it from running.
    """
    kept = Playbook.objects.select_for_update().get(pk=playbook.pk)
    if kept.is_on:
        return None
    if kept.archived_at or (problems := problems_of(kept)):
        raise PlaybookRefused(_("It was archived.") if kept.archived_at else " ".join(problems))
    kept.is_on, kept.on_from, kept.stopped_reason = True, now(), ""
    kept.save(update_fields=["is_on", "on_from", "stopped_reason"])
    return _logged(actor, kept, _("Switched on “%(name)s”"), False)


@transaction.atomic
def switch_playbook_off(*, actor: User, playbook: Playbook) -> ActionLog | None:
    """Let it start nothing more; plays that run go on. None when it is off."""
    if Playbook.objects.filter(pk=playbook.pk, is_on=True).update(is_on=False, stopped_reason="") != 1:
        return None
    return _logged(actor, playbook, _("Switched off “%(name)s”"), True)


def _logged(actor: User, playbook: Playbook, verb: str, was_on: bool) -> ActionLog:
    return log_action(
        actor=actor,
        verb=verb % {"name": playbook.name},
        service="lifecycle.undo_switch_playbook",
        arguments={"playbook_id": playbook.pk, "was_on": was_on},
        url=url_of(playbook),
    )


@transaction.atomic
def undo_switch_playbook(*, actor: User, playbook_id: int, was_on: bool) -> bool:
    """The way back of a switch; plays that were started in between go on. False when it stands so already."""
    playbook = Playbook.objects.select_for_update().filter(pk=playbook_id, archived_at=None).first()
    if playbook is None or playbook.is_on == was_on or (was_on and problems_of(playbook)):
        return False
    rows = Playbook.objects.filter(pk=playbook_id)
    return rows.update(is_on=was_on, **({"on_from": now()} if was_on else {})) == 1
