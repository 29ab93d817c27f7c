"""What the forms of this app share: the version that an edit started from, and lists as one line of text."""

import copy
from functools import lru_cache
from typing import Any, Generic, TypeVar

from babel import Locale
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.services.versions import Clash, EditConflict
from ui import formats

M = TypeVar("M", bound=Model)


@lru_cache(maxsize=1)
def _codes() -> tuple[frozenset[str], frozenset[str]]:
    """Codes of countries and of currencies."""
    names = Locale("en")
    countries = frozenset(code for code in map(str, names.territories) if len(code) == 2)
    return countries, frozenset(map(str, names.currencies))


def country_code(text: str) -> str:
    """The code in capitals; empty stays empty. Refuses what is no country."""
    code = text.strip().upper()
    if code and code not in _codes()[0]:
        raise ValidationError(_("“%(code)s” is no country; write two letters, such as DK."), params={"code": text})
    return code


def currency_code(text: str) -> str:
    """The code in capitals. Refuses what is no currency."""
    code = text.strip().upper()
    if code not in _codes()[1]:
        raise ValidationError(_("“%(code)s” is no currency; write three letters, such as EUR."), params={"code": text})
    return code


class WordsField(forms.CharField):
    """Several words in one line, divided by commas; a list in Python."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, list):
            return value
        return [word.strip() for word in (value or "").replace("\n", ",").split(",") if word.strip()]

    def validate(self, value: Any) -> None:
        forms.Field.validate(self, value)

    def run_validators(self, value: Any) -> None:
        for word in value:
            super().run_validators(word)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(initial) != self.to_python(data))


class RowForm(forms.ModelForm[M], Generic[M]):
    """A form over one row. It works on a copy, so that services see the row as it is; `version` guards the edit."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, instance: M | None = None, **kwargs: Any) -> None:
        super().__init__(data, instance=copy.copy(instance) if instance is not None else None, **kwargs)
        self.clashes: list[Clash] = []
        for field in self.fields.values():
            if isinstance(field, forms.ModelChoiceField):
                field.empty_label = "–" if field.empty_label else None
            elif isinstance(field, forms.ChoiceField):
                offered: Any = field.choices
                field.choices = [(value, label if value else "–") for value, label in offered]
        if instance is None:
            del self.fields["version"]
        else:
            self.initial["version"] = instance.version  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """What goes to the service: the model's fields of this form."""
        return {name: self.cleaned_data[name] for name in self._meta.fields or () if name in self.cleaned_data}

    @property
    def started_from(self) -> int | None:
        return self.cleaned_data.get("version")

    def refuse(self, error: ValidationError) -> None:
        """Show what a service refused, at its field where the form has it."""
        if not hasattr(error, "error_dict"):
            self.add_error(None, error)
            return
        for name, errors in error.error_dict.items():
            self.add_error(name if name in self.fields else None, errors)

    def show_conflict(self, conflict: EditConflict) -> None:
        """Show both values; saving again, from the newer version on, is a decision then."""
        self.clashes = [
            Clash(clash.field, clash.label, shown(clash.theirs), shown(clash.mine)) for clash in conflict.clashes
        ]
        data = self.data.copy() if isinstance(self.data, QueryDict) else dict(self.data)
        data[self.add_prefix("version")] = str(conflict.version)
        self.data = data


class PlainForm(forms.Form):
    """A form without a row."""

    def refuse(self, error: ValidationError) -> None:
        """Show what a service refused."""
        if hasattr(error, "error_dict"):
            for name, errors in error.error_dict.items():
                self.add_error(name if name in self.fields else None, errors)
        else:
            self.add_error(None, error)


def shown(value: Any) -> str:
    """A field's value in words."""
    if value is None or value in ("", [], {}):
        return formats.NOTHING
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{key}: {each}" for key, each in value.items())
    if hasattr(value, "hour"):
        return formats.moment(value)
    return formats.day(value) if hasattr(value, "year") else str(value)
