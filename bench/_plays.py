"""The world of the bench of plays and what is timed in it; runs in a process of its own, with Django."""

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

from django.db import connection

from accounts.models import Segment
from bench.results import keep, show
from lifecycle.models import Play, Playbook, PlaybookStep, Trigger
from lifecycle.selectors.plays import dry_run
from lifecycle.services.plays.running import run_due_plays
from lifecycle.services.plays.starting import sweep_triggers
from team.clock import now
from team.models import Role, User

PLAYBOOKS = 30
STEPS_TIMED = 500
KINDS = ("stage_entered", "stage_left", "band_changed", "risk_opened", "answer", "renewal_in_days")
# One trigger per account; health known for all, half of them weak.
FILL = """
INSERT INTO accounts_segment (slug, name, touch, touch_every_days, position) VALUES
    ('top', 'Top', 'high', 14, 1), ('mid', 'Mid', 'low', 30, 2), ('small', 'Small', 'tech', 90, 3);
INSERT INTO accounts_account (name, domains, segment_id, status, industry, country, csm_id, tags, currency, custom,
                              source, intent, desired_outcomes, decision_context, version, created_at, updated_at,
                              signed_on)
SELECT 'Account ' || n, '{}', (ARRAY(SELECT id FROM accounts_segment ORDER BY position))[1 + n %% 3], 'customer',
       '', 'DK', (ARRAY(SELECT id FROM team_user WHERE role = 'csm' ORDER BY id))[1 + n %% 200], '{}', 'USD', '{}',
       '', '', '', '', 1, now(), now(), current_date - 300
  FROM generate_series(1, %(triggers)s) AS n;
INSERT INTO accounts_accountsummary (account_id, arr, seats, open_tickets, contacts, health_state, health_band,
                                     health_coverage, health_spark, stage, stage_entered_on, top_risk, open_insights,
                                     next_step)
SELECT id, 1000 + id %% 90000, 5, 0, 2, 'observed', 'good', 0.8, '', 'Onboarding',
       current_date - (id %% 90)::int, '', 0, ''
  FROM accounts_account;
INSERT INTO accounts_factdefinition (name, label, type, unit, owner, description)
VALUES ('health', 'Health', 'number', '', 'engagement', ''),
       ('health_coverage', 'Coverage', 'number', '', 'engagement', '');
INSERT INTO accounts_fact (account_id, definition_id, number, text, observed_at, is_current)
SELECT account.id, definition.id, CASE definition.name WHEN 'health' THEN account.id %% 100 ELSE 0.8 END, '',
       now() - interval '95 days', true
  FROM accounts_account account, accounts_factdefinition definition;
INSERT INTO lifecycle_trigger (account_id, kind, key, payload, happened_at)
SELECT account.id, (%(kinds)s)[1 + (account.id / 7) %% 6], 'bench:' || account.id,
       jsonb_build_object('days', account.id %% 40, 'stage', 'ebr', 'to', 'risk', 'score', account.id %% 11,
                          'risk', 'silent'),
       date_trunc('hour', now()) - make_interval(hours => 1 + (account.id %% 1000)::int)
  FROM accounts_account account;
ANALYZE;
"""


def fill(triggers: int) -> None:
    """The world of this bench, into an empty database."""
    User.objects.bulk_create(
        [User(email=f"csm{n}@bench.example", name=f"CSM {n}", role=Role.CSM, password="!") for n in range(200)]  # noqa: S106 no log-in
    )
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"triggers": triggers, "kinds": list(KINDS)})
    segment = Segment.objects.get(slug="top")
    for number in range(PLAYBOOKS):
        playbook = Playbook.objects.create(
            slug=f"bench-{number}",
            name=f"Playbook {number}",
            trigger_kind=KINDS[number % len(KINDS)],
            conditions=[{"name": "fact.health", "operator": "lt", "value": 30 + number}],
            needs_observed_score=number % 4 == 0,
            holdout_percent=10 if number % 3 == 0 else 0,
            is_on=True,
            on_from=now() - dt.timedelta(days=100),
        )
        if number % 2:
            playbook.segments.add(segment)
        wait = [{"name": "fact.health", "operator": "gte", "value": 20}]
        for position, (key, kind, options) in enumerate(
            (("call", "task", {"kind": "call"}), ("wait", "wait", {"condition": wait}), ("again", "task", {})), start=1
        ):
            PlaybookStep.objects.create(
                playbook=playbook, key=key, position=position, kind=kind, title=key, options=options
            )


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """What the work gave, and its seconds."""
    started = time.perf_counter()
    found = work()
    return found, round(time.perf_counter() - started, 2)


def measure(triggers: int) -> None:
    """Fill, sweep, run steps, try a playbook; figures go to the screen and into the results."""
    fill(triggers)
    result, swept = timed(lambda: sweep_triggers(limit=triggers))
    if result.handled != triggers or Trigger.objects.filter(handled_at=None).exists():
        raise SystemExit(f"the sweep left triggers behind: {result}")
    started = Play.objects.open().count()
    _none, idle = timed(sweep_triggers)
    steps, stepped = timed(lambda: run_due_plays(limit=STEPS_TIMED))
    dry, tried = timed(lambda: dry_run(playbook=Playbook.objects.get(slug="bench-0")))
    figures = {
        "triggers": triggers,
        "playbooks": PLAYBOOKS,
        "sweep": {"seconds": swept, "started": result.started, "held_out": result.held_out, "budget_seconds": 60},
        "idle_sweep": {"seconds": idle},
        "steps": {"plays": steps, "seconds": stepped, "plays_per_second": round(steps / max(stepped, 0.01))},
        "dry_run": {"seconds": tried, "triggers": dry.triggers, "would_start": dry.total, "held_out": dry.held_out},
    }
    keep("plays", figures)
    show(
        ["", "number", "seconds"],
        [
            ["triggers swept", triggers, swept],
            ["plays started", started, ""],
            ["sweep with nothing to do", 0, idle],
            ["first steps done", steps, stepped],
            ["dry run, triggers", dry.triggers, tried],
        ],
    )
