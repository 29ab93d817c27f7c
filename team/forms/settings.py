"""People, departments and the company's settings."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from team import choices
from team.models import Department, Install, Role, User
from ui.forms import DayField, Switch


class InviteForm(forms.Form):
    """Whom to invite, and as what."""

    email = forms.EmailField(label=_("E-mail"))
    name = forms.CharField(label=_("Name"), max_length=120, required=False)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.CSM)
    departments = forms.ModelMultipleChoiceField(
        label=_("Departments"), queryset=Department.objects.all(), required=False, widget=forms.CheckboxSelectMultiple
    )


class PersonForm(forms.Form):
    """What an admin keeps about a person."""

    name = forms.CharField(label=_("Name"), max_length=120)
    title = forms.CharField(label=_("Job title"), max_length=120, required=False)
    departments = forms.ModelMultipleChoiceField(
        label=_("Departments"), queryset=Department.objects.all(), required=False, widget=forms.CheckboxSelectMultiple
    )


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)


class DepartmentForm(forms.Form):
    """A department: who is in it, when it works, how fast it decides."""

    name = forms.CharField(label=_("Name"), max_length=60)
    lead = forms.ModelChoiceField(
        label=_("Lead"), queryset=User.objects.none(), required=False, empty_label=_("Nobody")
    )
    opens_at = forms.TimeField(label=_("Work starts at"), widget=forms.TimeInput({"type": "time"}, "%H:%M"))
    closes_at = forms.TimeField(label=_("Work ends at"), widget=forms.TimeInput({"type": "time"}, "%H:%M"))
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=choices.time_zones)
    sla_hours = forms.IntegerField(
        label=_("Business hours to a first decision"),
        min_value=1,
        max_value=2000,
        help_text=_("16 hours are two days."),
    )
    members = forms.ModelMultipleChoiceField(
        label=_("Members"), queryset=User.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("lead", "members"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = User.objects.active().by_name()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        opens, closes = cleaned.get("opens_at"), cleaned.get("closes_at")
        if opens and closes and closes <= opens:
            self.add_error("closes_at", _("Work must end after it starts."))
        return cleaned


class CompanyForm(forms.ModelForm[Install]):
    """The vendor that runs this installation."""

    currency = forms.ChoiceField(
        label=_("Currency"), choices=choices.currencies, help_text=_("All sums are shown in it.")
    )
    country = forms.ChoiceField(
        label=_("Country"), choices=choices.countries, help_text=_("Its public holidays are days off.")
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=choices.time_zones)
    fiscal_year_starts = forms.TypedChoiceField(
        label=_("The fiscal year starts in"), choices=choices.months, coerce=int
    )
    requires_mfa = forms.BooleanField(
        label=_("Everybody must use a second factor"),
        required=False,
        widget=Switch,
        help_text=_("People without one are led to its set-up at their next click. You too."),
    )

    class Meta:
        model = Install
        fields = ["company", "currency", "country", "time_zone", "fiscal_year_starts", "requires_mfa"]


class HolidayForm(forms.Form):
    day = DayField(label=_("Day"))
    name = forms.CharField(label=_("Name"), max_length=80)
