"""Forms about risks: rest, false alarm, and the rule of a kind."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from engagement.formulas.risks import DAYS, SHARE, Definition
from engagement.selectors.risk_rules import Watching
from lifecycle.models import Playbook
from team.clock import today
from ui.forms import DayField, Switch

MOST_AT_ONCE = 200


class SnoozeRiskForm(forms.Form):
    """Until when it rests, and why it may."""

    until = DayField(label=_("Until"), initial="+2w", help_text=_("A day: fri, +2w, 23 dec."))
    reason = forms.CharField(
        label=_("Why it may rest"), max_length=300, widget=forms.TextInput(attrs={"autofocus": True})
    )

    def clean_until(self) -> dt.date:
        until: dt.date = self.cleaned_data["until"]
        if until <= today():
            raise ValidationError(_("Choose a day after today."))
        return until


class FalseAlarmForm(forms.Form):
    """What the rule did not see; its rule counts it."""

    reason = forms.CharField(
        label=_("What did the rule not see?"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2, "autofocus": True}),
        help_text=_("The risk closes, and this kind keeps quiet on the account for 90 days."),
    )


class SnoozeRisksForm(SnoozeRiskForm):
    """The picked rows of the queue."""

    selected = forms.TypedMultipleChoiceField(coerce=int)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        picked = self.data.getlist("selected")[:MOST_AT_ONCE] if hasattr(self.data, "getlist") else []
        field: Any = self.fields["selected"]
        field.choices = [(one, one) for one in picked if one.isdigit()]


class StartPlayForm(forms.Form):
    """Which play answers it."""

    playbook = forms.ModelChoiceField(label=_("Play"), queryset=Playbook.objects.none(), empty_label=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["playbook"]
        field.queryset = Playbook.objects.filter(archived_at=None).order_by("name")


class RiskRuleForm(forms.Form):
    """One kind in one segment: on or off, its thresholds, its play. Shares are written in per cent."""

    is_on = forms.BooleanField(label=_("Watch it"), required=False, widget=Switch())
    playbook = forms.ModelChoiceField(
        label=_("Play that answers it"),
        queryset=Playbook.objects.none(),
        required=False,
        empty_label=_("The one that listens to it"),
    )
    started_from = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, definition: Definition, held: Watching, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.definition = definition
        field: Any = self.fields["playbook"]
        field.queryset = Playbook.objects.filter(archived_at=None).order_by("name")
        for one in definition.thresholds:
            factor = 100 if one.unit == SHARE else 1
            label = f"{one.label} (%)" if one.unit == SHARE else str(one.label)
            self.fields[one.name] = forms.FloatField(
                label=label,
                min_value=one.low * factor,
                max_value=one.high * factor,
                initial=f"{held.limits[one.name] * factor:g}",
                widget=forms.NumberInput(attrs={"step": "1" if one.unit in {DAYS, "count"} else "any"}),
            )
        self.order_fields(["is_on", *(one.name for one in definition.thresholds), "playbook", "started_from"])

    def thresholds(self) -> dict[str, float]:
        """The numbers of a valid form by name."""
        made = {}
        for one in self.definition.thresholds:
            value = self.cleaned_data[one.name]
            made[one.name] = round(value / 100, 6) if one.unit == SHARE else value
        return made
