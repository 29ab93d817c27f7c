"""One playbook on many accounts at once."""

from collections.abc import Sequence

from django.db import transaction
from django.urls import reverse
from django.utils.translation import ngettext

from accounts.models import Account
from lifecycle.models import Play, Playbook
from lifecycle.services.plays.starting import start_play
from lifecycle.services.plays.stopping import undo_start_play
from team.models import ActionLog, User
from team.services.undo import CannotUndo, log_action


@transaction.atomic
def start_plays(*, actor: User, playbook: Playbook, accounts: Sequence[Account]) -> tuple[int, ActionLog | None]:
    """Start it by hand on each; how many began, and the one action that takes all back. Raises PlayRefused."""
    made = [start_play(playbook=playbook, account=account, actor=actor) for account in accounts]
    ids = [play.pk for play in made if play is not None]
    if not ids:
        return 0, None
    words = ngettext("Started “%(name)s” on %(n)s account", "Started “%(name)s” on %(n)s accounts", len(ids))
    action = log_action(
        actor=actor,
        verb=words % {"name": playbook.name, "n": len(ids)},
        service="lifecycle.undo_start_plays",
        arguments={"play_ids": ids},
        url=reverse("accounts"),
    )
    return len(ids), action


@transaction.atomic
def undo_start_plays(*, actor: User, play_ids: Sequence[int]) -> int:
    """Take the starts back; plays of which something has gone out already go on. How many were stopped."""
    plays = Play.objects.filter(pk__in=play_ids, started_by=actor)
    return sum(_taken_back(actor, pk) for pk in plays.values_list("pk", flat=True))


def _taken_back(actor: User, play_id: int) -> bool:
    try:
        with transaction.atomic():
            return undo_start_play(actor=actor, play_id=play_id)
    except CannotUndo:
        return False
