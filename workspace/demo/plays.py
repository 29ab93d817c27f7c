"""Playbooks at work in the demo world: triggers of the last months, plays that ended with an effect, plays that run."""

import datetime as dt
import random
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from accounts.models import Account
from lifecycle.formulas.plans import is_held_out
from lifecycle.models import Play, Playbook, PlayStepRun, Trigger
from lifecycle.selectors.plays.rules import accounts_ready, read_rule, snapshot
from lifecycle.services.defaults_plays import ensure_starter_playbooks
from lifecycle.services.plays.running import run_due_plays
from lifecycle.services.plays.starting import start_play
from team.clock import now

# What a playbook did in this world: points of health that it brought on average; 0 is one that does not work.
EFFECTS = {"risk-usage-drop": 9.0, "critic": 0.0, "stalled": 4.0}
HELD_OUT = 25
MOST_PAST = 400
MOST_PRESENT = 36
_RISKS = ("usage_drop", "single_threaded", "ticket_pressure", "goal_off_track", "licence_underuse")
# Recorded as they happened, and looked at long ago: nothing starts on them, the dry run has a history.
_TRIGGERS = """
    INSERT INTO lifecycle_trigger (account_id, kind, key, payload, happened_at, handled_at)
    SELECT summary.account_id, 'renewal_in_days', summary.renews_on || ':' || given.days,
           jsonb_build_object('days', given.days, 'renews_on', summary.renews_on),
           summary.renews_on - given.days + time '07:00', %(now)s
      FROM accounts_accountsummary summary CROSS JOIN unnest(ARRAY[180, 120, 90, 60, 30, 14]) AS given(days)
     WHERE summary.renews_on - given.days BETWEEN %(since)s::date AND %(now)s::date - 1
     UNION ALL
    SELECT ticket.account_id, 'ticket_closed', 'ticket:' || ticket.id || ':' || ticket.reopened_count,
           jsonb_build_object('ticket', ticket.id, 'priority', ticket.priority, 'satisfaction', ticket.satisfaction,
                              'hours', round(extract(epoch FROM ticket.closed_at - ticket.opened_at) / 3600)),
           ticket.closed_at, %(now)s
      FROM accounts_ticket ticket WHERE ticket.closed_at BETWEEN %(since)s AND %(now)s
     UNION ALL
    SELECT response.account_id, 'answer', 'response:' || response.id,
           jsonb_build_object('kind', 'nps', 'score', response.score, 'is_detractor', response.score <= 6),
           response.submitted_at, %(now)s
      FROM voc_response response
     WHERE response.submitted_at BETWEEN %(since)s AND %(now)s AND response.account_id IS NOT NULL
     UNION ALL
    SELECT account.id, 'risk_opened', 'risk:' || risk.name, jsonb_build_object('risk', risk.name),
           %(now)s - make_interval(days => 1 + (account.id * 37 %% 88)::int, mins => (account.id * 13 %% 600)::int),
           %(now)s
      FROM accounts_account account CROSS JOIN unnest(%(risks)s) WITH ORDINALITY AS risk(name, number)
     WHERE account.deleted_at IS NULL AND (account.id * 31 + risk.number * 17) %% 100 < 5
    ON CONFLICT DO NOTHING
"""


def write_plays(*, seed: int) -> int:
    """Starter playbooks, their triggers, past plays with effects and present ones; returns how many plays there are.

    The number of plays does not grow with the world: people look at some, not at all.
    """
    ensure_starter_playbooks()
    moment = now()
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"now": moment, "since": moment - dt.timedelta(days=90), "risks": list(_RISKS)}
        cursor.execute(_TRIGGERS, values)
    book = list(Account.objects.order_by("pk").values_list("pk", "csm_id"))
    for slug, effect in EFFECTS.items():
        playbook = Playbook.objects.get(slug=slug)
        playbook.holdout_percent, playbook.effect_days = HELD_OUT, 60
        playbook.is_on, playbook.on_from = True, moment - dt.timedelta(days=300)
        playbook.save(update_fields=["holdout_percent", "effect_days", "is_on", "on_from"])
        _write_past(playbook, effect, book, random.Random(f"{seed}:plays:{slug}"), moment)
    _start_present()
    return Play.objects.count()


@transaction.atomic
def _write_past(
    playbook: Playbook, effect: float, book: Sequence[tuple[int, int | None]], rng: random.Random, moment: dt.datetime
) -> None:
    """Plays of half a year ago, and accounts that were left alone, each measured after its days."""
    steps = snapshot(playbook)
    plays = []
    for account_id, csm_id in rng.sample(book, min(len(book) * 3 // 5, MOST_PAST)):
        started = moment - dt.timedelta(days=rng.randint(75, 240), minutes=rng.randint(0, 600))
        held = is_held_out(playbook.pk, account_id, HELD_OUT)
        before = min(max(rng.gauss(56, 12), 5), 95)
        after = before + rng.gauss(1.5, 8) + (0 if held else effect)
        state = Play.State.HELD_OUT if held else rng.choices([Play.State.DONE, Play.State.STOPPED], [9, 1])[0]
        plays.append(
            Play(
                playbook=playbook,
                account_id=account_id,
                owner_id=csm_id,
                state=state,
                steps=steps,
                started_at=started,
                finished_at=started if held else started + dt.timedelta(days=rng.randint(3, 25)),
                stopped_reason="They asked us to wait until the new year" if state == Play.State.STOPPED else "",
                effect_before=round(before, 4),
                effect_after=round(min(max(after, 0), 100), 4),
                effect_measured_at=started + dt.timedelta(days=playbook.effect_days),
            )
        )
    made = Play.objects.bulk_create(plays)
    PlayStepRun.objects.bulk_create(_past_run(play, step) for play in made for step in _reached(play))


def _reached(play: Play) -> list[dict[str, Any]]:
    if play.state == Play.State.HELD_OUT:
        return []
    steps: list[dict[str, Any]] = play.steps
    return steps[:1] if play.state == Play.State.STOPPED else steps


def _past_run(play: Play, step: dict[str, Any]) -> PlayStepRun:
    share = (play.steps.index(step) + 1) / len(play.steps)
    ended = play.started_at + ((play.finished_at or play.started_at) - play.started_at) * share
    return PlayStepRun(
        play=play,
        step_key=step["key"],
        kind=step["kind"],
        state=PlayStepRun.State.DONE,
        due_at=play.started_at,
        finished_at=ended,
        result={"held": True} if step["kind"] in {"wait", "branch"} else {},
    )


def _start_present() -> None:
    """The real engine on some of the last fortnight's triggers: tasks in books, mails in the review box."""
    since = now() - dt.timedelta(days=14)
    started = 0
    for playbook in Playbook.objects.filter(is_on=True).prefetch_related("steps", "segments").order_by("pk"):
        rule = read_rule(playbook)
        rows = Trigger.objects.filter(kind=playbook.trigger_kind, happened_at__gte=since).select_related("account")
        heard = [row for row in rows.order_by("pk")[:500] if rule.fits(row.payload, now().date())]
        ready = accounts_ready(rule, {row.account_id for row in heard})
        for trigger in [row for row in heard if row.account_id in ready][:5]:
            if started < MOST_PRESENT:
                play = start_play(playbook=playbook, account=trigger.account, trigger=trigger)
                started += play is not None
    while run_due_plays():
        continue
