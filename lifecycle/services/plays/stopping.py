"""What people decide about a play that runs: stop it, skip its step, do the step now."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from lifecycle.formulas.plans import BadPlan, read_steps, step_of
from lifecycle.models import AccountMail, Play, PlayStepRun, Task
from lifecycle.services.plays.starting import PlayRefused
from lifecycle.services.plays.waking import wake_play
from lifecycle.services.tasks import refresh_next_steps
from team.clock import now
from team.models import User
from team.services.undo import CannotUndo

_WAITING = PlayStepRun.State.WAITING


@transaction.atomic
def stop_play(*, actor: User | None, play: Play, reason: str) -> bool:
    """End a running play: its open tasks are cancelled, its mails in review are rejected; False when it is over.

    What went out stays out. Raises PlayRefused without a reason.
    """
    reason = _said(reason)
    _lock_tasks([play.pk])
    if _lock(play) is None:
        return False
    _close_waiting(actor, play, reason)
    moment = now()
    Play.objects.filter(pk=play.pk).update(
        state=Play.State.STOPPED, finished_at=moment, wakes_at=None, leased_until=None, stopped_reason=reason
    )
    return True


@transaction.atomic
def skip_step(*, actor: User, play: Play, reason: str, step_key: str | None = None) -> bool:
    """Leave out the step whose turn it is and go on with the next one; False when the play is over or, with `step_key`,
    when it stands elsewhere by now (so a double click skips one). Raises PlayRefused without a reason."""
    reason = _said(reason)
    _lock_tasks([play.pk])
    kept = _lock(play)
    if kept is None or (step_key is not None and kept.at_step != step_key):
        return False
    if not _close_waiting(actor, kept, reason):
        try:
            step = step_of(read_steps(kept.steps), kept.at_step)
        except BadPlan:
            return False
        moment = now()
        PlayStepRun.objects.create(
            play=kept,
            step_key=step.key,
            kind=step.kind,
            state=PlayStepRun.State.SKIPPED,
            due_at=kept.wakes_at or moment,
            finished_at=moment,
            result=_by(actor, reason),
        )
    return wake_play(play_id=kept.pk)


@transaction.atomic
def hurry_step(*, actor: User, play: Play, step_key: str | None = None) -> bool:
    """Do the next step now instead of on its day; False when it is being done already, or the play is over."""
    kept = _lock(play)
    if kept is None or (step_key is not None and kept.at_step != step_key):
        return False
    if PlayStepRun.objects.filter(play=kept, step_key=kept.at_step).exists():
        return False
    return wake_play(play_id=kept.pk)


@transaction.atomic
def undo_start_play(*, actor: User, play_id: int) -> bool:
    """Take back a start by hand: the play is stopped with what it opened.

    Raises:
        CannotUndo: when a mail or a call of it has gone out.
    """
    play = Play.objects.filter(pk=play_id, started_by=actor).first()
    if play is None:
        return False
    gone = PlayStepRun.objects.filter(play=play, state=PlayStepRun.State.DONE, kind__in=["mail", "webhook", "chat"])
    if gone.exists() or PlayStepRun.objects.filter(play=play, kind="survey", state=PlayStepRun.State.DONE).exists():
        raise CannotUndo(_("Something of it has gone out already; stop the play instead."))
    return stop_play(actor=actor, play=play, reason=_("Started by mistake"))


def _said(reason: str) -> str:
    reason = " ".join(reason.split())[:300]
    if not reason:
        raise PlayRefused(_("Say why."))
    return reason


def _lock_tasks(play_ids: Iterable[int]) -> None:
    """Tasks before plays: completing a task locks in this order too."""
    tasks = Task.objects.open().filter(run__play__in=list(play_ids))
    list(tasks.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))


def _lock(play: Play) -> Play | None:
    return Play.objects.select_for_update().filter(pk=play.pk, state=Play.State.RUNNING).first()


def _by(actor: User | None, reason: str) -> dict[str, object]:
    return {"reason": reason, "by": actor.pk if actor else None}


def _close_waiting(actor: User | None, play: Play, reason: str) -> int:
    """Skip the steps that wait, with the tasks and mails that they opened; how many there were."""
    waiting = list(PlayStepRun.objects.filter(play=play.pk, state=_WAITING))
    for run in waiting:
        run.state, run.finished_at = PlayStepRun.State.SKIPPED, now()
        run.result = {**run.result, **_by(actor, reason)}
        run.save(update_fields=["state", "finished_at", "result"])
    ids = [run.pk for run in waiting]
    if Task.objects.open().filter(run__in=ids).update(state=Task.State.CANCELLED, snoozed_until=None):
        refresh_next_steps(account_ids=[play.account_id])
    AccountMail.objects.to_review().filter(run__in=ids).update(
        state=AccountMail.State.REJECTED, refusal=reason[:200], reviewed_by=actor, next_free_on=None
    )
    return len(waiting)
