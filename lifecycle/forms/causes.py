"""Saying why."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.base import PlainForm
from lifecycle.models import Cause


class CauseForm(PlainForm):
    """One of three causes, with what shows it."""

    kind = forms.ChoiceField(label=_("Cause"), choices=Cause.Kind.choices, widget=forms.RadioSelect)
    evidence = forms.CharField(
        label=_("What shows it"), max_length=500, widget=forms.Textarea(attrs={"rows": 3, "data-draft": "cause"})
    )
