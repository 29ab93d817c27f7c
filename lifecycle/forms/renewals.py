"""What people say of a renewal."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from lifecycle.models import Renewal
from team.clock import today
from ui.forms import DayField


class CallForm(forms.Form):
    """The CSM's call."""

    category = forms.ChoiceField(label=_("Category"), choices=Renewal.Category.choices)
    chance_percent = forms.IntegerField(
        label=_("Chance in per cent"), min_value=0, max_value=100, required=False, help_text=_("Empty: not said.")
    )
    forecast_arr = forms.DecimalField(label=_("Forecast ARR"), min_value=0, max_digits=14, decimal_places=2)
    note = forms.CharField(label=_("Why"), max_length=300, required=False)


class CloseForm(forms.Form):
    """How it came out; a loss needs no sum, a win needs one."""

    outcome = forms.ChoiceField(
        label=_("Outcome"), choices=[("won", _("Renewed")), ("lost", _("Lost"))], widget=forms.RadioSelect
    )
    final_arr = forms.DecimalField(
        label=_("Final ARR"),
        min_value=0,
        max_digits=14,
        decimal_places=2,
        required=False,
        help_text=_("More than the due ARR is an upsell, less a downsell."),
    )
    reasons = forms.MultipleChoiceField(
        label=_("Reasons, three at most"), choices=Renewal.Reason.choices, widget=forms.CheckboxSelectMultiple
    )
    comment = forms.CharField(label=_("Comment"), max_length=500, required=False)
    closed_on = DayField(label=_("Decided on"), required=False)
    next_renews_on = DayField(label=_("Renews next on"), required=False)

    def __init__(self, *args: Any, renewal: Renewal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.renewal = renewal

    def clean_reasons(self) -> list[str]:
        reasons: list[str] = self.cleaned_data["reasons"]
        if len(reasons) > 3:
            raise ValidationError(_("Choose the three that mattered most."))
        return reasons

    def clean_closed_on(self) -> dt.date | None:
        day: dt.date | None = self.cleaned_data["closed_on"]
        if day and day > today():
            raise ValidationError(_("That day has not come yet."))
        return day

    def clean_next_renews_on(self) -> dt.date | None:
        day: dt.date | None = self.cleaned_data["next_renews_on"]
        if day and day <= self.renewal.due_on:
            raise ValidationError(_("The next renewal comes after this one."))
        return day

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("outcome") == "won" and not values.get("final_arr") and "final_arr" not in self.errors:
            self.add_error("final_arr", _("Say at what ARR it renewed."))
        return values


class LockForm(forms.Form):
    """The span whose forecast is kept as it stands."""

    starts_on = DayField(label=_("From"))
    ends_on = DayField(label=_("To"))
    note = forms.CharField(label=_("Note"), max_length=300, required=False)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        start, end = values.get("starts_on"), values.get("ends_on")
        if start and end and end < start:
            self.add_error("ends_on", _("The end comes before the start."))
        return values


class TargetForm(forms.Form):
    """What should renew in a month; empty takes the target away."""

    amount = forms.DecimalField(label=_("Target ARR"), min_value=0, max_digits=14, decimal_places=2, required=False)
