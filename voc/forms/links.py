"""A new public link."""

import datetime as dt
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from accounts.forms.base import PlainForm
from accounts.models import Account
from team.models import User
from ui.forms import Combobox, DayField
from voc.models import Survey, SurveyLink


class LinkForm(PlainForm):
    """Where it hangs, for whom it counts, who may show it, how much it takes."""

    kind = forms.ChoiceField(label=_("Kind"), choices=SurveyLink.Kind.choices, initial=SurveyLink.Kind.LINK)
    name = forms.CharField(
        label=_("Name"), max_length=120, help_text=_("Where it hangs or stands: Reception, Help page.")
    )
    account = forms.ModelChoiceField(
        label=_("Account"),
        queryset=Account.objects.none(),
        required=False,
        help_text=_("Answers count for it. Empty: anonymous, nobody can tell who answered."),
    )
    origins = forms.CharField(
        label=_("Sites that may show it"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For a widget, one per line: https://www.example.com"),
    )
    per_hour = forms.IntegerField(label=_("Answers per hour at most"), min_value=1, max_value=10000, initial=120)
    closes_on = DayField(label=_("Closes after"), required=False)

    def __init__(self, *args: Any, user: User, survey: Survey, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["account"]
        field.queryset = Account.objects.editable_by(user).order_by("name")
        if survey.is_anonymous:
            del self.fields["account"]
        else:
            field.widget = Combobox(url=str(reverse_lazy("account_options")))
            field.widget.choices = field.choices

    def clean_origins(self) -> list[str]:
        """One site per line or between commas."""
        return [part for part in self.cleaned_data["origins"].replace(",", "\n").split() if part]

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        found = {name: self.cleaned_data[name] for name in ("kind", "name", "origins", "per_hour")}
        day: dt.date | None = self.cleaned_data["closes_on"]
        end = dt.datetime.combine(day, dt.time.max, tzinfo=dt.UTC) if day else None
        return found | {"account": self.cleaned_data.get("account"), "closes_at": end}
