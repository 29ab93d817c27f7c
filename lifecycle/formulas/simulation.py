"""What a playbook would have done on one account: its plays, step by step, in the engine's order. Pure.

A generator asks (conditions, moment) whether the account met the conditions then, and is told: the caller answers many
accounts at once. People are taken to do each task on the day on which it is due, and to send each mail at once.
"""

import datetime as dt
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

from lifecycle.formulas.plans import BRANCH, TASK, WAIT, BadPlan, Step, WorkClock, following

# (stored conditions, moment) -> did the account meet them then?
Question = tuple[Any, dt.datetime]
Asking = Generator[Question, bool, dt.datetime | None]


@dataclass(frozen=True, slots=True)
class Heard:
    """A trigger that the playbook hears, on an account that met its conditions then."""

    trigger_id: int
    at: dt.datetime
    reason_key: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A playbook on one account: `quiet` days, whether the account is held out, whose days count, how far time went."""

    steps: Sequence[Step]
    quiet: dt.timedelta
    is_held_out: bool
    clock: WorkClock
    until: dt.datetime


@dataclass(slots=True)
class DoneStep:
    """A step that was reached: when it began and ended (None: not yet), and what a wait or branch found."""

    key: str
    begun_at: dt.datetime
    ended_at: dt.datetime | None = None
    held: bool | None = None


@dataclass(slots=True)
class WouldBe:
    """A play that would have started; `finished_at` is None while it would still run."""

    trigger_id: int
    started_at: dt.datetime
    is_held_out: bool
    finished_at: dt.datetime | None = None
    steps: list[DoneStep] = field(default_factory=list)


def simulate(plan: Plan, heard: Sequence[Heard]) -> Generator[Question, bool, list[WouldBe]]:
    """The plays of one account in the order of its triggers, with quiet days and one open play per reason."""
    plays: list[WouldBe] = []
    open_until: dict[str, dt.datetime | None] = {}
    last_start: dt.datetime | None = None
    for trigger in sorted(heard, key=lambda one: (one.at, one.trigger_id)):
        if last_start is not None and last_start > trigger.at - plan.quiet:
            continue
        if trigger.reason_key in open_until and _is_later(open_until[trigger.reason_key], trigger.at):
            continue
        last_start = trigger.at
        play = WouldBe(trigger.trigger_id, trigger.at, plan.is_held_out)
        plays.append(play)
        if plan.is_held_out:
            play.finished_at = trigger.at
        else:
            play.finished_at = yield from _run(plan, play)
            open_until[trigger.reason_key] = play.finished_at
    return plays


def _is_later(end: dt.datetime | None, moment: dt.datetime) -> bool:
    return end is None or end > moment


def _run(plan: Plan, play: WouldBe) -> Asking:
    """Do the steps until one lies ahead of `until`; the moment of the end, or None."""
    step: Step | None = plan.steps[0]
    moment = plan.clock.after(play.started_at, plan.steps[0].offset_days)
    while step is not None:
        if moment > plan.until:
            return None
        done = DoneStep(step.key, moment)
        play.steps.append(done)
        ended = yield from _do(plan, step, done)
        if ended is None or ended > plan.until:
            return None
        done.ended_at = ended
        try:
            ahead = following(plan.steps, step, held=done.held)
        except BadPlan:
            return ended
        moment = plan.clock.after(ended, ahead.offset_days) if ahead else ended
        step = ahead
    return moment


def _do(plan: Plan, step: Step, done: DoneStep) -> Asking:
    """When the step ends; None when that lies ahead."""
    if step.kind == TASK:
        due = plan.clock.opening(plan.clock.due_on(done.begun_at, step.due_days))
        return max(due, done.begun_at)
    if step.kind == WAIT:
        return (yield from _wait(plan, step, done))
    if step.kind == BRANCH:
        done.held = yield (step.conditions, done.begun_at)
    return done.begun_at


def _wait(plan: Plan, step: Step, done: DoneStep) -> Asking:
    """Looked at when it begins, each business morning, and when it is over; as services.plays.steps does."""
    expires_at = plan.clock.after(done.begun_at, step.wait_days)
    moment = done.begun_at
    while moment <= plan.until:
        if step.conditions and (yield (step.conditions, moment)):
            done.held = True
            return moment
        if moment >= expires_at:
            done.held = not step.conditions
            return moment
        moment = min(plan.clock.after(moment, 1), expires_at) if step.conditions else expires_at
    return None


def run_together(
    asking: dict[int, Generator[Question, bool, list[WouldBe]]],
    answer: Callable[[dict[int, Question]], dict[int, bool]],
) -> dict[int, list[WouldBe]]:
    """Drive the simulations of many accounts in rounds: all open questions are answered together."""
    found: dict[int, list[WouldBe]] = {}
    replies: dict[int, bool] = {}
    waiting = dict(asking)
    is_first = True
    while waiting:
        questions: dict[int, Question] = {}
        for account_id, simulation in list(waiting.items()):
            try:
                questions[account_id] = next(simulation) if is_first else simulation.send(replies[account_id])
            except StopIteration as end:
                found[account_id] = end.value
                del waiting[account_id]
        is_first = False
        replies = answer(questions) if questions else {}
    return found
