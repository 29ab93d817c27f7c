"""Write keys, and whose an identifier is."""

from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from engagement.models import WriteKey
from team.models import User
from ui.forms import Combobox


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
