"""Readings: raw values of a batch of accounts, one query per source."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db import connection

from engagement.formulas.scales import Floats
from engagement.selectors.measures import SOURCES
from engagement.selectors.moments import Moment

DECIMALS = 4


@dataclass(frozen=True, eq=False)
class Readings:
    """Raw values (NaN: none) and observation days (proleptic ordinals, NaN: none) per measure code, row by account."""

    account_ids: tuple[int, ...]
    as_of: dt.date
    values: dict[str, Floats]
    days: dict[str, Floats]

    def matrix(self, codes: Sequence[str]) -> tuple[Floats, Floats]:
        """Raw values and ages in days, accounts x codes; an observation without a day is of today."""
        raw = np.column_stack([self.values[code] for code in codes])
        days = np.column_stack([self.days[code] for code in codes])
        return raw, np.maximum(np.where(np.isnan(days), 0.0, self.as_of.toordinal() - days), 0.0)


def read_measures(*, account_ids: Sequence[int], moment: Moment) -> Readings:
    """Read every measure of the registry for the accounts: one query per source, whatever the size of the batch.

    Values are rounded to four decimals, which is how they are stored, so that a stored input gives the same points.
    """
    place = {account_id: row for row, account_id in enumerate(account_ids)}
    values: dict[str, Floats] = {}
    days: dict[str, Floats] = {}
    parameters = {**moment.parameters, "accounts": list(account_ids)}
    for source in SOURCES:
        for measure in source.measures:
            values[measure.code] = np.full(len(account_ids), np.nan)
            days[measure.code] = np.full(len(account_ids), np.nan)
        with connection.cursor() as cursor:
            cursor.execute(source.sql, parameters)
            columns = [column.name for column in cursor.description]
            found = cursor.fetchall()
        if not found:
            continue
        by_column = dict(zip(columns, zip(*found, strict=True), strict=True))
        rows = np.array([place[account_id] for account_id in by_column["account_id"]], dtype=np.int64)
        for measure in source.measures:
            raw = np.array([np.nan if cell is None else float(cell) for cell in by_column[measure.code]])
            values[measure.code][rows] = np.round(raw, DECIMALS)
            days[measure.code][rows] = [
                np.nan if day is None else day.toordinal() for day in by_column[f"{measure.code}_on"]
            ]
    return Readings(account_ids=tuple(account_ids), as_of=moment.as_of, values=values, days=days)
