"""What a playbook would have done on the triggers of the last days: how many, for whom, which steps."""

import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.utils import timezone

from accounts.formulas.conditions import BadCondition, Condition, parse_conditions
from accounts.models import Account
from accounts.selectors.conditions import condition_catalogue
from lifecycle.formulas.plans import Step, is_held_out
from lifecycle.formulas.simulation import Heard, Plan, Question, WouldBe, run_together, simulate
from lifecycle.models import Playbook, Trigger
from lifecycle.selectors.plays.owners import WorkClocks
from lifecycle.selectors.plays.rules import Rule, accounts_meeting, accounts_ready, read_rule
from team.clock import now
from team.models import User

DAYS = 90
# Beyond so many different moments they are rounded up to the end of their hour, then of their day: one query each.
MOST_MOMENTS = 1_500


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


@dataclass(slots=True)
class _Asked:
    """Answers for many accounts at past times, each pair of conditions and moment with one query."""

    span: dt.timedelta | None = None
    parsed: dict[str, tuple[Condition, ...]] = field(default_factory=dict)

    def answer(self, questions: dict[int, Question]) -> dict[int, bool]:
        together: dict[tuple[str, dt.datetime], list[int]] = defaultdict(list)
        for account_id, (conditions, at) in questions.items():
            together[json.dumps(conditions, sort_keys=True), _rounded(at, self.span)].append(account_id)
        replies: dict[int, bool] = {}
        for (conditions, at), ids in together.items():
            if conditions not in self.parsed:
                self.parsed[conditions] = parse_conditions(json.loads(conditions), condition_catalogue())
            met = accounts_meeting(self.parsed[conditions], ids, at=at)
            replies |= {account_id: account_id in met for account_id in ids}
        return replies


def dry_run(*, playbook: Playbook, days: int = DAYS) -> DryRun:
    """Simulate a playbook (on or off) on the recorded triggers of the last days, as if it had been on all that time.

    It decides as the engine does: quiet days, one open play per reason, hold-out, waits and branches with the
    conditions as of then. People are taken to do tasks on the day they fall due.
    """
    try:
        return _simulate(read_rule(playbook), days)
    except BadCondition as error:
        return DryRun(days=days, problem=str(error))


def _simulate(rule: Rule, days: int) -> DryRun:
    until = now()
    triggers, heard = _heard(rule, until - dt.timedelta(days=days), until)
    if not heard or not rule.steps:
        return DryRun(days=days, triggers=triggers)
    ready, span = _ready(rule, heard)
    names = _names(ready)
    clocks = WorkClocks()
    clocks.read({csm_id for _name, csm_id in names.values()})
    running = {
        account_id: simulate(_plan(rule, account_id, clocks, names[account_id][1], until), rows)
        for account_id, rows in ready.items()
        if account_id in names
    }
    found = run_together(running, _Asked(span).answer)
    plays = [(account_id, play) for account_id, rows in found.items() for play in rows]
    fitting = sum(len(rows) for rows in ready.values())
    return _told(rule, days, plays, names, triggers=triggers, heard=fitting, is_rounded=span is not None)


def _heard(rule: Rule, since: dt.datetime, until: dt.datetime) -> tuple[int, list[tuple[int, Heard]]]:
    """How many triggers of the kind there were, and those that the playbook hears, by account."""
    rows = Trigger.objects.filter(kind=rule.trigger_kind, happened_at__gt=since, happened_at__lte=until)
    found = []
    count = 0
    listed = rows.order_by().values_list("pk", "account_id", "key", "payload", "happened_at")
    for pk, account_id, key, payload, at in listed.iterator(chunk_size=5_000):
        count += 1
        # What happened before it was switched on counts here.
        if rule.fits(payload, timezone.localdate(at)):
            found.append((account_id, Heard(pk, at, rule.reason_of(key))))
    return count, found


def _ready(rule: Rule, heard: Sequence[tuple[int, Heard]]) -> tuple[dict[int, list[Heard]], dt.timedelta | None]:
    """The triggers whose account met the conditions then, by account, and to what moments were rounded."""
    span = _span(trigger.at for _account, trigger in heard)
    by_moment: dict[dt.datetime, list[tuple[int, Heard]]] = defaultdict(list)
    for account_id, trigger in heard:
        by_moment[_rounded(trigger.at, span)].append((account_id, trigger))
    ready: dict[int, list[Heard]] = defaultdict(list)
    for moment, rows in by_moment.items():
        met = accounts_ready(rule, {account_id for account_id, _trigger in rows}, at=moment)
        for account_id, trigger in rows:
            if account_id in met:
                ready[account_id].append(trigger)
    return ready, span


def _span(moments: Iterable[dt.datetime]) -> dt.timedelta | None:
    known = set(moments)
    for span in (None, dt.timedelta(hours=1)):
        if len({_rounded(moment, span) for moment in known}) <= MOST_MOMENTS:
            return span
    return dt.timedelta(days=1)


def _rounded(moment: dt.datetime, span: dt.timedelta | None) -> dt.datetime:
    """The end of the hour or day (UTC) that a moment lies in; the moment itself without a span."""
    if span is None:
        return moment
    seconds = int(span.total_seconds())
    return dt.datetime.fromtimestamp(-(-moment.timestamp() // seconds) * seconds, tz=dt.UTC)


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
