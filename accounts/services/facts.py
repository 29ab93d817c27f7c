"""Facts: what upper apps know about accounts, pushed down, with history for replays."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple

import orjson
from django.db import connection, transaction

from accounts.models import FactDefinition

FactValue = Decimal | int | float | str | dt.date | bool | None
_BATCH = 10_000

# All rows as one parameter: as arrays of parameters they would be parsed value by value.
_GIVEN = """json_to_recordset(%(rows)s::json) AS given(
        account_id bigint, definition_id bigint, number numeric, text text, day date, observed_at timestamptz)"""
# Where a newer, different value arrives, it takes the place of the current one.
_REPLACE = f"""
    WITH closed AS (
        UPDATE accounts_fact fact SET is_current = false
          FROM {_GIVEN}
         WHERE fact.account_id = given.account_id AND fact.definition_id = given.definition_id AND fact.is_current
           AND given.observed_at >= fact.observed_at
           AND ROW(fact.number, fact.text, fact.day) IS DISTINCT FROM ROW(given.number, given.text, given.day)
        RETURNING given.*)
    INSERT INTO accounts_fact (account_id, definition_id, number, text, day, observed_at, is_current)
    SELECT account_id, definition_id, number, text, day, observed_at, true FROM closed
    RETURNING account_id, definition_id
"""  # noqa: S608 constants of this module
# Of the others, write each value that differs from the one known at its time; it is current when nothing newer is.
_WRITE = f"""
    INSERT INTO accounts_fact (account_id, definition_id, number, text, day, observed_at, is_current)
    SELECT given.account_id, given.definition_id, given.number, given.text, given.day, given.observed_at,
           NOT EXISTS (SELECT 1 FROM accounts_fact fact
                        WHERE fact.account_id = given.account_id AND fact.definition_id = given.definition_id
                          AND fact.is_current)
      FROM {_GIVEN}
      LEFT JOIN LATERAL (
           SELECT fact.number, fact.text, fact.day, fact.id
             FROM accounts_fact fact
            WHERE fact.account_id = given.account_id AND fact.definition_id = given.definition_id
              AND fact.observed_at <= given.observed_at
            ORDER BY fact.observed_at DESC, fact.id DESC LIMIT 1) known ON true
     WHERE known.id IS NULL
        OR ROW(known.number, known.text, known.day) IS DISTINCT FROM ROW(given.number, given.text, given.day)
"""  # noqa: S608 constants of this module


class FactRow(NamedTuple):
    """One value of one fact of one account, from `observed_at` on. None means: not known any more."""

    account_id: int
    name: str
    value: FactValue
    observed_at: dt.datetime


class WrongOwner(ValueError):
    """A fact is written by the app that declared it and by no other."""


def declare_fact(
    *, owner: str, name: str, label: str, type: str = "number", unit: str = "", description: str = ""
) -> FactDefinition:
    """Put a fact into the catalogue, or bring its words up to date; safe to repeat.

    Raises:
        WrongOwner: when another app declared it.
    """
    words = {"label": label, "type": type, "unit": unit, "description": description}
    definition, is_new = FactDefinition.objects.get_or_create(name=name, defaults={"owner": owner, **words})
    if definition.owner != owner:
        raise WrongOwner(f"{name} belongs to {definition.owner}")
    if not is_new and any(getattr(definition, key) != value for key, value in words.items()):
        FactDefinition.objects.filter(pk=definition.pk).update(**words)
    return definition


@transaction.atomic
def push_facts(*, owner: str, rows: Iterable[FactRow]) -> int:
    """Write facts that changed and return how many; the history stays, the newest of each is current.

    Set-based, idempotent, in any order: a late row with an old `observed_at` goes into the history. A name that nobody
    declared enters the catalogue with the type of its first value. Relies on one_current_fact.

    Raises:
        WrongOwner: when a name belongs to another app.
    """
    given = sorted(rows, key=lambda row: row.observed_at)
    if not given:
        return 0
    definitions = _definitions(owner, given)
    return sum(_write(batch, definitions) for batch in _rounds(given))


def _definitions(owner: str, rows: list[FactRow]) -> dict[str, int]:
    samples: dict[str, FactValue] = {}
    for row in rows:
        if samples.get(row.name) is None:
            samples[row.name] = row.value
    known = {definition.name: definition for definition in FactDefinition.objects.filter(name__in=samples)}
    for name, sample in samples.items():
        if name not in known:
            label = name.replace("_", " ").capitalize()
            known[name] = declare_fact(owner=owner, name=name, label=label, type=_type_of(sample))
        if known[name].owner != owner:
            raise WrongOwner(f"{name} belongs to {known[name].owner}")
    return {name: definition.pk for name, definition in known.items()}


def _type_of(value: FactValue) -> str:
    if isinstance(value, bool):
        return FactDefinition.Type.BOOLEAN
    if isinstance(value, str):
        return FactDefinition.Type.TEXT
    return FactDefinition.Type.DATE if isinstance(value, dt.date) else FactDefinition.Type.NUMBER


def _rounds(rows: list[FactRow]) -> Iterator[list[FactRow]]:
    """Batches in order of time in which no fact of an account stands twice."""
    seen: dict[tuple[int, str], int] = defaultdict(int)
    rounds: list[list[FactRow]] = []
    for row in rows:
        key = (row.account_id, row.name)
        if seen[key] == len(rounds):
            rounds.append([])
        rounds[seen[key]].append(row)
        seen[key] += 1
    for batch in rounds:
        for start in range(0, len(batch), _BATCH):
            yield batch[start : start + _BATCH]


def _number(value: FactValue) -> str | None:
    """The value as the column keeps it, so that an unchanged one compares equal."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return f"{value:.4f}"
    return str(round(Decimal(str(value)), 4)) if isinstance(value, int | Decimal) else None


def _write(batch: list[FactRow], definitions: dict[str, int]) -> int:
    rows = [
        {
            "account_id": row.account_id,
            "definition_id": definitions[row.name],
            "number": _number(row.value),
            "text": row.value[:200] if isinstance(row.value, str) else "",
            "day": row.value if isinstance(row.value, dt.date) else None,
            "observed_at": row.observed_at,
        }
        for row in batch
    ]
    with connection.cursor() as cursor:
        cursor.execute(_REPLACE, {"rows": orjson.dumps(rows).decode()})
        replaced = set(cursor.fetchall())
        others = [row for row in rows if (row["account_id"], row["definition_id"]) not in replaced]
        if not others:
            return len(replaced)
        cursor.execute(_WRITE, {"rows": orjson.dumps(others).decode()})
        return len(replaced) + int(cursor.rowcount)
