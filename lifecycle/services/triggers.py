"""Triggers: the record of everything that a playbook could start on."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.db import connection

from accounts.models import Account
from lifecycle.models import Play, Trigger
from team.clock import now

BATCH = 1000
# In the order of the constraint, so that two writers of the same triggers wait for each other and never lock up.
RECORD = """
INSERT INTO lifecycle_trigger (account_id, kind, key, payload, happened_at, cause_id)
SELECT account_id, kind, key, payload, happened_at, cause_id
FROM json_to_recordset(%(rows)s::json) AS given(
    account_id bigint, kind text, key text, payload jsonb, happened_at timestamptz, cause_id bigint)
ORDER BY account_id, kind COLLATE "C", key COLLATE "C"
ON CONFLICT (account_id, kind, key) DO NOTHING
"""


@dataclass(frozen=True)
class TriggerRow:
    """One trigger to record; `key` tells the event apart from others of its kind on the account."""

    account_id: int
    kind: str
    key: str
    happened_at: dt.datetime
    payload: Mapping[str, Any] = field(default_factory=dict)
    cause_id: int | None = None


def record_trigger(
    *,
    account: Account,
    kind: str,
    key: str,
    payload: Mapping[str, Any] | None = None,
    happened_at: dt.datetime | None = None,
    cause: Play | None = None,
) -> bool:
    """Record that something happened, whether a playbook listens or not; False when it was recorded before.

    `cause` is the play that made it happen: a playbook that would start itself is found by it.

    Idempotent by the constraint `one_trigger_per_event`.
    """
    _, is_new = Trigger.objects.get_or_create(
        account=account,
        kind=kind,
        key=key,
        defaults={"payload": dict(payload or {}), "happened_at": happened_at or now(), "cause": cause},
    )
    return is_new


def record_triggers(*, rows: Iterable[TriggerRow]) -> int:
    """Record many in one query per batch of 1,000; returns how many were not known before.

    Idempotent by `one_trigger_per_event`.
    """
    wanted = {(row.account_id, row.kind, row.key): row for row in rows}
    given = [
        {
            "account_id": row.account_id,
            "kind": row.kind,
            "key": row.key,
            "payload": dict(row.payload),
            "happened_at": row.happened_at,
            "cause_id": row.cause_id,
        }
        for row in wanted.values()
    ]
    fresh = 0
    with connection.cursor() as cursor:
        for start in range(0, len(given), BATCH):
            cursor.execute(RECORD, {"rows": orjson.dumps(given[start : start + BATCH]).decode()})
            fresh += int(cursor.rowcount)
    return fresh
