"""The rules that count now."""

from dataclasses import fields

from accounts.formulas.budget import BudgetRules
from accounts.models import ContactRules

RULE_NAMES = tuple(field.name for field in fields(BudgetRules))


def budget_rules() -> BudgetRules:
    """The rules of this install: the saved row, else those of a fresh install. One query."""
    row = ContactRules.objects.values(*RULE_NAMES).first()
    return BudgetRules(**row) if row else BudgetRules()
