"""Forms of triggers."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.conditions import ConditionsField
from accounts.models import Persona
from lifecycle.models import Stage
from voc.models import SurveyTrigger

Kind = SurveyTrigger.Kind
STAGE_KINDS = (Kind.STAGE_ENTERED, Kind.STAGE_LEFT)


class StageField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Stages of journeys that are in use."""

    def label_from_instance(self, obj: Stage) -> str:
        return f"{obj.journey.name}: {obj.name}"


class TriggerForm(forms.Form):
    """When somebody is asked by itself, and who."""

    kind = forms.ChoiceField(label=_("When"), choices=Kind.choices)
    stage = StageField(
        label=_("Stage"),
        queryset=Stage.objects.none(),
        required=False,
        empty_label=_("Choose a stage"),
        help_text=_("For stages alone."),
    )
    days = forms.IntegerField(
        label=_("Days"),
        min_value=0,
        max_value=1000,
        initial=0,
        help_text=_("After the event; before a renewal; between two rounds of a rhythm."),
    )
    conditions = ConditionsField(label=_("Accounts that meet all of these"))
    personas = forms.MultipleChoiceField(
        label=_("Personas"),
        choices=Persona.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None: all of them. A closed ticket asks the person who opened it."),
    )
    per_account = forms.IntegerField(label=_("People per account at most"), required=False, min_value=1, max_value=999)
    share = forms.IntegerField(
        label=_("Share to ask, in %"),
        min_value=1,
        max_value=100,
        initial=100,
        help_text=_("Of tickets, for example, every tenth is enough."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["stage"]
        field.queryset = Stage.objects.present().filter(journey__is_active=True).select_related("journey")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("kind") in STAGE_KINDS:
            if not values.get("stage") and "stage" not in self.errors:
                self.add_error("stage", _("Choose the stage."))
        else:
            values["stage"] = None
        if values.get("kind") == Kind.CADENCE and values.get("days") == 0:
            self.add_error("days", _("A rhythm needs its number of days."))
        return values


def initial_of(trigger: SurveyTrigger) -> dict[str, Any]:
    """A trigger as its form begins."""
    names = ("kind", "stage", "days", "conditions", "personas", "per_account", "share")
    return {name: getattr(trigger, name) for name in names}
