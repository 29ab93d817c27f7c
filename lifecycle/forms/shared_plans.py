"""Sharing a plan, and what a customer fills in on it."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.base import PlainForm
from accounts.models import Account, Contact
from team.clock import today
from ui.forms import DayField

USUAL_DAYS = 90


class ShareForm(PlainForm):
    """For whom a link is, and until when it leads somewhere."""

    contact = forms.ModelChoiceField(
        label=_("For whom"), queryset=Contact.objects.none(), required=False, empty_label=_("Everybody at the customer")
    )
    expires_on = DayField(label=_("Until"))
    can_sign_off = forms.BooleanField(label=_("They may sign goals off"), required=False, initial=True)

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people: Any = self.fields["contact"]
        people.queryset = Contact.objects.active().filter(account=account).order_by("name")
        self.initial.setdefault("expires_on", today() + dt.timedelta(days=USUAL_DAYS))


class AnswerForm(PlainForm):
    """A line of ours under the plan."""

    text = forms.CharField(
        label=_("What the customer will read"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
