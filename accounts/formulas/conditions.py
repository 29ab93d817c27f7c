"""One grammar of conditions on accounts, for stages, playbooks, audiences and routing: name, operator, value.

Stored as `[{"name": "fact.health", "operator": "gte", "value": 70}]`; all of a list must hold. What is not known meets
no comparison, not even `ne`: only `is_unset` finds it.
"""

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

Value: TypeAlias = Decimal | str | bool | dt.date | None
NUMBER, TEXT, DATE, BOOLEAN, CHOICE, LIST = "number", "text", "date", "boolean", "choice", "list"
OPERATOR_WORDS = {
    "eq": gettext_lazy("is"),
    "ne": gettext_lazy("is not"),
    "gt": gettext_lazy("is over"),
    "gte": gettext_lazy("is at least"),
    "lt": gettext_lazy("is under"),
    "lte": gettext_lazy("is at most"),
    "in": gettext_lazy("is one of"),
    "contains": gettext_lazy("contains"),
    "is_set": gettext_lazy("is known"),
    "is_unset": gettext_lazy("is not known"),
    "days_ago_gte": gettext_lazy("lies back at least (days)"),
    "days_ago_lte": gettext_lazy("lies back at most (days)"),
    "days_ahead_gte": gettext_lazy("lies ahead at least (days)"),
    "days_ahead_lte": gettext_lazy("lies ahead at most (days)"),
}
_DAYS_SAID = {
    "days_ago_gte": gettext_lazy("%(label)s lies back at least %(days)s days"),
    "days_ago_lte": gettext_lazy("%(label)s lies back at most %(days)s days"),
    "days_ahead_gte": gettext_lazy("%(label)s lies ahead at least %(days)s days"),
    "days_ahead_lte": gettext_lazy("%(label)s lies ahead at most %(days)s days"),
}
_SET = ("is_set", "is_unset")
_ORDER = ("eq", "ne", "gt", "gte", "lt", "lte")
DAY_OPERATORS = ("days_ago_gte", "days_ago_lte", "days_ahead_gte", "days_ahead_lte")
OPERATORS: dict[str, tuple[str, ...]] = {
    NUMBER: (*_ORDER, "in", *_SET),
    TEXT: ("eq", "ne", "contains", "in", *_SET),
    DATE: (*_ORDER, *DAY_OPERATORS, *_SET),
    BOOLEAN: ("eq", "ne", *_SET),
    CHOICE: ("eq", "ne", "in", *_SET),
    LIST: ("contains", *_SET),
}
MOST_CONDITIONS = 20
_MOST_VALUES = 50
_LONGEST_TEXT = 200
_MOST_DAYS = 3650
_LARGEST = Decimal("1e12")
_YES = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_SEPARATOR = re.compile(r"\s*[,;]\s*")


class BadCondition(ValueError):
    """A condition that cannot be used; the message names it and the cure, for people."""


@dataclass(frozen=True, slots=True)
class ConditionName:
    """Something that conditions may ask about: `account.arr`, `custom.region`, `fact.health`."""

    name: str
    label: str
    type: str
    unit: str = ""
    choices: tuple[tuple[str, str], ...] = ()

    @property
    def operators(self) -> tuple[str, ...]:
        return OPERATORS[self.type]


@dataclass(frozen=True, slots=True)
class Condition:
    """One parsed condition. `value` is typed: Decimal, text, day or yes/no; a tuple for `in`; None for `is_set`."""

    name: str
    operator: str
    value: Value | tuple[Value, ...] = None

    def as_json(self) -> dict[str, Any]:
        """The stored form; parsing it gives the same condition."""
        if self.operator in _SET:
            return {"name": self.name, "operator": self.operator}
        if isinstance(self.value, tuple):
            value: Any = [_as_json(item) for item in self.value]
        else:
            value = _as_json(self.value)
        return {"name": self.name, "operator": self.operator, "value": value}


Catalogue: TypeAlias = Iterable[ConditionName] | Mapping[str, ConditionName]


def parse_conditions(raw: object, catalogue: Catalogue) -> tuple[Condition, ...]:
    """The conditions of a stored or posted list, checked against the names that exist.

    Raises:
        BadCondition: for anything that is not name, operator and value of the catalogue.
    """
    if raw is None or raw in ({}, []):
        return ()
    rows = [raw] if isinstance(raw, Mapping) else raw
    if not isinstance(rows, list | tuple):
        raise BadCondition(_("Conditions are a list of names, operators and values."))
    if len(rows) > MOST_CONDITIONS:
        raise BadCondition(_("At most %(most)d conditions; make two rules of them.") % {"most": MOST_CONDITIONS})
    known = catalogue if isinstance(catalogue, Mapping) else {entry.name: entry for entry in catalogue}
    return tuple(parse_condition(row, known) for row in rows)


def parse_condition(raw: object, known: Mapping[str, ConditionName]) -> Condition:
    """One condition; see `parse_conditions`."""
    if not isinstance(raw, Mapping) or not set(raw) <= {"name", "operator", "value"}:
        raise BadCondition(_("A condition has a name, an operator and a value, and nothing else."))
    name, operator, value = raw.get("name"), raw.get("operator"), raw.get("value")
    entry = known.get(name) if isinstance(name, str) else None
    if entry is None:
        raise BadCondition(_("“%(name)s” is nothing to ask about; choose from the list.") % {"name": str(name)[:80]})
    if not isinstance(operator, str) or operator not in entry.operators:
        words = ", ".join(str(OPERATOR_WORDS[key]) for key in entry.operators)
        raise BadCondition(
            _("%(label)s cannot be compared with “%(operator)s”; use one of: %(words)s.")
            % {"label": entry.label, "operator": str(operator)[:40], "words": words}
        )
    if operator in _SET:
        return Condition(entry.name, operator)
    if operator in DAY_OPERATORS:
        return Condition(entry.name, operator, _days(entry, value))
    if operator == "in":
        return Condition(entry.name, operator, _several(entry, value))
    return Condition(entry.name, operator, _one(entry, value))


def describe(condition: Condition, known: Mapping[str, ConditionName]) -> str:
    """The condition in words: “Health is at least 70”."""
    entry = known.get(condition.name)
    label = entry.label if entry else condition.name
    words = OPERATOR_WORDS[condition.operator]
    if condition.operator in _SET:
        return f"{label} {words}"
    if condition.operator in DAY_OPERATORS:
        return str(_DAYS_SAID[condition.operator]) % {"label": label, "days": condition.value}
    choices = dict(entry.choices) if entry else {}
    values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    said = ", ".join(_said(value, choices) for value in values)
    unit = f" {entry.unit}" if entry and entry.unit and entry.unit != "money" and entry.type == NUMBER else ""
    return f"{label} {words} {said}{unit}"


def matching_payload(
    conditions: Iterable[Condition], payload: Mapping[str, Any], *, today: dt.date | None = None
) -> bool:
    """Whether what a trigger carries meets all conditions; names stand with or without `payload.` in front.

    Conditions that count days need `today`.
    """
    return all(meets(payload.get(one.name.removeprefix("payload.")), one, today=today) for one in conditions)


def meets(found: object, condition: Condition, *, today: dt.date | None = None) -> bool:
    """Whether one value, as JSON or Python keeps it, meets one condition. Values of another type never do."""
    is_known = found is not None and found not in ("", [])
    if condition.operator in _SET or not is_known:
        return is_known == (condition.operator == "is_set") and condition.operator in _SET
    if condition.operator == "contains":
        return _contains(found, condition.value)
    if condition.operator in DAY_OPERATORS:
        return _meets_days(found, condition, today)
    if isinstance(condition.value, tuple):
        return any(_alike(found, value) == value for value in condition.value)
    like = _alike(found, condition.value)
    return like is not None and _COMPARE[condition.operator](like, condition.value)


def _contains(found: object, wanted: object) -> bool:
    """One of a list, as it is written; a part of a text, in any case."""
    if isinstance(found, list | tuple):
        return wanted in found
    return isinstance(found, str) and str(wanted).casefold() in found.casefold()


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "gt": lambda left, right: left > right,
    "gte": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "lte": lambda left, right: left <= right,
}


def day_span(condition: Condition, today: dt.date) -> tuple[dt.date | None, dt.date | None]:
    """First and last day that a condition which counts days allows; None is open."""
    days = dt.timedelta(days=int(str(condition.value)))
    return {
        "days_ago_gte": (None, today - days),
        "days_ago_lte": (today - days, today),
        "days_ahead_gte": (today + days, None),
        "days_ahead_lte": (today, today + days),
    }[condition.operator]


def _meets_days(found: object, condition: Condition, today: dt.date | None) -> bool:
    if today is None:
        raise ValueError("conditions that count days need today")
    day = _alike(found, today)
    first, last = day_span(condition, today)
    return isinstance(day, dt.date) and (first is None or day >= first) and (last is None or day <= last)


def _alike(found: object, like: Value) -> Value:
    """`found` as a value of the other's type; None when it is none."""
    if isinstance(like, bool):
        return found if isinstance(found, bool) else None
    if isinstance(like, Decimal):
        return None if isinstance(found, bool) else _decimal(found)
    if isinstance(like, dt.date):
        return _day(found)
    return found if isinstance(found, str) else None


def _decimal(value: object) -> Decimal | None:
    if not isinstance(value, int | float | Decimal | str):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < _LARGEST else None


def _day(value: object) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value).strip()[:10])
    except ValueError:
        return None


def _days(entry: ConditionName, value: object) -> Decimal:
    days = None if isinstance(value, bool) else _decimal(value)
    if days is None or days != days.to_integral_value() or not 0 <= days <= _MOST_DAYS:
        raise BadCondition(_("%(label)s: write a number of days, 0 to 3,650.") % {"label": entry.label})
    return days.quantize(Decimal(1))


def _several(entry: ConditionName, value: object) -> tuple[Value, ...]:
    items: Collection[object]
    if isinstance(value, str):
        items = [item for item in _SEPARATOR.split(value.strip()) if item]
    elif isinstance(value, list | tuple):
        items = value
    else:
        items = () if value is None or isinstance(value, Mapping) else (value,)
    if not items or len(items) > _MOST_VALUES:
        raise BadCondition(_("%(label)s: name one to fifty values, with commas between.") % {"label": entry.label})
    return tuple(_one(entry, item) for item in items)


def _one(entry: ConditionName, value: object) -> Value:
    if entry.type == NUMBER:
        number = None if isinstance(value, bool) else _decimal(value)
        if number is None:
            raise BadCondition(_("%(label)s: write a number, such as 25 or 0.5.") % {"label": entry.label})
        return number
    if entry.type == DATE:
        day = _day(value) if isinstance(value, str | dt.date) else None
        if day is None:
            raise BadCondition(_("%(label)s: write a day as 2026-12-23.") % {"label": entry.label})
        return day
    if entry.type == BOOLEAN:
        answer = _YES.get(str(value).strip().lower()) if isinstance(value, str | bool | int) else None
        if answer is None:
            raise BadCondition(_("%(label)s: say yes or no.") % {"label": entry.label})
        return answer
    text = value.strip() if isinstance(value, str) else ""
    if not text or len(text) > _LONGEST_TEXT or "\x00" in text:
        raise BadCondition(_("%(label)s: write a text of at most 200 characters.") % {"label": entry.label})
    if entry.type == CHOICE and entry.choices and text not in dict(entry.choices):
        said = ", ".join(str(label) for _value, label in entry.choices)
        raise BadCondition(_("%(label)s: choose one of: %(choices)s.") % {"label": entry.label, "choices": said})
    return text


def _as_json(value: Value) -> str | int | float | bool | None:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, dt.date) else value


def _said(value: Value, choices: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Decimal):
        number = _as_json(value)
        return f"{number:,}"
    return str(choices.get(str(value), value))
