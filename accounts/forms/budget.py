"""The form of the contact budget's rules."""

from dataclasses import asdict, dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.base import PlainForm, shown
from accounts.formulas.budget import BudgetRules
from ui.forms import Switch


class BudgetRulesForm(PlainForm):
    """The numbers of BudgetRules, each with what it is for."""

    mails_per_week = forms.IntegerField(
        label=_("Automated mails a week, per person"),
        min_value=1,
        max_value=50,
        help_text=_("Surveys, reminders and mail of plays together."),
    )
    survey_every_days = forms.IntegerField(
        label=_("Days between two surveys, per person"), min_value=0, max_value=730, help_text=_("90 is a good rhythm.")
    )
    transactional_every_days = forms.IntegerField(
        label=_("Days between two surveys about a case"),
        min_value=0,
        max_value=365,
        help_text=_("They do not count as surveys or as mail of the week."),
    )
    account_mails_per_year = forms.IntegerField(
        label=_("Mails a year, per account"),
        min_value=1,
        max_value=30000,
        help_text=_("To anybody there, personal mail too. Beyond it machines fall silent; people may still write."),
    )
    renewal_reserve = forms.IntegerField(
        label=_("Of these kept for the renewal"),
        min_value=0,
        max_value=29999,
        help_text=_("Only surveys before a renewal may use them, while a renewal stands within a year."),
    )
    needs_consent = forms.BooleanField(
        label=_("Only who has said yes"),
        required=False,
        widget=Switch,
        help_text=_("Without it everybody is written to who has not said no."),
    )
    pauses_for_escalation = forms.BooleanField(
        label=_("No surveys while something burns"),
        required=False,
        widget=Switch,
        help_text=_("An insight that was passed up, or an urgent ticket, is open. Surveys about a case still go."),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        reserve, year = values.get("renewal_reserve"), values.get("account_mails_per_year")
        if reserve is not None and year is not None and reserve >= year:
            self.add_error("renewal_reserve", _("Keep fewer than the mails of the year."))
        return values

    def rules(self) -> BudgetRules:
        """What was entered, once it is valid."""
        return BudgetRules(**self.cleaned_data)


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
