"""The quick log and the full form of a touch."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.forms.base import RowForm
from accounts.models import Account, Contact, Touchpoint
from team.clock import now
from team.models import User
from ui.forms import DayField, Inline

Kind = Touchpoint.Kind
# What one logs by hand many times a day, in the order of the keys.
QUICK_KINDS = [
    (kind.value, kind.label) for kind in (Kind.CALL, Kind.MEETING, Kind.MAIL, Kind.NOTE, Kind.CHAT, Kind.EVENT)
]
MOODS = [
    (Touchpoint.Valence.POSITIVE.value, _("Good")),
    (Touchpoint.Valence.NEUTRAL.value, _("Neutral")),
    (Touchpoint.Valence.NEGATIVE.value, _("Bad")),
]
PEOPLE_SHOWN = 40


class LogForm(forms.Form):
    """One text first; all else has a sensible start."""

    body = forms.CharField(
        label=_("What happened"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3, "data-draft": "log", "data-key": "n"}),
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=QUICK_KINDS, initial=Kind.CALL, widget=Inline)
    contacts = forms.ModelMultipleChoiceField(
        label=_("With"), queryset=Contact.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    outcome = forms.ChoiceField(label=_("Outcome"), choices=[("", "–"), *Touchpoint.Outcome.choices], required=False)
    valence = forms.ChoiceField(label=_("Mood"), choices=MOODS, initial="neutral", widget=Inline, required=False)
    minutes = forms.IntegerField(label=_("Minutes"), min_value=0, max_value=1440, required=False)
    on = DayField(label=_("When"), required=False, help_text=_("Empty: now."))
    asks_for = forms.CharField(label=_("What we ask for"), max_length=200, required=False)
    due_on = DayField(label=_("By when"), required=False)
    is_inbound = forms.BooleanField(label=_("They wrote or called us"), required=False)
    is_proactive = forms.BooleanField(label=_("We started it, unasked"), required=False)
    is_private = forms.BooleanField(label=_("Only for the success team"), required=False)

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        kwargs.setdefault("prefix", "log")
        super().__init__(*args, **kwargs)
        people: Any = self.fields["contacts"]
        people.queryset = Contact.objects.filter(account=account).active().order_by("name", "pk")

    def clean_on(self) -> dt.date | None:
        day: dt.date | None = self.cleaned_data["on"]
        if day is not None and day > timezone.localdate(now()):
            raise ValidationError(_("Log what happened; what is to come is a task."))
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("due_on") and not cleaned.get("asks_for"):
            self.add_error("asks_for", _("What do we ask for by then?"))
        return cleaned

    def values(self) -> dict[str, Any]:
        """Arguments of `log_by_hand`."""
        data = self.cleaned_data
        is_talk = data["kind"] in {Kind.CALL, Kind.MEETING, Kind.CHAT, Kind.EVENT}
        return {
            "kind": data["kind"],
            "body": data["body"].strip(),
            "contacts": list(data["contacts"]),
            "direction": Touchpoint.Direction.IN if data["is_inbound"] and not is_talk else "",
            "outcome": data["outcome"],
            "valence": data["valence"] or Touchpoint.Valence.NEUTRAL,
            "minutes": data["minutes"] or 0,
            "occurred_at": _at_noon(data["on"]),
            "asks_for": data["asks_for"],
            "due_on": data["due_on"],
            "is_proactive": data["is_proactive"],
            "is_private": data["is_private"],
        }


def _at_noon(day: dt.date | None) -> dt.datetime | None:
    """Today is now; another day is its noon in the person's zone, so that no zone makes it the day before."""
    moment = now()
    if day is None or day == timezone.localdate(moment):
        return None
    return timezone.make_aware(dt.datetime.combine(day, dt.time(12)))


class TouchpointForm(RowForm[Touchpoint]):
    """Everything about a touch."""

    due_on = DayField(label=_("By when"), required=False)
    contacts = forms.ModelMultipleChoiceField(
        label=_("With"), queryset=Contact.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Touchpoint
        fields = (
            "body",
            "subject",
            "kind",
            "direction",
            "occurred_at",
            "outcome",
            "valence",
            "minutes",
            "asks_for",
            "due_on",
            "is_proactive",
            "is_private",
        )
        widgets = {"occurred_at": forms.DateTimeInput(format="%Y-%m-%dT%H:%M"), "valence": Inline}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        seated = list(self.instance.participants.values_list("contact", flat=True))
        people: Any = self.fields["contacts"]
        people.queryset = Contact.objects.filter(account=self.instance.account).order_by("name", "pk")
        self.initial["contacts"] = seated
        self.fields["body"].widget.attrs |= {"rows": 6, "autofocus": True}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("due_on") and not cleaned.get("asks_for"):
            self.add_error("asks_for", _("What do we ask for by then?"))
        return cleaned

    def values(self) -> dict[str, Any]:
        return {**super().values(), "contacts": list(self.cleaned_data["contacts"])}
