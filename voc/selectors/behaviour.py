"""Numbers of an account that can prove an insight solved."""

from collections.abc import Collection, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from accounts.formulas.conditions import NUMBER, ConditionName
from accounts.models import Account, Fact
from accounts.selectors.condition_names import condition_names
from team.clock import today
from team.models import Role, User

MONEY, FACT, CUSTOM = "money", "fact.", "custom."
COLUMNS = {
    "account.health": "summary__health",
    "account.nps": "summary__nps",
    "account.arr": "summary__arr",
    "account.open_tickets": "summary__open_tickets",
}


def checkable_names(user: User) -> dict[str, ConditionName]:
    """The numbers that the person may look at, by name. SECURITY: department members see no sums. One query."""
    names = [entry for entry in condition_names() if entry.type == NUMBER]
    if user.role == Role.MEMBER:
        names = [entry for entry in names if entry.unit != MONEY]
    return {entry.name: entry for entry in names}


def read_numbers(*, account_ids: Collection[int], names: Collection[str]) -> dict[int, dict[str, Decimal]]:
    """The present number behind each name for each account; what is not known is missing. Two queries."""
    found: dict[int, dict[str, Decimal]] = {account_id: {} for account_id in account_ids}
    rows = Account.everything.filter(pk__in=account_ids)
    for row in rows.values("pk", "custom", "summary__stage_entered_on", *COLUMNS.values()):
        for name in names:
            if (number := _number_in(row, name)) is not None:
                found[row["pk"]][name] = number
    facts = Fact.objects.current().filter(account__in=account_ids, number__isnull=False)
    facts = facts.filter(definition__name__in=[name.removeprefix(FACT) for name in names if name.startswith(FACT)])
    for account_id, name, number in facts.values_list("account_id", "definition__name", "number"):
        if number is not None:
            found[account_id][f"{FACT}{name}"] = number
    return found


def _number_in(row: Mapping[str, Any], name: str) -> Decimal | None:
    value: object = None
    if name.startswith(CUSTOM):
        value = row["custom"].get(name.removeprefix(CUSTOM))
    elif name == "account.days_in_stage":
        since = row["summary__stage_entered_on"]
        value = (today() - since).days if since else None
    elif name in COLUMNS:
        value = row[COLUMNS[name]]
    try:
        return None if value in (None, "") else Decimal(str(value))
    except InvalidOperation:
        return None
