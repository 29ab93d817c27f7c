"""What the bench of movements times; runs in a process of its own, with Django."""

import time
from typing import Any

from django.db import connection

from bench._stages import fill, page_time
from bench.results import keep, show
from lifecycle.services.movements import check_movements, refresh_movements

PAGES = (
    "/retention/",
    "/retention/?segment=0",
    "/retention/?as_of=-40d",
    "/retention/accounts/?number=lost",
    "/retention/accounts/?number=closing",
    "/retention/cost/",
    "/retention/?known=then",
    "/retention/compare/?b=contracts",
)
# Three years of monthly rates; contracts of up to four years that grow, shrink, stop and come back.
FILL = """
INSERT INTO accounts_exchangerate (currency, valid_from, rate, source)
SELECT code, (date_trunc('month', current_date) - month * interval '1 month')::date, worth * (1 + 0.002 * (month %% 7)),
       'bench'
  FROM (VALUES ('EUR', 1.08), ('GBP', 1.27), ('DKK', 0.145)) given(code, worth), generate_series(0, 35) month;
INSERT INTO accounts_subscription (account_id, source, plan, seats, arr, currency, billing, starts_on, renews_on,
                                   is_auto_renewed, is_trial, status, version, created_at, updated_at)
SELECT id, 'bench', 'Pro', 5, 1000 + id %% 90000, (ARRAY['USD', 'USD', 'USD', 'USD', 'EUR', 'GBP'])[1 + id %% 6],
       'annual', current_date - (100 + id %% 1360)::int, current_date + 100, false, false, 'active', 1, now(), now()
  FROM accounts_account;
INSERT INTO accounts_subscriptionversion (subscription_id, account_id, effective_on, plan, seats, arr, currency, status,
                                          is_trial, reason, recorded_at)
SELECT contract.id, account_id, starts_on + step * 97, 'Pro', 5,
       round(arr * (0.6 + ((contract.id + step * 7) %% 9) / 10.0), 2), currency,
       CASE WHEN (contract.id + step) %% 11 = 0 AND step > 0 THEN 'cancelled' ELSE 'active' END, false, '',
       (starts_on + step * 97)::timestamptz
  FROM accounts_subscription contract, generate_series(0, 3) step
 WHERE starts_on + step * 97 <= current_date
 ORDER BY contract.id, step;
ANALYZE;
"""
CHANGE = """
INSERT INTO accounts_subscriptionversion (subscription_id, account_id, effective_on, plan, seats, arr, currency, status,
                                          is_trial, reason, recorded_at)
SELECT id, account_id, current_date - 30, 'Pro', 5, arr * 2, currency, 'active', false, '', now()
  FROM accounts_subscription WHERE id %% 100 = 0
"""


def measure(accounts: int) -> None:
    """Fill, derive, sweep again, change one in a hundred, check, open the pages."""
    fill(accounts)
    with connection.cursor() as cursor:
        cursor.execute(FILL, {})
    figures: dict[str, Any] = {"accounts": accounts}
    rows: list[tuple[object, ...]] = []

    def timed(name: str, work: Any) -> None:
        started = time.perf_counter()
        found = work()
        seconds = round(time.perf_counter() - started, 2)
        figures[name] = {"seconds": seconds, "rows": found}
        rows.append((name, found, f"{seconds} s"))

    timed("derive all", lambda: refresh_movements(asks_why=False))
    timed("sweep, nothing changed", refresh_movements)
    with connection.cursor() as cursor:
        cursor.execute(CHANGE, {})
    timed("sweep, one in a hundred changed", lambda: refresh_movements(asks_why=False))
    timed("check", lambda: len(check_movements()))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE lifecycle_movement, lifecycle_ledger, accounts_subscriptionversion")
    for address in PAGES:
        figures[address] = page_time(address)
        rows.append((address, "", f"{figures[address]} ms"))
    show(("what", "rows", "time"), rows)
    keep("movements", figures)
