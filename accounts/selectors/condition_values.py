"""What the things that conditions ask about are right now, in words, and which are met: the evidence of a rule."""

import datetime as dt
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Case, F, OuterRef, TextField, Value, When
from django.db.models.functions import Cast, JSONObject

from accounts.formulas.conditions import Condition
from accounts.models import Account, Fact
from accounts.selectors.conditions import matching
from team.clock import today
from ui import formats

_COLUMNS = {
    "account.segment": "segment__name",
    "account.status": "status",
    "account.intent": "intent",
    "account.days_in_stage": "summary__stage_entered_on",
    "account.stage": "summary__stage",
    "account.health": "summary__health",
    "account.health_band": "summary__health_band",
    "account.nps": "summary__nps",
    "account.arr": "summary__arr",
    "account.renews_on": "summary__renews_on",
    "account.signed_on": "signed_on",
    "account.last_touch_on": "summary__last_touch_at",
    "account.open_tickets": "summary__open_tickets",
    "account.country": "country",
    "account.industry": "industry",
    "account.currency": "currency",
    "account.tags": "tags",
}


def read_values(*, account_ids: Collection[int], names: Collection[str]) -> dict[int, dict[str, str]]:
    """The present value of each name for each account, as text; what is not known is missing. One query."""
    return {row["pk"]: _values(row, names) for row in _rows(account_ids, names)} if names else {}


def judge_conditions(account_id: int, conditions: Mapping[int, Condition]) -> tuple[set[int], dict[str, str]]:
    """Which of the conditions (by their keys) the account meets now, and the values they ask about. One query."""
    if not conditions:
        return set(), {}
    flags = {
        f"met_{key}": Case(When(matching([one]), then=Value(True)), default=Value(False), output_field=BooleanField())
        for key, one in conditions.items()
    }
    names = {one.name for one in conditions.values()}
    row = next(iter(_rows([account_id], names, flags)), None)
    if row is None:
        return set(), {}
    return {key for key in conditions if row[f"met_{key}"]}, _values(row, names)


def _rows(account_ids: Collection[int], names: Collection[str], flags: Mapping[str, Any] | None = None) -> Any:
    facts = [name.removeprefix("fact.") for name in names if name.startswith("fact.")]
    columns: dict[str, Any] = {
        f"value_{name}".replace(".", "_"): F(_COLUMNS[name]) for name in names if name in _COLUMNS
    }
    if facts:
        current = Fact.objects.current().filter(account=OuterRef("pk"), definition__name__in=facts)
        columns["known_facts"] = ArraySubquery(
            current.values(
                known=JSONObject(
                    name="definition__name",
                    kind="definition__type",
                    number=Cast("number", TextField()),
                    text="text",
                    day=Cast("day", TextField()),
                )
            )
        )
    return (
        Account.everything.filter(pk__in=account_ids)
        .annotate(**(flags or {}))
        .values("pk", "custom", *(flags or {}), **columns)
    )


def _values(row: Mapping[str, Any], names: Collection[str]) -> dict[str, str]:
    """What a row says about the names, without those it says nothing about."""
    found: dict[str, object] = {}
    for name in names:
        if name.startswith("custom."):
            found[name] = row["custom"].get(name.removeprefix("custom."))
        elif name in _COLUMNS:
            found[name] = row[f"value_{name}".replace(".", "_")]
    if since := found.get("account.days_in_stage"):
        found["account.days_in_stage"] = (today() - since).days if isinstance(since, dt.date) else None
    for fact in row.get("known_facts", ()):
        number = None if fact["number"] is None else Decimal(fact["number"])
        day = dt.date.fromisoformat(fact["day"]) if fact["day"] else None
        is_flag = fact["kind"] == "boolean" and number is not None
        found[f"fact.{fact['name']}"] = bool(number) if is_flag else (number or day or fact["text"] or number)
    return {name: said for name, value in found.items() if (said := _say(value))}


def _say(value: object) -> str:
    if value is None or value in ("", []):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return formats.number(value, 0 if value == value.to_integral_value() else 2)
    if isinstance(value, dt.date):
        return formats.day(value)
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return str(value)[:120]
