"""Forms: any Django form drawn with labels, hints, errors and the right kind of control."""

import datetime as dt
from typing import Any

from django import forms
from django.db.models import Model
from django.forms import BoundField
from django.template import Library
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from ui import forms as ui_forms
from ui import hooks
from ui.components.actions import button
from ui.components.marks import icon as icon_mark
from ui.dates import UnreadableDay, parse_day
from ui.html import attributes, classes

register = Library()

_KINDS: tuple[tuple[type[forms.Widget] | tuple[type[forms.Widget], ...], str], ...] = (
    (ui_forms.Switch, "switch"),
    (ui_forms.Scale, "scale"),
    (ui_forms.Combobox, "combobox"),
    (ui_forms.DayInput, "day"),
    (forms.CheckboxInput, "check"),
    ((forms.CheckboxSelectMultiple, forms.RadioSelect), "choices"),
    (forms.Select, "select"),
    (forms.Textarea, "textarea"),
    (forms.SplitDateTimeWidget, "pair"),
)
_CLASSES = {"select": "select", "textarea": "textarea", "switch": "switch", "check": "", "choices": "", "scale": ""}


def kind_of(field: BoundField) -> str:
    """Which control draws a field, by its widget."""
    widget = field.field.widget
    for types, kind in _KINDS:
        if isinstance(widget, types):
            return kind
    return "input"


def _native_type(field: BoundField) -> str | None:
    widget, form_field = field.field.widget, field.field
    if isinstance(widget, forms.DateTimeInput):
        return "datetime-local"
    if isinstance(widget, forms.DateInput) and isinstance(form_field, forms.DateField):
        return "date"
    if isinstance(widget, forms.TimeInput):
        return "time"
    return None


def _widget_attributes(field: BoundField, kind: str) -> dict[str, Any]:
    given = field.field.widget.attrs
    attrs: dict[str, Any] = {"class": classes(_CLASSES.get(kind, "input"), given.get("class"))}
    if "autocomplete" not in given and kind in ("input", "day", "combobox"):
        # Most forms here are about other people: the browser must not offer the own address.
        attrs["autocomplete"] = "off"
    if native := _native_type(field):
        attrs["type"] = native
    if kind == "textarea" and "rows" not in given:
        attrs["rows"] = 3
    described = [
        f"{field.auto_id}_helptext" if field.help_text else "",
        f"{field.auto_id}_error" if field.errors else "",
    ]
    if any(described):
        attrs["aria-describedby"] = classes(*described)
    if field.errors:
        attrs["aria-invalid"] = "true"
    if kind == "day":
        attrs |= {"data-day": True, "placeholder": given.get("placeholder", gettext("fri, +2w, 23 dec"))}
    return attrs


def _value_label(field: BoundField) -> str:
    """The words of a combobox's present value; at most one query."""
    value = field.value()
    if value in (None, ""):
        return ""
    if isinstance(value, Model):
        return str(value)
    queryset = getattr(field.field, "queryset", None)
    if queryset is None:
        return str(value)
    found = queryset.filter(pk=value).first() if str(value).isdigit() else None
    return str(found) if found else ""


def _isoformat(field: BoundField) -> str:
    shown = field.value()
    if isinstance(shown, dt.date):
        return shown.isoformat()
    try:
        return parse_day(str(shown or ""), hooks.today()).isoformat()
    except UnreadableDay:
        return ""


@register.inclusion_tag("ui/field.html")
def field(field: BoundField, label: object = None, hint: object = None) -> dict[str, Any]:
    """One field of a Django form: label, control, hint, errors. `label` and `hint` replace the form's own words."""
    kind = kind_of(field)
    return {
        "field": field,
        "kind": kind,
        "label": field.label if label is None else label,
        "hint": field.help_text if hint is None else hint,
        "control": field.as_widget(attrs=_widget_attributes(field, kind))
        if kind not in ("combobox", "choices", "scale")
        else "",
        "is_optional": not field.field.required,
        "widget": field.field.widget,
        "value_label": _value_label(field) if kind == "combobox" else "",
        "native_value": _isoformat(field) if kind == "day" else "",
        "is_group": kind in ("choices", "scale"),
        "is_inline": isinstance(field.field.widget, ui_forms.Inline),
        "attrs": _widget_attributes(field, kind),
    }


@register.inclusion_tag("ui/form_fields.html")
def form_fields(form: forms.BaseForm, grid: bool = False) -> dict[str, Any]:
    """All of a form: its own errors, hidden fields, then each field; `grid` puts short fields side by side."""
    return {"form": form, "grid": grid}


@register.inclusion_tag("ui/form_errors.html")
def form_errors(form: forms.BaseForm) -> dict[str, Any]:
    """What is wrong with the form as a whole, and how many fields need another look."""
    return {"form": form, "count": sum(1 for bound in form if bound.errors)}


@register.simple_block_tag(end_name="endform_actions")
def form_actions(content: str, save: object = "", cancel: str = "") -> SafeString:
    """The row of buttons below a form: `save` is the words of the primary one (⌘Enter presses it), `cancel` a URL."""
    primary = button(save, kind="primary", type="submit") if save else ""
    back = button(gettext("Cancel"), href=cancel, kind="ghost") if cancel else ""
    return format_html('<div class="form-actions">{}{}{}</div>', primary, content, back)


@register.simple_tag
def inline_edit(value: object, href: str, label: str, target: str = "#popover", **extra: Any) -> SafeString:
    """A value in a row or strip that opens its editor: a GET of `href` into the shared popover; Esc cancels."""
    shown = value if value not in (None, "") else format_html('<span class="dim">{}</span>', gettext("Set"))
    return format_html(
        '<a class="inline-edit" href="{}" hx-get="{}" hx-target="{}" aria-label="{}"{}>'
        '<span class="clip">{}</span>{}</a>',
        href,
        href,
        target,
        label,
        attributes(extra),
        shown,
        icon_mark("pencil"),
    )


@register.inclusion_tag("ui/combobox.html")
def combobox(
    name: str,
    label: str,
    *,
    url: str = "",
    options: Any = (),
    value: str = "",
    value_label: str = "",
    placeholder: str = "",
) -> dict[str, Any]:
    """A search field with choices, outside of a Django form: `options` of (value, label, hint), or `url` (JSON)."""
    return {
        "name": name,
        "label": label,
        "url": url,
        "options": options,
        "value": value,
        "value_label": value_label,
        "placeholder": placeholder,
        "id": f"id_{name}",
    }


@register.inclusion_tag("ui/scale.html")
def scale(
    name: str, low: int = 0, high: int = 10, *, value: int | None = None, low_word: object = "", high_word: object = ""
) -> dict[str, Any]:
    """The survey scale: one row of cells, words at both ends."""
    return {
        "name": name,
        "cells": range(low, high + 1),
        "value": value,
        "low": low,
        "high": high,
        "low_word": low_word,
        "high_word": high_word,
    }


@register.filter
def has_content(text: object) -> bool:
    """Whether a rendered block has anything in it but space."""
    return bool(str(text).strip())
