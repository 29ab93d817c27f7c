"""Forms of the rules that departments give themselves."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.base import PlainForm, RowForm
from team.models import User
from ui.forms import DayField, Inline
from voc.models import DepartmentRule, DepartmentRuleReview, Theme
from voc.selectors.department_rules import measure_choices, own_departments, owners_for


class NewRuleForm(PlainForm):
    """The rule first, then what it is measured by."""

    statement = forms.CharField(
        label=_("From now on we"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2, "autofocus": True}),
        help_text=_("What the department does differently, so that somebody else could see whether it is done."),
    )
    theme = forms.ModelChoiceField(
        label=_("Cause"), queryset=Theme.objects.in_use(), required=False, empty_label=_("None in particular")
    )
    measure = forms.ChoiceField(label=_("What shows whether it works"))
    direction = forms.ChoiceField(
        label=_("It"), choices=DepartmentRule.Direction.choices, widget=Inline, initial=DepartmentRule.Direction.DOWN
    )
    check_on = DayField(label=_("Look again on"), initial="+3m", help_text=_("A day: fri, +2w, 23 dec."))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        departments = own_departments(user)
        measure: Any = self.fields["measure"]
        measure.choices = measure_choices()
        chosen = forms.ModelChoiceField(label=_("Department"), queryset=departments, empty_label=None)
        owner = forms.ModelChoiceField(label=_("Owner"), queryset=owners_for(departments), empty_label=None)
        owner.initial = user.pk
        self.fields |= {"department": chosen, "owner": owner}


class RuleForm(RowForm[DepartmentRule]):
    """What may change of a rule in force."""

    check_on = DayField(label=_("Look again on"))

    class Meta:
        model = DepartmentRule
        fields = ("statement", "owner", "direction", "check_on")
        widgets = {"statement": forms.Textarea(attrs={"rows": 2}), "direction": Inline}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner: Any = self.fields["owner"]
        owner.queryset = owners_for(own_departments(user))


class ReviewForm(PlainForm):
    """What was found on the day, and how it goes on."""

    verdict = forms.ChoiceField(label=_("Verdict"), choices=DepartmentRuleReview.Verdict.choices, widget=Inline)
    words = forms.CharField(
        label=_("What was found"), max_length=300, widget=forms.Textarea(attrs={"rows": 2, "autofocus": True})
    )
    statement = forms.CharField(
        label=_("How it reads from now on"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Where it changes."),
    )
    check_on = DayField(
        label=_("Look again on"), required=False, initial="+3m", help_text=_("Where it goes on. A day: fri, +2w.")
    )


class EndForm(PlainForm):
    """Why it ends."""

    words = forms.CharField(
        label=_("Why it ends"), max_length=300, widget=forms.Textarea(attrs={"rows": 2, "autofocus": True})
    )
