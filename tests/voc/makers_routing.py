"""Routing rules for tests."""

from typing import Any

from voc.models import RoutingRule
from voc.services.defaults import ensure_department


def ask(name: str, operator: str, value: Any) -> dict[str, Any]:
    """One stored condition."""
    return {"name": name, "operator": operator, "value": value}


CRITIC = ask("feedback.is_detractor", "eq", True)


def make_rule(name: str = "Critics", department: str = "success", **fields: Any) -> RoutingRule:
    """A rule that is on, behind the others."""
    fields.setdefault("match", [CRITIC])
    fields.setdefault("position", RoutingRule.objects.count())
    return RoutingRule.objects.create(name=name, department=ensure_department(department), **fields)
