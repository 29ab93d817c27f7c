"""The form of a use case: what it is good for, and its criteria, row by row."""

from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Persona
from engagement.models import Feature, UseCase, UseCaseCriterion
from engagement.services.use_cases import MOST_CRITERIA, problems_of
from ui.forms import Combobox

BLANK_ROWS = 2
SHOWN_FEATURES = format_lazy("{}?shown=1", reverse_lazy("feature_options"))


class CriterionForm(forms.Form):
    """One criterion; a row without a number is left out."""

    what = forms.ChoiceField(label=_("Counts"), choices=UseCaseCriterion.What.choices)
    least = forms.IntegerField(label=_("At least"), min_value=1, max_value=1_000_000, required=False)
    # A catalogue may have thousands of names: each row with all of them as options would take seconds.
    feature = forms.ModelChoiceField(
        label=_("Of"),
        queryset=Feature.objects.none(),
        required=False,
        widget=Combobox(url=SHOWN_FEATURES, attrs={"placeholder": _("anything")}),  # type: ignore[arg-type]
    )
    persona = forms.ChoiceField(label=_("By"), choices=[("", _("anybody")), *Persona.choices], required=False)
    days = forms.IntegerField(label=_("In days"), min_value=1, max_value=90, initial=28, required=False)
    words = forms.CharField(label=_("In your words"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        feature: Any = self.fields["feature"]
        feature.queryset = Feature.objects.filter(is_hidden=False, merged_into=None)
        self.fields["words"].widget.attrs["placeholder"] = _("Empty: as it is counted")

    def as_row(self) -> dict[str, Any] | None:
        """The criterion as a row of the document; None for an empty one."""
        values = self.cleaned_data
        if not values.get("least"):
            return None
        return {
            "words": values["words"],
            "what": values["what"],
            "feature_id": values["feature"].pk if values["feature"] else None,
            "persona": values["persona"],
            "least": values["least"],
            "days": values["days"] or 28,
        }


CriterionRows = forms.formset_factory(
    CriterionForm, extra=0, max_num=MOST_CRITERIA, validate_max=True, absolute_max=MOST_CRITERIA + 2
)


class UseCaseForm(forms.ModelForm[UseCase]):
    """A use case without its criteria."""

    intents = forms.MultipleChoiceField(
        label=_("For accounts that bought because"),
        choices=Account.Intent.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None: every account."),
    )

    class Meta:
        model = UseCase
        fields = ("name", "description", "intents", "is_on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autofocus"] = True


class UseCaseEditor:
    """Form and rows together; `document` is what they say once both are valid."""

    def __init__(self, data: Any, *, use_case: UseCase | None, document: dict[str, Any] | None) -> None:
        rows = list(document["criteria"]) if document else []
        start = [{**row, "feature": row["feature_id"]} for row in rows]
        start += [{}] * max(0, min(BLANK_ROWS if rows else BLANK_ROWS + 1, MOST_CRITERIA - len(rows)))
        # A copy: a form writes what was sent into its instance.
        kept = UseCase.objects.filter(pk=use_case.pk).first() if use_case else None
        initial = {name: document[name] for name in ("name", "description", "intents", "is_on")} if document else None
        self.form = UseCaseForm(data, instance=kept, initial=initial)
        self.rows = CriterionRows(data, initial=start, prefix="criteria")

    def is_valid(self) -> bool:
        """Whether it can be saved; problems of the whole stand on the form."""
        is_fine = self.form.is_valid() and self.rows.is_valid()
        if is_fine:
            for problem in problems_of(self.document):
                self.form.add_error(None, problem)
        return is_fine and not self.form.errors

    @property
    def document(self) -> dict[str, Any]:
        values = self.form.cleaned_data
        rows = [row for one in self.rows if (row := one.as_row()) is not None]
        return {**{name: values[name] for name in ("name", "description", "intents", "is_on")}, "criteria": rows}

    def draft(self) -> dict[str, Any] | None:
        """What can be tried so far: the rows that make sense, whatever else is missing; None without any."""
        self.form.is_valid()
        self.rows.is_valid()
        rows = [row for one in self.rows if one.is_valid() and (row := one.as_row()) is not None]
        document = {"name": "x", "intents": self.form.cleaned_data.get("intents", []), "criteria": rows}
        return None if not rows or problems_of(document) else document
