"""Telling a play that what its step waited for has happened; tasks, mail and surveys call it."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from lifecycle.models import Play, PlayStepRun
from team.clock import now


@transaction.atomic
def finish_run(*, run_id: int, state: str = PlayStepRun.State.DONE, result: Mapping[str, Any] | None = None) -> bool:
    """Close a step that waits, and wake its play; False when it was closed before (so repeats do nothing).

    `state` is done, skipped or failed; `result` says what came of it and is added to what is known.
    """
    if state == PlayStepRun.State.WAITING:
        raise ValueError("a step is closed as done, skipped or failed")
    play_id = PlayStepRun.objects.filter(pk=run_id).values_list("play_id", flat=True).first()
    # The play before its run: whoever locks both does it in this order.
    if play_id is None or not Play.objects.select_for_update().filter(pk=play_id).exists():
        return False
    run = PlayStepRun.objects.filter(pk=run_id, state=PlayStepRun.State.WAITING).first()
    if run is None:
        return False
    PlayStepRun.objects.filter(pk=run_id).update(
        state=state, finished_at=now(), result={**run.result, **(result or {})}
    )
    wake_play(play_id=play_id)
    return True


def wake_play(*, play_id: int) -> bool:
    """Have the engine look at a running play in its next round; idempotent."""
    return Play.objects.filter(pk=play_id, state=Play.State.RUNNING).update(wakes_at=now(), leased_until=None) == 1
