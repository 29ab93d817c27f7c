"""The world of the bench of stages and what is timed in it; runs in a process of its own, with Django."""

import statistics
import time
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.test import Client

from bench.results import keep, show
from lifecycle.models import Criterion, Stage
from lifecycle.services.defaults import ensure_default_journey
from lifecycle.services.stages import advance_by_rules, mark_stalled, sweep_stages
from team.clock import now
from team.models import Role, User

REPEATS = 7
PAGES = ("/journey/", "/journey/?csm=me", "/journey/flow/", "/journey/predictability/")
FILL = """
INSERT INTO accounts_segment (slug, name, touch, touch_every_days, position) VALUES
    ('top', 'Top', 'high', 14, 1), ('mid', 'Mid', 'low', 30, 2), ('small', 'Small', 'tech', 90, 3);
INSERT INTO accounts_account (name, domains, segment_id, status, industry, country, csm_id, tags, currency, custom,
                              source, intent, desired_outcomes, decision_context, version, created_at, updated_at,
                              signed_on)
SELECT 'Account ' || n, '{}', (ARRAY(SELECT id FROM accounts_segment ORDER BY position))[1 + n %% 3], 'customer',
       '', 'DK', (ARRAY(SELECT id FROM team_user WHERE role = 'csm' ORDER BY id))[1 + n %% 200], '{}', 'USD', '{}',
       '', '', '', '', 1, now(), now(), current_date - 300
  FROM generate_series(1, %(accounts)s) AS n;
INSERT INTO accounts_accountsummary (account_id, arr, seats, open_tickets, contacts, health_state, health_band,
                                     health_coverage, health_spark, stage, stage_entered_on, top_risk, open_insights,
                                     next_step)
SELECT id, 1000 + id %% 90000, 5, 0, 2, 'unobserved', '', 0, '', 'Onboarding', current_date - (id %% 90)::int, '', 0, ''
  FROM accounts_account;
INSERT INTO lifecycle_stagevisit (account_id, stage_id, entered_at, left_at, evidence, is_back_step, reason,
                                  is_by_rule, outcome)
SELECT account.id, stage.id, now() - make_interval(days => 100 + (account.id %% 60)::int),
       now() - make_interval(days => (account.id %% 90)::int), '{}', false, '', false, 'onward'
  FROM accounts_account account, lifecycle_stage stage WHERE stage.kind = 'closed_won';
INSERT INTO lifecycle_stagevisit (account_id, stage_id, entered_at, evidence, is_back_step, reason, is_by_rule, outcome)
SELECT account.id, stage.id, now() - make_interval(days => (account.id %% 90)::int), '{}', false, '', false, ''
  FROM accounts_account account, lifecycle_stage stage WHERE stage.kind = 'onboarding';
INSERT INTO accounts_factdefinition (name, label, type, unit, owner, description)
VALUES ('active_users', 'Active users', 'number', '', 'bench', '');
INSERT INTO accounts_fact (account_id, definition_id, number, text, observed_at, is_current)
SELECT account.id, definition.id, account.id %% 10, '', now() - interval '1 day', true
  FROM accounts_account account, accounts_factdefinition definition WHERE definition.name = 'active_users';
ANALYZE;
"""


def fill(accounts: int) -> None:
    """The world of this bench, into an empty database."""
    User.objects.bulk_create(
        [User(email=f"csm{n}@bench.example", name=f"CSM {n}", role=Role.CSM, password="!") for n in range(200)]  # noqa: S106 no log-in
    )
    User.objects.create(email="manager@bench.example", name="Manager", role=Role.MANAGER)
    ensure_default_journey()
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"accounts": accounts})
    stage = Stage.objects.get(kind=Stage.Kind.ONBOARDING)
    stage.criteria.all().delete()
    condition = {"name": "fact.active_users", "operator": "gte", "value": 9}
    Criterion.objects.create(stage=stage, kind="fact", words="Nine people work in it", condition=condition)
    Stage.objects.filter(pk=stage.pk).update(is_advanced_by_rule=True, rule_from=now())


def measure(accounts: int) -> None:
    """Fill, sweep, open the pages; figures go to the screen and into the results."""
    fill(accounts)
    figures: dict[str, Any] = {"accounts": accounts}
    rows: list[tuple[object, ...]] = []
    for name, work in (
        ("advance", advance_by_rules),
        ("stall", mark_stalled),
        ("sweep with nothing to do", sweep_stages),
    ):
        started = time.perf_counter()
        found = work()
        seconds = round(time.perf_counter() - started, 2)
        number = found if isinstance(found, int) else sum(found.values())
        figures[name] = {"seconds": seconds, "accounts_touched": number}
        rows.append((name, number, f"{seconds} s"))
    for address in PAGES:
        first, again = first_and_again(address)
        figures[address] = {"first_ms": first, "again_ms": again}
        rows.append((address, "", f"{first} ms, then {again} ms"))
    show(("what", "accounts touched", "time"), rows)
    keep("stages", figures)


def first_and_again(address: str) -> tuple[float, float]:
    """Milliseconds of one page for a manager: counted anew, and the median of seven while sums are remembered."""
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(User.objects.get(email="manager@bench.example"))
    # Templates and connections are warm; what a page remembers has its own address.
    client.get("/journeys/")
    times = []
    for _ in range(REPEATS + 1):
        started = time.perf_counter()
        answer = client.get(address)
        times.append((time.perf_counter() - started) * 1000)
        if answer.status_code != 200:
            raise SystemExit(f"{address} answers {answer.status_code}")
    return round(times[0]), round(statistics.median(times[1:]))


def page_time(address: str) -> float:
    """Milliseconds of one page for a manager, the median of seven without the cache's help."""

    client = Client()
    client.force_login(User.objects.get(email="manager@bench.example"))
    client.get(address, headers={"host": "127.0.0.1"})
    times = []
    for _ in range(REPEATS):
        cache.clear()
        started = time.perf_counter()
        answer = client.get(address, headers={"host": "127.0.0.1"})
        times.append((time.perf_counter() - started) * 1000)
        if answer.status_code != 200:
            raise SystemExit(f"{address} answers {answer.status_code}")
    return round(statistics.median(times))
