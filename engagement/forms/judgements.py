"""A judgement by hand."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from engagement.models import ManualJudgement


class JudgementForm(forms.ModelForm[ManualJudgement]):
    """What, how much, why, and until when; `components` are those that the account's scorecard has."""

    component = forms.ChoiceField(label=_("what you judge"), required=False)

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
            "valid_until": _("It ends by itself; a year at most."),
        }

    def __init__(self, *args: Any, components: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["component"]
        field.choices = [("", _("The whole score")), *components]
        field.help_text = _("A component counts with its whole weight. The whole score stands above all rules.")
