"""Forms of the feedback inbox."""

from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Contact
from team.models import Department, User
from ui.forms import Combobox
from voc.models import Feedback, Theme

LONGEST = 5000
BY_HAND = (
    Feedback.Source.CALL,
    Feedback.Source.MAIL,
    Feedback.Source.CHAT,
    Feedback.Source.TICKET,
    Feedback.Source.COMMUNITY,
    Feedback.Source.SOCIAL,
    Feedback.Source.REVIEW,
    Feedback.Source.MANUAL,
)


class PeopleForm(forms.Form):
    """Whose words: an account, a person there, or both."""

    account = forms.ModelChoiceField(
        label=_("Account"),
        queryset=Account.objects.none(),
        required=False,
        widget=Combobox(url=reverse_lazy("account_options")),  # type: ignore[arg-type]
    )
    contact = forms.ModelChoiceField(
        label=_("Who said it"),
        queryset=Contact.objects.none(),
        required=False,
        widget=Combobox(url=reverse_lazy("feedback_people")),  # type: ignore[arg-type]
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        account, contact = self.fields["account"], self.fields["contact"]
        # SECURITY: who may not see an account cannot find out whether it exists by naming its id.
        account.queryset = Account.objects.visible_to(user)  # type: ignore[attr-defined]
        contact.queryset = Contact.objects.visible_to(user).select_related("account__summary")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        account, contact = cleaned.get("account"), cleaned.get("contact")
        if account is None and contact is not None:
            cleaned["account"] = contact.account
        elif account is not None and contact is not None and contact.account_id != account.pk:
            self.add_error("contact", _("%(name)s belongs to another account.") % {"name": contact.name})
        return cleaned


class FeedbackForm(PeopleForm):
    """What somebody heard: the words first, everything else has a sensible start."""

    text = forms.CharField(
        label=_("What was said"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4, "autofocus": True, "data-draft": "feedback"}),
    )
    source = forms.ChoiceField(
        label=_("By"), choices=[(source.value, source.label) for source in BY_HAND], initial=Feedback.Source.CALL
    )
    score = forms.IntegerField(label=_("Score, 0 to 10"), min_value=0, max_value=10, required=False)
    author = forms.CharField(label=_("Name, where no contact is known"), max_length=160, required=False)
    url = forms.URLField(label=_("Where it stands"), max_length=500, required=False, assume_scheme="https")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.initial.get("account") is not None or self.user.role == "csm":
            # A known customer's words need no name and no place.
            del self.fields["author"], self.fields["url"]

    field_order = ("text", "account", "contact", "source", "score", "author", "url")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("account") is None and self.user.role == "csm" and "account" not in self.errors:
            self.add_error("account", _("Say whose words these are."))
        return cleaned


class GiveForm(PeopleForm):
    """Whose words these are, where nobody knew."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("account") is None and not self.errors:
            self.add_error("account", _("Choose an account or a person."))
        return cleaned


class PickedForm(forms.Form):
    """Rows that were picked in the list."""

    selected = forms.ModelMultipleChoiceField(queryset=Feedback.objects.none())

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["selected"].queryset = Feedback.objects.editable_by(user).select_related("account")  # type: ignore[attr-defined]

    def feedback(self) -> list[Feedback]:
        return list(self.cleaned_data["selected"])


class PickedRouteForm(PickedForm):
    """Rows, and where they go."""

    department = forms.ModelChoiceField(queryset=Department.objects.all())
    theme = forms.ModelChoiceField(queryset=Theme.objects.all(), required=False)
