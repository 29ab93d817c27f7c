"""Forms of the advocacy desk."""

from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from accounts.forms.base import PlainForm, RowForm
from accounts.models import Account, Contact
from team.clock import today
from team.models import User
from ui.forms import Combobox, DayField, Inline
from voc.models import AdvocacyRequest, AdvocacyWork
from voc.selectors.advocacy import askable_accounts, people_to_ask

ANSWERS = [choice for choice in AdvocacyRequest.Answer.choices if choice[0]]


def _account_field(user: User) -> forms.ModelChoiceField[Account]:
    field = forms.ModelChoiceField(label=_("Account"), queryset=askable_accounts(user))
    field.widget = Combobox(url=str(reverse_lazy("account_options")))
    return field


class PersonField(forms.ModelChoiceField[Contact]):
    """A person of an account, named with the role there."""

    def label_from_instance(self, obj: Contact) -> str:
        role = obj.get_persona_display() if obj.persona else obj.title
        return f"{obj.name} · {role}" if role else obj.name


class ChooseForm(PlainForm):
    """Which account, before anything is shown of it."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account"] = _account_field(user)


class AskForm(PlainForm):
    """What we ask for, whom, what for, and by when."""

    kind = forms.ChoiceField(label=_("What we ask for"), choices=AdvocacyRequest.Kind.choices, widget=Inline)
    purpose = forms.CharField(
        label=_("What for"), max_length=200, required=False, help_text=_("The prospect, the site.")
    )
    asked_on = DayField(label=_("Asked on"), required=False, help_text=_("Empty: today."))
    answer_by = DayField(label=_("Answer by"), required=False, help_text=_("Empty: in two weeks."))
    has_seen = forms.BooleanField(label=_("I have read what speaks against it, and ask nevertheless"), required=False)

    def __init__(self, *args: Any, account: Account, is_warned: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        empty = _("Nobody in particular")
        people = PersonField(label=_("Whom"), queryset=people_to_ask(account), required=False, empty_label=empty)
        self.fields = {"kind": self.fields.pop("kind"), "contact": people, **self.fields}
        if not is_warned:
            del self.fields["has_seen"]


class RequestForm(RowForm[AdvocacyRequest]):
    """Whom, what for, by when."""

    answer_by = DayField(label=_("Answer by"))

    class Meta:
        model = AdvocacyRequest
        fields = ("contact", "purpose", "answer_by")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people: Any = self.fields["contact"]
        people.queryset = people_to_ask(self.instance.account)


class AnswerForm(PlainForm):
    """What they said."""

    answer = forms.ChoiceField(label=_("Answer"), choices=ANSWERS, widget=Inline)
    reason = forms.CharField(
        label=_("In their words"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    answered_on = DayField(label=_("When"), required=False, help_text=_("Empty: today."))

    def __init__(self, *args: Any, request: AdvocacyRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["answer"]
        field.choices = [choice for choice in ANSWERS if choice[0] != request.answer]


class WorkForm(forms.ModelForm[AdvocacyWork]):
    """What they made with us."""

    url = forms.URLField(label=_("Address"), max_length=500, required=False, assume_scheme="https")
    published_on = DayField(label=_("Published on"), required=False)
    ends_on = DayField(
        label=_("May be used until"), required=False, help_text=_("Empty: as long as they do not say no.")
    )

    url = forms.URLField(label=_("Address"), max_length=500, required=False, assume_scheme="https")

    class Meta:
        model = AdvocacyWork
        fields = ("kind", "title", "published_on", "ends_on")

    def __init__(self, *args: Any, user: User, account: Account | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account or (self.instance.account if self.instance.pk else None)
        self.initial.setdefault("url", self.instance.url)
        if self.account is None:
            self.fields = {"account": _account_field(user), **self.fields}
        self.order_fields(["account", "kind", "title", "url"])
        self.fields["title"].widget.attrs["autofocus"] = True
        if self.instance.pk is None:
            self.initial.setdefault("published_on", today())

    def values(self) -> dict[str, Any]:
        """Arguments of the services."""
        return {name: self.cleaned_data[name] for name in ("url", *(self._meta.fields or ()))}

    def refuse(self, error: Any) -> None:
        """Show what a service refused, at its field where the form has it."""
        for name, errors in getattr(error, "error_dict", {None: [error]}).items():
            self.add_error(name if name in self.fields else None, errors)

    def subject(self) -> Account:
        """Whose work it is."""
        found: Account = self.account or self.cleaned_data["account"]
        return found


class WantedForm(PlainForm):
    """What marketing looks for, where it does not know whom to ask."""

    kind = forms.ChoiceField(label=_("What we look for"), choices=AdvocacyRequest.Kind.choices, widget=Inline)
    purpose = forms.CharField(
        label=_("What for"), max_length=120, required=False, help_text=_("The prospect, the site.")
    )
