"""Forms of outside trackers."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from voc.formulas.tracker_news import parse_states, states_text
from voc.models import Tracker

START = "in progress = accepted\ndone = acted_on\nwon't do = note"


class TrackerForm(forms.ModelForm[Tracker]):
    """A tracker, where its issues stand, and what their states mean here."""

    states = forms.CharField(
        label=_("What its states mean here"),
        required=False,
        initial=START,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text=_("One per line: their word = accepted (in work), acted_on (done) or note. Others are noted."),
    )

    class Meta:
        model = Tracker
        fields = ("name", "address", "states")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autofocus"] = True
        self.fields["address"].widget.attrs["placeholder"] = "https://tracker.example.com/browse/{key}"
        if self.instance.pk:
            self.initial["states"] = states_text(self.instance.states)

    def clean_address(self) -> str:
        address: str = self.cleaned_data["address"].strip()
        # SECURITY: it becomes a link on pages; no other scheme than the web's.
        if address and not address.startswith(("https://", "http://")):
            raise ValidationError(_("Begin with https://."))
        if address and "{key}" not in address.split("/", maxsplit=3)[-1]:
            raise ValidationError(_("Put {key} where the number goes."))
        return address

    def clean_states(self) -> dict[str, str]:
        try:
            return parse_states(self.cleaned_data["states"])
        except ValueError as error:
            raise ValidationError(str(error)) from error


class LinkForm(forms.Form):
    """Which issue, in which tracker."""

    tracker = forms.ModelChoiceField(
        label=_("Tracker"), queryset=Tracker.objects.filter(is_active=True), empty_label=None
    )
    key = forms.CharField(label=_("Number there"), max_length=120)
    url = forms.URLField(
        label=_("Address"), max_length=500, required=False, assume_scheme="https", help_text=_("Empty: by the tracker.")
    )
