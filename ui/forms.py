"""Form fields and widgets that the form components know how to draw."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ui import hooks
from ui.dates import UnreadableDay, parse_day


class DayInput(forms.TextInput):
    """A text field for days, drawn with a native picker and a preview beside it."""

    def format_value(self, value: Any) -> str | None:
        return value.isoformat() if isinstance(value, dt.date) else super().format_value(value)


# Beyond lies a slip of the finger, not a contract.
FIRST_YEAR, LAST_YEAR = 1900, 2199


class DayField(forms.DateField):
    """A day, typed as people do (`fri`, `+2w`, `end of q`, `23 dec`); a date in Python."""

    widget = DayInput

    def to_python(self, value: Any) -> dt.date | None:
        if value in self.empty_values:
            return None
        if isinstance(value, dt.datetime):
            return value.date()
        if isinstance(value, dt.date):
            return value
        try:
            day = parse_day(str(value), hooks.today())
        except UnreadableDay as error:
            raise ValidationError(str(error), code="invalid") from error
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValidationError(_("Please check the year."), code="invalid")
        return day


class Switch(forms.CheckboxInput):
    """A checkbox drawn as a switch: for settings that take effect at once or on save."""


class Combobox(forms.TextInput):
    """A field that searches while one types, for foreign keys with many rows.

    `url` answers `?q=` with `[{"value": 1, "label": "Acme", "hint": "Enterprise"}, ...]`; use it as the widget of a
    ModelChoiceField, whose queryset still decides what is valid.
    """

    def __init__(self, url: str, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"placeholder": _("Search by name"), **(attrs or {})})
        self.url = url


class Inline(forms.RadioSelect):
    """Radio buttons in one line."""


class Scale(forms.RadioSelect):
    """One row of cells for a number on a scale, with words at both ends."""

    def __init__(self, low: Any = "", high: Any = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.low, self.high = low or _("Not at all"), high or _("Extremely")
