"""Edits of the feature catalogue."""

from typing import Any

from django import forms
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext_lazy as _

from accounts.forms.base import RowForm, WordsField
from engagement.models import Feature
from engagement.services.catalogue.writing import MARKS
from ui.forms import Combobox, Switch


class FeatureForm(RowForm[Feature]):
    """What people call it, what it is, and what it counts for."""

    plans = WordsField(
        label=_("Plans that include it"),
        max_length=60,
        required=False,
        help_text=_("Divided by commas; empty: every plan."),
    )

    class Meta:
        model = Feature
        fields = ("label", "description", "is_key", "is_core_action", "plans", "is_hidden")
        widgets = {"is_key": Switch, "is_core_action": Switch, "is_hidden": Switch}
        help_texts = {
            "label": _("What people see; empty: the name as it is sent."),
            "is_key": _("Counts for breadth: key features used of those that the plan includes."),
            "is_core_action": _("Counts for depth: core actions per active user."),
            "is_hidden": _("Left out of lists and of what is new; its events are kept and counted."),
        }


def one_field_form(name: str) -> type[FeatureForm]:
    """The form of one field, for editing where it stands."""

    class OneFieldForm(FeatureForm):
        class Meta(FeatureForm.Meta):
            pass

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            for other in [key for key in self.fields if key not in (name, "version")]:
                del self.fields[other]

    return OneFieldForm


EDITED_IN_PLACE = ("label", "description", "is_key", "is_core_action", "plans")


class MergeFeatureForm(forms.Form):
    """The feature that another one counts for from now on."""

    into = forms.ModelChoiceField(
        label=_("Counts for"),
        queryset=Feature.objects.none(),
        widget=Combobox(url=reverse_lazy("feature_options")),  # type: ignore[arg-type]
    )

    def __init__(self, *args: Any, feature: Feature, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["into"]
        field.queryset = Feature.objects.filter(merged_into=None).exclude(pk=feature.pk)
        field.widget.url = f"{reverse('feature_options')}?not={feature.pk}"


class PickedFeaturesForm(forms.Form):
    """Rows that were picked in the list, and what to do to them."""

    selected = forms.ModelMultipleChoiceField(queryset=Feature.objects.all())
    what = forms.ChoiceField(choices=[(name, name) for name in MARKS])
