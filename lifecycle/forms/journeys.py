"""Forms of journeys: their frame, stages, criteria, and where accounts go."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.forms.base import PlainForm
from accounts.forms.conditions import ConditionsField
from accounts.models import Account, Segment
from lifecycle.models import Criterion, Journey, Stage
from ui.forms import Inline, Switch


class JourneyForm(PlainForm):
    """For whom the journey is; a new one may copy the stages of another."""

    name = forms.CharField(label=_("Name"), max_length=80)
    segment = forms.ModelChoiceField(
        label=_("Segment"), queryset=Segment.objects.none(), required=False, empty_label=_("All segments")
    )
    intent = forms.ChoiceField(label=_("Why they bought"), required=False)
    description = forms.CharField(label=_("What it is for"), max_length=300, required=False)
    copy_from = forms.ModelChoiceField(
        label=_("Begin with the stages of"),
        queryset=Journey.objects.none(),
        required=False,
        empty_label=_("The five usual stages"),
    )
    is_active = forms.BooleanField(
        label=_("In use"), required=False, initial=True, widget=Switch, help_text=_("Accounts on it stay on it.")
    )

    def __init__(self, *args: Any, journey: Journey | None, **kwargs: Any) -> None:
        if journey:
            fields = ("name", "segment", "intent", "description", "is_active")
            kwargs["initial"] = {name: getattr(journey, name) for name in fields}
        super().__init__(*args, **kwargs)
        shown: Any = self.fields
        shown["segment"].queryset = Segment.objects.all()
        shown["intent"].choices = [("", _("All intents")), *Account.Intent.choices]
        shown["copy_from"].queryset = Journey.objects.order_by("name")
        if journey:
            del self.fields["copy_from"]


class StageForm(PlainForm):
    """A stage of a journey."""

    name = forms.CharField(label=_("Name"), max_length=60)
    kind = forms.ChoiceField(
        label=_("Counts as"), choices=Stage.Kind.choices, help_text=_("The board and reports join stages by this.")
    )
    target_days = forms.IntegerField(
        label=_("Target days"), min_value=1, max_value=3650, help_text=_("A longer stay is late.")
    )


class CriterionForm(PlainForm):
    """What must be so: a box that a person ticks, or a condition on data."""

    words = forms.CharField(label=_("What must be so"), max_length=200)
    side = forms.ChoiceField(label=_("When"), choices=Criterion.Side.choices, widget=Inline)
    is_data = forms.ChoiceField(
        label=_("Who says so"),
        choices=(("", _("A person ticks a box")), ("data", _("Data"))),
        required=False,
        widget=Inline,
    )
    condition = ConditionsField(
        label=_("Condition"), is_single=True, help_text=_("Only where data decides; empty for a box.")
    )
    is_required = forms.BooleanField(
        label=_("Required"), required=False, widget=Switch, help_text=_("Otherwise it is shown and does not hold back.")
    )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        condition = values.get("condition")
        if values.get("is_data") and not condition and "condition" not in self.errors:
            raise ValidationError({"condition": _now("Choose what the data has to be.")})
        values["condition"] = condition if values.get("is_data") else None
        return values


class StageRemoveForm(PlainForm):
    """Where the accounts go that stand in a stage which is removed."""

    to = forms.ModelChoiceField(label=_("The accounts go to"), queryset=Stage.objects.none())

    def __init__(self, *args: Any, stages: QuerySet[Stage], is_needed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["to"]
        field.queryset, field.required = stages, is_needed
        if not is_needed:
            del self.fields["to"]


class RuleForm(PlainForm):
    """Switch a rule on or off; `version` is that of the journey whose replay was seen."""

    is_on = forms.TypedChoiceField(choices=(("1", "1"), ("0", "0")), coerce=lambda text: text == "1")
    version = forms.IntegerField(min_value=0)
