"""What the bench of renewals times; runs in a process of its own, with Django."""

import time
from typing import Any

from django.db import connection

from bench._stages import fill, page_time
from bench.results import keep, show
from lifecycle.services.renewals.making import make_renewals, settle_renewals, take_checkpoints

PAGES = ("/renewals/", "/renewals/?months=12", "/renewals/list/?state=open", "/renewals/locks/")
CONTRACTS = """
INSERT INTO accounts_subscription (account_id, source, plan, seats, arr, currency, billing, starts_on, renews_on,
                                   is_auto_renewed, is_trial, status, version, created_at, updated_at)
SELECT id, 'bench', 'Pro', 5, 1000 + id %% 90000, 'USD', 'annual', current_date - 300,
       current_date + (id %% 365)::int, false, false, 'active', 1, now(), now()
  FROM accounts_account;
"""
CALLS = """
UPDATE lifecycle_renewal SET csm_chance = id %% 100, category = (ARRAY['commit', 'likely', 'risk'])[1 + id %% 3]
 WHERE id %% 3 < 2;
ANALYZE;
"""


def measure(accounts: int) -> None:
    """Fill, make, sweep again, open the pages; figures go to the screen and into the results."""
    fill(accounts)
    with connection.cursor() as cursor:
        cursor.execute(CONTRACTS, {})
    figures: dict[str, Any] = {"accounts": accounts}
    rows: list[tuple[object, ...]] = []
    for name, work in (
        ("make", make_renewals),
        ("make again", make_renewals),
        ("settle", settle_renewals),
        ("checkpoints", take_checkpoints),
    ):
        started = time.perf_counter()
        found = work()
        seconds = round(time.perf_counter() - started, 2)
        figures[name] = {"seconds": seconds, "rows": found}
        rows.append((name, found, f"{seconds} s"))
    with connection.cursor() as cursor:
        cursor.execute(CALLS, {})
    for address in PAGES:
        figures[address] = page_time(address)
        rows.append((address, "", f"{figures[address]} ms"))
    show(("what", "rows", "time"), rows)
    keep("renewals", figures)
