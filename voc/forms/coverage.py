"""The form of one cell of the listening coverage."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from team.models import Role, User
from voc.models import ListeningCell, Survey


class CellForm(forms.ModelForm[ListeningCell]):
    """Who listens how and how often; or nobody, on purpose."""

    class Meta:
        model = ListeningCell
        fields = ("owner", "method", "survey", "every_days", "is_left_out")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(is_active=True).exclude(role=Role.VIEWER).order_by("name")
        self.fields["owner"] = forms.ModelChoiceField(people, required=False, label=_("Owner"))
        self.fields["survey"] = forms.ModelChoiceField(
            Survey.objects.order_by("name"), required=False, label=_("Survey")
        )
        self.fields["method"].widget.attrs["placeholder"] = _("Quarterly call, NPS twice a year ...")

    def clean(self) -> dict[str, Any]:
        """What is left out has no owner and no rhythm."""
        found = super().clean() or {}
        if found.get("every_days") == 0:
            self.add_error("every_days", _("A rhythm is at least one day."))
        if found.get("is_left_out"):
            found |= {"owner": None, "survey": None, "every_days": None}
        return found
