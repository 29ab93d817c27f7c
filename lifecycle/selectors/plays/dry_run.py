"""What a playbook would have done on the triggers of the last days: how many, for whom, which steps."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone

from accounts.formulas.conditions import BadCondition
from accounts.models import Account
from lifecycle.formulas.plans import Step, is_held_out
from lifecycle.formulas.simulation import Heard, Plan, Question, WouldBe, run_together, simulate
from lifecycle.models import Playbook, Trigger
from lifecycle.selectors.plays.owners import WorkClocks
from lifecycle.selectors.plays.past import Past, no_progress
from lifecycle.selectors.plays.rules import Rule, read_rule
from team.clock import now
from team.models import User

DAYS = 90
# Of the progress: until it is known which triggers fit, and for the steps.
_HALF = 50


@dataclass(frozen=True, slots=True)
class DryRow:
    """One play that would have started."""

    account_id: int
    account: str
    csm_id: int | None
    csm: str
    trigger_id: int
    started_at: dt.datetime
    finished_at: dt.datetime | None
    is_held_out: bool
    steps: tuple[tuple[str, dt.datetime, dt.datetime | None, bool | None], ...]


@dataclass(frozen=True, slots=True)
class DryCsm:
    """What it would have meant for one CSM (None: accounts without one); `per_week` are plays started."""

    csm_id: int | None
    name: str
    plays: int
    tasks: int
    mails: int
    per_week: float


@dataclass(frozen=True, slots=True)
class DryStep:
    """How often a step would have been reached, and been finished by now."""

    key: str
    title: str
    kind: str
    reached: int
    finished: int


@dataclass(frozen=True, slots=True)
class DryRun:
    """`total` plays would have started (`held_out` more left alone) out of `heard` triggers that fit; newest first.

    `problem` says why nothing could be said. `is_rounded`: conditions were judged at the end of the hour or day.
    """

    days: int
    total: int = 0
    held_out: int = 0
    heard: int = 0
    triggers: int = 0
    per_csm: tuple[DryCsm, ...] = ()
    rows: tuple[DryRow, ...] = ()
    steps: tuple[DryStep, ...] = ()
    is_rounded: bool = False
    problem: str = ""


def dry_run(*, playbook: Playbook, days: int = DAYS, progress: Callable[[int, int], None] = no_progress) -> DryRun:
    """Simulate a playbook (on or off) on the recorded triggers of the last days, as if it had been on all that time.

    It decides as the engine does: quiet days, one open play per reason, hold-out, waits and branches with the
    conditions as of then. People are taken to do tasks on the day they fall due. `progress` is told (done, total).
    """
    try:
        return _simulate(read_rule(playbook), days, progress)
    except BadCondition as error:
        return DryRun(days=days, problem=str(error))


def count_heard(playbook: Playbook, *, most: int, days: int = DAYS) -> int:
    """How many triggers a dry run would look at, counted up to `most`; one query."""
    return _triggers(playbook.trigger_kind, now() - dt.timedelta(days=days), now())[:most].count()


def _triggers(kind: str, since: dt.datetime, until: dt.datetime) -> QuerySet[Trigger]:
    return Trigger.objects.filter(kind=kind, happened_at__gt=since, happened_at__lte=until).order_by()


def _simulate(rule: Rule, days: int, progress: Callable[[int, int], None]) -> DryRun:
    until = now()
    since = until - dt.timedelta(days=days)
    triggers, heard = _heard(rule, since, until)
    if not heard or not rule.steps:
        return DryRun(days=days, triggers=triggers)
    past = Past({account_id for account_id, _trigger in heard}, since, until)
    ready = _ready(rule, heard, past, lambda done, total: progress(done * _HALF // total, 2 * _HALF))
    names = _names(ready)
    clocks = WorkClocks()
    clocks.read({csm_id for _name, csm_id in names.values()})
    running = {
        account_id: simulate(_plan(rule, account_id, clocks, names[account_id][1], until), rows)
        for account_id, rows in ready.items()
        if account_id in names
    }

    def answer(questions: dict[int, Question]) -> dict[int, bool]:
        # Accounts whose simulation has ended ask nothing more.
        progress(2 * _HALF - _HALF * len(questions) // len(running), 2 * _HALF)
        return past.answer(questions)

    found = run_together(running, answer)
    plays = [(account_id, play) for account_id, rows in found.items() for play in rows]
    fitting = sum(len(rows) for rows in ready.values())
    return _told(rule, days, plays, names, triggers=triggers, heard=fitting, is_rounded=past.is_rounded)


def _heard(rule: Rule, since: dt.datetime, until: dt.datetime) -> tuple[int, list[tuple[int, Heard]]]:
    """How many triggers of the kind there were, and those that the playbook hears, by account."""
    found = []
    count = 0
    listed = _triggers(rule.trigger_kind, since, until).values_list("pk", "account_id", "key", "payload", "happened_at")
    for pk, account_id, key, payload, at in listed.iterator(chunk_size=5_000):
        count += 1
        # What happened before it was switched on counts here.
        if rule.fits(payload, timezone.localdate(at)):
            found.append((account_id, Heard(pk, at, rule.reason_of(key))))
    return count, found


def _ready(
    rule: Rule, heard: Sequence[tuple[int, Heard]], past: Past, progress: Callable[[int, int], None]
) -> dict[int, list[Heard]]:
    """The triggers whose account met the conditions then, by account."""
    asked = [(account_id, trigger.at) for account_id, trigger in heard]
    ready: dict[int, list[Heard]] = defaultdict(list)
    met = past.met(rule.account_conditions, asked, progress)
    for (account_id, trigger), is_met in zip(heard, met, strict=True):
        if is_met:
            ready[account_id].append(trigger)
    return ready


def _names(account_ids: Iterable[int]) -> dict[int, tuple[str, int | None]]:
    rows = Account.objects.filter(pk__in=list(account_ids)).order_by()
    return {pk: (name, csm_id) for pk, name, csm_id in rows.values_list("pk", "name", "csm_id")}


def _plan(rule: Rule, account_id: int, clocks: WorkClocks, csm_id: int | None, until: dt.datetime) -> Plan:
    return Plan(
        steps=rule.steps,
        quiet=rule.quiet,
        is_held_out=is_held_out(rule.playbook_id, account_id, rule.holdout_percent),
        clock=clocks.of(csm_id),
        until=until,
    )


def _told(
    rule: Rule,
    days: int,
    plays: list[tuple[int, WouldBe]],
    names: dict[int, tuple[str, int | None]],
    *,
    triggers: int,
    heard: int,
    is_rounded: bool,
) -> DryRun:
    csms = dict(User.objects.filter(pk__in={csm for _name, csm in names.values() if csm}).values_list("pk", "name"))
    plays.sort(key=lambda row: (row[1].started_at, row[0]), reverse=True)
    started = [(account_id, play) for account_id, play in plays if not play.is_held_out]
    return DryRun(
        days=days,
        total=len(started),
        held_out=len(plays) - len(started),
        heard=heard,
        triggers=triggers,
        per_csm=_per_csm(rule.steps, days, started, names, csms),
        rows=tuple(_row(account_id, play, names, csms) for account_id, play in plays),
        steps=_steps(rule.steps, started),
        is_rounded=is_rounded,
    )


def _per_csm(
    steps: Sequence[Step],
    days: int,
    started: list[tuple[int, WouldBe]],
    names: dict[int, tuple[str, int | None]],
    csms: dict[int, str],
) -> tuple[DryCsm, ...]:
    kinds = {step.key: step.kind for step in steps}
    counts: dict[int | None, Counter[str]] = defaultdict(Counter)
    for account_id, play in started:
        counter = counts[names[account_id][1]]
        counter["plays"] += 1
        counter.update(kinds[done.key] for done in play.steps)
    found = [
        DryCsm(
            csm_id=csm,
            name=csms.get(csm, "") if csm else "",
            plays=counter["plays"],
            tasks=counter["task"],
            mails=counter["mail"],
            per_week=counter["plays"] * 7 / days,
        )
        for csm, counter in counts.items()
    ]
    return tuple(sorted(found, key=lambda row: (-row.plays, row.name)))


def _steps(steps: Sequence[Step], started: list[tuple[int, WouldBe]]) -> tuple[DryStep, ...]:
    reached = Counter(done.key for _account, play in started for done in play.steps)
    finished = Counter(done.key for _account, play in started for done in play.steps if done.ended_at)
    return tuple(DryStep(step.key, step.title, step.kind, reached[step.key], finished[step.key]) for step in steps)


def _row(account_id: int, play: WouldBe, names: dict[int, tuple[str, int | None]], csms: dict[int, str]) -> DryRow:
    name, csm_id = names[account_id]
    return DryRow(
        account_id=account_id,
        account=name,
        csm_id=csm_id,
        csm=csms.get(csm_id, "") if csm_id else "",
        trigger_id=play.trigger_id,
        started_at=play.started_at,
        finished_at=play.finished_at,
        is_held_out=play.is_held_out,
        steps=tuple((done.key, done.begun_at, done.ended_at, done.held) for done in play.steps),
    )
