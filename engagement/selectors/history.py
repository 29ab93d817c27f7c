"""Scores that were written before: what a new one is compared with, and what sparks are drawn from."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import orjson
from django.db import connection

from accounts.selectors.literals import literal
from engagement.formulas.judging import NOTHING
from engagement.formulas.scales import Floats, Integers
from engagement.models import ScorecardMeasure
from engagement.selectors.readings import copy_columns

SPARK_POINTS = 12
DELTA_DAYS = 28
# A gap this long is no comparison any more.
DELTA_REACH = 56

# What is in force now?
CURRENT = """
SELECT account_id, as_of, input_version, state, band, value, coverage FROM engagement_score
WHERE account_id = ANY(%(accounts)s::bigint[]) AND is_current
"""

# Which score does the next one move away from? The newest of an earlier day; recorded before judged again.
BASES = """
SELECT b.account_id, b.as_of, b.scorecard_id, (b.value * 10)::integer, b.inputs::text,
       nullif(b.overrides::text, '{}')
FROM unnest(%(accounts)s::bigint[]) AS w(account_id)
CROSS JOIN LATERAL (
    SELECT account_id, as_of, scorecard_id, value, inputs, overrides FROM engagement_score
    WHERE account_id = w.account_id AND as_of < %(as_of)s
    ORDER BY as_of DESC, is_rejudged LIMIT 1) b
"""

# How did the scores go over the last weeks, for the spark and the change in 28 days? A day, its kind and its value are
# packed into one number, whose largest is the newest of a week: recorded before judged again. Read from an index alone.
TRAIL = """
SELECT account_id::bigint, week::float8, max(packed)::float8,
       coalesce(max(packed) FILTER (WHERE age BETWEEN %(from)s AND %(to)s), -1)::float8
FROM (SELECT account_id, age, (age + 6) / 7 AS week,
             (1000000 - age)::bigint * 4096 + CASE WHEN is_rejudged THEN 0 ELSE 2048 END
               + coalesce((value * 10)::integer, %(none)s) AS packed
      FROM (SELECT account_id, is_rejudged, value, %(as_of)s - as_of AS age FROM engagement_score
            WHERE account_id = ANY(%(accounts)s::bigint[]) AND as_of < %(as_of)s AND as_of > %(since)s) scores) days
GROUP BY account_id, week
"""
NO_VALUE = 2047


class CurrentScore(NamedTuple):
    as_of: dt.date
    input_version: int
    state: str
    band: str
    value: Decimal | None
    coverage: Decimal


@dataclass(frozen=True, eq=False)
class Bases:
    """The scores before, as columns in the order of `account_ids`; -1 and None where there is none.

    `scores` and `formulas` (what the measures alone gave) are tenths; `inputs` are as stored:
    `{measure: [raw, points, observed on, standing]}`.
    """

    account_ids: tuple[int, ...]
    days: list[dt.date | None]
    scorecard_ids: Integers
    scores: Integers
    formulas: Integers
    inputs: list[dict[str, list[Any]]]

    def of(self, account_ids: Sequence[int]) -> "Bases":
        """Those of some of the accounts, in their order."""
        if tuple(account_ids) == self.account_ids:
            return self
        places = {account_id: row for row, account_id in enumerate(self.account_ids)}
        rows = [places[account_id] for account_id in account_ids]
        return Bases(
            account_ids=tuple(account_ids),
            days=[self.days[row] for row in rows],
            scorecard_ids=self.scorecard_ids[rows],
            scores=self.scores[rows],
            formulas=self.formulas[rows],
            inputs=[self.inputs[row] for row in rows],
        )

    def since(self) -> list[str]:
        """The days as JSON."""
        return [f'"{day.isoformat()}"' if day else "null" for day in self.days]


@dataclass(frozen=True, eq=False)
class Trails:
    """Tenths by account (NaN: none): `weekly`, accounts x weeks, oldest first, without the present one, and `before`,
    the value 28 days ago. `known`: has any history."""

    rows: dict[int, int]
    weekly: Floats
    before: Floats
    known: list[bool]


def current_scores(account_ids: Sequence[int]) -> dict[int, CurrentScore]:
    """The current score of each account that has one (one query)."""
    with connection.cursor() as cursor:
        cursor.execute(CURRENT, {"accounts": literal(account_ids)})
        return {row[0]: CurrentScore(*row[1:]) for row in cursor.fetchall()}


def base_scores(account_ids: Sequence[int], as_of: dt.date) -> Bases:
    """The newest score of a day before `as_of` per account (one query)."""
    size = len(account_ids)
    places = {account_id: row for row, account_id in enumerate(account_ids)}
    days: list[dt.date | None] = [None] * size
    inputs: list[dict[str, list[Any]]] = [{}] * size
    cards, scores, formulas = (np.full(size, NOTHING, dtype=np.int64) for _ in range(3))
    with connection.cursor() as cursor:
        cursor.execute(BASES, {"accounts": literal(account_ids), "as_of": as_of})
        for account_id, day, card, tenths, stored, overrides in cursor.fetchall():
            row = places[account_id]
            days[row], cards[row], inputs[row] = day, card, orjson.loads(stored)
            formula = tenths
            if overrides is not None:
                formula = orjson.loads(overrides).get("formula", tenths)
            scores[row] = NOTHING if tenths is None else tenths
            formulas[row] = NOTHING if formula is None else formula
    return Bases(
        account_ids=tuple(account_ids),
        days=days,
        scorecard_ids=cards,
        scores=scores,
        formulas=formulas,
        inputs=inputs,
    )


def trails(account_ids: Sequence[int], as_of: dt.date) -> Trails:
    """The weekly values and the value 28 days before `as_of` (one query)."""
    found = copy_columns(
        TRAIL,
        {
            "accounts": literal(account_ids),
            "as_of": as_of,
            "since": as_of - dt.timedelta(days=7 * SPARK_POINTS),
            "from": DELTA_DAYS,
            "to": DELTA_REACH,
            "none": NO_VALUE,
        },
        ("account_id", "week", "newest", "before"),
    )
    rows = {account_id: row for row, account_id in enumerate(account_ids)}
    places = np.array([rows[account_id] for account_id in found["account_id"].tolist()], dtype=np.int64)
    weeks = found["week"].astype(np.int64)
    weekly = np.full((len(rows), SPARK_POINTS - 1), np.nan)
    there = weeks < SPARK_POINTS
    weekly[places[there], SPARK_POINTS - 1 - weeks[there]] = _tenths(found["newest"][there])
    before = np.full(len(rows), -1.0)
    np.maximum.at(before, places, found["before"])
    known = np.zeros(len(rows), dtype=np.bool_)
    known[places] = True
    return Trails(rows=rows, weekly=weekly, before=_tenths(before), known=known.tolist())


def _tenths(packed: Floats) -> Floats:
    """The values of packed days; NaN where there is no day, or a day without a number."""
    values = packed % (NO_VALUE + 1)
    return np.where((packed < 0) | (values == NO_VALUE), np.nan, values)


def measures_of(scorecard_ids: Sequence[int]) -> dict[int, frozenset[str]]:
    """The measure codes of each scorecard (one query)."""
    found: dict[int, set[str]] = {}
    for card_id, code in ScorecardMeasure.objects.filter(scorecard__in=scorecard_ids).values_list(
        "scorecard", "measure"
    ):
        found.setdefault(card_id, set()).add(code)
    return {card_id: frozenset(codes) for card_id, codes in found.items()}
