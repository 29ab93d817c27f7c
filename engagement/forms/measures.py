"""The form of an own measure, without its formula, which the builder draws."""

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.services.versions import EditConflict
from engagement.formulas.own import BadFormula, parse_formula
from engagement.formulas.own_values import describe
from engagement.models import Component, CustomMeasure
from engagement.selectors.measures.catalogue import stored_catalogue
from engagement.selectors.measures.own import OwnMeasure
from engagement.selectors.measures.registry import registry

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

    def clean_label(self) -> str:
        """Two measures of one name cannot be told apart in a scorecard."""
        label = str(self.cleaned_data["label"]).strip()
        if "label" not in self.changed_data:
            return label
        for code, measure in registry().items():
            is_gone = isinstance(measure, OwnMeasure) and measure.is_archived
            if code != self.instance.code and not is_gone and str(measure.label).casefold() == label.casefold():
                raise ValidationError(_("There is a measure of this name."), code="taken")
        return label


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


def editor_form(
    data: QueryDict | None, row: CustomMeasure | None, kind: str, draft: dict[str, Any] | None
) -> MeasureForm:
    """The form of the fields beside the formula."""
    initial: dict[str, Any] = {"version": row.version if row else None}
    if draft:
        initial |= {name: value for name, value in draft["fields"].items() if value != ""}
    of = ExternalForm if kind == CustomMeasure.Kind.EXTERNAL else MeasureForm
    return of(data, instance=row, initial=initial)


def show_conflict(form: MeasureForm, conflict: EditConflict) -> None:
    """Both values stand above the form, and saving again puts the person's own."""
    form.clashes = [
        {"label": clash.label, "theirs": _words(clash.field, clash.theirs), "mine": _words(clash.field, clash.mine)}
        for clash in conflict.clashes
    ]
    data = cast(QueryDict, form.data).copy()
    data["version"] = str(conflict.version)
    form.data = data


def _words(field: str, value: Any) -> str:
    if field != "formula":
        return str(value)
    catalogue = stored_catalogue()
    try:
        return describe(parse_formula(value, catalogue), catalogue)
    except BadFormula as error:
        return str(error)


def refuse(form: MeasureForm, error: ValidationError) -> tuple[str, str]:
    """The service's refusals at their fields; returns (path, message) of one about the formula."""
    about: tuple[str, str] = ("", "")
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return about
    for name, found in error.error_dict.items():
        if name == "formula":
            about = (str(found[0].code), str(found[0].message))
        form.add_error(name if name in form.fields else None, found)
    return about
