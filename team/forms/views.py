"""Saved views of lists."""

import re
from typing import Any

from django import forms
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

NAME = re.compile(r"[a-z_]{1,60}")


class SaveViewForm(forms.Form):
    """A list's address under a name. `list_name` must be the URL name of a page without arguments."""

    list_name = forms.CharField(max_length=60)
    name = forms.CharField(label=_("Name"), max_length=60)
    query = forms.CharField(max_length=2000, required=False)
    is_shared = forms.BooleanField(label=_("Everybody sees it"), required=False)

    def clean_list_name(self) -> Any:
        name = self.cleaned_data["list_name"]
        try:
            if NAME.fullmatch(name):
                reverse(name)
                return name
        except NoReverseMatch:
            pass
        raise forms.ValidationError(_("There is no such list."))


class ViewNameForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60)
