"""A judgement by hand."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from engagement.models import ManualJudgement
from ui.forms import DayField

# The whole score, as the form names it: an empty choice would read as none.
WHOLE = "score"


class JudgementForm(forms.ModelForm[ManualJudgement]):
    """What, how much, why, and until when; `components` are those that the account's scorecard has."""

    component = forms.ChoiceField(label=_("What you judge"))
    valid_until = DayField(
        label=_("Valid until"), help_text=_("A day: +6w, 23 dec. It ends by itself; a year at most.")
    )

    class Meta:
        model = ManualJudgement
        fields = ("component", "value", "reason", "valid_until")
        widgets = {
            "value": forms.NumberInput(attrs={"min": 0, "max": 100, "step": 1}),
            "reason": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts = {
            "value": _("0 to 100."),
            "reason": _("Others see it with the score."),
        }

    def __init__(self, *args: Any, components: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        value: Any = self.fields["value"]
        value.validators += [MinValueValidator(0), MaxValueValidator(100)]
        field: Any = self.fields["component"]
        field.choices = [(WHOLE, _("The whole score")), *components]
        field.help_text = _(
            "In brackets what it is now. A component counts with its whole weight; the whole score stands above all "
            "rules."
        )

    def clean_component(self) -> str:
        """The component's code; empty for the whole score."""
        chosen: str = self.cleaned_data["component"]
        return "" if chosen == WHOLE else chosen
