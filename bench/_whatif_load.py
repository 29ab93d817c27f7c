"""Runs inside `manage.py shell`: a book of stored scores, and what reading it into arrays takes."""

import json
import os
import time

from django.db import connection

from engagement.selectors.measures import MEASURES
from engagement.selectors.whatif import keep_shelf, kept_shelf
from engagement.services.defaults import ensure_default_scorecard

ACCOUNTS = """
INSERT INTO accounts_account (name, domains, status, industry, country, tags, currency, custom, source, intent,
                              desired_outcomes, decision_context, version, created_at, updated_at)
SELECT 'Account ' || n, '{}', 'customer', '', '', '{}', 'EUR', '{}', '', '', '', '', 1, now(), now()
FROM generate_series(1, %(accounts)s) n
"""
SCORES = """
INSERT INTO engagement_score (account_id, scorecard_id, is_current, is_rejudged, as_of, cutoff_at, computed_at, value,
    coverage, state, band, inputs, components, ledger, overrides, input_version)
SELECT a.id, %(card)s, true, false, current_date, now(), now(), 50, 0.8, 'scored', 'risk',
       (SELECT jsonb_object_agg(code, jsonb_build_array(round((random() * 100)::numeric, 4), 5000,
               (current_date - (random() * 90)::int)::text, 2))
        FROM unnest(%(codes)s::text[]) code WHERE a.id > 0), '{}', '{}', '{}', 1
FROM accounts_account a
"""


def main() -> None:
    """Print one line of JSON: seconds to read the book, to take it from the cache, and its megabytes."""
    card = ensure_default_scorecard()
    with connection.cursor() as cursor:
        cursor.execute(ACCOUNTS, {"accounts": int(os.environ["BENCH_ACCOUNTS"])})
        cursor.execute(SCORES, {"card": card.pk, "codes": list(MEASURES)[:30]})
        cursor.execute("ANALYZE")
    began = time.perf_counter()
    shelf = keep_shelf((None, ""))
    read = time.perf_counter() - began
    began = time.perf_counter()
    kept_shelf((None, ""))
    taken = time.perf_counter() - began
    began = time.perf_counter()
    kept_shelf((None, ""))
    again = time.perf_counter() - began
    size = (shelf.book.raw.nbytes + shelf.book.age.nbytes) / 1e6
    figures = {"accounts": len(shelf.book), "read_s": round(read, 2), "cache_s": round(taken, 3), "mb": round(size)}
    print(json.dumps({**figures, "again_s": round(again, 4)}))


main()
