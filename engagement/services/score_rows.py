"""Writing a judged batch: one COPY into a table of this session, then one statement per target from there."""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from django.db import connection

from accounts.services.summaries import set_summary_from
from engagement.formulas.judging import NOTHING
from engagement.selectors.history import Trails
from engagement.selectors.moments import Moment
from engagement.services.verdicts import Verdicts
from ui.charts import spark_path

# Bytes that the driver hands over at once.
CHUNK = 1 << 20

STAGE = """
CREATE TEMPORARY TABLE judged (
    account_id bigint, scorecard_id bigint, value numeric(5, 1), coverage numeric(4, 3), state text, band text,
    attainment numeric(4, 3), inputs json, components json, ledger json, overrides json, delta numeric(5, 1),
    spark text) ON COMMIT DELETE ROWS
"""

CLOSE = """
UPDATE engagement_score s SET is_current = false FROM judged
WHERE s.account_id = judged.account_id AND s.is_current AND s.as_of < %(as_of)s AND s.input_version <= %(version)s
"""

# A second judgement of a day replaces the first, unless that one saw more.
OPEN = """
INSERT INTO engagement_score AS s (
    account_id, scorecard_id, is_current, is_rejudged, as_of, cutoff_at, computed_at, value, coverage, state, band,
    attainment, inputs, components, ledger, overrides, input_version)
SELECT account_id, scorecard_id, %(live)s, NOT %(live)s, %(as_of)s, %(cutoff)s, clock_timestamp(), value, coverage,
       state, band, attainment, inputs, components, ledger, overrides, %(version)s
FROM judged ORDER BY account_id
ON CONFLICT (account_id, as_of, is_rejudged) DO UPDATE SET
    scorecard_id = excluded.scorecard_id, is_current = excluded.is_current, cutoff_at = excluded.cutoff_at,
    computed_at = excluded.computed_at, value = excluded.value, coverage = excluded.coverage, state = excluded.state,
    band = excluded.band, attainment = excluded.attainment, inputs = excluded.inputs, components = excluded.components,
    ledger = excluded.ledger, overrides = excluded.overrides, input_version = excluded.input_version
WHERE s.input_version <= excluded.input_version
RETURNING account_id
"""

# Whose score of the day saw more keeps it, and its lists are right already.
DROP_LATE = "DELETE FROM judged WHERE NOT account_id = ANY(%(written)s::bigint[])"

SUMMARY = {
    "health": "value",
    "health_state": "state",
    "health_band": "band",
    "health_delta": "delta",
    "health_coverage": "coverage",
    "health_spark": "spark",
}


def write_scores(verdicts: Verdicts, *, moment: Moment, version: int, trails: Trails | None) -> set[int]:
    """Close the old scores and open the new ones, and bring the lists' columns up to date; inside the caller's
    transaction. `trails` are given for a live moment: a past one leaves the present alone.

    Returns the accounts that were written: a score that saw more stays.
    """
    if not len(verdicts):
        return set()
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.execute("SELECT to_regclass('pg_temp.judged')")
        cursor.execute("DELETE FROM judged" if cursor.fetchone()[0] else STAGE)
        cursor.copy_expert("COPY judged FROM STDIN", io.BytesIO(_lines(verdicts, trails)), CHUNK)
        parameters: dict[str, Any] = {
            "live": moment.is_live,
            "as_of": moment.as_of,
            "cutoff": moment.cutoff,
            "version": version,
        }
        if moment.is_live:
            cursor.execute(CLOSE, parameters)
        cursor.execute(OPEN, parameters)
        written = {account_id for (account_id,) in cursor.fetchall()}
        if len(written) < len(verdicts):
            cursor.execute(DROP_LATE, {"written": sorted(written)})
    if moment.is_live:
        set_summary_from(table="judged", columns=SUMMARY, stamp=("health_at", moment.cutoff))
    return written


def _lines(verdicts: Verdicts, trails: Trails | None) -> bytes:
    """The batch in the text format of COPY."""
    deltas, sparks = _history(verdicts, trails) if trails else ([""] * len(verdicts), [""] * len(verdicts))
    columns = (
        map(str, verdicts.account_ids),
        map(str, verdicts.scorecard_ids),
        _decimals(verdicts.scores, 10),
        _decimals(verdicts.coverage, 1000),
        verdicts.states,
        verdicts.bands,
        _decimals(verdicts.attainment, 1000),
        verdicts.inputs,
        verdicts.components,
        verdicts.ledgers,
        verdicts.overrides,
        [delta or r"\N" for delta in deltas],
        sparks,
    )
    # Numbers, JSON and slugs hold neither tabs nor line ends; a backslash of JSON is doubled.
    return "".join(f"{line}\n" for line in map("\t".join, zip(*columns, strict=True))).encode()


def _decimals(values: Sequence[int], unit: int) -> list[str]:
    return [r"\N" if value == NOTHING else str(value / unit) for value in values]


def _history(verdicts: Verdicts, trails: Trails) -> tuple[list[str], list[str]]:
    """The change in 28 days, and the path of the spark."""
    deltas, sparks = [], []
    before, weekly = trails.before.tolist(), trails.weekly.tolist()
    for account_id, score in zip(verdicts.account_ids, verdicts.scores, strict=True):
        row = trails.rows[account_id]
        now = None if score == NOTHING else score / 10
        old = before[row]
        deltas.append("" if now is None or np.isnan(old) else str((score - int(old)) / 10))
        points = [None if week != week else week / 10 for week in weekly[row]] if trails.known[row] else []  # noqa: PLR0124 NaN alone differs from itself
        sparks.append(spark_path([*points, now]))
    return deltas, sparks
