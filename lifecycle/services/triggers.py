"""Triggers: the record of everything that a playbook could start on."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from accounts.models import Account
from lifecycle.models import Play, Trigger
from team.clock import now

BATCH = 1000


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
    """Record many in two queries per batch of 1,000; returns how many were not known before.

    Idempotent by `one_trigger_per_event`; of two writers at the same moment both may count the row, one writes it.
    """
    wanted = {(row.account_id, row.kind, row.key): row for row in rows}
    keys = list(wanted)
    fresh = 0
    for start in range(0, len(keys), BATCH):
        part = keys[start : start + BATCH]
        known = set(
            Trigger.objects.filter(
                account__in={key[0] for key in part},
                kind__in={key[1] for key in part},
                key__in={key[2] for key in part},
            ).values_list("account_id", "kind", "key")
        )
        new = [wanted[key] for key in part if key not in known]
        Trigger.objects.bulk_create(
            [
                Trigger(
                    account_id=row.account_id,
                    kind=row.kind,
                    key=row.key,
                    payload=dict(row.payload),
                    happened_at=row.happened_at,
                    cause_id=row.cause_id,
                )
                for row in new
            ],
            ignore_conflicts=True,
        )
        fresh += len(new)
    return fresh
