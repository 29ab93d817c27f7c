"""Readings: raw values of a batch of accounts, one query per source.

Values leave the server as binary columns and become arrays without a Python object per cell.
"""

import datetime as dt
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import connection

from accounts.selectors.literals import literal
from engagement.formulas.scales import Floats
from engagement.selectors.measures import SOURCES, Source
from engagement.selectors.measures.own import read_own
from engagement.selectors.moments import Moment

DECIMALS = 4
# What a binary COPY puts before its rows and after them.
COPY_HEAD, COPY_TAIL = 19, 2


@dataclass(frozen=True, eq=False)
class Readings:
    """Raw values (NaN: none) and observation days (proleptic ordinals, NaN: none) per measure code, row by account;
    `figures` are what was read beside the measures, by name."""

    account_ids: tuple[int, ...]
    as_of: dt.date
    values: dict[str, Floats]
    days: dict[str, Floats]
    figures: dict[str, Floats] = field(default_factory=dict)

    def matrix(self, codes: Sequence[str]) -> tuple[Floats, Floats]:
        """Raw values and ages in days, accounts x codes; an observation without a day is of today."""
        raw = np.column_stack([self.values[code] for code in codes])
        days = np.column_stack([self.days[code] for code in codes])
        return raw, np.maximum(np.where(np.isnan(days), 0.0, self.as_of.toordinal() - days), 0.0)


def read_measures(*, account_ids: Sequence[int], moment: Moment, later: Collection[str] = frozenset()) -> Readings:
    """Read every measure of the registry for the accounts: one query per source, whatever the size of the batch, one
    for the list of own measures, and one per source of figures that these use.

    Values are rounded to four decimals, which is how they are stored, so that a stored input gives the same points.
    Sources named in `later` are left to `read_more`.
    """
    values: dict[str, Floats] = {}
    days: dict[str, Floats] = {}
    readings = Readings(account_ids=tuple(account_ids), as_of=moment.as_of, values=values, days=days)
    read_more(readings, moment=moment, names={source.name for source in SOURCES} - set(later))
    for code, column in read_own(account_ids=account_ids, moment=moment).items():
        values[code], days[code] = np.round(column.values, DECIMALS), column.days
    return readings


def read_more(readings: Readings, *, moment: Moment, names: Collection[str]) -> None:
    """Read the named sources into the readings."""
    account_ids, values, days = readings.account_ids, readings.values, readings.days
    wanted = np.array(account_ids, dtype=np.int64)
    order = np.argsort(wanted)
    parameters = {**moment.parameters, "accounts": literal(account_ids)}
    for source in SOURCES:
        if source.name not in names:
            continue
        found = read_columns(source, source.complete(account_ids, parameters))
        rows = order[np.searchsorted(wanted, found["account_id"], sorter=order)]
        cells = {}
        for name, column in found.items():
            cells[name] = np.full(len(wanted), np.nan)
            cells[name][rows] = column
        for measure in source.measures:
            values[measure.code] = np.round(cells[measure.code], DECIMALS)
            days[measure.code] = cells[f"{measure.code}_on"]
        readings.figures.update({name: cells[name] for name in source.figures})


def read_columns(source: Source, parameters: dict[str, Any]) -> dict[str, npt.NDArray[Any]]:
    """The columns of one source: `account_id`, `<code>` and `<code>_on` (ordinals), its figures; NaN where there is
    nothing."""
    names = ["account_id", *source.figures]
    wanted = ["account_id::bigint", *(f"coalesce({name}::float8, 'NaN')" for name in source.figures)]
    for measure in source.measures:
        names += [measure.code, f"{measure.code}_on"]
        wanted.append(f"coalesce({measure.code}::float8, 'NaN')")
        wanted.append(f"coalesce(({measure.code}_on::date - DATE '0001-01-01')::float8 + 1, 'NaN')")
    # SECURITY: names are codes of the registry, values travel as parameters.
    return copy_columns(f"SELECT {', '.join(wanted)} FROM ({source.question(parameters)}) reading", parameters, names)  # noqa: S608


def copy_columns(question: str, parameters: dict[str, Any], names: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
    """The answer as columns by name. All columns but the first (a bigint) are float8 and never null: then each row of
    a binary COPY has the same length, and the whole answer is one array."""
    shape: list[tuple[str, str]] = [("fields", ">i2")]
    for place, name in enumerate(names):
        shape += [(f"{name} size", ">i4"), (name, ">f8" if place else ">i8")]
    answer = io.BytesIO()
    with connection.cursor() as cursor, connection.wrap_database_errors:
        asked = cursor.mogrify(question, parameters).decode()
        cursor.copy_expert(f"COPY ({asked}) TO STDOUT (FORMAT binary)", answer)
    width = np.dtype(shape).itemsize
    rows = (answer.tell() - COPY_HEAD - COPY_TAIL) // width
    found = np.frombuffer(answer.getbuffer(), dtype=shape, count=rows, offset=COPY_HEAD)
    return {name: found[name].astype(np.float64 if place else np.int64) for place, name in enumerate(names)}
