"""The world of the bench of the engine, by SQL, and what its processes do; each runs apart, with Django."""

import datetime as dt
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from django.db import connection

from accounts.models import Account
from accounts.selectors.literals import literal
from accounts.services.changes import mark_changed
from bench._engine import DAY
from engagement.models import Feature, UsageDay, UseCase, UseCaseCriterion
from engagement.selectors.measures.usage import USAGE
from engagement.selectors.moments import moment_of
from engagement.selectors.readings import read_columns
from engagement.services import recompute
from engagement.services.defaults import ensure_default_scorecard
from engagement.services.rollups import KEPT_DAYS
from engagement.services.runs import STRETCH, start_run
from lifecycle.services.defaults import ensure_default_journey
from team.models import Role, User
from team.services.install import ensure_install
from voc.services.defaults import ensure_default_survey

# What a pass does beside reading all sources, scoring, the ledger and writing.
ON_TOP = ("refresh_use_cases", "stand_accounts", "watch_risks")
DAYS = 90
FEATURES, KEY_FEATURES, CORE_FEATURES = 20, 8, 4

# In this database alone: what a statement below leaves out gets a plain value.
PLAIN = """
SELECT format('ALTER TABLE %I ALTER COLUMN %I SET DEFAULT %s', c.relname, a.attname,
              CASE WHEN t.typcategory = 'A' THEN $$'{}'$$ WHEN t.typname = 'jsonb' THEN $$'{}'$$
                   WHEN t.typcategory = 'N' THEN '0' WHEN t.typcategory = 'B' THEN 'false'
                   WHEN t.typname = 'date' THEN 'current_date' WHEN t.typname = 'timestamptz' THEN 'now()'
                   ELSE $$''$$ END)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
WHERE c.relkind = 'r' AND a.attnum > 0 AND a.attnotnull AND NOT a.atthasdef AND a.attidentity = ''
  AND (t.typcategory IN ('A', 'N', 'B', 'S') OR t.typname IN ('date', 'timestamptz', 'jsonb'))
  AND c.relnamespace = 'public'::regnamespace AND c.relname ~ '^(accounts|lifecycle|voc|engagement)_'
"""

ACCOUNTS = """
INSERT INTO accounts_segment (slug, name, touch, touch_every_days, position) VALUES
    ('top', 'Top', 'high', 14, 1), ('mid', 'Mid', 'low', 30, 2), ('small', 'Small', 'tech', 90, 3);
INSERT INTO accounts_account (id, name, status, currency, country, intent, desired_outcomes, intent_reviewed_on,
                              version, segment_id, csm_id, signed_on, created_at)
SELECT n, 'Account ' || n, 'customer', 'USD', 'DK', (ARRAY['', 'switched', 'pilot', 'roll_out'])[1 + n %% 4],
       CASE WHEN n %% 3 > 0 THEN 'Half the time' ELSE '' END, %(day)s::date - (n %% 400)::int, 1,
       (ARRAY(SELECT id FROM accounts_segment ORDER BY position))[1 + n %% 3],
       (ARRAY(SELECT id FROM team_user WHERE role = 'csm' ORDER BY id))[1 + n %% 100],
       %(day)s::date - 30 - (n %% 900)::int,
       %(day)s::date - 900
FROM generate_series(1, %(accounts)s) n;
INSERT INTO accounts_accountsummary (account_id, health_state)
SELECT id, 'unobserved' FROM accounts_account;
INSERT INTO accounts_subscription (account_id, source, plan, seats, arr, currency, billing, starts_on, renews_on,
                                   is_auto_renewed, status, version)
SELECT n, 'bench', 'pro', 3 + n %% 9 + n %% 4, 1000 + n %% 90000, 'USD', 'annual', %(day)s::date - 400,
       %(day)s::date + (n %% 365)::int, n %% 3 = 0, 'active', 1
FROM generate_series(1, %(accounts)s) n;
INSERT INTO accounts_contact (id, account_id, name, email, persona, language, status, version, created_at)
SELECT a * 4 + c, a, 'Person ' || c, 'user' || c || '@account' || a || '.example',
       (ARRAY['champion', 'executive', 'end_user', 'decision_maker'])[1 + (a + c) %% 4], 'en', 'active', 1,
       %(day)s::date - 500
FROM generate_series(1, %(accounts)s) a, generate_series(0, 3) c;
INSERT INTO accounts_touchpoint (id, account_id, kind, direction, outcome, valence, subject, occurred_at, asks_for,
                                 due_on, got_it_at, awaiting_reply_since, replied_at, is_proactive, source, version)
SELECT a * 10 + t, a, (ARRAY['call', 'mail', 'meeting', 'mail', 'course', 'chat', 'reference'])[1 + (a + t) %% 7],
       (ARRAY['two_way', 'out', 'in', 'two_way'])[1 + (a + t) %% 4], CASE WHEN (a + t) %% 7 = 6 THEN 'yes' ELSE '' END,
       (ARRAY['neutral', 'positive', 'neutral', 'positive', 'negative'])[1 + (a * 3 + t) %% 5], 'Touch', made.at,
       CASE WHEN t = 3 THEN 'Send the list' ELSE '' END, CASE WHEN t = 3 THEN made.at::date + 14 END,
       CASE WHEN t = 3 AND a %% 2 = 0 THEN made.at + interval '3 days' END, CASE WHEN t %% 3 = 0 THEN made.at END,
       CASE WHEN t %% 3 = 0 AND a %% 3 > 0 THEN made.at + interval '1 day' END, t %% 2 = 0, 'bench', 1
FROM generate_series(1, %(accounts)s) a, generate_series(0, 9) t,
     LATERAL (SELECT %(day)s::timestamptz - make_interval(days => (t * 19 + a %% 30)::int,
                                                          hours => (a %% 9)::int)) made(at);
INSERT INTO accounts_touchpointcontact (touchpoint_id, contact_id)
SELECT t.id, t.account_id * 4 + t.id %% 4 FROM accounts_touchpoint t WHERE t.id %% 5 > 0;
INSERT INTO accounts_ticket (account_id, source, subject, priority, opened_at, closed_at, reopened_count, satisfaction,
                             version)
SELECT a, 'bench', 'Ticket', (ARRAY['p3', 'p1', 'p4', 'p2', 'p3'])[1 + (a + t) %% 5], made.at,
       CASE WHEN (a + t) %% 6 > 0 THEN made.at + interval '2 days' END, (a + t) %% 9 / 8,
       CASE WHEN t = 0 THEN 1 + a %% 5 END, 1
FROM generate_series(1, %(accounts)s) a, generate_series(0, 2) t,
     LATERAL (SELECT %(day)s::timestamptz - make_interval(days => (5 + t * 60 + a %% 40)::int)) made(at);
INSERT INTO lifecycle_stagevisit (account_id, stage_id, entered_at, left_at)
SELECT a, s.id, %(day)s::timestamptz - make_interval(days => (300 - 100 * s.turn + a %% 90)::int),
       CASE WHEN s.turn < 2 THEN %(day)s::timestamptz - make_interval(days => (200 - 100 * s.turn + a %% 90)::int) END
FROM generate_series(1, %(accounts)s) a,
     (SELECT id, row_number() OVER (ORDER BY position) - 1 AS turn FROM lifecycle_stage
      WHERE kind IN ('onboarding', 'first_value', 'ebr')
        AND journey_id = (SELECT min(id) FROM lifecycle_journey)) s;
INSERT INTO lifecycle_task (account_id, owner_id, title, kind, state, due_on, created_at)
SELECT n, (SELECT min(id) FROM team_user), 'Call', 'call', 'open', %(day)s::date + (n %% 60)::int, %(day)s::date - 20
FROM generate_series(1, %(accounts)s) n WHERE n %% 4 > 0;
INSERT INTO lifecycle_goal (account_id, owner_id, title, metric, baseline, target, current, current_at, starts_on,
                            due_on, agreed_on, state, version)
SELECT n, (SELECT min(id) FROM team_user), 'Faster', 'days', 100, 50,
       CASE WHEN n %% 9 = 0 THEN 95 ELSE 65 - n %% 15 END, %(day)s::date - 3,
       %(day)s::date - 120, %(day)s::date + 60, %(day)s::date - 110, 'open', 1
FROM generate_series(1, %(accounts)s) n WHERE n %% 3 > 0;
INSERT INTO lifecycle_promise (account_id, owner_id, words, made_on, due_on, origin, state, settled_on, version)
SELECT n, (SELECT min(id) FROM team_user), 'It ships', %(day)s::date - 60, %(day)s::date - 10, 'sale',
       CASE WHEN n %% 50 > 0 THEN 'kept' ELSE 'open' END, CASE WHEN n %% 50 > 0 THEN %(day)s::date - 12 END, 1
FROM generate_series(1, %(accounts)s) n WHERE n %% 2 = 0;
INSERT INTO voc_invitation (id, version_id, account_id, contact_id, occasion, digest, nonce, state, created_at,
                            sent_at, expires_at)
SELECT a * 2 + i, (SELECT max(id) FROM voc_surveyversion), a, a * 4 + i, 'wave' || i, 'd' || a * 2 + i,
       'n' || a * 2 + i, CASE WHEN (a + i) %% 3 = 0 THEN 'answered' ELSE 'sent' END, sent.at, sent.at,
       sent.at + interval '30 days'
FROM generate_series(1, %(accounts)s) a, generate_series(0, 1) i,
     LATERAL (SELECT %(day)s::timestamptz - make_interval(days => (20 + i * 100 + a %% 50)::int)) sent(at);
INSERT INTO voc_response (version_id, invitation_id, account_id, contact_id, source, state, score, is_complete,
                          started_at, submitted_at)
SELECT version_id, id, account_id, contact_id, 'survey', 'confirmed',
       10 - least((account_id * 7 + id) %% 11, (account_id + id) %% 7), true, sent_at,
       sent_at + interval '1 day'
FROM voc_invitation WHERE state = 'answered';
INSERT INTO voc_feedback (account_id, source, source_system, external_id, text, language, sentiment, received_at)
SELECT a, 'mail', 'bench', 'f' || a * 2 + f, 'The export stopped', 'en', ((a * 3 + f) %% 14 - 4) / 10.0,
       %(day)s::timestamptz - make_interval(days => (f * 60 + a %% 50)::int)
FROM generate_series(1, %(accounts)s) a, generate_series(0, 1) f;
"""

# One day of everybody: two of three days of use, 2 to 8 features, 300 rows an account in 90 days; one in twenty is
# quiet by now.
USAGE_DAY = """
INSERT INTO engagement_usageday (account_id, feature_id, day, events, seconds, errors, users)
SELECT a, 1 + (a * 3 + k * 7) %% 20, %(day)s::date - %(ago)s, 1 + (a * 7 + k * 13 + %(ago)s * 3) %% 40, 0, 0,
       1 + (a + k) %% 3
FROM generate_series(1, %(accounts)s) a, generate_series(0, 7) k
WHERE k < 2 + a %% 7 AND (a * 13 + %(ago)s * 7) %% 3 <> 0 AND (a %% 20 > 0 OR %(ago)s >= 28)
"""
USER_DAY = """
INSERT INTO engagement_userday (account_id, user_key, day, events)
SELECT a, 'user' || u || '@account' || a || '.example', %(day)s::date - %(ago)s, 1 + (a + u * 3 + %(ago)s) %% 20
FROM generate_series(1, %(accounts)s) a, generate_series(0, 10) u
WHERE u < 2 + a %% 9 AND (a + u * 5 + %(ago)s * 3) %% 4 = 0 AND (a %% 20 > 0 OR %(ago)s >= 28)
"""
ROLLUPS = (
    """INSERT INTO engagement_accountday (account_id, day, events, core_events)
       SELECT d.account_id, d.day, sum(d.events), coalesce(sum(d.events) FILTER (WHERE f.is_core_action), 0)
       FROM engagement_usageday d JOIN engagement_feature f ON f.id = d.feature_id
       GROUP BY d.day, d.account_id ORDER BY d.day, d.account_id""",
    """INSERT INTO engagement_featureuse (account_id, feature_id, first_on, last_on)
       SELECT account_id, feature_id, min(day), max(day) FROM engagement_usageday GROUP BY 1, 2 ORDER BY 1, 2""",
    f"""INSERT INTO engagement_productuser (account_id, user_key, first_on, last_on, recent)
       SELECT d.account_id, d.user_key, min(d.first_on), d.last_on, bit_or(1::bigint << (d.last_on - d.day))
       FROM (SELECT account_id, user_key, day, min(day) OVER known AS first_on, max(day) OVER known AS last_on
             FROM engagement_userday WINDOW known AS (PARTITION BY account_id, user_key)) d
       WHERE d.last_on - d.day < {KEPT_DAYS} GROUP BY d.account_id, d.user_key, d.last_on ORDER BY 1, 2""",  # noqa: S608
)
BIG = ("engagement_usageday", "engagement_userday", "engagement_accountday")
# Keys and indexes of the big tables are made when the rows are in; what is checked per row is checked from then on.
PARTS = """
SELECT format('ALTER TABLE %%I DROP CONSTRAINT %%I', c.relname, k.conname),
       format('ALTER TABLE %%I ADD CONSTRAINT %%I %%s', c.relname, k.conname, pg_get_constraintdef(k.oid))
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
WHERE c.relname = ANY(%(big)s) AND k.contype IN ('p', 'u')
UNION ALL
SELECT format('ALTER TABLE %%I DROP CONSTRAINT %%I', c.relname, k.conname),
       format('ALTER TABLE %%I ADD CONSTRAINT %%I %%s NOT VALID', c.relname, k.conname,
              replace(pg_get_constraintdef(k.oid), ' NOT VALID', ''))
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
WHERE c.relname ~ '^(accounts|lifecycle|voc|engagement)_' AND k.contype = 'f' AND c.relkind = 'r'
UNION ALL
SELECT format('ALTER TABLE %%I DISABLE TRIGGER USER', c.relname),
       format('ALTER TABLE %%I ENABLE TRIGGER USER', c.relname)
FROM pg_class c WHERE c.relname ~ '^(accounts|lifecycle|voc|engagement)_' AND c.relkind = 'r'
UNION ALL
SELECT format('DROP INDEX %%I', x.relname), pg_get_indexdef(i.indexrelid)
FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid
WHERE c.relname = ANY(%(big)s) AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = i.indexrelid)
"""


def fill(accounts: int) -> None:
    """The world of this bench, into an empty database."""
    ensure_install()
    User.objects.bulk_create(
        [User(email=f"csm{n}@bench.example", name=f"CSM {n}", role=Role.CSM, password="!") for n in range(100)]  # noqa: S106 no log-in
    )
    ensure_default_journey()
    ensure_default_scorecard()
    ensure_default_survey(owner=User.objects.order_by("pk")[0])
    Feature.objects.bulk_create(
        [
            Feature(
                pk=n,
                name=f"feature-{n}",
                is_key=n <= KEY_FEATURES,
                is_core_action=n <= CORE_FEATURES,
                first_seen_on=DAY - dt.timedelta(days=DAYS),
            )
            for n in range(1, FEATURES + 1)
        ]
    )
    case = UseCase.objects.create(name="Close the books")
    UseCaseCriterion.objects.create(use_case=case, what="days", least=5, days=28)
    UseCaseCriterion.objects.create(use_case=case, what="users", least=3, days=28)
    values: dict[str, Any] = {"day": DAY, "accounts": accounts}
    with connection.cursor() as cursor:
        cursor.execute(PLAIN)
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)
        cursor.execute("SET maintenance_work_mem = '1GB'")
        cursor.execute("SET work_mem = '256MB'")
        cursor.execute(PARTS, {"big": list(BIG)})
        parts = cursor.fetchall()
        for drop, _make in parts:
            cursor.execute(drop)
        cursor.execute(ACCOUNTS, values)
        for ago in range(DAYS - 1, -1, -1):
            cursor.execute(USAGE_DAY, {**values, "ago": ago})
            cursor.execute(USER_DAY, {**values, "ago": ago})
        for question in ROLLUPS:
            cursor.execute(question)
        for _drop, make in parts:
            cursor.execute(make)
        cursor.execute("VACUUM ANALYZE")


def pass_on(folder: str) -> None:
    """The usage rows as files for DuckDB."""
    with connection.cursor() as cursor:
        for name, question in (
            ("usage_day", "SELECT account_id, feature_id, day, events FROM engagement_usageday"),
            ("user_day", "SELECT account_id, user_key, day FROM engagement_userday"),
        ):
            with (Path(folder) / f"{name}.csv").open("wb") as file:
                cursor.copy_expert(f"COPY ({question}) TO STDOUT CSV", file)


def stretches(part: int = 0, parts: int = 1) -> list[list[int]]:
    """All accounts in the engine's batches; of several workers, those of one."""
    ids = list(Account.objects.order_by("pk").values_list("pk", flat=True))
    return [ids[start : start + STRETCH] for start in range(0, len(ids), STRETCH)][part::parts]


def tell(**figures: object) -> None:
    """What a process found out, on a line of its own."""
    print(json.dumps({**figures, "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}), flush=True)


def wait_for_go() -> None:
    print("ready", flush=True)
    sys.stdin.readline()


def read_usage(part: int, parts: int) -> None:
    """Read the usage measures of all accounts; the sums of the columns are told, so that they can be compared."""
    batches, moment = stretches(part, parts), moment_of()
    wait_for_go()
    started = time.time()
    sums: dict[str, float] = {}
    for batch in batches:
        parameters = {**moment.parameters, "accounts": literal(batch)}
        for name, column in read_columns(USAGE, USAGE.complete(batch, parameters)).items():
            if name in ("usage_trend", "licence_use", "depth"):
                sums[name] = sums.get(name, 0.0) + float(np.nansum(column))
    tell(started=started, ended=time.time(), sums=sums)


def mark_run(part: int, parts: int) -> None:
    """Start a full recompute; told is how many accounts it has."""
    # At a small scale too there are stretches for several workers.
    size = min(STRETCH, max(Account.objects.count() // 8, 100))
    wait_for_go()
    tell(accounts=start_run(actor=None, size=size).total)


def work(part: int, parts: int) -> None:
    """A worker: judges until nothing waits; told is also how long it took for what comes on top of the scores."""
    ensure_default_scorecard()
    on_top: dict[str, float] = {}
    for name in ON_TOP:
        setattr(recompute, name, _timed(getattr(recompute, name), name, on_top))
    wait_for_go()
    started = time.time()
    done = _judge_all()
    tell(started=started, ended=time.time(), accounts=done, on_top=on_top)


def pass_and_changed(part: int, parts: int) -> None:
    """One worker: the full pass of the day that was marked, then one account in a hundred, spread over all, five times
    over. Told are the seconds of each."""
    ensure_default_scorecard()
    some = list(Account.objects.order_by("pk").values_list("pk", flat=True)[::100])
    wait_for_go()
    full, changed = _timed_pass(), []
    for _turn in range(5):
        mark_changed(account_ids=some, reason="bench")
        changed.append(_timed_pass())
    tell(full_s=full, changed_s=changed, changed=len(some))


def _timed_pass() -> float:
    started = time.perf_counter()
    _judge_all()
    return round(time.perf_counter() - started, 3)


def _judge_all() -> int:
    done = 0
    while judged := recompute.claim_and_recompute():
        done += judged
    return done


def _timed(function: Callable[..., Any], name: str, spent: dict[str, float]) -> Callable[..., Any]:
    def timed(*arguments: Any, **named: Any) -> Any:
        began = time.perf_counter()
        try:
            return function(*arguments, **named)
        finally:
            spent[name] = spent.get(name, 0.0) + time.perf_counter() - began

    return timed


def counts(part: int, parts: int) -> None:
    wait_for_go()
    tell(accounts=Account.objects.count(), usage_days=UsageDay.objects.count())
