"""Write keys, and whose an identifier is."""

from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from engagement.models import WriteKey
from team.models import User
from ui.forms import Combobox

SOURCE_TAKEN = _("This source has a key already. A revoked key keeps its source.")


class WriteKeyForm(forms.ModelForm[WriteKey]):
    """A new key. The source cannot change later: message ids are told apart by it."""

    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        choices=WriteKey.Scope.choices,
        initial=[WriteKey.Scope.TRACK, WriteKey.Scope.IDENTIFY],
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = WriteKey
        fields = ("name", "source", "scopes", "events_per_second")
        help_texts = {"source": _("One word for where the events come from, such as web-app or warehouse.")}
        error_messages = {"source": {"unique": SOURCE_TAKEN}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit: Any = self.fields["events_per_second"]
        # A limit of 0 would read as none.
        limit.min_value = 1
        limit.widget.attrs["min"] = 1
        limit.validators.append(MinValueValidator(1))

    def arguments(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class MapForm(forms.Form):
    """The account that an identifier belongs to."""

    account = forms.ModelChoiceField(
        label=_("Account"),
        queryset=Account.objects.none(),
        widget=Combobox(url=reverse_lazy("account_options")),  # type: ignore[arg-type]
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["account"]
        field.queryset = Account.objects.visible_to(user)
