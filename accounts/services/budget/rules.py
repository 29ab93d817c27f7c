"""The rules of the contact budget are the admins' to change."""

from dataclasses import asdict
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.formulas.budget import BudgetRules
from accounts.models import ContactRules
from accounts.selectors.budget.rules import budget_rules
from team.models import ActionLog, Role, User
from team.services.undo import log_action

PAGE = "/settings/budget/"


@transaction.atomic
def save_rules(*, actor: User, rules: BudgetRules) -> ActionLog | None:
    """Let other rules count from the next mail on; mails that wait are judged by them when they leave.

    None when nothing changed. Relies on one_row_of_contact_rules.

    Raises:
        ValidationError: for rules that let nothing through, or keep all of the year for renewals.
        PermissionDenied: for anybody but admins.
    """
    before = budget_rules()
    if not _write(actor, rules):
        return None
    return log_action(
        actor=actor,
        verb=_("Changed the contact budget"),
        service="accounts.restore_rules",
        arguments={"rules": asdict(before)},
        url=PAGE,
    )


@transaction.atomic
def restore_rules(*, actor: User, rules: dict[str, Any]) -> None:
    """The way back of save_rules."""
    _write(actor, BudgetRules(**rules))


def _write(actor: User, rules: BudgetRules) -> bool:
    if actor.role != Role.ADMIN:
        raise PermissionDenied(_("Only admins change the contact budget."))
    check_rules(rules)
    row = ContactRules.objects.select_for_update().first()
    if rules == budget_rules():
        return False
    if row is None:
        row = ContactRules()
    for name, value in asdict(rules).items():
        setattr(row, name, value)
    row.save()
    return True


def check_rules(rules: BudgetRules) -> None:
    """Raises ValidationError for rules that make no sense."""
    if rules.mails_per_week < 1 or rules.account_mails_per_year < 1:
        raise ValidationError(_("Let at least one mail through: people opt out on their own."))
    if rules.renewal_reserve >= rules.account_mails_per_year:
        raise ValidationError({"renewal_reserve": _("Keep fewer than the mails of the year.")})
