"""Moving an account to a stage."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from lifecycle.models import Stage


class StageForm(forms.Form):
    """The stage to move to and what showed that the account got there."""

    stage = forms.ModelChoiceField(label=_("Stage"), queryset=Stage.objects.none())
    note = forms.CharField(label=_("What showed it"), max_length=300, required=False)

    def __init__(self, *args: Any, stages: QuerySet[Stage], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stage"].queryset = stages  # type: ignore[attr-defined]

    def evidence(self, *, by: str) -> dict[str, str]:
        """What is kept with the visit: the person, and their words."""
        note = self.cleaned_data["note"].strip()
        return {"by": by, "note": note} if note else {"by": by}
