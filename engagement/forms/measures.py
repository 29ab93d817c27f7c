"""The form of an own measure, without its formula, which the builder draws."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from engagement.models import Component, CustomMeasure

UNITS = [
    ("count", _("a number: 12")),
    ("share", _("a share: 0.63 reads 63 %")),
    ("days", _("days: 12 days")),
    ("ratio", _("a ratio: × 0.85")),
    ("points", _("points, with one decimal: 7.4")),
]


class MeasureForm(forms.ModelForm[CustomMeasure]):
    """What it is called, what it means, where it belongs and how it is written."""

    unit = forms.ChoiceField(label=_("How its values are written"), choices=UNITS)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = CustomMeasure
        fields = ("label", "component", "unit", "definition")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.clashes: list[Any] = []
        component: Any = self.fields["component"]
        component.choices = Component.choices
        self.fields["label"].widget.attrs["placeholder"] = _("Tickets per active user")
        self.fields["definition"].widget = forms.Textarea(attrs={"rows": 2})
        self.fields["definition"].help_text = _("Why it matters; the formula in words is added by itself.")


class ExternalForm(MeasureForm):
    """One whose values come by the API, which names it by its code."""

    code = forms.SlugField(
        label=_("Code"),
        max_length=40,
        required=False,
        help_text=_("The API names it so; empty: made of the name. It never changes."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["definition"].help_text = _("What it says about an account, and where it comes from.")
        if self.instance.pk:
            del self.fields["code"]
