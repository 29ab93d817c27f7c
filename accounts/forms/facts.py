"""Forms of contacts, contracts, tickets and files."""

from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from accounts.forms.base import PlainForm, RowForm, currency_code
from accounts.models import Account, Contact, ContactConsent, Persona, Subscription, Ticket
from team.models import User
from ui.forms import Combobox, DayField

LANGUAGES = [("en", _("English")), ("da", _("Danish")), ("zh-hans", _("Chinese"))]


class FactForm(RowForm[Any]):
    """A row that hangs on an account: on a new one the account is asked unless the address named it."""

    account = forms.ModelChoiceField(queryset=Account.objects.none(), label=_("Account"))

    class Meta:
        model: Any = Contact
        fields: Any = ()

    def __init__(self, *args: Any, user: User, account: Account | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.of_account: Account | None = self.instance.account if self.instance.pk else account
        if self.of_account is not None:
            del self.fields["account"]
        else:
            field: Any = self.fields["account"]
            field.queryset = Account.objects.editable_by(user)
            field.widget = Combobox(url=str(reverse_lazy("account_options")))
            field.widget.choices = field.choices
            self.order_fields(["account"])
        self.narrow()

    def narrow(self) -> None:
        """Limit choices to the account's own people."""

    def chosen_account(self) -> Account:
        chosen: Account = self.of_account or self.cleaned_data["account"]
        return chosen

    def colleagues(self, name: str) -> None:
        """Let the field offer the people of the account; without an account there are none yet."""
        if self.of_account is None:
            del self.fields[name]
            return
        people = Contact.objects.filter(account=self.of_account).order_by("name")
        if isinstance(self.instance, Contact) and self.instance.pk:
            people = people.exclude(pk=self.instance.pk)
        field: Any = self.fields[name]
        field.queryset = people


class ContactForm(FactForm):
    """A person at a customer."""

    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES, initial="en")
    strength = forms.TypedChoiceField(
        label=_("Relationship strength"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "–"), (1, _("1 weak")), (2, "2"), (3, _("3 works")), (4, "4"), (5, _("5 strong"))],
    )
    left_on = DayField(label=_("Left on"), required=False)

    class Meta:
        model = Contact
        fields = (
            "name",
            "email",
            "title",
            "persona",
            "phone",
            "reports_to",
            "language",
            "time_zone",
            "strength",
            "status",
            "left_on",
            "notes",
        )

    def narrow(self) -> None:
        self.fields["name"].widget.attrs["autofocus"] = True
        self.colleagues("reports_to")
        if not self.instance.pk:
            del self.fields["left_on"], self.fields["status"]


class SubscriptionForm(FactForm):
    """A contract; a change may take effect on another day than today."""

    starts_on = DayField(label=_("Starts on"))
    ends_on = DayField(label=_("Ended on"), required=False)
    renews_on = DayField(label=_("Renews on"), required=False)
    effective_on = DayField(label=_("The change holds from"), required=False, help_text=_("Empty: from today."))
    reason = forms.CharField(label=_("Why it changed"), required=False, max_length=200)

    class Meta:
        model = Subscription
        fields = (
            "product",
            "plan",
            "arr",
            "currency",
            "seats",
            "billing",
            "starts_on",
            "renews_on",
            "is_auto_renewed",
            "is_trial",
            "status",
            "ends_on",
            "external_id",
        )

    def narrow(self) -> None:
        if not self.instance.pk:
            del self.fields["effective_on"], self.fields["reason"], self.fields["status"], self.fields["ends_on"]
            if self.of_account:
                self.initial.setdefault("currency", self.of_account.currency)

    def clean_external_id(self) -> str | None:
        return self.cleaned_data["external_id"] or None

    def clean_currency(self) -> str:
        return currency_code(self.cleaned_data["currency"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        starts_on = cleaned.get("starts_on")
        for name in ("renews_on", "ends_on"):
            if starts_on and cleaned.get(name) and cleaned[name] < starts_on:
                self.add_error(name, _("This lies before the start of the contract."))
        return cleaned


class TicketForm(FactForm):
    """A support ticket."""

    class Meta:
        model = Ticket
        fields = (
            "subject",
            "priority",
            "contact",
            "body",
            "agent",
            "external_id",
            "opened_at",
            "first_response_at",
            "closed_at",
            "is_escalated",
            "satisfaction",
        )
        widgets = {
            name: forms.DateTimeInput(format="%Y-%m-%dT%H:%M")
            for name in ("opened_at", "first_response_at", "closed_at")
        }

    def narrow(self) -> None:
        self.fields["subject"].required = True
        self.fields["opened_at"].required = False
        self.colleagues("contact")

    def clean_external_id(self) -> str | None:
        return self.cleaned_data["external_id"] or None

    def values(self) -> dict[str, Any]:
        found = super().values()
        if not found.get("opened_at"):
            found.pop("opened_at", None)
        return found


class MoveForm(PlainForm):
    """Where a person works now."""

    to_account = forms.ModelChoiceField(queryset=Account.objects.none(), label=_("Works now at"))
    email = forms.EmailField(label=_("E-mail there"), required=False)
    title = forms.CharField(label=_("Job title there"), max_length=120, required=False)
    persona = forms.ChoiceField(label=_("Persona there"), choices=[("", "–"), *Persona.choices], required=False)

    def __init__(self, *args: Any, user: User, contact: Contact, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["to_account"]
        field.queryset = Account.objects.editable_by(user).exclude(pk=contact.account_id)
        field.widget = Combobox(url=str(reverse_lazy("account_options")))
        field.widget.choices = field.choices


class ConsentForm(PlainForm):
    """What a person said about one kind of mail, and where they said it."""

    purpose = forms.ChoiceField(label=_("Kind of mail"), choices=ContactConsent.Purpose.choices)
    is_allowed = forms.TypedChoiceField(
        label=_("They said"), choices=[("yes", _("Yes")), ("no", _("No"))], coerce=lambda value: value == "yes"
    )
    source = forms.CharField(
        label=_("Where they said it"), max_length=80, help_text=_("In a call, by mail, at an event.")
    )


class FileForm(PlainForm):
    """One file."""

    file = forms.FileField(label=_("File"), help_text=_("Documents, sheets, slides, pictures or text, up to 20 MB."))
