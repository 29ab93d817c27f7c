"""The world of the bench of the loop and what is timed in it; runs in a process of its own, with Django."""

import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from bench.results import keep, show
from lifecycle.services.defaults import ensure_default_journey
from team.models import Department, Role, User
from team.services.departments import ensure_departments
from team.services.install import ensure_install
from team.services.reports import make_report
from voc.models import Insight
from voc.services.defaults import ensure_default_routing, ensure_default_survey
from voc.services.theme_weeks import count_marked_weeks, count_standings, rebuild_theme_weeks

REPEATS = 9
ACCEPTED = 25
GOALS = {"queue": 150, "accept": 100, "theme trend": 300}
WHO = "manager@bench.example"
MEMBER = "member@bench.example"
THEME = "bugs"
MARKED = ("voc_feedback", "voc_feedbacktheme")
PAGES = {
    "queue": "/insights/?department=product",
    "queue, all departments": "/insights/?department=all",
    "theme trend": f"/insights/themes/{THEME}/",
    "themes": "/insights/themes/",
    "analysis": "/insights/analysis/",
    "what moved NPS": "/insights/analysis/nps/",
    "causes": "/insights/analysis/causes/",
    "programme": "/programme/",
}
# A department that sees thousands of accounts waits for a worker on a theme: what is timed is the page that waits.
MEMBER_PAGES = {"queue": "/insights/?department=product", "theme trend": f"/insights/themes/{THEME}/?theme={THEME}"}
REPORTS = {"loop_times": "days=365", "theme_affected": f"theme={THEME}", "nps_moves": "days=180", "programme": ""}
# Two years of feedback, ten pieces of a thousand without an account; one tag or two each.
FILL = """
INSERT INTO accounts_segment (slug, name, touch, touch_every_days, position) VALUES
    ('top', 'Top', 'high', 14, 1), ('mid', 'Mid', 'low', 30, 2), ('small', 'Small', 'tech', 90, 3);
INSERT INTO accounts_account (name, domains, segment_id, status, industry, country, csm_id, tags, currency, custom,
                              source, intent, desired_outcomes, decision_context, version, created_at, updated_at,
                              signed_on)
SELECT 'Account ' || n, '{}', (ARRAY(SELECT id FROM accounts_segment ORDER BY position))[1 + n %% 3], 'customer',
       '', 'DK', (ARRAY(SELECT id FROM team_user WHERE role = 'csm' ORDER BY id))[1 + n %% 200], '{}', 'USD', '{}',
       '', '', '', '', 1, now() - interval '800 days', now(), current_date - 800
  FROM generate_series(1, %(accounts)s) AS n;
INSERT INTO accounts_accountsummary (account_id, arr, seats, open_tickets, contacts, health, health_state, health_band,
                                     health_coverage, health_delta, health_spark, stage, stage_entered_on, top_risk,
                                     open_insights, next_step, nps, renews_on)
SELECT id, 1000 + id %% 90000, 5, 0, 2, 20 + id %% 80, 'scored', 'good', 0.8, id %% 21 - 10, '', 'onboarding',
       current_date - (id %% 90)::int, '', 0, '', id %% 11, current_date + (id %% 360)::int
  FROM accounts_account;
INSERT INTO voc_feedback (account_id, source, source_system, external_id, author, url, text, language, sentiment,
                          sentiment_spans, label, is_label_by_person, is_mixed, score_given, stage, persona,
                          is_distinct, is_handled, understood_at, understood_by, received_at, created_at)
SELECT CASE WHEN n %% 100 > 0 THEN (SELECT min(id) FROM accounts_account) + (n::bigint * 7919) %% %(accounts)s END,
       (ARRAY['survey', 'ticket', 'call', 'mail', 'chat'])[1 + n %% 5], 'bench', n::text, '', '',
       'The export of plan ' || n || ' stopped and nobody told us', 'en', ((n %% 21) - 10) / 10.0, '[]',
       (ARRAY['negative', 'neutral', 'positive', 'negative'])[1 + n %% 4], false, false, '', 'onboarding',
       (ARRAY['champion', 'end_user', 'decision_maker'])[1 + n %% 3], false, n %% 50 <> 0, now(), 'bench',
       now() - make_interval(secs => (n::bigint * 63072000 / %(pieces)s)), now()
  FROM generate_series(1, %(pieces)s) AS n;
INSERT INTO voc_feedbacktheme (feedback_id, theme_id, is_by_person, confidence)
SELECT feedback.id, (ARRAY(SELECT id FROM voc_theme ORDER BY id))[1 + ((feedback.id * 31 + turn * 17) %% themes.n)],
       false, 0.8
  FROM (SELECT count(*) AS n FROM voc_theme) themes, voc_feedback feedback
  JOIN generate_series(0, 1) AS turn ON turn = 0 OR feedback.id %% 2 = 0;
INSERT INTO voc_insight (account_id, theme_id, department_id, owner_id, title, state, priority, level, is_praise,
                         mentions, due_at, decided_at, promise, promised_on, decline_reason, action, acted_at, told_at,
                         verified_at, base_priority, priority_reasons, version, created_at, updated_at)
SELECT (SELECT min(id) FROM accounts_account) + n %% %(accounts)s, themes.ids[1 + (n / %(accounts)s) %% themes.many],
       departments.ids[1 + n %% 6], NULL, 'Insight ' || n, states.state, 1 + n %% 4, 0, n %% 9 = 0, 1 + n %% 12,
       made.at + interval '3 days',
       CASE WHEN states.state <> 'new' THEN made.at + make_interval(hours => 4 + n %% 90) END,
       'It ships', current_date + (n %% 60)::int, 'Not now', 'Done',
       CASE WHEN states.state IN ('told', 'verified') THEN made.at + interval '9 days' END,
       CASE WHEN states.state IN ('told', 'verified') THEN made.at + interval '10 days' END,
       CASE WHEN states.state = 'verified' THEN made.at + make_interval(days => 11 + n %% 40) END,
       3, '[]', 1, made.at, now()
  FROM generate_series(0, %(insights)s - 1) AS n
  CROSS JOIN LATERAL (SELECT now() - make_interval(mins => (n::bigint * 1051200 / %(insights)s)::int)) AS made(at)
  CROSS JOIN LATERAL (SELECT (ARRAY['new', 'new', 'accepted', 'told', 'verified', 'verified', 'verified', 'verified',
                                    'declined', 'verified'])[1 + (n * 7 / 3) %% 10]) AS states(state)
  CROSS JOIN (SELECT array_agg(id ORDER BY id) AS ids, count(*) AS many FROM voc_theme) AS themes
  CROSS JOIN (SELECT array_agg(id ORDER BY id) AS ids FROM team_department) AS departments;
INSERT INTO voc_insightfeedback (insight_id, feedback_id, joined_at)
SELECT insight.id, feedback.id, now()
  FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM voc_insight) insight
  JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM voc_feedback WHERE account_id IS NOT NULL) feedback
    USING (place);
INSERT INTO accounts_accountgrant (account_id, department_id, reason, source_ref, created_at)
SELECT account_id, department_id, 'bench', 'insight:' || id, now() FROM voc_insight
    WHERE state IN ('new', 'accepted', 'told');
INSERT INTO voc_insightread (insight_id, user_id, read_at)
SELECT insight.id, member.user_id, insight.created_at + interval '1 hour'
  FROM voc_insight insight JOIN team_departmentmember member USING (department_id) WHERE insight.id %% 3 > 0;
INSERT INTO voc_response (version_id, account_id, source, external_id, state, doubts, score, language, stage, persona,
                          segment, seen, is_complete, snapshot, started_at, submitted_at)
SELECT (SELECT max(id) FROM voc_surveyversion),
       (SELECT min(id) FROM accounts_account) + (n::bigint * 7919) %% %(accounts)s, 'bench',
       n::text, 'confirmed', '{}', (n * 7) %% 11, 'en', 'onboarding',
       (ARRAY['champion', 'end_user', 'decision_maker'])[1 + n %% 3], (ARRAY['Top', 'Mid', 'Small'])[1 + n %% 3],
       '{}', true, '{}', now(), now() - make_interval(secs => (n::bigint * 63072000 / (%(pieces)s / 5)))
  FROM generate_series(1, %(pieces)s / 5) AS n;
"""


def fill(pieces: int) -> tuple[float, int]:
    """The world of this bench, into an empty database; returns the seconds that it took and the insights in it."""
    started = time.perf_counter()
    ensure_install()
    ensure_departments()
    User.objects.bulk_create(
        [User(email=f"csm{n}@bench.example", name=f"CSM {n}", role=Role.CSM, password="!") for n in range(200)]  # noqa: S106 no log-in
    )
    User.objects.create(email=WHO, name="Manager", role=Role.MANAGER)
    member = User.objects.create(email=MEMBER, name="Member", role=Role.MEMBER)
    Department.objects.get(slug="product").memberships.create(user=member)
    ensure_default_journey()
    ensure_default_survey(owner=User.objects.get(email=WHO))
    ensure_default_routing()
    numbers = {"pieces": pieces, "accounts": max(pieces // 25, 200), "insights": pieces // 10}
    # All or nothing: after a run that is broken off, indexes and triggers are there.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'; SET CONSTRAINTS ALL IMMEDIATE")
        for table in MARKED:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")  # all weeks are counted anew afterwards
        indexes = _without_indexes()
        cursor.execute(FILL, numbers)
        for statement in indexes:
            cursor.execute(statement)
        for table in MARKED:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return time.perf_counter() - started, numbers["insights"]


def _without_indexes() -> list[str]:
    """Drop what can be built again faster after a million rows than row by row; returns how."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN ('voc_feedback', 'voc_feedbacktheme') AND "
            "indexname NOT IN (SELECT conname FROM pg_constraint)"
        )
        found = cursor.fetchall()
        for name, _definition in found:
            cursor.execute(f'DROP INDEX "{name}"')
    return [definition for _name, definition in found]


def measure(pieces: int) -> None:
    """Fill, open the pages, accept insights; figures go to the screen and into the results."""
    seconds, insights = fill(pieces)
    figures: dict[str, Any] = {"feedback": pieces, "insights": insights, "fill_s": round(seconds, 1), "goals_ms": GOALS}
    print(f"  filled in {seconds:.0f} s", flush=True)
    rows: list[tuple[object, ...]] = []
    for name, work in (
        ("all weeks from scratch", rebuild_theme_weeks),
        ("one week anew", _count_one_week),
        ("standings", count_standings),
    ):
        figures[name], passed = _timed(work)
        rows.append((name, "", f"{passed} ms"))
    for who, pages in ((WHO, PAGES), (MEMBER, MEMBER_PAGES)):
        for name, address in pages.items():
            milliseconds, own, queries = page_time(who, address)
            label = name if who == WHO else f"{name}, department member"
            figures[label] = {"median_ms": milliseconds, "cpu_ms": own, "queries": queries}
            rows.append((label, queries, f"{milliseconds} ms, of which {own} ms in Python"))
    figures["accept"] = {"median_ms": accept_time()}
    rows.append(("accept", "", f"{figures['accept']['median_ms']} ms"))
    user, member = (User.objects.get(email=mail) for mail in (WHO, MEMBER))
    figures["report theme_trend"], passed = _timed(partial(_report, "theme_trend", member, f"theme={THEME}"))
    rows.append(("theme_trend of a department, by a worker", "", f"{passed} ms"))
    for name, query in REPORTS.items():
        figures[f"report {name}"], passed = _timed(partial(_report, name, user, query))
        rows.append((f"{name}, by a worker", "", f"{passed} ms"))
    show(("what", "queries", "time"), rows)
    keep("loop", figures)


def _timed(work: Callable[[], object]) -> tuple[dict[str, int], int]:
    started = time.perf_counter()
    work()
    passed = round((time.perf_counter() - started) * 1000)
    return {"ms": passed}, passed


def _report(name: str, user: User, query: str) -> None:
    with override("en"):
        make_report(name=name, user=user, query=query)


def _count_one_week() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM voc_themeweekmark")
        cursor.execute("INSERT INTO voc_themeweekmark (week) VALUES (date_trunc('week', now())::date - 14)")
    count_marked_weeks()


def _client(who: str) -> Client:
    # As a guess of the browser, so that no worker is asked for what the page leaves to one.
    client = Client(headers={"host": "127.0.0.1", "sec-purpose": "prefetch"})
    client.force_login(User.objects.get(email=who))
    return client


def page_time(who: str, address: str) -> tuple[int, int, int]:
    """Milliseconds of one page by the clock and of this process alone, medians of nine without the cache's help, and
    its queries."""
    client = _client(who)
    client.get(address)
    times, own = [], []
    for _ in range(REPEATS):
        cache.clear()
        started, began = time.perf_counter(), time.process_time()
        answer = client.get(address)
        times.append((time.perf_counter() - started) * 1000)
        own.append((time.process_time() - began) * 1000)
        if answer.status_code != 200:
            raise SystemExit(f"{address} answers {answer.status_code}")
    with CaptureQueriesContext(connection) as caught:
        client.get(address)
    return round(statistics.median(times)), round(statistics.median(own)), len(caught)


def accept_time() -> int:
    """Milliseconds of accepting an insight: the press of the button, with everything that follows from it."""
    client = _client(WHO)
    times = []
    for pk in Insight.objects.filter(state="new").order_by("-id").values_list("pk", flat=True)[:ACCEPTED]:
        started = time.perf_counter()
        answer = client.post(
            f"/insights/{pk}/accept/", {"promise": "It ships with the next release", "promised_on": "+2w"}
        )
        times.append((time.perf_counter() - started) * 1000)
        if answer.status_code not in (200, 204, 302):
            raise SystemExit(f"accepting answers {answer.status_code}")
    return round(statistics.median(times))
