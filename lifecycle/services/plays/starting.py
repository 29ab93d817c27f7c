"""Starting plays: by what happened (the sweep over triggers) and by hand."""

import datetime as dt
import json
import random
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.db.models import BigIntegerField, ExpressionWrapper, F, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.formulas.conditions import BadCondition
from accounts.models import Account
from lifecycle.formulas.plans import MOST_DEPTH, find_loop, is_held_out
from lifecycle.models import Play, Playbook, Trigger
from lifecycle.selectors.plays.owners import WorkClocks, stand_ins
from lifecycle.selectors.plays.rules import Rule, accounts_ready, listening, read_rule, read_rules
from lifecycle.services.plays.guarding import switch_off
from team.clock import now, today
from team.models import User
from team.services.undo import log_action

# Triggers of an account are handled one worker after the other; those of other buckets at the same time.
BUCKETS = 8
_BUCKET = ExpressionWrapper(F("account_id") % BUCKETS, output_field=BigIntegerField())
_LOCK = 7_340_001
_BATCH = 15_000
# One row per play; what another worker or a person started meanwhile is left alone (the two unique constraints).
_INSERT = """
    INSERT INTO lifecycle_play (
        playbook_id, account_id, reason_key, trigger_id, owner_id, started_by_id, state, steps, at_step, wakes_at,
        attempts, depth, path, started_at, finished_at, stopped_reason
    )
    SELECT %(playbook)s, given.account_id, given.reason_key, given.trigger_id, given.owner_id, %(started_by)s,
           CASE WHEN given.is_held_out THEN 'held_out' ELSE 'running' END, %(steps)s::jsonb,
           CASE WHEN given.is_held_out THEN '' ELSE %(at_step)s END, given.wakes_at, 0, given.depth,
           given.path::bigint[], %(started_at)s, CASE WHEN given.is_held_out THEN %(started_at)s::timestamptz END, ''
      FROM unnest(%(accounts)s::bigint[], %(reasons)s::text[], %(triggers)s::bigint[], %(owners)s::bigint[],
                  %(held)s::boolean[], %(wakes)s::timestamptz[], %(depths)s::int[], %(paths)s::text[])
           AS given(account_id, reason_key, trigger_id, owner_id, is_held_out, wakes_at, depth, path)
    ON CONFLICT DO NOTHING
    RETURNING id, state
"""


class PlayRefused(ValueError):
    """The play cannot start; the message says why, for people."""


@dataclass(frozen=True, slots=True)
class SweepResult:
    """What one sweep did: triggers looked at, plays started, plays held out, playbooks switched off."""

    handled: int = 0
    started: int = 0
    held_out: int = 0
    switched_off: int = 0

    def __add__(self, other: "SweepResult") -> "SweepResult":
        return SweepResult(
            self.handled + other.handled,
            self.started + other.started,
            self.held_out + other.held_out,
            self.switched_off + other.switched_off,
        )


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A trigger that no playbook has looked at; `path` are the playbooks that led to it."""

    id: int
    account_id: int
    kind: str
    key: str
    payload: dict[str, Any]
    happened_at: dt.datetime
    path: tuple[int, ...]


@dataclass(slots=True)
class _Row:
    account_id: int
    reason_key: str
    trigger_id: int | None
    owner_id: int | None
    path: tuple[int, ...] = ()
    is_held_out: bool = False


@dataclass(slots=True)
class _Round:
    """What a batch needs once: the rules by kind of trigger, deputies, clocks."""

    rules: list[Rule]
    deputies: dict[int, int] = field(default_factory=dict)
    clocks: WorkClocks | None = None

    def of_kind(self, kind: str) -> list[Rule]:
        return [rule for rule in self.rules if rule.trigger_kind == kind]


def sweep_triggers(*, limit: int = 100_000) -> SweepResult:
    """Start plays on what happened since the last sweep; at most `limit` triggers, oldest first.

    Set-based: per batch and playbook one query finds the accounts, one INSERT starts the plays. Any number of workers
    may sweep at once: an account's triggers are handled by one at a time (an advisory lock per bucket of accounts),
    and `one_open_play_per_account_playbook_and_reason` and `one_play_per_trigger` hold whatever happens. Idempotent.
    """
    buckets = _waiting_buckets()
    if not buckets:
        return SweepResult()
    rules, broken = read_rules(listening())
    total = SweepResult()
    for playbook, error in broken:
        total += SweepResult(switched_off=switch_off(playbook_id=playbook.pk, reason=str(error)))
    around = _Round(rules, stand_ins(), WorkClocks())
    # Workers begin at different buckets, so that they do not wait in line for nothing.
    random.shuffle(buckets)
    for bucket in buckets:
        while total.handled < limit:
            done = _sweep_bucket(around, bucket, min(_BATCH, limit - total.handled))
            total += done
            if not done.handled:
                break
    return total


def _waiting_buckets() -> list[int]:
    waiting = Trigger.objects.filter(handled_at=None).annotate(bucket=_BUCKET)
    return list(waiting.order_by().values_list("bucket", flat=True).distinct())


@transaction.atomic
def _sweep_bucket(around: _Round, bucket: int, limit: int) -> SweepResult:
    """One batch of one bucket: nothing when another worker has it. A killed worker's batch is as if it never began."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_LOCK, bucket])
        if not cursor.fetchone()[0]:
            return SweepResult()
    waiting = _claim(bucket, limit)
    result = SweepResult(handled=len(waiting))
    by_kind: dict[str, list[_Waiting]] = {}
    for trigger in waiting:
        by_kind.setdefault(trigger.kind, []).append(trigger)
    for kind, triggers in by_kind.items():
        for rule in around.of_kind(kind):
            result += _start_on(around, rule, triggers)
    Trigger.objects.filter(pk__in=[trigger.id for trigger in waiting]).update(handled_at=now())
    return result


def _claim(bucket: int, limit: int) -> list[_Waiting]:
    rows = (
        Trigger.objects.filter(handled_at=None)
        .annotate(bucket=_BUCKET)
        .filter(bucket=bucket)
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("id")
        .values_list("id", "account_id", "kind", "key", "payload", "happened_at", "cause__path", "cause__playbook")
    )
    return [
        _Waiting(pk, account, kind, key, payload, at, (*(path or ()), playbook) if playbook else ())
        for pk, account, kind, key, payload, at, path, playbook in rows[:limit]
    ]


def _start_on(around: _Round, rule: Rule, triggers: Sequence[_Waiting]) -> SweepResult:
    """Start one playbook on those of the triggers that it hears."""
    day = today()
    heard = [trigger for trigger in triggers if rule.hears(trigger.payload, trigger.happened_at, day)]
    if not heard or not rule.steps:
        return SweepResult()
    ready = accounts_ready(rule, {trigger.account_id for trigger in heard})
    heard = [trigger for trigger in heard if trigger.account_id in ready]
    if looped := next((trigger for trigger in heard if _is_loop(rule, trigger)), None):
        around.rules.remove(rule)
        return SweepResult(switched_off=switch_off(playbook_id=rule.playbook_id, path=looped.path))
    busy = _busy(rule, ready)
    rows = []
    for trigger in _first_ones(rule, heard):
        reason = rule.reason_of(trigger.key)
        if (trigger.account_id, None) in busy or (trigger.account_id, reason) in busy:
            continue
        csm = ready[trigger.account_id]
        owner = around.deputies.get(csm, csm) if csm is not None else None
        held = is_held_out(rule.playbook_id, trigger.account_id, rule.holdout_percent)
        rows.append(_Row(trigger.account_id, reason, trigger.id, owner, trigger.path, held))
    made = _insert(rule, rows, clocks=around.clocks or WorkClocks())
    held_out = sum(state == Play.State.HELD_OUT for _pk, state in made)
    return SweepResult(started=len(made) - held_out, held_out=held_out)


def _is_loop(rule: Rule, trigger: _Waiting) -> bool:
    return bool(find_loop(trigger.path, rule.playbook_id)) or len(trigger.path) > MOST_DEPTH


def _first_ones(rule: Rule, triggers: Iterable[_Waiting]) -> list[_Waiting]:
    """Of several triggers that would start the same play, the earliest."""
    first: dict[tuple[int, str], _Waiting] = {}
    for trigger in sorted(triggers, key=lambda trigger: (trigger.happened_at, trigger.id)):
        reason = "" if rule.quiet else rule.reason_of(trigger.key)
        first.setdefault((trigger.account_id, reason), trigger)
    return list(first.values())


def _busy(rule: Rule, account_ids: Collection[int]) -> set[tuple[int, str | None]]:
    """(account, reason) of open plays, and (account, None) where the playbook started too short a while ago."""
    plays = Play.objects.filter(playbook=rule.playbook_id, account__in=account_ids)
    quiet_from = now() - rule.quiet
    rows = plays.filter(Q(state=Play.State.RUNNING) | Q(started_at__gt=quiet_from))
    return {
        (account, None if rule.quiet and started > quiet_from else reason)
        for account, reason, started in rows.order_by().values_list("account_id", "reason_key", "started_at")
    }


def _insert(
    rule: Rule, rows: Sequence[_Row], *, clocks: WorkClocks, actor: User | None = None
) -> list[tuple[int, str]]:
    """Start plays: (id, state) of those that were started."""
    if not rows:
        return []
    moment, first = now(), rule.steps[0]
    clocks.read({row.owner_id for row in rows})
    due: dict[int | None, dt.datetime] = {}
    for row in rows:
        if row.owner_id not in due:
            due[row.owner_id] = clocks.of(row.owner_id).after(moment, first.offset_days)
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            {
                "playbook": rule.playbook_id,
                "started_by": actor.pk if actor else None,
                "steps": json.dumps(list(rule.raw_steps)),
                "at_step": first.key,
                "started_at": moment,
                "accounts": [row.account_id for row in rows],
                "reasons": [row.reason_key for row in rows],
                "triggers": [row.trigger_id for row in rows],
                "owners": [row.owner_id for row in rows],
                "held": [row.is_held_out for row in rows],
                "wakes": [None if row.is_held_out else due[row.owner_id] for row in rows],
                "depths": [len(row.path) for row in rows],
                "paths": ["{" + ",".join(str(step) for step in row.path) + "}" for row in rows],
            },
        )
        return list(cursor.fetchall())


@transaction.atomic
def start_play(
    *,
    playbook: Playbook,
    account: Account,
    actor: User | None = None,
    trigger: Trigger | None = None,
    reason_key: str | None = None,
) -> Play | None:
    """Start a playbook on an account; None when it is open there for the same reason (also by a worker just now).

    By hand (`actor`) conditions, quiet days and the hold-out do not count: a person decided; it can be undone. By a
    trigger alone the hold-out counts: look at the state of what comes back.

    Raises:
        PlayRefused: for a playbook without steps, or one that was archived or cannot be read.
    """
    try:
        rule = read_rule(playbook)
    except BadCondition as error:
        raise PlayRefused(str(error)) from error
    if playbook.archived_at or not rule.steps:
        raise PlayRefused(_("“%(name)s” has no steps, or was archived.") % {"name": playbook.name})
    owner = account.csm_id or (actor.pk if actor else playbook.created_by_id)
    held = actor is None and trigger is not None and is_held_out(playbook.pk, account.pk, rule.holdout_percent)
    row = _Row(
        account_id=account.pk,
        reason_key=reason_key[:160] if reason_key is not None else rule.reason_of(trigger.key if trigger else ""),
        trigger_id=trigger.pk if trigger else None,
        owner_id=stand_ins().get(owner, owner) if owner else None,
        path=(*trigger.cause.path, trigger.cause.playbook_id) if trigger and trigger.cause else (),
        is_held_out=held,
    )
    made = _insert(rule, [row], clocks=WorkClocks(), actor=actor)
    if not made:
        return None
    play = Play.objects.select_related("playbook", "account").get(pk=made[0][0])
    if actor:
        log_action(
            actor=actor,
            verb=_("Started “%(playbook)s” on %(account)s") % {"playbook": playbook.name, "account": account.name},
            service="lifecycle.undo_start_play",
            arguments={"play_id": play.pk},
            url=reverse("account_plan", args=[account.pk]),
        )
    return play
