"""Forms on the way from a decision to a customer who confirms."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.formulas.conditions import ConditionName
from accounts.models import Contact
from ui.forms import DayField, Inline
from voc.models import BehaviourCheck
from voc.services.loop import Sender


class AskForm(forms.Form):
    """What to ask, and whom; without a person the question was asked elsewhere."""

    contact = forms.ModelChoiceField(
        label=_("Whom"),
        queryset=Contact.objects.none(),
        required=False,
        empty_label=_("I asked elsewhere: send nothing"),
        help_text=_("Their answer starts the clock again; without a person any word of the account does."),
    )
    text = forms.CharField(
        label=_("Question"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 8})
    )

    def __init__(self, *args: Any, contacts: list[Contact], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["contact"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Contact.objects.filter(pk__in=[contact.pk for contact in contacts])


class CheckForm(forms.Form):
    """Which number should go which way, by how much, and when somebody looks."""

    fact = forms.ChoiceField(label=_("Number of the account"))
    direction = forms.ChoiceField(label=_("It should"), choices=BehaviourCheck.Direction.choices, widget=Inline)
    by = forms.DecimalField(
        label=_("By at least"),
        min_value=Decimal(0),
        max_digits=14,
        decimal_places=4,
        initial=0,
        help_text=_("In the number's own unit; 0: any change that way."),
    )
    check_on = DayField(label=_("Look on"), initial="+4w", help_text=_("A day: fri, +2w, 23 dec."))

    def __init__(self, *args: Any, names: Mapping[str, ConditionName], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["fact"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(name, entry.label) for name, entry in names.items()]


class TellingForm(forms.Form):
    """Whose name stands below, and how many will be told: asked again where it is more than one."""

    sender = forms.ChoiceField(choices=Sender.choices)
    number = forms.IntegerField(required=False, min_value=1)
