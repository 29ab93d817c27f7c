"""What the things that conditions ask about are right now, in words: the evidence of a rule."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import F

from accounts.models import Account, Fact
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
    """The present value of each name for each account, as text; what is not known is missing. At most two queries."""
    found: dict[int, dict[str, str]] = defaultdict(dict)
    facts = {name.removeprefix("fact."): name for name in names if name.startswith("fact.")}
    if facts:
        rows = Fact.objects.current().filter(account__in=account_ids, definition__name__in=facts)
        for pk, name, kind, number, text, day in rows.values_list(
            "account_id", "definition__name", "definition__type", "number", "text", "day"
        ):
            said = _say(bool(number) if kind == "boolean" and number is not None else (number or day or text or number))
            if said:
                found[pk][facts[name]] = said
    own = {name: _COLUMNS[name] for name in names if name in _COLUMNS}
    customs = [name for name in names if name.startswith("custom.")]
    if own or customs:
        columns: Mapping[str, Any] = {f"value_{place}": F(path) for place, path in enumerate(own.values())}
        rows_of_accounts: Any = Account.objects.filter(pk__in=account_ids).values("pk", "custom", **columns)
        for row in rows_of_accounts:
            for place, name in enumerate(own):
                value = row[f"value_{place}"]
                if name == "account.days_in_stage" and value:
                    value = (today() - value).days
                if said := _say(value):
                    found[row["pk"]][name] = said
            for name in customs:
                if said := _say(row["custom"].get(name.removeprefix("custom."))):
                    found[row["pk"]][name] = said
    return found


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
