"""Forms of decisions."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Contact
from team.models import Department, User
from ui.forms import Combobox, DayField
from voc.models import Insight, Theme


class AcceptForm(forms.Form):
    """Accepting needs a promise and a day."""

    promise = forms.CharField(label=_("What do you promise?"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    promised_on = DayField(label=_("By when?"), help_text=_("A day: fri, +2w, 23 dec."))


class DeclineForm(forms.Form):
    """Declining needs a reason: the customer gets to read it."""

    reason = forms.CharField(label=_("Why not?"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class MergeForm(forms.Form):
    """Which one goes on."""

    into = forms.ModelChoiceField(label=_("Same as"), queryset=Insight.objects.none())

    def __init__(self, *args: Any, candidates: Any, url: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["into"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = candidates
        field.widget = Combobox(url=url, attrs={"placeholder": _("Search by title or account")})
        if not candidates.exists():
            field.disabled, field.help_text = True, _("Nothing else is open in this department")


class UntilForm(forms.Form):
    """When it comes back."""

    until = DayField(label=_("Until"), initial="+1w", help_text=_("A day: fri, +2w, 23 dec."))


class ActForm(forms.Form):
    """What was done."""

    action = forms.CharField(label=_("What was done?"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class AssignForm(forms.Form):
    """Who works on it, or which department it belongs to instead."""

    owner = forms.ModelChoiceField(
        label=_("Who"), queryset=User.objects.none(), required=False, empty_label=_("Nobody")
    )
    department = forms.ModelChoiceField(
        label=_("Hand over to"), queryset=Department.objects.none(), required=False, empty_label=_("It stays here")
    )

    def __init__(self, *args: Any, insight: Insight, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner, department = self.fields["owner"], self.fields["department"]
        assert isinstance(owner, forms.ModelChoiceField)
        assert isinstance(department, forms.ModelChoiceField)
        members = User.objects.filter(memberships__department=insight.department_id, is_active=True)
        owner.queryset = members.order_by("name")
        department.queryset = Department.objects.exclude(pk=insight.department_id)


class TellForm(forms.Form):
    """The reply, as a person wrote it."""

    contact = forms.ModelChoiceField(label=_("To"), queryset=Contact.objects.none(), empty_label=None)
    text = forms.CharField(label=_("Reply"), max_length=5000, widget=forms.Textarea(attrs={"rows": 12}))

    def __init__(self, *args: Any, contacts: list[Contact], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["contact"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Contact.objects.filter(pk__in=[contact.pk for contact in contacts])


class RouteForm(forms.Form):
    """By hand, where no rule fitted."""

    department = forms.ModelChoiceField(
        label=_("Department"), queryset=Department.objects.all(), empty_label=_("Choose")
    )
    theme = forms.ModelChoiceField(
        label=_("Theme"), queryset=Theme.objects.all(), required=False, empty_label=_("None")
    )
