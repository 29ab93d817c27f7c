"""Scores that were written before: what a new one is compared with, and what sparks are drawn from."""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection

from engagement.models import ScorecardMeasure

SPARK_POINTS = 12
DELTA_DAYS = 28
# A gap this long is no comparison any more.
DELTA_REACH = 56

# What is in force now?
CURRENT = """
SELECT account_id, as_of, input_version, state, band, value FROM engagement_score
WHERE account_id = ANY(%(accounts)s) AND is_current
"""

# Which score does the next one move away from? The newest of an earlier day; recorded before judged again.
BASES = """
SELECT b.account_id, b.as_of, b.scorecard_id, b.value, b.inputs, b.overrides
FROM unnest(%(accounts)s::bigint[]) AS w(account_id)
CROSS JOIN LATERAL (
    SELECT account_id, as_of, scorecard_id, value, inputs, overrides FROM engagement_score
    WHERE account_id = w.account_id AND as_of < %(as_of)s
    ORDER BY as_of DESC, is_rejudged LIMIT 1) b
"""

# How did the scores go over the last weeks, for the spark and the change in 28 days?
TRAIL = """
SELECT account_id, as_of, value FROM engagement_score
WHERE account_id = ANY(%(accounts)s) AND as_of < %(as_of)s AND as_of > %(since)s
ORDER BY account_id, as_of, is_rejudged DESC
"""


@dataclass(frozen=True)
class CurrentScore:
    as_of: dt.date
    input_version: int
    state: str
    band: str
    value: Decimal | None


@dataclass(frozen=True)
class BaseScore:
    """The score before; `inputs` as stored: `{measure: [raw, points, observed on, standing]}`; so are `overrides`."""

    as_of: dt.date
    scorecard_id: int
    value: Decimal | None
    inputs: dict[str, list[Any]]
    overrides: dict[str, Any] = field(default_factory=dict)

    @property
    def formula(self) -> int | None:
        """The number that the measures alone gave, in tenths; None for none."""
        if "formula" in self.overrides:
            tenths: int | None = self.overrides["formula"]
            return tenths
        return None if self.value is None else int(self.value * 10)


@dataclass(frozen=True)
class Trail:
    """`weekly`: a value per week, oldest first, without the present one; `before`: the value 28 days ago."""

    weekly: tuple[Decimal | None, ...]
    before: Decimal | None


def current_scores(account_ids: Sequence[int]) -> dict[int, CurrentScore]:
    """The current score of each account that has one (one query)."""
    with connection.cursor() as cursor:
        cursor.execute(CURRENT, {"accounts": list(account_ids)})
        return {row[0]: CurrentScore(*row[1:]) for row in cursor.fetchall()}


def base_scores(account_ids: Sequence[int], as_of: dt.date) -> dict[int, BaseScore]:
    """The newest score of a day before `as_of` per account (one query)."""
    with connection.cursor() as cursor:
        cursor.execute(BASES, {"accounts": list(account_ids), "as_of": as_of})
        return {
            row[0]: BaseScore(
                as_of=row[1],
                scorecard_id=row[2],
                value=row[3],
                inputs=json.loads(row[4]),
                overrides=json.loads(row[5]),
            )
            for row in cursor.fetchall()
        }


def trails(account_ids: Sequence[int], as_of: dt.date) -> dict[int, Trail]:
    """The weekly values and the value 28 days before `as_of`, per account with any history (one query)."""
    since = as_of - dt.timedelta(days=7 * SPARK_POINTS)
    with connection.cursor() as cursor:
        cursor.execute(TRAIL, {"accounts": list(account_ids), "as_of": as_of, "since": since})
        rows = cursor.fetchall()
    weekly: dict[int, list[Decimal | None]] = {}
    before: dict[int, Decimal | None] = {}
    for account_id, day, value in rows:
        age = (as_of - day).days
        # The newest row of a week stands for it; rows come in order of days, recorded ones after those judged again.
        weekly.setdefault(account_id, [None] * (SPARK_POINTS - 1))
        week = (age + 6) // 7
        if week < SPARK_POINTS:
            weekly[account_id][SPARK_POINTS - 1 - week] = value
        if DELTA_DAYS <= age <= DELTA_REACH:
            before[account_id] = value
    return {key: Trail(weekly=tuple(points), before=before.get(key)) for key, points in weekly.items()}


def measures_of(scorecard_ids: Sequence[int]) -> dict[int, frozenset[str]]:
    """The measure codes of each scorecard (one query)."""
    found: dict[int, set[str]] = {}
    for card_id, code in ScorecardMeasure.objects.filter(scorecard__in=scorecard_ids).values_list(
        "scorecard", "measure"
    ):
        found.setdefault(card_id, set()).add(code)
    return {card_id: frozenset(codes) for card_id, codes in found.items()}
