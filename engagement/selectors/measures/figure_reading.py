"""Reading figures: one query per source for any number of accounts, and the rows of one account behind each.

SECURITY: statements are put together from the constants of `figures` and the numbers 0, 1, 2, ...; whatever a formula
brings is bound by name.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from django.db import connection

from engagement.formulas.own import Column, Figure
from engagement.selectors.measures.figures import FigureRule, FigureSource
from engagement.selectors.measures.more_figures import FIGURES
from engagement.selectors.moments import Moment

# Ids of evidence rows are spread, so that the same row may stand behind several figures.
SPREAD = 32
_NO_WINDOW = 3650
_GATHER = {"sum": "sum", "mean": "avg", "least": "min"}

_READ = """
SELECT w.account_id, known.is_known, known.day, {columns}
FROM unnest(%(accounts)s::bigint[]) w(account_id)
LEFT JOIN LATERAL ({known}) known ON true
LEFT JOIN LATERAL (SELECT {gathered} FROM ({rows}) r) g ON true
"""


def read_figures(*, figures: Iterable[Figure], account_ids: Sequence[int], moment: Moment) -> dict[Figure, Column]:
    """Every figure of the accounts: one query per source that is asked, each figure read once."""
    wanted: dict[str, list[Figure]] = {}
    for figure in dict.fromkeys(figures):
        wanted.setdefault(FIGURES[figure.name][0].name, []).append(figure)
    found: dict[Figure, Column] = {}
    for together in wanted.values():
        found |= _read_source(FIGURES[together[0].name][0], together, account_ids, moment)
    return found


def _read_source(
    source: FigureSource, figures: Sequence[Figure], account_ids: Sequence[int], moment: Moment
) -> dict[Figure, Column]:
    gathered, columns, bound = [], [], dict[str, Any]()
    for number, figure in enumerate(figures):
        rule = FIGURES[figure.name][1]
        bound |= parameters_of(figure, number)
        gathered.append(f"{_gather(rule)} FILTER (WHERE {_test(rule, figure, number)}) AS v{number}")
        gathered.append(f"{_day(source, rule, figure, number)} AS d{number}")
        columns.append(_column(rule, number))
    sql = _READ.format(
        columns=", ".join(columns),
        known=source.known.format(account="w.account_id"),
        gathered=", ".join(gathered),
        rows=source.rows.format(account="w.account_id"),
    )
    place = {account_id: row for row, account_id in enumerate(account_ids)}
    values = np.full((len(figures), len(account_ids)), np.nan)
    days = np.full((len(figures), len(account_ids)), np.nan)
    with connection.cursor() as cursor:
        cursor.execute(
            sql, {**moment.parameters, **bound, "accounts": list(account_ids), "longest": longest_of(figures)}
        )
        for account_id, _is_known, _day_known, *cells in cursor.fetchall():
            row = place[account_id]
            for number in range(len(figures)):
                value, day = cells[2 * number], cells[2 * number + 1]
                if value is not None:
                    values[number, row] = float(value)
                    days[number, row] = np.nan if day is None else day.toordinal()
    return {figure: Column(values[number], days[number]) for number, figure in enumerate(figures)}


def _gather(rule: FigureRule) -> str:
    if rule.how == "each":
        return f"count(DISTINCT {rule.each})"
    return f"{_GATHER[rule.how]}({rule.amount})"


def _day(source: FigureSource, rule: FigureRule, figure: Figure, number: int) -> str:
    if rule.how in ("sum", "each"):
        return "NULL::date"
    test = _test(rule, figure, number)
    day = source.day.replace("max(r.at)", f"max(r.at) FILTER (WHERE {test})")
    return f"CASE WHEN count(*) FILTER (WHERE {test}) > 0 THEN ({day}) END"


def _column(rule: FigureRule, number: int) -> str:
    if rule.how in ("sum", "each"):
        return f"CASE WHEN known.is_known THEN coalesce(g.v{number}, 0) END::float8, known.day"
    return f"g.v{number}::float8, g.d{number}"


def _test(rule: FigureRule, figure: Figure, number: int) -> str:
    """What a row must meet in order to count for the figure."""
    named = {key for key, _values in figure.where}
    tests = [rule.when]
    if rule.window:
        tests.append(rule.window.format(days=f"%(f{number}_days)s"))
    if rule.unless[0] not in named:
        tests.append(rule.unless[1])
    tests += [by.test.format(given=f"%(f{number}_{by.key})s::text[]") for by in rule.narrowings if by.key in named]
    return " AND ".join(f"({test})" for test in tests)


def parameters_of(figure: Figure, number: int) -> dict[str, Any]:
    """What is bound for the figure: its window and what it is narrowed to."""
    rule = FIGURES[figure.name][1]
    known = {by.key for by in rule.narrowings}
    bound: dict[str, Any] = {f"f{number}_{key}": list(values) for key, values in figure.where if key in known}
    if figure.days is not None:
        bound[f"f{number}_days"] = figure.days
    return bound


def longest_of(figures: Iterable[Figure]) -> int:
    """The longest window, in days; what has none looks ten years back."""
    return max((figure.days or _NO_WINDOW for figure in figures), default=_NO_WINDOW)


def evidence_sql(figures: Sequence[Figure]) -> str:
    """The rows behind several figures of `%(account)s`, each in the bucket `f<number>`; what shows that no rows are a
    true 0 is in the bucket `known_<source>`."""
    parts = [_rows_of(figure, number) for number, figure in enumerate(figures)]
    sources = {FIGURES[figure.name][0].name: FIGURES[figure.name][0] for figure in figures}
    for number, source in enumerate(sources.values()):
        if source.known_by == "marker":
            known = source.known.format(account="%(account)s")
            parts.append(
                f"SELECT {-1 - number} AS id, k.day::timestamptz AS at, 'known_{source.name}' AS what, '' AS title, "  # noqa: S608
                f"'known_{source.name}' AS bucket, 0::float8 AS amount FROM ({known}) k WHERE k.is_known"
            )
    return " UNION ALL ".join(parts)


def _rows_of(figure: Figure, number: int) -> str:
    source, rule = FIGURES[figure.name]
    rows = source.rows.format(account="%(account)s").replace("%(longest)s", f"%(f{number}_longest)s")
    test = _test(rule, figure, number)
    if rule.how == "each":
        return (
            f"SELECT min(r.id) * {SPREAD} + {number} AS id, max(r.at) AS at, '{rule.each_is}' AS what, "  # noqa: S608
            f"{rule.named} AS title, 'f{number}' AS bucket, 1::float8 AS amount FROM ({rows}) r "
            f"WHERE {test} GROUP BY {rule.each}"
        )
    return (
        f"SELECT r.id * {SPREAD} + {number} AS id, r.at, r.what, r.title, 'f{number}' AS bucket, "  # noqa: S608
        f"({rule.amount})::float8 AS amount FROM ({rows}) r WHERE {test}"
    )


def evidence_parameters(figures: Sequence[Figure]) -> dict[str, Any]:
    """What `evidence_sql` is bound to, beside the moment and the account."""
    bound: dict[str, Any] = {}
    for number, figure in enumerate(figures):
        bound |= parameters_of(figure, number) | {f"f{number}_longest": figure.days or _NO_WINDOW}
    return bound
