"""When an account's answer to conditions can have changed: between two such times one answer holds."""

import datetime as dt
from array import array
from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import QuerySet

from accounts.formulas.conditions import DAY_OPERATORS, Condition
from accounts.models import Account, Fact

# Read from several tables at once by `matching`; their past has no one list of times.
_DERIVED = frozenset({"account.arr", "account.renews_on", "account.last_touch_on", "account.open_tickets"})
# Facts under another name.
_PUSHED = {"account.health": "health", "account.health_band": "health_band", "account.nps": "nps"}
_PUSHED |= {"account.stage": "stage", "account.days_in_stage": "stage_entered_on"}
_EVENTS: QuerySet[Any] = Account.pgh_event_model.objects.all()  # type: ignore[attr-defined]


def has_known_changes(conditions: Iterable[Condition]) -> bool:
    """Whether `changes_of` knows every time at which an answer can change (days apart, see `depends_on_the_day`)."""
    return all(condition.name not in _DERIVED for condition in conditions)


def depends_on_the_day(conditions: Iterable[Condition]) -> bool:
    """Whether an answer can change at midnight, with nothing else changing."""
    return any(
        condition.operator in DAY_OPERATORS or condition.name == "account.days_in_stage" for condition in conditions
    )


def changes_of(
    conditions: Collection[Condition], account_ids: Collection[int], *, since: dt.datetime, until: dt.datetime
) -> "dict[int, array[float]]":
    """POSIX times after `since` at which something changed that the conditions ask about, in order, by account.

    At most two queries: facts by their history, fields by the audit.
    """
    facts = set()
    has_fields = False
    for condition in conditions:
        family, _dot, name = condition.name.partition(".")
        if family == "fact":
            facts.add(name)
        elif condition.name in _PUSHED:
            facts.add(_PUSHED[condition.name])
        else:
            has_fields = True
    found: dict[int, array[float]] = {}
    if facts:
        rows = Fact.objects.filter(account__in=account_ids, definition__name__in=facts)
        rows = rows.filter(observed_at__gt=since, observed_at__lte=until)
        _collect(found, rows.order_by().values_list("account_id", "observed_at"))
    if has_fields:
        events = _EVENTS.filter(pgh_obj__in=account_ids, pgh_created_at__gt=since, pgh_created_at__lte=until)
        _collect(found, events.order_by().values_list("pgh_obj_id", "pgh_created_at"))
    return {account_id: array("d", sorted(times)) for account_id, times in found.items()}


def _collect(found: "dict[int, array[float]]", rows: "QuerySet[Any, tuple[int, dt.datetime]]") -> None:
    # As numbers: an account whose facts change each day has ninety of them.
    for account_id, at in rows.iterator(chunk_size=10_000):
        found.setdefault(account_id, array("d")).append(at.timestamp())
