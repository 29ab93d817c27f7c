"""Rules side by side, in words."""

from dataclasses import asdict, dataclass

from accounts.forms.base import shown
from accounts.forms.budget import BudgetRulesForm
from accounts.formulas.budget import BudgetRules


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One rule as it is and as it was tried."""

    label: str
    now: str
    tried: str

    @property
    def is_new(self) -> bool:
        return self.now != self.tried


def compare_rules(now: BudgetRules, tried: BudgetRules) -> list[RuleChange]:
    """Every rule, in the order of the form."""
    before, after = asdict(now), asdict(tried)
    return [
        RuleChange(str(field.label), shown(before[name]), shown(after[name]))
        for name, field in BudgetRulesForm.base_fields.items()
    ]
