"""The form of an exchange rate."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.base import PlainForm, currency_code
from accounts.models import ExchangeRate
from ui.forms import DayField


class RateForm(PlainForm):
    """A rate; on one that is there only its worth changes."""

    currency = forms.CharField(label=_("Currency"), max_length=3, help_text=_("Three letters, such as EUR."))
    valid_from = DayField(label=_("Valid from"))
    rate = forms.DecimalField(
        label=_("Worth in our currency"),
        max_digits=18,
        decimal_places=8,
        min_value=0,
        help_text=_("What one unit of it is worth: 1.08 when a euro costs 1.08 dollars."),
    )
    source = forms.CharField(label=_("Source"), max_length=80, required=False)

    def __init__(self, *args: Any, rate: ExchangeRate | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if rate is not None:
            for name in ("currency", "valid_from"):
                self.fields[name].disabled = True
            self.initial.update({name: getattr(rate, name) for name in ("currency", "valid_from", "source")})
            self.initial["rate"] = rate.rate.normalize()

    def clean_currency(self) -> str:
        return currency_code(self.cleaned_data["currency"])
