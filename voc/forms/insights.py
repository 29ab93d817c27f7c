"""Forms of decisions."""

from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Contact, Ticket
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


class SnoozeForm(forms.Form):
    """When it comes back."""

    until = DayField(label=_("Until"), initial="+1w", required=False, help_text=_("A day: fri, +2w, 23 dec."))
    until_it_grows = forms.BooleanField(label=_("As soon as it is said again"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not cleaned.get("until") and not cleaned.get("until_it_grows"):
            self.add_error("until", _("Pick a day, or let it wake when it is said again."))
        return cleaned


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


SEVERITIES = [
    ("", _("From the words")),
    (1, _("1, severe: work stands still")),
    (2, _("2, bad: there is a way round")),
    (3, _("3, a nuisance")),
    (4, _("4, slight")),
]


class SeverityForm(forms.Form):
    """How bad it is for the customer."""

    severity = forms.TypedChoiceField(
        label=_("Severity"), choices=SEVERITIES, coerce=int, empty_value=None, required=False
    )


class SplitForm(forms.Form):
    """Which words are another matter, and what it is."""

    quotes = forms.TypedMultipleChoiceField(
        label=_("What is another matter"), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    theme = forms.ModelChoiceField(
        label=_("Theme"), queryset=Theme.objects.in_use(), required=False, empty_label=_("None")
    )
    title = forms.CharField(
        label=_("Title"), max_length=200, required=False, help_text=_("Empty: the first sentence of the words.")
    )

    def __init__(self, *args: Any, quotes: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["quotes"].choices = quotes  # type: ignore[attr-defined]


class BehalfForm(forms.Form):
    """What a customer said, brought by a colleague."""

    text = forms.CharField(
        label=_("What did the customer say?"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4, "autofocus": True}),
    )
    account = forms.ModelChoiceField(
        label=_("Account"),
        queryset=Account.objects.none(),
        widget=Combobox(url=reverse_lazy("account_options")),  # type: ignore[arg-type]
    )
    contact = forms.ModelChoiceField(label=_("Who said it"), queryset=Contact.objects.none(), required=False)

    def __init__(self, *args: Any, user: User, account: Account, **kwargs: Any) -> None:
        kwargs["initial"] = {"account": account}
        super().__init__(*args, **kwargs)
        # SECURITY: who may not see an account cannot find out whether it exists by naming its id.
        self.fields["account"].queryset = Account.objects.visible_to(user)  # type: ignore[attr-defined]
        contact: Any = self.fields["contact"]
        contact.queryset = Contact.objects.visible_to(user).filter(account=self._account_id(account)).order_by("name")
        contact.empty_label = _("Nobody known")

    def _account_id(self, account: Account) -> int:
        asked = str(self.data.get(self.add_prefix("account"), ""))
        return int(asked) if asked.isdecimal() and len(asked) < 19 else account.pk


class CommentForm(forms.Form):
    """A remark among colleagues."""

    text = forms.CharField(
        label=_("Remark"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Write @ and a name: who may see this insight hears of it."),
    )


class TicketForm(forms.Form):
    """A ticket made from an insight."""

    subject = forms.CharField(label=_("Subject"), max_length=200)
    body = forms.CharField(
        label=_("Description"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 6})
    )
    priority = forms.ChoiceField(label=_("Priority"), choices=Ticket.Priority.choices, initial=Ticket.Priority.P3)
    agent = forms.CharField(label=_("Agent"), max_length=120, required=False)


class PickedInsightsForm(forms.Form):
    """Rows that were picked in the queue; which of them may be changed the service asks."""

    selected = forms.TypedMultipleChoiceField(coerce=int)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        given = [one for one in data.getlist("selected") if one.isdecimal() and len(one) < 19]
        self.fields["selected"].choices = [(one, one) for one in given]  # type: ignore[attr-defined]


class AssignManyForm(PickedInsightsForm):
    """Rows, and who works on them."""

    owner = forms.ModelChoiceField(queryset=User.objects.filter(is_active=True), required=False)


class SnoozeManyForm(PickedInsightsForm, SnoozeForm):
    """Rows, and when they come back."""
