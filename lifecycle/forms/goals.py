"""Forms of goals and promises."""

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.forms.base import PlainForm, RowForm
from accounts.models import Account, Contact, FactDefinition
from lifecycle.models import Goal, Promise
from lifecycle.services.goals.editing import GOAL_FIELDS
from lifecycle.services.goals.promises import PROMISE_FIELDS
from team.clock import now, today
from team.models import User
from ui.forms import DayField, Inline


def _colleagues() -> Any:
    return User.objects.filter(is_active=True).exclude(role="viewer").order_by("name")


def _people_of(account: Account) -> Any:
    return Contact.objects.filter(account=account).exclude(status=Contact.Status.LEFT).order_by("name")


class GoalForm(RowForm[Goal]):
    """A goal: the customer's words first, then what is measured, from where to where, by when."""

    starts_on = DayField(label=_("Since"), required=False, help_text=_("Empty: today."))
    due_on = DayField(label=_("By when"), required=False)
    agreed_on = DayField(label=_("Agreed with the customer on"), required=False)

    class Meta:
        model = Goal
        fields = (
            "title",
            "metric",
            "unit",
            "baseline",
            "target",
            "starts_on",
            "due_on",
            "owner",
            "customer_owner",
            "agreed_on",
            "fact",
            "is_shared",
        )

    def __init__(self, *args: Any, account: Account, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        chosen: dict[str, Any] = self.fields
        chosen["owner"].queryset = _colleagues()
        chosen["customer_owner"].queryset = _people_of(account)
        chosen["fact"].queryset = FactDefinition.objects.filter(type=FactDefinition.Type.NUMBER).order_by("label")
        chosen["fact"].label_from_instance = lambda fact: fact.label
        chosen["fact"].help_text = _("A number that is known anyway becomes the goal's value by itself.")
        chosen["is_shared"].help_text = _("On the page that you share with them.")
        chosen["title"].widget.attrs["autofocus"] = True
        if self.instance.pk is None:
            self.initial.setdefault("owner", account.csm_id or user.pk)

    def values(self) -> dict[str, Any]:
        return {name: value for name, value in super().values().items() if name in GOAL_FIELDS}


class ReadingForm(PlainForm):
    """What a goal stands at, and what shows it."""

    value = forms.DecimalField(label=_("Where it stands"), max_digits=14, decimal_places=2)
    evidence = forms.CharField(label=_("What shows it"), max_length=300)
    on = DayField(label=_("When"), required=False, help_text=_("Empty: now."))

    def __init__(self, *args: Any, goal: Goal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        value = self.fields["value"]
        value.widget.attrs["autofocus"] = True
        if goal.metric or goal.unit:
            value.help_text = f"{goal.metric} {goal.unit}".strip()

    def moment(self) -> dt.datetime | None:
        """The noon of the day; None is now."""
        day: dt.date | None = self.cleaned_data["on"]
        if day is None or day == timezone.localdate(now()):
            return None
        return timezone.make_aware(dt.datetime.combine(day, dt.time(12)))


class CloseForm(PlainForm):
    """What became of a goal."""

    state = forms.ChoiceField(
        label=_("What became of it"),
        choices=[choice for choice in Goal.State.choices if choice[0] != Goal.State.OPEN],
        widget=Inline,
    )
    note = forms.CharField(label=_("What shows it"), max_length=300, required=False)
    closed_on = DayField(label=_("When"), required=False, help_text=_("Empty: today."))


class PromiseForm(RowForm[Promise]):
    """What we owe, to whom, by when."""

    due_on = DayField(label=_("By when"))
    made_on = DayField(label=_("Made on"), required=False, help_text=_("Empty: today."))

    class Meta:
        model = Promise
        fields = ("words", "due_on", "owner", "to_contact", "made_on", "is_shared")

    def __init__(self, *args: Any, account: Account, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        chosen: dict[str, Any] = self.fields
        chosen["owner"].queryset = _colleagues()
        chosen["to_contact"].queryset = _people_of(account)
        chosen["is_shared"].help_text = _("On the page that you share with them.")
        chosen["words"].widget.attrs["autofocus"] = True
        if self.instance.pk is None:
            self.initial.setdefault("owner", account.csm_id or user.pk)

    def clean_made_on(self) -> dt.date:
        day: dt.date | None = self.cleaned_data["made_on"]
        return day or self.instance.made_on or today()

    def values(self) -> dict[str, Any]:
        return {name: value for name, value in super().values().items() if name in PROMISE_FIELDS}


class SettleForm(PlainForm):
    """Whether a promise was kept, and what shows it."""

    state = forms.ChoiceField(
        label=_("What became of it"),
        choices=[choice for choice in Promise.State.choices if choice[0] != Promise.State.OPEN],
        widget=Inline,
    )
    evidence = forms.CharField(label=_("What shows it"), max_length=300)
    settled_on = DayField(label=_("When"), required=False, help_text=_("Empty: today."))
