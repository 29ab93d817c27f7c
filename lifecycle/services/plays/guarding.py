"""Switching a playbook off that cannot go on: it starts itself, or asks for something that is gone."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from lifecycle.formulas.plans import find_loop
from lifecycle.models import Playbook
from team.clock import now
from team.models import Role, User
from team.services.notices import notify

_LONGEST = 300


@transaction.atomic
def switch_off(*, playbook_id: int, reason: str = "", path: Sequence[int] = ()) -> int:
    """Switch a playbook off with the reason, and tell the admins and who made it; 1, or 0 when it was off already.

    With `path` (the playbooks that led to it) the reason is the circle, by name. Plays that run go on.
    """
    reason = (reason or _circle(path, playbook_id))[:_LONGEST]
    if not Playbook.objects.filter(pk=playbook_id, is_on=True).update(is_on=False, stopped_reason=reason):
        return 0
    playbook = Playbook.objects.get(pk=playbook_id)
    people = User.objects.active().filter(role=Role.ADMIN)
    if playbook.created_by_id:
        people |= User.objects.active().filter(pk=playbook.created_by_id)
    for person in people:
        notify(
            user=person,
            kind="playbook",
            text=_("“%(name)s” was switched off. %(reason)s") % {"name": playbook.name, "reason": reason},
            url=f"/playbooks/{playbook_id}/",
            dedupe_key=f"playbook-off:{playbook_id}:{now().isoformat()}",
        )
    return 1


def _circle(path: Sequence[int], playbook_id: int) -> str:
    loop = find_loop(path, playbook_id)
    names = dict(Playbook.objects.filter(pk__in=[*path, playbook_id]).values_list("pk", "name"))
    said = " → ".join(names.get(pk, "?") for pk in loop or (*path, playbook_id))
    if loop:
        return _("It starts itself: %(circle)s.") % {"circle": said}
    return _("Too many plays start one another: %(circle)s.") % {"circle": said}
