"""Running plays: each does the step whose turn it is, and sleeps until the next one is due."""

import datetime as dt
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.formulas.conditions import ConditionName
from accounts.selectors.condition_names import condition_catalogue
from lifecycle.formulas.plans import BadPlan, Step, following, read_steps, step_of
from lifecycle.models import Play, PlaybookStep, PlayStepRun
from lifecycle.selectors.plays.owners import WorkClocks
from lifecycle.services.plays.steps import Outcome, Scene, do_step, look_again
from lifecycle.services.triggers import record_trigger
from team.clock import now

LEASE = dt.timedelta(minutes=2)
MOST_ATTEMPTS = 5
State = PlayStepRun.State


@dataclass(frozen=True, slots=True)
class _Tools:
    """What all plays of a batch need, read once."""

    clocks: WorkClocks
    catalogue: Callable[[], Mapping[str, ConditionName]]


def run_due_plays(*, limit: int = 200) -> int:
    """Do the steps that are due; returns how many plays were looked at. Any number of workers may run it at once.

    Plays are claimed with SKIP LOCKED and a lease. Each step is one transaction: a worker that is killed between two
    steps loses nothing, one that is killed within a step leaves nothing of it, and another goes on after the lease.
    """
    claimed = _claim(limit)
    if not claimed:
        return 0
    tools = _Tools(WorkClocks(), functools.cache(condition_catalogue))
    for play_id in claimed:
        if _count_attempt(play_id):
            while _advance(play_id, tools):
                continue
    return len(claimed)


@transaction.atomic
def _claim(limit: int) -> list[int]:
    moment = timezone.now()
    due = (
        Play.objects.open()
        .filter(wakes_at__lte=now())
        .filter(Q(leased_until=None) | Q(leased_until__lt=moment))
        .select_for_update(skip_locked=True)
        # One that failed before comes last, so that it holds up nobody.
        .order_by("attempts", "wakes_at", "id")
    )
    ids = list(due.values_list("pk", flat=True)[:limit])
    Play.objects.filter(pk__in=ids).update(leased_until=moment + LEASE)
    return ids


def _count_attempt(play_id: int) -> bool:
    """Written down before the try, so that a play which kills its workers is stopped after five."""
    Play.objects.filter(pk=play_id).update(attempts=F("attempts") + 1)
    worn_out = Play.objects.open().filter(pk=play_id, attempts__gt=MOST_ATTEMPTS)
    reason = _("Its next step failed %(times)d times.") % {"times": MOST_ATTEMPTS}
    return not worn_out.update(**_ended(Play.State.STOPPED, reason))


@transaction.atomic
def _advance(play_id: int, tools: _Tools) -> bool:
    """Do one step of a play; whether another one is due at once."""
    play = (
        Play.objects.select_for_update(of=("self",))
        .select_related("playbook", "account__csm", "owner", "started_by")
        .get(pk=play_id)
    )
    moment = now()
    if play.state != Play.State.RUNNING or play.wakes_at is None or play.wakes_at > moment:
        _save(play, leased_until=None, attempts=0)
        return False
    if play.account.deleted_at:
        _save(play, **_ended(Play.State.STOPPED, _("The account was deleted or merged.")))
        return False
    steps = read_steps(play.steps)
    try:
        step = step_of(steps, play.at_step)
        clock = tools.clocks.of(play.owner_id)
        scene = Scene(play, step, _run_of(play, step), moment, clock, tools.catalogue)
        return _take(play, steps, step, scene)
    except BadPlan as error:
        _save(play, **_ended(Play.State.STOPPED, str(error)))
        return False


def _run_of(play: Play, step: Step) -> PlayStepRun:
    """The row of the step: the one that waits, or a new one (`one_run_per_play_and_step`)."""
    found = PlayStepRun.objects.filter(play=play, step_key=step.key).first()
    return found or PlayStepRun(play=play, step_key=step.key, kind=step.kind, due_at=play.wakes_at or now())


def _take(play: Play, steps: tuple[Step, ...], step: Step, scene: Scene) -> bool:
    run = scene.run
    if run.pk is None:
        run.save()
        _keep(run, do_step(scene), play, scene.moment)
    elif run.state == State.WAITING:
        _keep(run, look_again(scene), play, scene.moment)
    if run.state == State.WAITING:
        _save(play, wakes_at=play.wakes_at, leased_until=None, attempts=0)
        return False
    if step.kind == PlaybookStep.Kind.BRANCH and run.state == State.FAILED:
        # Neither way is right when nobody knows which one was meant.
        _save(play, **_ended(Play.State.STOPPED, str(run.result.get("reason", ""))))
        return False
    ahead = following(steps, step, held=run.result.get("held"))
    if ahead is None:
        _finish(play)
        return False
    wakes_at = scene.clock.after(run.finished_at or scene.moment, ahead.offset_days)
    _save(play, at_step=ahead.key, wakes_at=wakes_at, attempts=0)
    return wakes_at <= scene.moment


def _keep(run: PlayStepRun, outcome: Outcome, play: Play, moment: dt.datetime) -> None:
    """Write what the step came to. A mail or a task may have closed its run while it was made."""
    run.refresh_from_db()
    play.wakes_at = outcome.looks_at
    if run.state != State.WAITING:
        return
    run.state, run.result = outcome.state, {**run.result, **outcome.result}
    run.expires_at = outcome.expires_at or run.expires_at
    run.finished_at = None if outcome.state == State.WAITING else moment
    run.save(update_fields=["state", "result", "expires_at", "finished_at"])


def _finish(play: Play) -> None:
    """The end of a play is itself something that a playbook may start on; `cause` shows when that leads in a circle."""
    _save(play, **_ended(Play.State.DONE))
    record_trigger(
        account=play.account,
        kind="play_finished",
        key=f"play:{play.pk}",
        payload={"playbook": play.playbook.slug, "days": (now() - play.started_at).days},
        cause=play,
    )


def _ended(state: str, reason: str = "") -> dict[str, object]:
    """The columns of a play that is over."""
    return {
        "state": state,
        "finished_at": now(),
        "wakes_at": None,
        "leased_until": None,
        "stopped_reason": reason[:300],
    }


def _save(play: Play, **columns: object) -> None:
    for name, value in columns.items():
        setattr(play, name, value)
    play.save(update_fields=list(columns))
