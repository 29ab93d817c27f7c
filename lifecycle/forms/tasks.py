"""Forms of tasks."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from lifecycle.models import Goal, Task
from team.clock import today
from team.models import User
from ui.forms import Combobox, DayField


class TaskForm(forms.ModelForm[Task]):
    """A task: the words first, everything else has a sensible start."""

    due_on = DayField(label=_("Due"), required=False)

    class Meta:
        model = Task
        fields = ("title", "account", "due_on", "owner", "kind", "why", "is_shared", "goal")
        widgets = {"account": Combobox(url=reverse_lazy("account_options")), "goal": forms.HiddenInput}  # type: ignore[arg-type]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"].widget.attrs["autofocus"] = True
        self.user = user
        account, owner, goal = self.fields["account"], self.fields["owner"], self.fields["goal"]
        # SECURITY: who may not see an account cannot find out whether it exists by naming its id.
        account.queryset = Account.objects.visible_to(user)  # type: ignore[attr-defined]
        owner.queryset = User.objects.filter(is_active=True).exclude(role="viewer").order_by("name")  # type: ignore[attr-defined]
        goal.queryset = Goal.objects.visible_to(user)  # type: ignore[attr-defined]
        self.fields["is_shared"].help_text = _("On the page that you shared with them: words, day and owner.")
        if not user.can_edit:
            del self.fields["is_shared"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        account, goal = cleaned.get("account"), cleaned.get("goal")
        if goal is not None and (account is None or goal.account_id != account.pk):
            cleaned["goal"] = None
        # SECURITY: what a customer reads is decided by those who look after the account.
        if cleaned.get("is_shared") and not (
            account and Account.objects.editable_by(self.user).filter(pk=account.pk).exists()
        ):
            self.add_error("is_shared", _("Only tasks of your own accounts can be shown to a customer."))
        return cleaned


class SnoozeForm(forms.Form):
    """Until when a task sleeps; a day in the past makes no sense."""

    until = DayField(label=_("Until"))
    reason = forms.CharField(label=_("Why"), max_length=200, required=False)

    def clean_until(self) -> dt.date:
        until: dt.date = self.cleaned_data["until"]
        if until <= today():
            raise ValidationError(_("Choose a day after today."))
        return until


def snooze_choices(day: dt.date) -> list[tuple[str, str, dt.date]]:
    """The usual days: (key, words, day). Monday is the next one; tomorrow on a Sunday is Monday once."""
    monday = day + dt.timedelta(days=7 - day.weekday())
    choices = [("1", str(_("Tomorrow")), day + dt.timedelta(days=1))]
    if monday != day + dt.timedelta(days=1):
        choices.append(("2", str(_("Monday")), monday))
    return [
        *choices,
        ("3", str(_("In two weeks")), day + dt.timedelta(days=14)),
        ("4", str(_("In a month")), day + dt.timedelta(days=30)),
    ]
