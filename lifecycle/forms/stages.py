"""Moving an account to a stage."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from lifecycle.models import Stage


class StageForm(forms.Form):
    """The stage to move to, what showed that the account got there, and why it moves against the rules."""

    stage = forms.ModelChoiceField(label=_("Stage"), queryset=Stage.objects.none())
    note = forms.CharField(label=_("What showed it"), max_length=300, required=False)
    reason = forms.CharField(label=_("Why, if not everything is met or it goes back"), max_length=300, required=False)

    def __init__(self, *args: Any, stages: QuerySet[Stage], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stage"].queryset = stages  # type: ignore[attr-defined]


class TickForm(forms.Form):
    """A box is ticked or the tick is taken back."""

    is_done = forms.TypedChoiceField(choices=(("1", "1"), ("0", "0")), coerce=lambda text: text == "1")
    note = forms.CharField(max_length=300, required=False)
