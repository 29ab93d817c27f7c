"""Routing rules: added, changed, moved, switched, deleted; every step is taken back as a whole."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from team.models import ActionLog, Role, User
from team.services.undo import CannotUndo, log_action
from voc.models import RoutingRule

WRITERS = (Role.ADMIN, Role.MANAGER)
# What people set; `position` follows from the order.
FIELDS = ("name", "match", "conditions", "department", "assign", "person", "priority", "sla_hours", "is_active")
_COLUMNS = (
    *("id", "name", "position", "match", "conditions", "department_id"),
    *("assign", "person_id", "priority", "sla_hours", "is_active"),
)
Picture = list[dict[str, Any]]


def add_rule(*, actor: User, **fields: Any) -> ActionLog | None:
    """A new rule behind all others. Fields: those of FIELDS."""
    return _change(
        actor,
        _("Added the routing rule “%(name)s”") % {"name": fields["name"]},
        lambda rules: [*rules, RoutingRule.objects.create(position=len(rules), **fields)],
    )


def edit_rule(*, actor: User, rule: RoutingRule, **fields: Any) -> ActionLog | None:
    """Change a rule; None when nothing differs. What it has routed stays where it is."""

    def by(rules: list[RoutingRule]) -> list[RoutingRule]:
        kept = next((one for one in rules if one.pk == rule.pk), None)
        if kept is not None:
            for name, value in fields.items():
                setattr(kept, name, value)
            kept.save(update_fields=list(fields))
        return rules

    return _change(actor, _("Changed the routing rule “%(name)s”") % {"name": fields.get("name", rule.name)}, by)


def move_rule(*, actor: User, rule: RoutingRule, up: bool) -> ActionLog | None:
    """One place up or down; None at the end."""

    def by(rules: list[RoutingRule]) -> list[RoutingRule]:
        ids = [one.pk for one in rules]
        if rule.pk not in ids:
            return rules
        place = ids.index(rule.pk)
        other = place - 1 if up else place + 1
        if 0 <= other < len(rules):
            rules[place], rules[other] = rules[other], rules[place]
        return rules

    return _change(actor, _("Moved the routing rule “%(name)s”") % {"name": rule.name}, by)


def switch_rule(*, actor: User, rule: RoutingRule, is_on: bool) -> ActionLog | None:
    """On or off; None when it stands so already."""
    verb = _("Switched on “%(name)s”") if is_on else _("Switched off “%(name)s”")

    def by(rules: list[RoutingRule]) -> list[RoutingRule]:
        RoutingRule.objects.filter(pk=rule.pk).update(is_active=is_on)
        return list(RoutingRule.objects.all())

    return _change(actor, verb % {"name": rule.name}, by)


def delete_rule(*, actor: User, rule: RoutingRule) -> ActionLog | None:
    """Take a rule away; what it has routed stays where it is."""

    def by(rules: list[RoutingRule]) -> list[RoutingRule]:
        RoutingRule.objects.filter(pk=rule.pk).delete()
        return [one for one in rules if one.pk != rule.pk]

    return _change(actor, _("Deleted the routing rule “%(name)s”") % {"name": rule.name}, by)


@transaction.atomic
def restore_rules(*, actor: User, before: Picture, after: Picture) -> bool:
    """The way back of any change: the list as it was.

    Raises:
        CannotUndo: when the rules were changed again since.
    """
    _require_writer(actor)
    _locked()
    if _picture() != after:
        raise CannotUndo(_("The rules were changed again since."))
    RoutingRule.objects.exclude(pk__in=[row["id"] for row in before]).delete()
    RoutingRule.objects.bulk_create(
        [RoutingRule(**row) for row in before],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[name for name in _COLUMNS if name != "id"],
    )
    return True


@transaction.atomic
def _change(actor: User, verb: str, by: Callable[[list[RoutingRule]], list[RoutingRule]]) -> ActionLog | None:
    """Let `by` change the locked rules and say their order; None when nothing differs."""
    _require_writer(actor)
    rules = _locked()
    before = _picture()
    for position, rule in enumerate(by(rules)):
        RoutingRule.objects.filter(pk=rule.pk).exclude(position=position).update(position=position)
    after = _picture()
    if after == before:
        return None
    arguments = {"before": before, "after": after}
    return log_action(
        actor=actor, verb=verb, service="voc.restore_rules", arguments=arguments, url=reverse("routing_rules")
    )


def _locked() -> list[RoutingRule]:
    return list(RoutingRule.objects.select_for_update(of=("self",)))


def _picture() -> Picture:
    """All rules as JSON keeps them."""
    return list(RoutingRule.objects.order_by("position", "id").values(*_COLUMNS))


def _require_writer(actor: User) -> None:
    if actor.role not in WRITERS:
        raise PermissionDenied(_("Only admins and managers change routing rules."))
