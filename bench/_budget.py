"""The world of the bench of the contact budget and what is timed in it; runs in a process of its own, with Django."""

import time
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.formulas.budget import BudgetRules
from accounts.models import Contact
from accounts.selectors.budget.trials import simulate_rules
from accounts.services.budget import check_contacts, record_send, refuse_message
from bench.results import keep, show
from outbox.services import enqueue_mail
from team.clock import now

PEOPLE = 100_000
GATED = 300
# One person per account; twelve mails each in the last two years, every tenth account full to the brim.
FILL = """
INSERT INTO accounts_segment (slug, name, touch, touch_every_days, position) VALUES
    ('top', 'Top', 'high', 14, 1), ('mid', 'Mid', 'low', 30, 2), ('small', 'Small', 'tech', 90, 3);
INSERT INTO accounts_account (name, domains, segment_id, status, industry, country, tags, currency, custom,
                              source, intent, desired_outcomes, decision_context, version, created_at, updated_at,
                              signed_on)
SELECT 'Account ' || n, '{}', (ARRAY(SELECT id FROM accounts_segment ORDER BY position))[1 + n %% 3], 'customer',
       '', 'DK', '{}', 'USD', '{}', '', '', '', '', 1, now(), now(), current_date - 300
  FROM generate_series(1, %(accounts)s) AS n;
INSERT INTO accounts_accountsummary (account_id, arr, seats, open_tickets, contacts, health_state, health_band,
                                     health_coverage, health_spark, stage, stage_entered_on, top_risk, open_insights,
                                     next_step, renews_on)
SELECT id, 1000, 5, 0, 1, 'observed', 'good', 0.8, '', 'Onboarding', current_date - 90, '', 0, '',
       current_date + (id %% 500)::int
  FROM accounts_account;
INSERT INTO accounts_contact (account_id, name, email, phone, title, persona, language, time_zone, status, notes,
                              version, created_at, updated_at)
SELECT id, 'Person ' || id, 'person' || id || '@bench.example', '', '', '', 'en', '', 'active', '', 1, now(), now()
  FROM accounts_account;
INSERT INTO accounts_contactsend (contact_id, account_id, kind, message_ref, sent_at, is_waiting, is_for_renewal)
SELECT contact.id, contact.account_id,
       (ARRAY['survey', 'reminder', 'automated', 'personal', 'transactional'])[1 + n %% 5],
       'bench:' || contact.id || ':' || n,
       now() - make_interval(days => ((contact.id * 7 + n * 61) %% 720)::int), false, false
  FROM accounts_contact contact, generate_series(1, 12) AS n;
ANALYZE;
"""


def fill(accounts: int) -> None:
    """The world of this bench, into an empty database."""
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"accounts": accounts})


def timed(work: Callable[[], Any]) -> tuple[float, int]:
    """Seconds and queries of one run."""
    with CaptureQueriesContext(connection) as queries:
        start = time.perf_counter()
        work()
        seconds = time.perf_counter() - start
    return seconds, len(queries)


def measure(accounts: int) -> None:
    """Time each, print the table, keep the numbers."""
    if not Contact.objects.exists():
        fill(accounts)
    people = list(Contact.objects.select_related("account")[:PEOPLE])
    checked, queries = timed(lambda: check_contacts(contacts=people, kind="survey", at=now()))
    gate = time_gate(people[:GATED])
    trial, trial_queries = timed(lambda: simulate_rules(rules=BudgetRules(survey_every_days=120), until=now()))
    rows = [
        (f"verdicts for {len(people)} people", f"{checked:.2f} s", queries),
        ("the question at the moment of sending", f"{gate * 1000:.1f} ms", ""),
        (f"other rules on {len(people) * 12} past mails", f"{trial:.1f} s", trial_queries),
    ]
    show(["what", "time", "queries"], rows)
    figures = {"verdicts_s": round(checked, 2), "gate_ms": round(gate * 1000, 1), "trial_s": round(trial, 1)}
    keep("budget", {"accounts": accounts, **figures})


def time_gate(people: list[Contact]) -> float:
    """Seconds for one question at the door, on average."""
    messages = []
    for contact in people:
        message = enqueue_mail(
            kind="automated",
            recipient=contact.email,
            subject="Hello",
            body_text="x",
            subject_ref=f"contact:{contact.pk}",
        )
        record_send(contact=contact, kind="automated", message_ref=message.ref, at=now())
        messages.append(message)
    start = time.perf_counter()
    for message in messages:
        refuse_message(message)
    return (time.perf_counter() - start) / len(messages)
